"""What becomes of notices when something goes wrong while one of them is on its way: nobody is told twice, and the
others wait for no longer than the next time."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Table, delete, select

from kequn.contracts.hooks import NoticeSender, SentNotice
from kequn.domain import customers, today
from kequn.domain.notices import outbox, sending
from kequn.log import EventLog
from kequn.store import tables
from kequn.store.database import Database
from tests.kequn.domain.market import Market

pytestmark = pytest.mark.anyio
_notices: Table = tables.Notice.__table__  # type: ignore[attr-defined]
Act = Callable[[UUID], Awaitable[object]]


class Office(Market):
    """Tells each of a few customers something; `taken`: who was handed to the plugin."""

    async def queue(self) -> None:
        self.taken: list[UUID] = []
        self.clock.move(3600)
        for one in await self.people(4):
            await self.do(outbox.tell, one, "news", "s", "b")

    async def send(self, act: Act | None = None) -> sending.Sent:
        """`act`: what happens while the first is on its way."""

        async def take(notice: SentNotice) -> bool:
            self.taken.append(UUID(notice.customer))
            if act is not None and len(self.taken) == 1:
                await act(self.taken[0])
            return True

        return await sending.send_due(self.database, self.ledger, self.actor, EventLog(), (NoticeSender("sms", take),))

    async def delete(self, customer: UUID) -> None:
        await self.do(customers.delete, customer)

    async def erase_and_fail(self, customer: UUID) -> None:
        async with self.database.writing() as session:
            await session.execute(delete(_notices).where(_notices.c.customer_id == customer))
        raise ConnectionError

    async def states(self) -> list[str]:
        async with self.database.reading() as session:
            return list((await session.execute(select(_notices.c.state).order_by(_notices.c.id))).scalars())

    async def waits(self) -> list[str]:
        async with self.database.reading() as session:
            found = await today.due(session, self.actor.scope, self.clock.now())
        return [one.about for one in found if one.what == "notice"]


@pytest.fixture
async def office(database: Database, tenant: UUID) -> Office:
    office = Office(database, tenant)
    await office.queue()
    return office


async def test_who_is_deleted_while_a_notice_is_on_its_way_holds_up_nobody(office: Office) -> None:
    assert await office.send(office.delete) == sending.Sent(4, 0)
    assert await office.states() == ["sent"] * 4


async def test_a_notice_that_is_gone_when_its_failure_is_noted_holds_up_nobody(office: Office) -> None:
    assert await office.send(office.erase_and_fail) == sending.Sent(3, 1)
    assert await office.states() == ["sent"] * 3


async def test_of_what_a_process_leaves_behind_one_is_in_doubt_and_the_others_go_out(office: Office) -> None:
    async def killed(customer: UUID) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await office.send(killed)
    assert await office.states() == ["sending", *["waiting"] * 3]
    assert await office.send() == sending.Sent(3, 0)
    assert await office.states() == ["sending", *["sent"] * 3]
    assert len(set(office.taken)) == len(office.taken) == 4
    assert await office.waits() == []  # a sender may take its time
    office.clock.move(outbox.DOUBT / timedelta(seconds=1))
    assert await office.waits() == ["s"]
