"""Tasks: the only ways they may go, what must be said, and the interaction that a finished one leaves."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table, select, update

from kequn.contracts.records import Kind
from kequn.domain.care import tasks
from kequn.domain.care.tasks import STATES, STEPS
from kequn.domain.problems import Refused
from kequn.store import rows, tables
from kequn.store.database import Database
from tests.kequn.domain.market import AS_OF, Market

pytestmark = pytest.mark.anyio
_tasks: Table = tables.Task.__table__  # type: ignore[attr-defined]
EVENTS = ("finish", "postpone", "drop", "reopen", "start", "")
SAID: dict[str, Any] = {"outcome": "reached", "note": "is well", "due_at": AS_OF + timedelta(days=1)}


@pytest.fixture
def office(database: Database, tenant: UUID) -> Market:
    return Market(database, tenant)


async def given(office: Market, **facts: Any) -> UUID:
    [customer] = await office.people(1)
    id: UUID = await office.do(tasks.create, customer, "visit", AS_OF, content="bring the catalogue", **facts)
    return id


async def read(office: Market, id: UUID) -> dict[str, Any]:
    async with office.database.reading() as session:
        return dict((await session.execute(select(_tasks).where(_tasks.c.id == id))).mappings().one())


async def test_only_the_ways_of_the_table_are_open(office: Market) -> None:
    id = await given(office)
    for state in STATES:
        for event in EVENTS:
            async with office.database.writing() as session:
                await session.execute(update(_tasks).where(_tasks.c.id == id).values(state=state))
            way = STEPS.get((state, event))
            if way is None:
                with pytest.raises(Refused, match="WRONG_STATE"):
                    await office.do(tasks.step, id, event, **SAID)
            else:
                await office.do(tasks.step, id, event, **SAID)
            assert (await read(office, id))["state"] == (way.to if way else state)


@pytest.mark.parametrize(
    ("event", "said", "code"),
    [
        ("finish", {}, "REQUIRED"),
        ("finish", {"outcome": " "}, "REQUIRED"),
        ("finish", {"outcome": "x" * 201}, "TOO_LONG"),
        ("finish", {"outcome": "a\x00b"}, "BAD_TEXT"),
        ("drop", {}, "REQUIRED"),
        ("postpone", {}, "REQUIRED"),
    ],
)
async def test_what_must_be_said(office: Market, event: str, said: dict[str, str], code: str) -> None:
    id = await given(office)
    with pytest.raises(Refused, match=code):
        await office.do(tasks.step, id, event, **said)


async def test_what_was_done_is_noted_with_the_customer(office: Market) -> None:
    [owner] = await office.add(Kind.STAFF, {"name": "s"})
    id = await given(office, owner=owner, department="service")
    await office.do(tasks.step, id, "finish", outcome="reached", note="wants a pot", channel="phone")
    task = await read(office, id)
    assert (task["state"], task["outcome"], task["closed_by"]) == ("done", "reached", "ops")
    async with office.database.reading() as session:
        found = await rows.load(session, office.actor.scope, Kind.INTERACTION, [task["interaction_id"]])
    facts = found[task["interaction_id"]].facts
    assert (facts["subject"], facts["content"], facts["channel"]) == ("visit: reached", "wants a pot", "phone")
    assert (facts["customer"], facts["owner"]) == (task["customer_id"], owner)


async def test_a_task_is_given_to_people_who_are_there(office: Market) -> None:
    [owner] = await office.add(Kind.STAFF, {"name": "s"})
    id = await given(office)
    await office.do(tasks.assign, id, owner=owner, department="market", due_at=AS_OF)
    assert (await read(office, id))["owner_id"] == owner
    for wrong, code in (({"owner": id}, "UNKNOWN_STAFF"), ({"owner": None, "department": "x"}, "BAD_CHOICE")):
        with pytest.raises(Refused, match=code):
            await office.do(tasks.assign, id, **wrong)
    await office.do(tasks.step, id, "drop", note="gone")
    with pytest.raises(Refused, match="WRONG_STATE"):
        await office.do(tasks.assign, id, owner=None)
