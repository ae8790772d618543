"""The state machines of groups: what stands in no table is refused, whatever the state, on both databases."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table, select

from kequn.clock import ManualClock, SeededRandom
from kequn.contracts.secrets import Keyring
from kequn.domain import customers, groups, keeping
from kequn.domain.community import (
    charters,
    checking,
    draws,
    gatherings,
    joining,
    posts,
    reviews,
    rules,
    violations,
    welcome,
)
from kequn.domain.editing import Desk
from kequn.domain.problems import Refused
from kequn.domain.states import Steps
from kequn.store import tables
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.scope import Actor, Role
from kequn.store.vault import Vault

pytestmark = pytest.mark.anyio
_suspicions: Table = tables.Suspicion.__table__  # type: ignore[attr-defined]
MOMENT = datetime(2026, 2, 1, tzinfo=UTC)
Make = Callable[[Desk, UUID, UUID], Awaitable[UUID]]


@dataclass(frozen=True)
class Machine:
    """`make`: a row of it; `go`: an event, with everything said that may be needed; `column`: where its state stands;
    `one`: it has one event, which has a function of its own."""

    table: Any
    states: tuple[str, ...]
    steps: Steps
    make: Make
    go: Callable[[Desk, UUID, str], Awaitable[UUID]]
    column: str = "state"
    one: bool = False


async def violation(desk: Desk, group: UUID, customer: UUID) -> UUID:
    return await violations.report(desk, group, customer, "speech", "seen")


async def suspicion(desk: Desk, group: UUID, customer: UUID) -> UUID:
    await joining.admit(desk, group, customer, "test")
    await charters.write(desk, group, forbidden={"speech": ["蠢"]})
    await welcome.introduce(desk, group, customer, "蠢")
    assert isinstance(desk.ledger.clock, ManualClock)
    desk.ledger.clock.move(1)
    check = await checking.check(desk, group)
    query = select(_suspicions.c.id).where(_suspicions.c.check_id == check)
    return UUID(str((await desk.session.execute(query)).scalar_one()))


async def seat(desk: Desk, group: UUID, customer: UUID) -> UUID:
    await joining.admit(desk, group, customer, "test")
    event = await gatherings.plan(desk, group, "n", "quiz", MOMENT)
    await gatherings.step(desk, event, "open")
    return await gatherings.sign_up(desk, event, customer)


async def draw(desk: Desk, group: UUID, customer: UUID) -> UUID:
    await joining.admit(desk, group, customer, "test")
    return await draws.commit(desk, group, "n", 1)


async def member(desk: Desk, group: UUID, customer: UUID) -> UUID:
    return await joining.admit(desk, group, customer, "test")


async def introduce(desk: Desk, id: UUID, event: str) -> UUID:
    known = await keeping.find(desk, tables.Attendance.__table__, id)  # type: ignore[attr-defined]
    return await welcome.introduce(desk, known["group_id"], known["customer_id"], "我是甲")


async def give(desk: Desk, id: UUID, event: str) -> UUID:
    known = await keeping.find(desk, tables.Attendance.__table__, id)  # type: ignore[attr-defined]
    return await welcome.give_gift(desk, known["group_id"], known["customer_id"])


async def publish(desk: Desk, id: UUID, event: str) -> UUID:
    return await rules.publish(desk, id)


PRIVACY = [{"category": "privacy", "text": "x"}]
MACHINES: Mapping[str, Machine] = {
    "application": Machine(
        tables.Application, joining.STATES, joining.STEPS,
        lambda desk, group, customer: keeping.add(
            desk, tables.Application.__table__, group_id=group, customer_id=customer, way="application", state="asked",  # type: ignore[attr-defined]
            held={}, missing=[], made_at=MOMENT, made_by="x",
        ),
        lambda desk, id, event: joining.step(desk, id, event, "why"),
    ),
    "violation": Machine(
        tables.Violation, violations.STATES, violations.STEPS, violation,
        lambda desk, id, event: violations.step(desk, id, event, "why"),
    ),
    "suspicion": Machine(
        tables.Suspicion, checking.STATES, checking.STEPS, suspicion,
        lambda desk, id, event: checking.step(desk, id, event, "why"),
    ),
    "post": Machine(
        tables.Post, posts.STATES, posts.STEPS, lambda desk, group, customer: posts.write(desk, group, "tip", "t"),
        lambda desk, id, event: posts.step(desk, id, event, MOMENT),
    ),
    "gathering": Machine(
        tables.Gathering, gatherings.STATES, gatherings.STEPS,
        lambda desk, group, customer: gatherings.plan(desk, group, "n", "quiz", MOMENT),
        lambda desk, id, event: gatherings.step(desk, id, event, "came"),
    ),
    "rules": Machine(
        tables.GroupRules, rules.STATES, {key: way for key, way in rules.STEPS.items() if key[1] == "publish"},
        lambda desk, group, customer: rules.write(desk, group, PRIVACY), publish, one=True,
    ),
    "sign-up": Machine(tables.SignUp, gatherings.SIGNED, gatherings.TURNS, seat, gatherings.turn),
    "draw": Machine(
        tables.Draw, draws.STATES, draws.STEPS, draw, lambda desk, id, event: draws.hold(desk, id), one=True
    ),
    "introduction": Machine(
        tables.Attendance, welcome.INTRODUCED, welcome.INTRODUCTION, member, introduce, "introduction", one=True
    ),
    "gift": Machine(tables.Attendance, welcome.GIVEN, welcome.GIFT, member, give, "gift", one=True),
    "join link": Machine(
        tables.JoinLink, joining.LINKS, joining.CLOSING,
        lambda desk, group, customer: joining.make_link(desk, group, "web"),
        lambda desk, id, event: joining.close_link(desk, id), one=True,
    ),
    "review": Machine(
        tables.Review, reviews.STATES, reviews.STEPS,
        lambda desk, group, customer: reviews.make(desk, group, datetime(2026, 1, 1, tzinfo=UTC), keeping.now(desk)),
        lambda desk, id, event: reviews.step(desk, id, event, "f", "p", "a"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MACHINES)
async def test_only_what_stands_in_the_table_may_be_done(database: Database, tenant: UUID, name: str) -> None:
    machine = MACHINES[name]
    events = sorted({event for _, event in machine.steps} | (set() if machine.one else {"", "nonsense"}))
    chance = SeededRandom()
    ledger = Ledger(Vault(Keyring([b"k" * 32], chance)), ManualClock(), chance)
    went = set()
    async with database.writing() as session:
        desk = Desk(session, Actor(tenant, Role.ADMIN, "tester"), ledger)
        group = (await groups.create(desk, {"name": name})).id
        for state in machine.states:
            for event in events:
                if await _goes(desk, machine, group, state, event):
                    went.add((state, event))
    assert went == set(machine.steps)


async def _goes(desk: Desk, machine: Machine, group: UUID, state: str, event: str) -> bool:
    """Whether a fresh row in `state` may go by the event; it goes where the table says."""
    assert isinstance(desk.ledger.clock, ManualClock)
    desk.ledger.clock.move(1)
    customer = (await customers.create(desk, {"type": "person", "name": "甲"})).id
    if machine.table is tables.Violation:
        await joining.admit(desk, group, customer, "test")
    table: Table = machine.table.__table__
    id = await machine.make(desk, group, customer)
    changed = {machine.column: state} | ({"sanction": "warn"} if machine.table is tables.Violation else {})
    await keeping.change(desk, table, id, **changed)
    try:
        await machine.go(desk, id, event)
    except Refused as refused:
        return [one.code for one in refused.problems] != ["WRONG_STATE"]
    return str((await keeping.find(desk, table, id))[machine.column]) == machine.steps[state, event].to
