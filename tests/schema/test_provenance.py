"""Where values come from, what they were, and how the links of a row stand."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update as update_rows
from sqlmodel import col

from kequn.contracts.hooks import CrmPlugin, Manifest
from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from kequn.registry import Registry
from kequn.store import conflicts, hints, links, outbox
from kequn.store.conflicts import Conflict
from kequn.store.hints import Look
from kequn.store.links import Link
from kequn.store.tables import Outbox
from schema.context import Context
from schema.execution import Request, execute
from tests.schema.conftest import Client, connected

pytestmark = pytest.mark.anyio


async def customer(client: Client) -> str:
    query = 'mutation { createCustomer(input: {name: "a", city: "上海", interests: ["tea"]}) { customer { id } } }'
    id: str = (await client.ask(query))["createCustomer"]["customer"]["id"]
    return id


async def update(client: Client, id: str, fields: str) -> None:
    await client.ask(f'mutation {{ updateCustomer(id: "{id}", input: {{{fields}}}) {{ problems {{ code }} }} }}')


async def test_a_row_as_it_was(client: Client) -> None:
    before = client.ledger.clock.now().isoformat()
    id = await customer(client)
    first = client.ledger.clock.now().isoformat()
    await update(client, id, 'city: null, firstName: "b"')
    second = client.ledger.clock.now().isoformat()
    await client.ask(f'mutation {{ deleteCustomer(id: "{id}") {{ problems {{ code }} }} }}')
    third = client.ledger.clock.now().isoformat()
    query = """query($id: ID!, $t: DateTime!) { customer(id: $id, includeDeleted: true) {
        asOf(time: $t) { deleted merged values change { op } } } }"""

    async def seen(moment: str) -> Any:
        return (await client.ask(query, id=id, t=moment))["customer"]["asOf"]

    assert await seen(before) is None
    was = await seen(first)
    assert (was["values"]["city"], was["values"]["firstName"], was["values"]["interests"]) == ("上海", None, ["tea"])
    assert was["change"] == {"op": "CREATE"}
    was = await seen(second)
    assert (was["values"]["city"], was["values"]["firstName"], was["deleted"]) == (None, "b", False)
    was = await seen(third)
    assert (was["deleted"], was["merged"], was["change"]) == (True, False, {"op": "DELETE"})
    assert await client.code(query, id=id, t="yesterday") == "BAD_DATE"


PROVENANCE = """query($id: ID!, $f: String!) { customer(id: $id) { provenance(field: $f) {
    field value source actor rule at change { op actor } losing { side value conflict { state } } } } }"""


async def provenance(client: Client, id: str, field: str) -> dict[str, Any]:
    answer: dict[str, Any] = (await client.ask(PROVENANCE, id=id, f=field))["customer"]["provenance"]
    return answer


async def test_where_a_value_comes_from(client: Client) -> None:
    id = await customer(client)
    await update(client, id, 'firstName: "b"')
    at = client.ledger.clock.now().isoformat()
    told = await provenance(client, id, "firstName")
    assert told == {
        "field": "firstName",
        "value": "b",
        "source": "PERSON",
        "actor": "tester",
        "rule": "",
        "at": at,
        "change": {"op": "UPDATE", "actor": "tester"},
        "losing": [],
    }
    never = await provenance(client, id, "phone")
    assert (never["value"], never["source"], never["change"]) == (None, None, None)
    assert await client.code(PROVENANCE, id=id, f="nothing") == "BAD_VALUE"


async def test_the_values_that_lost(client: Client) -> None:
    connection = await connected(client)
    [row] = await client.add(Kind.CUSTOMER, {"name": "a", "city": "ours"})
    open_one = _conflict(client, connection, row, "1", "theirs")
    settled = replace(_conflict(client, connection, row, "2", "older"), state="settled", choice="ours")
    other = replace(
        _conflict(client, connection, row, "3", "x"), field="street", ours={"street": "s"}, theirs={"street": "t"}
    )
    async with client.database.writing() as session:
        keys = await client.ledger.vault.keys_for_writing(session, client.actor.scope, {row})
        now = client.ledger.clock.now()
        await conflicts.put(session, client.actor.scope, keys, [open_one, settled, other], now)
    told = await provenance(client, format_id("customer", row), "city")
    assert sorted(told["losing"], key=lambda lost: lost["conflict"]["state"]) == [
        {"side": "THEIRS", "value": "theirs", "conflict": {"state": "OPEN"}},
        {"side": "THEIRS", "value": "older", "conflict": {"state": "SETTLED"}},
    ]


def _conflict(client: Client, connection: UUID, row: UUID, external: str, theirs: str) -> Conflict:
    return Conflict(
        client.ledger.new_id(),
        connection,
        "Contacts",
        external,
        Kind.CUSTOMER,
        row,
        "field",
        "city",
        ours={"city": "ours"},
        theirs={"city": theirs},
        whose=row,
    )


LINKS = """{ customers(orderBy: [{field: NAME}]) { edges { node { name links { externalId url state lastSeen
    pendingFields problem { code cause field } connection { name } } } } } }"""


async def test_how_links_stand(client: Client) -> None:
    connection = await connected(client)
    rows = await client.add(Kind.CUSTOMER, *({"name": name, "first_name": "here"} for name in "abcdefg"))
    scope, now = client.actor.scope, client.ledger.clock.now()
    base = {"name": "agreed", "first_name": "here"}
    made = [
        Link(connection, "Contacts", str(place), Kind.CUSTOMER, row, base, whose=row) for place, row in enumerate(rows)
    ]
    made[4] = replace(made[4], in_scope=False)
    made[5] = replace(made[5], primary=False)
    async with client.database.writing() as session:
        keys = await client.ledger.vault.keys_for_writing(session, scope, set(rows))
        await links.put(session, scope, keys, made)
        await links.mark_seen(session, scope, connection, [("Contacts", "0")], now)
        await outbox.drop(session, scope, connection, dict.fromkeys(rows[:1] + rows[2:6], 1))
        await hints.note(
            session, scope, connection, [Look("Contacts", "2", Kind.CUSTOMER, "WAITS", "why", "owner")], now
        )
        await conflicts.put(session, scope, keys, [_conflict(client, connection, rows[3], "3", "x")], now)
        note = {"code": "REJECTED", "cause": "too long", "field": "first_name"}
        await session.execute(update_rows(Outbox).where(col(Outbox.row_id) == rows[6]).values(note))
    context = Context(client.database, client.ledger, client.actor, record_url=lambda *about: "/".join(map(str, about)))
    answer = await execute(Request(LINKS), context)
    found = [edge["node"]["links"][0] for edge in answer["data"]["customers"]["edges"]]
    states = ["AGREED", "PENDING", "BLOCKED", "DISPUTED", "OUT_OF_SCOPE", "SECONDARY", "BLOCKED"]
    assert [link["state"] for link in found] == states
    for compiler in (True, False):
        client.compiler = compiler
        assert [await _standing_so(client, [state]) for state in dict.fromkeys(states)] == [
            ["a"], ["b"], ["c", "g"], ["d"], ["e"], ["f"],
        ]  # fmt: skip
        assert await _standing_so(client, ["AGREED", "SECONDARY"]) == ["a", "f"]
    assert [link["pendingFields"] for link in found] == [[], ["name"], [], [], [], [], ["name"]]
    assert found[0]["lastSeen"] == now.isoformat()
    assert found[1]["lastSeen"] is None
    assert found[1]["url"] == "memory/{}/Contacts/1"
    assert found[2]["problem"] == {"code": "WAITS", "cause": "why", "field": "owner"}
    assert found[6]["problem"] == {"code": "REJECTED", "cause": "too long", "field": "firstName"}


async def _standing_so(client: Client, states: list[str]) -> list[str]:
    """The names of customers with a link in one of these states."""
    query = """query($s: [LinkState!]!) { customers(where: {links: {some: {state: {in: $s}}}}, orderBy: {field: NAME}) {
        edges { node { name } } } }"""
    return [edge["node"]["name"] for edge in (await client.ask(query, s=states))["customers"]["edges"]]


async def test_a_page_in_the_crm(client: Client) -> None:
    """Said by the plugin; one that does not say it, or breaks, keeps nobody from the rest."""

    def broken(settings: Any, object: str, id: str) -> str:
        raise KeyError(object)

    says: dict[str, Any] = {"says": lambda settings, object, id: f"{object}#{id}", "breaks": broken, "silent": None}
    build: Any = None
    plugins = {name: CrmPlugin(name, Manifest(name, 1, (), record_url=say), build) for name, say in says.items()}
    urls = [Registry(plugins).record_url(name, {}, "o", "i") for name in (*plugins, "gone")]
    assert urls == ["o#i", None, None, None]


EXTRA = """{ customers(orderBy: [{field: NAME}]) { edges { node {
    extra one: extra(connection: "crm") field: extra(connection: "crm", key: "Score")
    any: extra(key: "Colour") none: extra(connection: "x", key: "y")
    unnamed: extra(connection: null, key: "") } } } }"""


async def test_what_a_crm_has_beside(client: Client) -> None:
    await client.add(Kind.CUSTOMER, {"name": "a"}, extra={"crm": {"Score": 7}, "other": {"Colour": "red"}})
    [edge] = (await client.ask(EXTRA))["customers"]["edges"]
    assert edge["node"] == {
        "extra": {"crm": {"Score": 7}, "other": {"Colour": "red"}},
        "one": {"Score": 7},
        "field": 7,
        "any": "red",
        "none": None,
        "unnamed": None,
    }
