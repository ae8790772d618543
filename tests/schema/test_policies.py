"""What connections may do, read and changed through GraphQL."""

from typing import Any

import pytest
from sqlalchemy import func, select

from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from kequn.store import connections
from kequn.store.scope import Role
from kequn.store.tables import Outbox
from tests.schema.conftest import Client, connected

pytestmark = pytest.mark.anyio
SHOWN = """kind direction delete create winner pull where
    fields { field direction winner } authority { kind field ranking }"""
SET = f"""mutation($id: ID!, $kind: Kind!, $i: PolicyInput!) {{
    it: setPolicy(connectionId: $id, kind: $kind, input: $i) {{
        connection {{ policies {{ {SHOWN} }} }} problems {{ code message path }} }} }}"""
RULES = """mutation($keys: [String!], $a: [RankingInput!]!) { it: setSyncRules(identity: $keys, authority: $a) {
    rules { identity authority { kind field ranking } } problems { code path } } }"""


async def change(client: Client, id: str, kind: str = "CUSTOMER", **input: Any) -> dict[str, Any]:
    payload = (await client.ask(SET, id=id, kind=kind, i=input))["it"]
    assert payload["problems"] == []
    [found] = [one for one in payload["connection"]["policies"] if one["kind"] == kind]
    return found  # type: ignore[no-any-return]


async def test_what_was_chosen_stands_and_null_makes_it_as_usual(client: Client) -> None:
    id = format_id("connection", await connected(client))
    found = await change(
        client,
        id,
        direction="IN",
        delete="PROPAGATE",
        winner="NEWEST",
        pull={"city": {"eq": "上海"}},
        fields=[{"field": "firstName", "direction": "OFF"}, {"field": "phone", "winner": "REMOTE"}],
    )
    assert found == {
        "kind": "CUSTOMER",
        "direction": "IN",
        "delete": "PROPAGATE",
        "create": "LINKED_ONLY",
        "winner": "NEWEST",
        "pull": {"city": {"eq": "上海"}},
        "where": {},
        "fields": [
            {"field": "firstName", "direction": "OFF", "winner": None},
            {"field": "phone", "direction": "BOTH", "winner": "REMOTE"},
        ],
        "authority": [],
    }
    found = await change(client, id, delete=None, winner=None, pull=None, fields=[{"field": "phone"}])
    assert (found["direction"], found["delete"], found["winner"], found["pull"]) == ("IN", "ASK", "ASK", {})
    assert [one["field"] for one in found["fields"]] == ["firstName"]
    async with client.database.reading() as session:
        connection = await connections.get(session, client.actor.scope, "crm")
    assert connection.policy == {"customer": {"direction": "in", "fields": {"first_name": {"direction": "off"}}}}


async def test_rows_that_may_be_created_now_are_queued(client: Client) -> None:
    id = format_id("connection", await connected(client))
    await client.add(Kind.GROUP, {"name": "a"}, {"name": "b"})
    async with client.database.writing() as session:
        await session.execute(Outbox.__table__.delete())  # type: ignore[attr-defined]
    found = await change(client, id, "GROUP", create="WHERE", where={"name": {"eq": "a"}})
    assert (found["create"], found["where"]) == ("WHERE", {"name": {"eq": "a"}})
    async with client.database.reading() as session:
        assert (await session.execute(select(func.count()).select_from(Outbox))).scalar_one() == 2


async def test_what_cannot_be_is_refused_and_changes_nothing(client: Client) -> None:
    id = format_id("connection", await connected(client))
    for given, path in [
        ({"pull": {"colour": {"eq": "red"}}}, ["input"]),
        ({"fields": [{"field": "colour", "winner": "ASK"}]}, ["input", "fields", "0", "field"]),
        ({"fields": [{"field": "name", "direction": "OFF"}]}, ["input"]),
    ]:
        [problem] = (await client.ask(SET, id=id, kind="CUSTOMER", i=given))["it"]["problems"]
        assert (problem["code"] in {"BAD_POLICY", "BAD_VALUE"}, problem["path"]) == (True, path)
    operator = client.who(Role.OPERATOR)
    assert (await operator.ask(SET, id=id, kind="CUSTOMER", i={}))["it"]["problems"][0]["code"] == "FORBIDDEN"


async def test_who_owns_which_field_of_all_connections(client: Client) -> None:
    id = format_id("connection", await connected(client))
    phone = {"kind": "CUSTOMER", "field": "phone", "ranking": ["crm", "kequn"]}
    rest = {"kind": "CUSTOMER", "field": None, "ranking": ["kequn"]}
    rules = (await client.ask(RULES, keys=["unionId", "phone"], a=[phone, rest]))["it"]["rules"]
    assert rules == {"identity": ["unionId", "phone"], "authority": [phone, rest]}
    again = (await client.ask(RULES, keys=None, a=[{**rest, "ranking": []}]))["it"]["rules"]
    assert again == {"identity": ["unionId", "phone"], "authority": [phone]}
    assert (await client.ask("{ syncRules { identity authority { kind field ranking } } }"))["syncRules"] == again
    assert (await change(client, id))["authority"] == [phone]
    wrong = (await client.ask(RULES, keys=None, a=[{**phone, "ranking": ["nobody"]}]))["it"]["problems"]
    assert wrong == [{"code": "BAD_POLICY", "path": ["authority"]}]
