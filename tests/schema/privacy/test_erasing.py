"""Personal information: a copy for the person, and erasing them - from every table, from what is sealed, from search,
and for good, whatever a CRM says later."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import JSON, Table, Text, select
from sqlmodel import AutoString

from kequn.contracts.identity import format_id
from kequn.contracts.records import FIELDS, Kind, Type
from kequn.domain.privacy import erasing
from kequn.store import conflicts, dossier, journal, links, rows, search, tables
from kequn.store.conflicts import Conflict
from kequn.store.links import Link
from kequn.store.scope import Role
from kequn.store.values import Fact
from tests.kequn.domain.filling import MARK, WORD, Filling
from tests.schema.conftest import Client, connected

pytestmark = pytest.mark.anyio
ERASE = """mutation($id: ID!, $why: ErasureGround! = REQUEST) { it: eraseCustomer(customer: $id, ground: $why) {
    privacyAct { kind ground actor counts customer { id } } problems { code path } } }"""
EXPORT = "mutation($id: ID!) { it: exportCustomer(customer: $id) { document problems { code } } }"
TOKEN = "quillonmarsh"


def told(kind: Kind, **more: Fact) -> dict[str, Fact]:
    """Facts with the mark in every text that is not among the figures of the business."""
    stays = erasing.FIGURES.get(kind, frozenset())
    texts = {name: MARK for name, spec in FIELDS[kind].items() if spec.type is Type.TEXT and name not in stays}
    sets = {name: frozenset({MARK}) for name, spec in FIELDS[kind].items() if spec.type is Type.SET}
    return {**texts, **sets, **more}


class Person:
    """A customer of whom every table tells."""

    def __init__(self, client: Client, id: UUID, connection: UUID) -> None:
        self.client, self.id, self.connection = client, id, connection

    @property
    def name(self) -> str:
        return format_id("customer", self.id)

    async def ask(self, query: str, **more: Any) -> dict[str, Any]:
        answer: dict[str, Any] = (await self.client.ask(query, id=self.name, **more))["it"]
        assert answer["problems"] == []
        return answer


async def person(client: Client) -> Person:
    facts = told(Kind.CUSTOMER, type="person", email=f"{TOKEN}@example.org", phone="+8613800138000")
    [id] = await client.add(Kind.CUSTOMER, facts, extra={"crm": {"nickname": MARK}})
    await client.ask(
        f'mutation($id: ID!) {{ updateCustomer(id: $id, input: {{notes: "{MARK}!"}}) {{ problems {{ code }} }} }}',
        id=format_id("customer", id),
    )
    [group] = await client.add(Kind.GROUP, {"name": "a group"})
    named: list[tuple[Kind, UUID]] = [(Kind.CUSTOMER, id)]
    for kind, more in (
        (Kind.PURCHASE, {}),
        (Kind.INTERACTION, {}),
        (Kind.FEEDBACK, {}),
        (Kind.MEMBERSHIP, {"group": group}),
    ):
        [row] = await client.add(kind, told(kind, customer=id, **more), extra={"crm": {"said": MARK}})
        named.append((kind, row))
    one = Person(client, id, await connected(client))
    await seal(one, named)
    await tell_everywhere(one, dict(named))
    return one


async def seal(one: Person, named: Iterable[tuple[Kind, UUID]]) -> None:
    """Links and conflicts: one as they are usually sealed, one from a time when it was not known whose it is."""
    client, scope = one.client, one.client.actor.scope
    async with client.database.writing() as session:
        keys = await client.ledger.vault.keys_for_writing(session, scope, {one.id, scope.tenant})
        for number, (kind, row) in enumerate(named):
            whose = scope.tenant if number == 1 else one.id
            base = told(kind)
            link = Link(one.connection, kind.value, str(number), kind, row, base, 5, whose=whose)
            await links.put(session, scope, keys, [link])
            asked = Conflict(
                client.ledger.new_id(), one.connection, kind.value, str(number), kind, row, "field", "name",
                ours=base, whose=whose,
            )  # fmt: skip
            await conflicts.put(session, scope, keys, [asked], client.ledger.clock.now())


def stays_in(table: Table) -> dict[str, Any]:
    """The words of ours that stay in a table whose rows stay."""
    going = {rows.table(kind): FIELDS[kind].keys() - names for kind, names in erasing.FIGURES.items()}
    words = [one for one in table.columns if isinstance(one.type, AutoString | Text | JSON)]
    stay = [one for one in words if one.name in erasing.KEPT.get(table.name, ())]
    stay += [one for one in words if table in going and one.name not in {*going[table], "extra"}]
    return {one.name: {} if isinstance(one.type, JSON) else WORD for one in stay}


async def tell_everywhere(one: Person, named: dict[Kind, UUID]) -> None:
    """A row of every table that tells of a customer, with the mark in every text."""
    client, made = one.client, {rows.table(kind): id for kind, id in named.items()}
    async with client.database.writing() as session:
        for page in dossier.pages():
            end = one.id if page.under is None else made[page.under.table]
            if page.table in made or page.table.name in {"customer_identity", "duplicate"}:
                continue
            given = {page.column: end, **stays_in(page.table)}
            said = await Filling(session, client.actor.tenant, client.ledger).fill(page.table, **given)
            made.setdefault(page.table, said.get("id", one.id))


async def everything(client: Client) -> dict[str, str]:
    """All that stands in each table, as text."""
    found = {}
    async with client.database.reading() as session:
        for table in tables.metadata.sorted_tables:
            all_rows = (await session.execute(select(table))).all()
            found[table.name] = "\n".join(str(tuple(row)) for row in all_rows)
    return found


def marked(found: dict[str, str]) -> set[str]:
    return {name for name, text in found.items() if MARK in text or TOKEN in text}


async def sealed(one: Person) -> set[str]:
    """Where the mark stands in what is sealed."""
    client, scope, vault = one.client, one.client.actor.scope, one.client.ledger.vault
    async with client.database.reading() as session:
        ids = set((await session.execute(select(tables.Link.__table__.c.row_id))).scalars())  # type: ignore[attr-defined]
        bases = await links.of_rows(session, scope, vault, one.connection, ids)
        log = await journal.read(session, scope, vault, ids)
        asked = await conflicts.load(session, scope, vault)
    opened = {
        "link": [link.base for link in bases],
        "change": [e.moved for e in log],
        "conflict": [c.ours for c in asked],
    }
    return {name for name, values in opened.items() if MARK in str(values)}


async def searched(client: Client) -> bool:
    texts: Table = tables.SearchText.__table__  # type: ignore[attr-defined]
    async with client.database.reading() as session:
        found = (await session.execute(select(texts.c.grams))).scalars().all()
    wanted = set(search.sought(MARK).split())
    return any(wanted <= set(grams.split()) for grams in found)


@pytest.mark.requirement("X07")
async def test_no_value_of_an_erased_person_is_left_in_any_table(client: Client) -> None:
    one = await person(client)
    before = marked(await everything(client))
    assert len(before) > 25
    assert await sealed(one) == {"link", "change", "conflict"}
    assert await searched(client)
    act = (await one.ask(ERASE))["privacyAct"]
    assert marked(await everything(client)) == set()
    assert await sealed(one) == set()
    assert not await searched(client)
    assert (act["kind"], act["ground"], act["actor"], act["customer"]) == ("ERASED", "REQUEST", "tester", None)
    assert act["counts"]["customer"] == 1


@pytest.mark.requirement("X07")
async def test_the_person_is_shown_all_that_stands_about_them(client: Client) -> None:
    one = await person(client)
    document = orjson.loads(orjson.dumps((await one.ask(EXPORT))["document"]))
    assert document["customer"][0]["notes"] == f"{MARK}!"
    told_of = {name for name, some in document.items() if MARK in str(some)}
    assert marked(await everything(client)) & {page.table.name for page in dossier.pages()} - told_of == set()
    assert [MARK, f"{MARK}!"] in [entry["values"].get("notes") for entry in document["history"]]
    assert {place["connection"] for place in document["crms"]} == {"crm"}
    first = "{ privacyActs(first: 1) { edges { node { kind customer { id } counts } } } }"
    [act] = (await client.ask(first))["privacyActs"]["edges"]
    assert (act["node"]["kind"], act["node"]["customer"]["id"]) == ("EXPORTED", one.name)
    assert act["node"]["counts"]["history"] > 5
    kept = (await everything(client))["replay"]
    assert MARK not in kept


async def test_only_an_administrator_may_and_only_for_a_ground(client: Client) -> None:
    id = format_id("customer", (await client.add(Kind.CUSTOMER, {"name": "a"}))[0])
    for query in (ERASE, EXPORT):
        refused = (await client.who(Role.OPERATOR).ask(query, id=id))["it"]["problems"]
        assert [problem["code"] for problem in refused] == ["FORBIDDEN"]
    gone = (await client.ask(ERASE, id="cus_" + "0" * 32))["it"]["problems"]
    assert [problem["code"] for problem in gone] == ["NOT_FOUND"]


async def test_whoever_was_merged_into_them_is_the_same_person(client: Client) -> None:
    """Asked for by the name of the one that is gone; and again, which does no harm."""
    winner, loser = await client.add(Kind.CUSTOMER, {"name": "a"}, {"name": MARK, "city": MARK})
    names = [format_id("customer", one) for one in (winner, loser)]
    merge = "mutation($w: ID!, $l: ID!) { mergeCustomers(winner: $w, loser: $l) { problems { code } } }"
    await client.ask(merge, w=names[0], l=names[1])
    for _ in range(2):
        assert (await client.ask(ERASE, id=names[1]))["it"]["problems"] == []
    assert marked(await everything(client)) == set()
    seen = (await client.ask("{ customers(includeDeleted: true) { edges { node { name city } } } }"))["customers"]
    assert [edge["node"] for edge in seen["edges"]] == [{"name": "erased", "city": None}] * len(seen["edges"])


async def test_what_is_sealed_later_is_lost_at_once(client: Client) -> None:
    one = await person(client)
    await one.ask(ERASE)
    scope, vault = client.actor.scope, client.ledger.vault
    async with client.database.writing() as session:
        keys = await vault.keys_for_writing(session, scope, {one.id})
        late = Link(one.connection, "customer", "late", Kind.CUSTOMER, one.id, told(Kind.CUSTOMER), whose=one.id)
        await links.put(session, scope, keys, [replace(late, primary=False)])
        found = await links.at(session, scope, vault, one.connection, [("customer", "late")])
    [link] = found.values()
    assert (link.base, link.erased) == ({}, True)
