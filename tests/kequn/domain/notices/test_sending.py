"""What becomes of notices when something goes wrong while one of them is on its way: nobody is told twice, and the
others wait for no longer than the next time."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

import pytest
from sqlalchemy import Table, delete, select

from kequn.contracts.hooks import NoticeSender, SentNotice
from kequn.contracts.records import Kind
from kequn.domain import customers, today
from kequn.domain.notices import outbox, sending, settling
from kequn.domain.problems import Code, Refused
from kequn.log import EventLog
from kequn.store import rows, tables
from kequn.store.database import Database
from tests.kequn.domain.market import Market

pytestmark = pytest.mark.anyio
_notices: Table = tables.Notice.__table__  # type: ignore[attr-defined]
_interactions = rows.table(Kind.INTERACTION)
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

    async def ids(self) -> list[UUID]:
        async with self.database.reading() as session:
            return list((await session.execute(select(_notices.c.id).order_by(_notices.c.id))).scalars())

    async def heard(self, customer: UUID) -> list[str]:
        """The subjects of the customer's interactions."""
        async with self.database.reading() as session:
            mine = select(_interactions.c.subject).where(_interactions.c.customer_id == customer)
            return list((await session.execute(mine)).scalars())

    async def refused(self, id: UUID, event: str) -> StrEnum:
        with pytest.raises(Refused) as refused:
            await self.do(settling.step, id, event)
        return refused.value.problems[0].code

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


async def in_doubt(office: Office) -> UUID:
    async def killed(customer: UUID) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await office.send(killed)
    return (await office.ids())[0]


async def test_a_person_settles_what_is_in_doubt_once_it_is(office: Office) -> None:
    one = await in_doubt(office)
    assert await office.refused(one, "arrived") is Code.WRONG_STATE  # it may be on its way
    office.clock.move(outbox.DOUBT / timedelta(seconds=1))
    await office.do(settling.step, one, "arrived")
    assert await office.states() == ["sent", *["waiting"] * 3]
    assert await office.waits() == []
    assert await office.heard(office.taken[0]) == ["s"]  # as if it had been seen to its end
    assert await office.refused(one, "resend") is Code.WRONG_STATE


async def test_what_did_not_arrive_goes_out_again(office: Office) -> None:
    one = await in_doubt(office)
    office.clock.move(outbox.DOUBT / timedelta(seconds=1))
    await office.do(settling.step, one, "resend")
    assert await office.send() == sending.Sent(4, 0)
    assert await office.states() == ["sent"] * 4
    assert office.taken.count(office.taken[0]) == 2


async def test_what_is_not_wanted_any_more_is_dropped(office: Office) -> None:
    one = await in_doubt(office)
    office.clock.move(outbox.DOUBT / timedelta(seconds=1))
    for each in (await office.ids())[:2]:
        await office.do(settling.step, each, "drop")
    assert await office.send() == sending.Sent(2, 0)
    assert await office.states() == ["held", "held", "sent", "sent"]
    assert await office.refused(one, "resend") is Code.WRONG_STATE
