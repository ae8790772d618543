"""Merging two customers and taking it back: rows, memberships and links end as they began; later edits stay."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from kequn.clock import ManualClock, SeededRandom
from kequn.contracts.records import Kind
from kequn.contracts.secrets import Keyring, new_key
from kequn.domain import customers, groups, memberships, merging, purchases
from kequn.domain.editing import Desk
from kequn.domain.problems import Refused
from kequn.store import conflicts, links, rows
from kequn.store.conflicts import Conflict
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.links import Link
from kequn.store.rows import Row
from kequn.store.scope import Actor, Role, Scope
from kequn.store.tables import Connection, Hint
from kequn.store.values import Fact
from kequn.store.vault import Vault
from tests.working import held_up

pytestmark = pytest.mark.anyio


@dataclass
class Office:
    """A database, a ledger, one connection, and somebody who may edit."""

    database: Database
    scope: Scope
    ledger: Ledger
    connection: UUID

    async def do(self, work: Any, *given: Any, **more: Any) -> Any:
        async with self.database.writing() as session:
            desk = Desk(session, Actor(self.scope.tenant, Role.OPERATOR, "ops"), self.ledger)
            return await work(desk, *given, **more)

    async def link(self, row: Row, external_id: str) -> None:
        made = Link(self.connection, "Contacts", external_id, Kind.CUSTOMER, row.id, {}, whose=row.id)
        async with self.database.writing() as session:
            keys = await self.ledger.vault.keys_for_writing(session, self.scope, {row.id})
            await links.put(session, self.scope, keys, [made])

    async def links(self) -> dict[str, tuple[UUID, bool]]:
        async with self.database.reading() as session:
            wanted = [("Contacts", "1"), ("Contacts", "2")]
            found = await links.at(session, self.scope, self.ledger.vault, self.connection, wanted)
        return {link.external_id: (link.row_id, link.primary) for link in found.values()}

    async def agree(self, external_id: str, base: dict[str, Fact]) -> None:
        """What the sync would note as agreed with a record."""
        place = ("Contacts", external_id)
        async with self.database.writing() as session:
            found = await links.at(session, self.scope, self.ledger.vault, self.connection, [place])
            keys = await self.ledger.vault.keys_for_writing(session, self.scope, {found[place].row_id})
            await links.put(session, self.scope, keys, [replace(found[place], base=base, whose=found[place].row_id)])

    async def base(self, external_id: str) -> Mapping[str, Fact]:
        place = ("Contacts", external_id)
        async with self.database.reading() as session:
            return (await links.at(session, self.scope, self.ledger.vault, self.connection, [place]))[place].base

    async def looks(self) -> list[str]:
        """The records that are to be read again."""
        async with self.database.reading() as session:
            return list((await session.execute(select(col(Hint.external_id)))).scalars())

    async def dispute(self, row: Row, type: str, field: str = "") -> UUID:
        id, place = self.ledger.new_id(), (self.connection, "Contacts", "2")
        opened = Conflict(id, *place, Kind.CUSTOMER, row.id, type, field, whose=row.id)
        async with self.database.writing() as session:
            keys = await self.ledger.vault.keys_for_writing(session, self.scope, {row.id})
            await conflicts.put(session, self.scope, keys, [opened], self.ledger.clock.now())
        return id

    async def disputes(self) -> dict[UUID, tuple[str, UUID | None, str | None]]:
        async with self.database.reading() as session:
            found = await conflicts.load(session, self.scope, self.ledger.vault)
        return {one.id: (one.state, one.row_id, one.choice) for one in found}

    async def row(self, id: UUID, kind: Kind = Kind.CUSTOMER) -> Row:
        async with self.database.reading() as session:
            return (await rows.load(session, self.scope, kind, [id]))[id]


@pytest.fixture
async def office(database: Database, scope: Scope, anyio_backend: str) -> Office:
    clock, random = ManualClock(), SeededRandom(3)
    ledger = Ledger(Vault(Keyring.parse(new_key(random), random)), clock, random)
    connection = ledger.new_id()
    async with database.writing() as session:
        session.add(
            Connection(tenant_id=scope.tenant, id=connection, name="zoho", plugin="zoho", created_at=clock.now())
        )
    return Office(database, scope, ledger, connection)


async def _two(office: Office) -> tuple[Row, Row]:
    first = await office.do(customers.create, {"name": "Mira Tolan", "email": "mira@example.org", "city": "Suzhou"})
    second = await office.do(
        customers.create, {"name": "M. Tolan", "phone": "+86 512 5550 0101", "interests": frozenset({"tea"})}
    )
    await office.link(first, "1")
    await office.link(second, "2")
    return await office.row(first.id), await office.row(second.id)


async def test_the_winner_keeps_its_values_takes_the_chosen_and_fills_its_gaps(office: Office) -> None:
    first, second = await _two(office)
    winner = await office.do(merging.merge, first.id, second.id, ["name"])
    assert winner.facts["name"] == "M. Tolan"
    assert winner.facts["email"] == "mira@example.org"
    assert winner.facts["phone"] == second.facts["phone"]
    assert winner.facts["interests"] == frozenset({"tea"})
    assert (await office.row(second.id)).merged_into == first.id


async def test_a_second_record_in_one_crm_becomes_secondary(office: Office) -> None:
    first, second = await _two(office)
    await office.do(merging.merge, first.id, second.id)
    assert await office.links() == {"1": (first.id, True), "2": (first.id, False)}


async def test_memberships_move_and_one_group_keeps_one(office: Office) -> None:
    first, second = await _two(office)
    both = await office.do(groups.create, {"name": "both"})
    one = await office.do(groups.create, {"name": "one"})
    await office.do(memberships.add, both.id, first.id)
    double = await office.do(memberships.add, both.id, second.id)
    moved = await office.do(memberships.add, one.id, second.id)
    await office.do(merging.merge, first.id, second.id)
    assert (await office.row(moved.id, Kind.MEMBERSHIP)).facts["customer"] == first.id
    assert (await office.row(double.id, Kind.MEMBERSHIP)).deleted_at is not None


async def test_taking_back_restores_both_customers_every_link_and_membership(office: Office) -> None:
    first, second = await _two(office)
    group = await office.do(groups.create, {"name": "both"})
    double = [await office.do(memberships.add, group.id, customer.id) for customer in (first, second)][1]
    await office.do(merging.merge, first.id, second.id, ["name"])
    back = await office.do(merging.unmerge, second.id)
    assert (back.winner.facts, back.loser.facts, back.kept) == (first.facts, second.facts, ())
    assert await office.links() == {"1": (first.id, True), "2": (second.id, True)}
    again = await office.row(double.id, Kind.MEMBERSHIP)
    assert again.live
    assert again.facts["customer"] == second.id


async def test_what_was_edited_after_the_merge_stays_and_is_named(office: Office) -> None:
    first, second = await _two(office)
    await office.do(merging.merge, first.id, second.id, ["name"])
    await office.do(customers.change, first.id, {"name": "Mira T.", "city": "Wuxi"})
    back = await office.do(merging.unmerge, second.id)
    winner, loser = back.winner, back.loser
    assert (winner.facts["name"], winner.facts["city"]) == ("Mira T.", "Wuxi")
    assert winner.facts["phone"] is None
    assert loser.facts == second.facts
    assert [(one.row_id, one.field) for one in back.kept] == [(first.id, "name")]


async def test_a_customer_cannot_go_into_itself_nor_a_person_into_a_company(office: Office) -> None:
    first, _ = await _two(office)
    company = await office.do(customers.create, {"name": "Tolan Ltd", "type": "organisation"})
    for other in (first, company):
        with pytest.raises(Refused):
            await office.do(merging.merge, first.id, other.id)
    assert (await office.row(first.id)).live


async def test_nothing_is_taken_back_twice(office: Office) -> None:
    first, second = await _two(office)
    await office.do(merging.merge, first.id, second.id)
    await office.do(merging.unmerge, second.id)
    with pytest.raises(Refused):
        await office.do(merging.unmerge, second.id)


async def test_a_viewer_may_not_merge(office: Office) -> None:
    first, second = await _two(office)
    async with office.database.writing() as session:
        desk = Desk(session, Actor(office.scope.tenant, Role.VIEWER, "v"), office.ledger)
        with pytest.raises(Refused):
            await merging.merge(desk, first.id, second.id)


async def test_what_a_second_record_said_meanwhile_is_no_loss(office: Office) -> None:
    """While it is secondary a record is read but reaches no row; taken back, it is compared with the old base again."""
    first, second = await _two(office)
    await office.agree("2", {"city": "Suzhou"})
    await office.do(merging.merge, first.id, second.id)
    await office.agree("2", {"city": "Wuxi"})  # as the sync notes a second record
    await office.do(merging.unmerge, second.id)
    assert (await office.base("2")) == {"city": "Suzhou"}
    assert await office.looks() == ["2"]


async def test_a_record_that_changed_hands_keeps_what_was_agreed_since(office: Office) -> None:
    first = await office.do(customers.create, {"name": "a"})
    second = await office.do(customers.create, {"name": "b"})
    await office.link(second, "2")
    await office.do(merging.merge, first.id, second.id)
    await office.agree("2", {"name": "a"})
    await office.do(merging.unmerge, second.id)
    assert await office.base("2") == {"name": "a"}
    assert await office.links() == {"2": (second.id, True)}
    assert await office.looks() == []


async def test_a_link_that_has_gone_to_another_row_stays_there(office: Office) -> None:
    first, second = await _two(office)
    third = await office.do(customers.create, {"name": "third"})
    await office.do(merging.merge, first.id, second.id)
    await office.link(third, "2")
    await office.do(merging.unmerge, second.id)
    assert await office.links() == {"1": (first.id, True), "2": (third.id, True)}


async def test_open_conflicts_go_along_and_come_back(office: Office) -> None:
    first, second = await _two(office)
    field = await office.dispute(second, "field", "city")
    gone = await office.dispute(second, "delete")
    await office.do(merging.merge, first.id, second.id)
    assert await office.disputes() == {field: ("open", first.id, None), gone: ("settled", second.id, "merge")}
    await office.do(merging.unmerge, second.id)
    assert await office.disputes() == {field: ("open", second.id, None), gone: ("open", second.id, None)}


async def test_a_deleted_winner_gives_its_loser_back(office: Office) -> None:
    first, second = await _two(office)
    await office.do(merging.merge, first.id, second.id)
    await office.do(customers.delete, first.id)
    back = await office.do(merging.unmerge, second.id)
    assert (back.winner.live, back.loser.live) == (False, True)
    assert back.loser.facts == second.facts


async def test_nobody_becomes_part_of_themselves(office: Office) -> None:
    """Three organisations: the loser stands between the winner and its member, or above, or below."""
    ids: list[UUID] = []
    for name in ("top", "middle", "bottom"):
        parent = {"parent": ids[-1]} if ids else {}
        ids.append((await office.do(customers.create, {"name": name, "type": "organisation", **parent})).id)
    top, middle, bottom = ids
    winner = await office.do(merging.merge, middle, top)
    assert winner.facts["parent"] is None
    await office.do(merging.unmerge, top)
    winner = await office.do(merging.merge, top, bottom)
    assert winner.facts["parent"] is None
    assert (await office.row(middle)).facts["parent"] == top
    await office.do(merging.unmerge, bottom)
    assert (await office.row(bottom)).facts["parent"] == middle


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_purchase_that_is_given_to_somebody_else_meanwhile_stays_there(office: Office) -> None:
    first, second = await _two(office)
    third = await office.do(customers.create, {"name": "third"})
    bought = await office.do(purchases.create, {"name": "tea", "customer": second.id})
    async with office.database.writing() as session:
        desk = Desk(session, Actor(office.scope.tenant, Role.OPERATOR, "ops"), office.ledger)
        await purchases.change(desk, bought.id, {"customer": third.id})
        merged = asyncio.create_task(office.do(merging.merge, first.id, second.id))
        await held_up(office.database, merged)
    await merged
    assert (await office.row(bought.id, Kind.PURCHASE)).facts["customer"] == third.id
