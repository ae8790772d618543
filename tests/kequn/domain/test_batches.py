"""Batches keep the rules of the house whatever they hold; and the change log knows every state a row was ever in."""

import random
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table

from kequn.clock import ManualClock, SeededRandom
from kequn.contracts.records import Kind
from kequn.contracts.secrets import Keyring
from kequn.domain import batches, customers, groups
from kequn.domain.batches import Done
from kequn.domain.drafts import Item
from kequn.domain.editing import Desk
from kequn.store import history, journal, rows
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.rows import Row
from kequn.store.scope import Actor, Role
from kequn.store.vault import Vault

pytestmark = pytest.mark.anyio


class Office:
    """Somebody who edits many rows at once, a second between."""

    def __init__(self, database: Database, tenant: UUID) -> None:
        chance = SeededRandom(3)
        self.database, self.clock = database, ManualClock()
        self.ledger = Ledger(Vault(Keyring([b"k" * 32], chance)), self.clock, chance)
        self.actor = Actor(tenant, Role.OPERATOR, "tester")

    async def edit(self, rules: batches.Rules, *items: Item, whole: bool = False) -> list[batches.Outcome]:
        self.clock.move(1)
        async with self.database.writing() as session:
            return await batches.edit(Desk(session, self.actor, self.ledger), rules, items, whole=whole)

    async def all(self, kind: Kind) -> dict[UUID, Row]:
        source: Table = rows.table(kind)
        async with self.database.reading() as session:
            ids = (await session.execute(source.select().with_only_columns(source.c.id))).scalars().all()
            return await rows.load(session, self.actor.scope, kind, ids)


@pytest.fixture
def office(database: Database, tenant: UUID) -> Office:
    return Office(database, tenant)


def belongs_well(known: Mapping[UUID, Row], row: Row) -> bool:
    """To an organisation, and over no number of steps to itself."""
    seen = {row.id}
    while isinstance(above := row.facts["parent"], UUID):
        row = known[above]
        if row.id in seen or row.facts["type"] != "organisation":
            return False
        seen.add(row.id)
    return True


async def test_whatever_a_batch_holds_nobody_belongs_to_themselves(office: Office) -> None:
    draw = random.Random(7)
    made = await office.edit(customers.RULES, *(Item(entered={"name": name}) for name in "abcdef"))
    ids = [outcome.id for outcome in made if outcome.id]
    done = set()
    for _ in range(60):
        chosen = draw.sample(ids, draw.randint(1, 6))
        entered = [
            {"type": draw.choice(["person", "organisation", "organisation"]), "parent": draw.choice([None, *ids])}
            for _ in chosen
        ]
        items = [Item(id, fields) for id, fields in zip(chosen, entered, strict=True)]
        outcomes = await office.edit(customers.RULES, *items)
        done |= {outcome.done for outcome in outcomes}
        known = await office.all(Kind.CUSTOMER)
        assert all(belongs_well(known, row) for row in known.values())
        for item, outcome in zip(items, outcomes, strict=True):
            taken = {name: known[item.id or UUID(int=0)].facts[name] for name in item.entered or {}} == item.entered
            assert taken or outcome.done is Done.REFUSED
    assert {Done.UPDATED, Done.UNCHANGED, Done.REFUSED} <= done


async def test_whatever_a_batch_holds_names_stay_apart(office: Office) -> None:
    draw = random.Random(8)
    made = await office.edit(groups.RULES, *(Item(entered={"name": name}) for name in "abcd"))
    ids = [outcome.id for outcome in made if outcome.id]
    for _ in range(40):
        chosen = draw.sample(ids, draw.randint(1, 4))
        await office.edit(groups.RULES, *(Item(id, {"name": draw.choice("abcdef")}) for id in chosen))
        names = [row.facts["name"] for row in (await office.all(Kind.GROUP)).values()]
        assert len(set(names)) == len(names)


async def test_all_or_nothing_writes_nothing_at_all(office: Office) -> None:
    [made] = await office.edit(customers.RULES, Item(entered={"name": "a"}))
    before = await office.all(Kind.CUSTOMER)
    outcomes = await office.edit(
        customers.RULES,
        Item(made.id, {"name": "b"}),
        Item(entered={"name": ""}),
        Item(entered={"name": "c"}),
        whole=True,
    )
    assert [outcome.done for outcome in outcomes] == [Done.SKIPPED, Done.REFUSED, Done.SKIPPED]
    assert await office.all(Kind.CUSTOMER) == before


async def test_every_state_can_be_read_back(office: Office) -> None:
    draw = random.Random(9)
    made = await office.edit(customers.RULES, *(Item(entered={"name": name}) for name in "abc"))
    ids = [outcome.id for outcome in made if outcome.id]
    states: list[tuple[Any, dict[UUID, Row]]] = []
    for _ in range(25):
        changes = {
            "city": draw.choice([None, "上海", "x"]),
            "interests": frozenset(draw.sample("xyz", draw.randint(0, 3))),
        }
        gone = draw.random() < 0.1
        await office.edit(customers.RULES, *(Item(id, None if gone else changes) for id in draw.sample(ids, 2)))
        states.append((office.clock.now(), await office.all(Kind.CUSTOMER)))
    async with office.database.reading() as session:
        scope, vault = office.actor.scope, office.ledger.vault
        entries = {id: await journal.read(session, scope, vault, [id]) for id in ids}
    for moment, known in states:
        for id, row in known.items():
            was = history.as_of(entries[id], moment)
            assert was is not None
            assert (was.facts, was.deleted) == (row.facts, row.deleted_at is not None)
