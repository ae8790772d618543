"""Segments through GraphQL: the same condition by name and by itself, versions, who came and went and why."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from kequn.contracts.identity import parse_id
from kequn.contracts.records import Kind
from kequn.domain.moments import Distance, Span
from kequn.domain.segments import membership
from kequn.store.kept import unfold
from kequn.store.scope import Role
from kequn.store.where import Either, Every, Has, Not, Op, Where
from kequn.store.where import Test as Ask
from tests.schema.conftest import Client

pytestmark = pytest.mark.anyio
MOMENT = datetime(2026, 1, 5, tzinfo=UTC)
MAKE = """mutation($n: String!, $w: CustomerWhere!) { it: createSegment(name: $n, where: $w) {
    segment { id version where size } problems { code path } } }"""
CHANGE = """mutation($id: ID!, $w: CustomerWhere!) { it: updateSegment(id: $id, where: $w) {
    segment { conditionVersion where versions { version where madeBy } } problems { code path } } }"""
EVALUATE = """mutation($id: ID!) { it: evaluateSegment(id: $id) {
    entered left segment { size evaluatedVersion } problems { code } } }"""
NAMES = "query($w: CustomerWhere) { customers(where: $w, orderBy: {field: NAME}) { edges { node { name } } } }"
STAYS = """query($id: ID!) { segment(id: $id) { stays(orderBy: {field: ENTERED_AT}) { edges { node {
    customer { name } enteredCause enteredVersion enteredHeld leftCause leftHeld } } } } }"""


async def done(client: Client, mutation: str, **given: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await client.ask(mutation, **given))["it"]
    assert answer["problems"] == []
    return answer


async def problem(client: Client, mutation: str, **given: Any) -> tuple[str, list[str]]:
    [found] = (await client.ask(mutation, **given))["it"]["problems"]
    return found["code"], found["path"]


async def segment(client: Client, name: str, where: dict[str, Any]) -> str:
    id: str = (await done(client, MAKE, n=name, w=where))["segment"]["id"]
    return id


async def names(client: Client, where: dict[str, Any]) -> list[str]:
    """What both roads answer."""
    found = await client.ask(NAMES, w=where)
    client.compiler = not client.compiler
    assert await client.ask(NAMES, w=where) == found
    client.compiler = not client.compiler
    return [edge["node"]["name"] for edge in found["customers"]["edges"]]


async def people(client: Client, **cities: str | None) -> dict[str, Any]:
    ids = await client.add(Kind.CUSTOMER, *({"name": name, "city": city} for name, city in cities.items()))
    return dict(zip(cities, ids, strict=True))


async def test_a_segment_is_its_condition_at_once(client: Client) -> None:
    ids = await people(client, a="上海", b="杭州", c="北京", d=None)
    south = await segment(client, "南方", {"city": {"in": ["上海", "杭州"]}})
    assert await names(client, {"inSegment": south}) == ["a", "b"]
    assert await names(client, {"not": {"inSegment": south}, "city": {"isNull": False}}) == ["c"]
    await client.edit(Kind.CUSTOMER, ids["c"], facts={"type": "person", "name": "c", "city": "杭州"})
    assert await names(client, {"inSegment": south}) == ["a", "b", "c"]
    nested = await segment(client, "南方的b", {"inSegment": south, "name": {"eq": "b"}})
    assert await names(client, {"or": [{"inSegment": nested}, {"city": {"isNull": True}}]}) == ["b", "d"]
    groups = await client.ask(
        "query($w: CustomerWhere) { customers(where: $w) { totalCount } }", w={"inSegment": south}
    )
    assert groups["customers"]["totalCount"] == 3


async def test_relative_dates_are_reckoned_each_time(client: Client) -> None:
    await client.add(Kind.CUSTOMER, {"name": "born", "birthday": date(2000, 1, 1)})
    where = {"createdAt": {"since": {"ago": {"days": 30}}}}
    fresh = await segment(client, "new customers", where)
    assert await names(client, {"inSegment": fresh}) == ["born"]
    shown = (await client.ask("query($id: ID!) { segment(id: $id) { where } }", id=fresh))["segment"]["where"]
    assert shown["createdAt"]["since"]["ago"]["days"] == 30
    client.ledger.clock.move(31 * 86_400)  # type: ignore[attr-defined]
    assert await names(client, {"inSegment": fresh}) == []
    assert await names(client, shown) == []


@pytest.mark.requirement("K14")
async def test_who_came_and_went_and_why(client: Client) -> None:
    ids = await people(client, a="上海", b="上海", c="北京")
    id = await segment(client, "s", {"city": {"eq": "上海"}, "optedOut": {"ne": True}})
    assert (await done(client, EVALUATE, id=id))["entered"] == 2
    await client.edit(Kind.CUSTOMER, ids["a"], facts={"type": "person", "name": "a", "city": "北京"})
    await client.edit(Kind.CUSTOMER, ids["b"], deleted_at=client.ledger.clock.now())
    client.ledger.clock.move(60)  # type: ignore[attr-defined]
    await people(client, d="上海")
    moved = await done(client, EVALUATE, id=id)
    assert (moved["entered"], moved["left"], moved["segment"]["size"]) == (1, 2, 1)
    await done(client, CHANGE, id=id, w={"city": {"eq": "北京"}})
    await done(client, EVALUATE, id=id)
    edges = (await client.ask(STAYS, id=id))["segment"]["stays"]["edges"]
    told = [(one["customer"] and one["customer"]["name"], one["enteredCause"], one["leftCause"]) for one in
            (edge["node"] for edge in edges)]  # fmt: skip
    assert sorted(told, key=repr) == sorted(
        [("a", "FIRST", "CUSTOMER"), (None, "FIRST", "GONE"), ("d", "NEW", "DEFINITION"),
         ("a", "DEFINITION", None), ("c", "DEFINITION", None)], key=repr)  # fmt: skip
    first = next(edge["node"] for edge in edges if edge["node"]["leftCause"] == "CUSTOMER")
    assert first["enteredHeld"] == {"1 opted_out": True, "2 city": True} or first["enteredHeld"] == {
        "1 city": True,
        "2 opted_out": True,
    }
    assert sorted(first["leftHeld"].values()) == [False, True]


async def test_every_condition_that_was_is_kept(client: Client) -> None:
    first = {"city": {"eq": "上海"}}
    id = await segment(client, "s", first)
    changed = (await done(client, CHANGE, id=id, w={"city": {"eq": "北京"}}))["segment"]
    assert changed["conditionVersion"] == 2
    assert [(one["version"], one["where"], one["madeBy"]) for one in changed["versions"]] == [
        (2, {"city": {"eq": "北京"}}, "tester"),
        (1, first, "tester"),
    ]
    assert (await done(client, CHANGE, id=id, w={"city": {"eq": "北京"}}))["segment"]["conditionVersion"] == 2
    query = "query($id: ID!) { segment(id: $id) { versions { version madeBy madeAt where } } }"
    compiled = await client.ask(query, id=id)
    client.compiler = False
    assert await client.ask(query, id=id) == compiled


async def test_what_is_refused(client: Client) -> None:
    id = await segment(client, "s", {"city": {"eq": "上海"}})
    assert await problem(client, MAKE, n="s", w={}) == ("NAME_TAKEN", ["name"])
    assert await problem(client, MAKE, n=" ", w={}) == ("REQUIRED", ["name"])
    assert await problem(client, CHANGE, id=id, w={"not": {"inSegment": id}}) == ("LEADS_TO_ITSELF", ["where"])
    other = await segment(client, "t", {"inSegment": id})
    assert await problem(client, CHANGE, id=id, w={"inSegment": other}) == ("LEADS_TO_ITSELF", ["where"])
    nowhere = "seg_" + "0" * 32
    assert await problem(client, MAKE, n="u", w={"inSegment": nowhere}) == ("UNKNOWN_SEGMENT", ["where"])
    assert await client.code(NAMES, w={"inSegment": nowhere}) == "UNKNOWN_SEGMENT"
    assert await problem(client.who(Role.VIEWER), MAKE, n="v", w={}) == ("FORBIDDEN", [])
    step = "mutation($id: ID!) { it: handleSegment(id: $id, event: ARCHIVE) { problems { code path } } }"
    await done(client, step, id=id)
    assert (await problem(client, step, id=id))[0] == "WRONG_STATE"
    await segment(client, "s", {})


async def test_others_ask_for_its_members(client: Client) -> None:
    """What benefits, surveys and offers use."""
    ids = await people(client, a="上海", b="北京")
    id = parse_id(await segment(client, "s", {"city": {"eq": "上海"}}), "segment")[1]
    async with client.database.reading() as session:
        query = await membership.members(session, client.actor.scope, id, client.ledger.clock.now())
        assert set((await session.execute(query)).scalars()) == {ids["a"]}


SPANS = some.builds(Span, days=some.integers(0, 99))
TESTS = some.one_of(
    some.builds(Ask, some.just("city"), some.just(Op.IN), some.tuples(some.text(), some.text())),
    some.builds(Ask, some.just("birthday"), some.just(Op.GTE), some.dates()),
    some.builds(Ask, some.just("created_at"), some.just(Op.LT),
                some.builds(Distance, SPANS, SPANS, some.booleans())),
    some.builds(Ask, some.just("id"), some.just(Op.EQ), some.uuids()),
)  # fmt: skip
TREES = some.recursive(
    TESTS,
    lambda inner: some.one_of(
        some.builds(Every, some.lists(inner, max_size=3).map(tuple)),
        some.builds(Either, some.lists(inner, max_size=3).map(tuple)),
        some.builds(Not, inner),
        some.builds(Has, some.just("tier"), inner),
    ),
    max_leaves=6,
)


@settings(max_examples=60)
@given(TREES)
def test_a_tree_is_kept_as_it_was(where: Where) -> None:
    assert membership.read(membership.show(where)) == where
    assert unfold(where, {}, MOMENT) == unfold(membership.read(membership.show(where)), {}, MOMENT)
