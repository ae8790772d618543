"""The quality of data: how complete and fresh each field is, the queue of what is to be cleaned, and call-backs that
write what they learned."""

from datetime import date
from typing import Any

import pytest

from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from kequn.domain.quality.flaws import Found, find
from tests.schema.conftest import Client

pytestmark = pytest.mark.anyio
DAY = 86_400
FIND = "mutation { it: findFlaws { came went standing problems { code } } }"
FLAWS = (
    """query($w: FlawWhere) { flaws(where: $w) { edges { node { kind state fields action customer { name } } } } }"""
)
LEARN = """mutation($id: ID!, $how: LearnedBy!, $v: CustomerChanges, $c: [String!]! = [], $note: String! = "") {
    it: learnFromCustomer(customerId: $id, how: $how, values: $v, confirmed: $c, note: $note) {
    customer { city birthday } problems { code path } } }"""
QUALITY = """query($id: ID!) { customer(id: $id) { quality { completeness missing outdated fields {
    field filled how actor outdated } } provenance(field: "region") { source rule actor value } } }"""


async def done(client: Client, mutation: str, **given: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await client.ask(mutation, **given))["it"]
    assert answer["problems"] == []
    return answer


async def customer(client: Client, **facts: Any) -> str:
    [id] = await client.add(Kind.CUSTOMER, {"name": "a", **facts})
    return format_id("customer", id)


async def portrayed(client: Client, id: str) -> dict[str, Any]:
    """What both roads answer."""
    found = await client.ask(QUALITY, id=id)
    client.compiler = not client.compiler
    assert await client.ask(QUALITY, id=id) == found
    client.compiler = not client.compiler
    customer: dict[str, Any] = found["customer"]
    return customer


async def flaws(client: Client, **where: Any) -> list[dict[str, Any]]:
    found = await client.ask(FLAWS, w=where)
    client.compiler = not client.compiler
    assert await client.ask(FLAWS, w=where) == found
    client.compiler = not client.compiler
    return [edge["node"] for edge in found["flaws"]["edges"]]


@pytest.mark.requirement("C15")
async def test_each_field_tells_how_fresh_it_is(client: Client) -> None:
    id = await customer(client, phone="+8613800000000", region="上海", birthday=date(1990, 1, 1))
    before = (await portrayed(client, id))["quality"]
    assert before["completeness"] == 0.3
    assert (before["missing"][:2], before["outdated"]) == (["email", "gender"], [])
    client.ledger.clock.move(800 * DAY)  # type: ignore[attr-defined]
    after = (await portrayed(client, id))["quality"]
    assert sorted(after["outdated"]) == ["phone", "region"]
    await done(client, LEARN, id=id, how="CALL_BACK", c=["phone"])
    again = (await portrayed(client, id))["quality"]
    assert again["outdated"] == ["region"]
    phone = next(one for one in again["fields"] if one["field"] == "phone")
    assert (phone["how"], phone["actor"]) == ("call-back", "tester")


@pytest.mark.requirement("C14", "C16")
async def test_what_customers_tell_is_written_with_its_source(client: Client) -> None:
    id = await customer(client, region="上海")
    await done(client, LEARN, id=id, how="CALL_BACK", v={"region": "杭州"}, note="has moved")
    found = (await portrayed(client, id))["provenance"]
    assert found == {"source": "PERSON", "rule": "learned: call-back", "actor": "tester", "value": "杭州"}
    await done(client, LEARN, id=id, how="SURVEY", v={"region": "北京", "birthday": "1990-05-01"})
    quality = (await portrayed(client, id))["quality"]
    told = {one["field"]: one["how"] for one in quality["fields"]}
    assert (told["region"], told["birthday"], told["phone"]) == ("survey", "survey", None)
    interactions = """query($id: ID!) { customer(id: $id) { interactions(orderBy: {field: ID}) { edges { node {
        subject channel content } } } } }"""
    edges = (await client.ask(interactions, id=id))["customer"]["interactions"]["edges"]
    assert [tuple(edge["node"].values()) for edge in edges] == [
        ("call-back", "phone", "has moved"),
        ("survey", "online", "birthday, region"),
    ]
    refused = await client.ask(LEARN, id=id, how="SURVEY", c=["nothing"])
    assert [one["code"] for one in refused["it"]["problems"]] == ["BAD_VALUE"]


@pytest.mark.requirement("C17")
async def test_the_queue_holds_what_is_to_be_cleaned_until_it_is(client: Client) -> None:
    whole: dict[str, Any] = {
        "phone": "+8613800000000", "email": "a@example.com", "gender": "female", "birthday": date(1990, 1, 1),
        "region": "上海", "industry": "tea", "source": "seo", "interests": frozenset({"tea"}),
        "product_preferences": frozenset({"tea"}), "needs": "tea",
    }  # fmt: skip
    id = await customer(client, **whole)
    await client.add(Kind.CUSTOMER, {**whole, "name": "twin"}, {**whole, "name": "twin", "gender": "male"})
    assert (await done(client, FIND))["standing"] == 0
    await client.ask("mutation { findDuplicates { problems { code } } }")
    assert (await done(client, FIND))["came"] == 3
    assert {one["action"] for one in await flaws(client, kind={"eq": "DUPLICATE"})} == {"MERGE"}
    client.ledger.clock.move(200 * DAY)  # type: ignore[attr-defined]
    [lone] = await client.add(Kind.CUSTOMER, {"name": "lone"})
    assert (await done(client, FIND))["came"] == 4
    [missing] = await flaws(client, kind={"eq": "INCOMPLETE"})
    assert (missing["customer"]["name"], missing["action"], len(missing["fields"])) == ("lone", "CALL_BACK", 10)
    old = next(one for one in await flaws(client, kind={"eq": "OUTDATED"}) if one["customer"]["name"] == "a")
    assert [name for name, wrong in old["fields"].items() if wrong] == ["needs"]
    plan = """mutation($id: ID!) { it: planCallBack(customerId: $id, kind: OUTDATED) {
        customer { tasks { edges { node { kind content } } } } problems { code } } }"""
    tasks = (await done(client, plan, id=id))["customer"]["tasks"]["edges"]
    assert [edge["node"] for edge in tasks] == [{"kind": "call_back", "content": "needs"}]
    await done(client, LEARN, id=id, how="CALL_BACK", c=["needs"])
    states = {one["state"] for one in await flaws(client, customer={"name": {"eq": "a"}}, kind={"eq": "OUTDATED"})}
    assert states == {"OVER"}
    settle = """mutation($id: ID!) { it: handleFlaw(customerId: $id, kind: INCOMPLETE, event: SETTLE) {
        problems { code } } }"""
    await done(client, settle, id=format_id("customer", lone))
    await done(client, FIND)
    assert [one["state"] for one in await flaws(client, kind={"eq": "INCOMPLETE"})] == ["SETTLED"]
    assert [one["code"] for one in (await client.ask(settle, id=id))["it"]["problems"]] == ["NOT_FOUND"]


async def test_page_by_page_finds_what_one_look_does(client: Client) -> None:
    """The fifth of nine is in order in the end, wherever a page ends."""
    ids = await client.add(Kind.CUSTOMER, *({"name": f"customer {place}"} for place in range(9)))
    for page in (1, 2, 4, 9, 100):
        found = await find(client.database, client.ledger, client.actor, page)
        assert (found.came, found.standing) == (9 if page == 1 else 0, 9)
    await client.edit(Kind.CUSTOMER, ids[4], deleted_at=client.ledger.clock.now())
    assert await find(client.database, client.ledger, client.actor, 2) == Found(0, 1, 8)
