"""Many rows at once: each item comes to its own end; all or nothing where that is asked; the same request twice."""

import asyncio
from typing import Any

import pytest

from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from kequn.store.scope import Role
from tests.schema.conftest import Client
from tests.schema.test_loading import other_tenant, statements

pytestmark = pytest.mark.anyio

RESULTS = """{ done failed problems { code path }
    results { index outcome row { id name version } problems { code path } } }"""
CREATE = f"""mutation($i: [CustomerInput!]!, $all: Boolean! = false, $k: String) {{
    it: createCustomers(input: $i, allOrNothing: $all, idempotencyKey: $k) {RESULTS} }}"""
UPDATE = f"mutation($i: [CustomerUpdate!]!) {{ it: updateCustomers(input: $i) {RESULTS} }}"
DELETE = f"mutation($i: [Deletion!]!) {{ it: deleteCustomers(input: $i) {RESULTS} }}"
UPSERT = f"""mutation($i: [CustomerInput!]!, $by: CustomerIdentity!) {{
    it: upsertCustomers(input: $i, by: $by) {RESULTS} }}"""
GROUPS = f"mutation($i: [GroupUpdate!]!) {{ it: updateGroups(input: $i) {RESULTS} }}"


async def batch(client: Client, query: str, items: list[dict[str, Any]], **variables: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await client.ask(query, i=items, **variables))["it"]
    return answer


def outcomes(answer: dict[str, Any]) -> str:
    """CUXDRS: created, updated, unchanged (X), deleted, refused, skipped."""
    return "".join({"UNCHANGED": "X"}.get(result["outcome"], result["outcome"][0]) for result in answer["results"])


def codes(answer: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [(problem["code"], problem["path"]) for result in answer["results"] for problem in result["problems"]]


async def test_each_item_comes_to_its_own_end(client: Client) -> None:
    made = await batch(client, CREATE, [{"name": "a"}, {"name": ""}, {"name": "b", "tierId": "x"}, {"name": "c"}])
    assert (made["done"], made["failed"], outcomes(made)) == (2, 2, "CRRC")
    assert codes(made) == [("REQUIRED", ["input", "1", "name"]), ("BAD_ID", ["input", "2", "tierId"])]
    ids = [result["row"] and result["row"]["id"] for result in made["results"]]
    changed = await batch(
        client,
        UPDATE,
        [
            {"id": ids[0], "version": 1, "name": "A"},
            {"id": ids[3], "version": 0, "name": "C"},
            {"id": ids[0], "name": "again"},
            {"id": format_id("customer", client.ledger.new_id()), "name": "nobody"},
            {"id": ids[3], "name": "c"},
        ],
    )
    assert outcomes(changed) == "URRRX"
    assert codes(changed) == [
        ("STALE_VERSION", ["input", "1", "version"]),
        ("REPEATED", ["input", "2", "id"]),
        ("NOT_FOUND", ["input", "3", "id"]),
    ]
    assert changed["results"][0]["row"] == {"id": ids[0], "name": "A", "version": 2}
    gone = await batch(client, DELETE, [{"id": ids[0], "version": 1}, {"id": ids[3], "version": 1}])
    assert outcomes(gone) == "RD"
    assert (await client.ask("{ customers { totalCount } }"))["customers"]["totalCount"] == 1


async def test_all_or_nothing(client: Client) -> None:
    made = await batch(client, CREATE, [{"name": "a"}, {"name": ""}], all=True)
    assert (outcomes(made), made["done"]) == ("SR", 0)
    assert (await client.ask("{ customers { totalCount } }"))["customers"]["totalCount"] == 0
    assert outcomes(await batch(client, CREATE, [{"name": "a"}, {"name": "b"}], all=True)) == "CC"


async def test_known_by_an_identity(client: Client) -> None:
    await batch(client, CREATE, [{"name": "a", "phone": "13800138000"}, {"name": "b", "phone": "13800138001"}])
    await batch(client, CREATE, [{"name": "c", "phone": "13800138001"}])
    rows = [
        {"name": "A", "phone": "+86 138 0013 8000"},
        {"name": "d", "phone": "13800138002"},
        {"name": "D", "phone": "138 0013 8002"},
        {"name": "e", "phone": "13800138001"},
        {"name": "f"},
        {"name": "g", "phone": "1"},
    ]
    answer = await batch(client, UPSERT, rows, by="PHONE")
    assert outcomes(answer) == "UCRRRR"
    assert [code for code, _ in codes(answer)] == ["REPEATED", "AMBIGUOUS", "REQUIRED", "BAD_PHONE"]
    again = await batch(client, UPSERT, rows[:2], by="PHONE")
    assert outcomes(again) == "XX"


async def test_a_name_that_is_given_up_is_free(client: Client) -> None:
    made = await client.add(Kind.GROUP, {"name": "a"}, {"name": "b"}, {"name": "c"})
    a, b, c = (format_id("group", id) for id in made)
    swapped = await batch(client, GROUPS, [{"id": a, "name": "b"}, {"id": b, "name": "a"}, {"id": c, "name": "a"}])
    assert outcomes(swapped) == "UUR"
    assert codes(swapped) == [("NAME_TAKEN", ["input", "2", "name"])]


async def test_a_name_is_not_free_when_the_edit_that_gave_it_up_fails(client: Client) -> None:
    made = await client.add(Kind.GROUP, {"name": "a"}, {"name": "b"}, {"name": "c"})
    a, b, _ = (format_id("group", id) for id in made)
    answer = await batch(client, GROUPS, [{"id": b, "name": "a"}, {"id": a, "name": "c"}])
    assert outcomes(answer) == "RR"


async def test_nobody_becomes_their_own_parent_through_a_batch(client: Client) -> None:
    made = await client.add(Kind.CUSTOMER, *({"name": name, "type": "organisation"} for name in "abc"))
    a, b, c = (format_id("customer", id) for id in made)
    circle = [{"id": a, "parentId": b}, {"id": b, "parentId": c}, {"id": c, "parentId": a}]
    answer = await batch(client, UPDATE, circle)
    assert "U" not in outcomes(answer)
    assert outcomes(await batch(client, UPDATE, circle[:2])) == "UU"
    assert outcomes(await batch(client, UPDATE, [{"id": b, "type": "PERSON"}, {"id": c, "type": "PERSON"}])) == "RR"


async def test_members(client: Client) -> None:
    people = [format_id("customer", id) for id in await client.add(Kind.CUSTOMER, {"name": "a"}, {"name": "b"})]
    group = format_id("group", (await client.add(Kind.GROUP, {"name": "g"}))[0])
    query = """mutation($i: [Member!]!) { it: %s(input: $i) {
        done results { outcome row { customer { name } } problems { code path } } } }"""
    pairs = [{"customerId": one, "groupId": group} for one in (*people, people[0], group)]
    joined = (await client.ask(query % "addMembers", i=pairs))["it"]
    assert outcomes(joined) == "CCRR"
    assert codes(joined) == [("ALREADY_MEMBER", ["input", "2", "customerId"]), ("BAD_ID", ["input", "3", "customerId"])]
    left = (await client.ask(query % "removeMembers", i=pairs))["it"]
    assert outcomes(left) == "DDRR"
    again = (await client.ask(query % "removeMembers", i=pairs[:1]))["it"]
    assert codes(again) == [("NOT_A_MEMBER", ["input", "0", "customerId"])]


async def test_a_thousand_take_no_more_statements_than_one(client: Client) -> None:
    counts = []
    for size in (2, 1000):
        with statements(client.database) as sent:
            answer = await batch(client, CREATE, [{"name": f"n{number}"} for number in range(size)])
        assert answer["done"] == size
        counts.append(len(sent))
    assert counts[0] == counts[1]
    assert await client.code(CREATE, i=[{"name": "a"}] * 1001) == "TOO_MANY"


async def test_a_viewer_does_none(client: Client) -> None:
    answer = await batch(client.who(Role.VIEWER), CREATE, [{"name": "a"}])
    assert answer["problems"] == [{"code": "FORBIDDEN", "path": []}]


async def test_the_same_request_twice(client: Client) -> None:
    items = [{"name": "a"}, {"name": ""}]
    first = await batch(client, CREATE, items, k="k1")
    second = await batch(client, CREATE, items, k="k1")
    assert first == second
    assert (await client.ask("{ customers { totalCount } }"))["customers"]["totalCount"] == 1
    other = await batch(client, CREATE, [{"name": "b"}], k="k1")
    assert other["problems"] == [{"code": "KEY_REUSED", "path": ["idempotencyKey"]}]
    client.ledger.clock.move(86_401)  # type: ignore[attr-defined]
    assert (await batch(client, CREATE, [{"name": "b"}], k="k1"))["done"] == 1


async def test_keys_of_others_are_others(client: Client) -> None:
    query = """mutation($k: String) { createTier(input: {name: "VIP"}, idempotencyKey: $k) {
        tier { id version } problems { code } } }"""
    first = (await client.ask(query, k="k"))["createTier"]
    assert (await client.ask(query, k="k"))["createTier"] == first
    assert first["problems"] == []
    stranger = Client(client.database, client.ledger, type(client.actor)(client.actor.tenant, Role.ADMIN, "other"))
    assert (await stranger.ask(query, k="k"))["createTier"]["problems"] == [{"code": "NAME_TAKEN"}]


async def test_what_was_refused_may_be_tried_again_under_its_key(client: Client) -> None:
    query = 'mutation($k: String) { createGroup(input: {name: "%s"}, idempotencyKey: $k) { problems { code } } }'
    await client.add(Kind.GROUP, {"name": "taken"})
    assert (await client.ask(query % "taken", k="k"))["createGroup"]["problems"] == [{"code": "NAME_TAKEN"}]
    assert (await client.ask(query % "free", k="k"))["createGroup"]["problems"] == []
    assert (await client.ask(query % "x", k=""))["createGroup"]["problems"] == [{"code": "REQUIRED"}]
    assert (await client.ask(query % "x", k="k" * 201))["createGroup"]["problems"] == [{"code": "TOO_LONG"}]


async def test_two_who_add_the_same_at_once(client: Client) -> None:
    rows = [{"name": f"n{number}", "reference": f"r{number}"} for number in range(20)]
    answers = await asyncio.gather(*(batch(client, UPSERT, rows, by="REFERENCE") for _ in range(4)))
    assert sorted(outcomes(answer) for answer in answers) == ["C" * 20, "X" * 20, "X" * 20, "X" * 20]
    assert (await client.ask("{ customers { totalCount } }"))["customers"]["totalCount"] == 20


async def test_rows_of_another_tenant_are_out_of_reach(client: Client) -> None:
    stranger = await other_tenant(client)
    made = await batch(client, CREATE, [{"name": "a", "reference": "1"}], k="k")
    id = made["results"][0]["row"]["id"]
    assert codes(await batch(stranger, UPDATE, [{"id": id, "name": "x"}])) == [("NOT_FOUND", ["input", "0", "id"])]
    assert codes(await batch(stranger, DELETE, [{"id": id}])) == [("NOT_FOUND", ["input", "0", "id"])]
    assert codes(await batch(stranger, CREATE, [{"name": "b", "parentId": id}])) == [
        ("UNKNOWN_CUSTOMER", ["input", "0", "parentId"])
    ]
    assert outcomes(await batch(stranger, UPSERT, [{"name": "b", "reference": "1"}], by="REFERENCE")) == "C"
    assert outcomes(await batch(stranger, CREATE, [{"name": "a", "reference": "1"}], k="k")) == "C"
    assert (await client.ask("{ customers { edges { node { name } } } }"))["customers"]["edges"] == [
        {"node": {"name": "a"}}
    ]
