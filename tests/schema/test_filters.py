"""Filters against a plain evaluator, on random trees; and what no filter may be."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

import pytest
from graphql import parse
from hypothesis import strategies as st

from kequn.clock import ManualClock
from kequn.contracts.records import Kind
from kequn.domain.problems import Refused
from kequn.store.scope import Sight
from schema.amounts import OBJECTS, Amounts
from schema.customers import CustomerWhere
from schema.filters import read
from schema.operators import TextFilter
from tests.schema.conftest import Client
from tests.schema.world import CITIES, NAMES, TAGS, Plain, World, examples, fill

pytestmark = pytest.mark.anyio

FIND = "query($where: CustomerWhere) { customers(first: 1000, where: $where) { totalCount edges { node { id } } } }"

days = st.integers(1, 5).map(lambda day: f"1980-01-0{day}")
hours = st.integers(0, 6).map(lambda hour: f"2026-01-01T0{hour}:00:00Z")


def text(values: list[str]) -> st.SearchStrategy[Plain]:
    one = st.sampled_from(values)
    part = st.sampled_from(["", "L", "a", "%", "_", "\\", "王", "NG", "é"])
    return st.one_of(
        st.fixed_dictionaries({"eq": one}),
        st.fixed_dictionaries({"ne": one}),
        st.fixed_dictionaries({"in": st.lists(one, max_size=3)}),
        st.fixed_dictionaries({"notIn": st.lists(one, max_size=3)}),
        st.fixed_dictionaries({"isNull": st.booleans()}),
        st.fixed_dictionaries({"contains": part}),
        st.fixed_dictionaries({"startsWith": part, "ne": one}),
        st.fixed_dictionaries({"between": st.fixed_dictionaries({"from": one, "to": one})}),
        range_of(one),
    )


def range_of(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Plain]:
    return st.dictionaries(st.sampled_from(["eq", "ne", "lt", "lte", "gt", "gte"]), values, min_size=1, max_size=2)


amounts = st.fixed_dictionaries({"gte": st.integers(0, 3).map(str)}, optional={"currency": st.just("cny")})
purchase = st.fixed_dictionaries(
    {},
    optional={
        "name": text(["tea", "cup"]),
        "kind": st.sampled_from([{"eq": "SALE"}, {"ne": "RETURN"}, {"isNull": True}]),
        "amount": amounts,
        "paidAt": range_of(hours),
    },
)
fields = st.one_of(
    st.fixed_dictionaries({"name": text(NAMES)}),
    st.fixed_dictionaries({"city": text([city for city in CITIES if city])}),
    st.fixed_dictionaries({"birthday": range_of(days)}),
    st.fixed_dictionaries({"type": st.sampled_from([{"eq": "PERSON"}, {"notIn": ["PERSON"]}])}),
    st.fixed_dictionaries({"optedOut": st.sampled_from([{"eq": True}, {"ne": True}, {"isNull": False}])}),
    st.fixed_dictionaries({"interests": st.sampled_from(TAGS).map(lambda tag: {"has": tag})}),
    st.fixed_dictionaries(
        {"interests": st.lists(st.sampled_from(TAGS), max_size=2).map(lambda tags: {"hasAny": tags})}
    ),
    st.fixed_dictionaries(
        {"interests": st.lists(st.sampled_from(TAGS), max_size=2).map(lambda tags: {"hasAll": tags})}
    ),
    st.fixed_dictionaries({"tier": st.one_of(st.just({}), st.fixed_dictionaries({"name": text(["A", "B"])}))}),
    st.fixed_dictionaries({"tier": st.fixed_dictionaries({"rank": range_of(st.integers(0, 2))})}),
)
quantified = st.dictionaries(st.sampled_from(["some", "none", "every"]), purchase, min_size=1)
groups = st.dictionaries(
    st.sampled_from(["some", "none", "every"]), st.fixed_dictionaries({"name": text(["group x"])}), min_size=1
)
leaves = fields | st.fixed_dictionaries({"purchases": quantified}) | st.fixed_dictionaries({"groups": groups})
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"and": st.lists(inner, max_size=3)}),
        st.fixed_dictionaries({"or": st.lists(inner, max_size=3)}),
        st.fixed_dictionaries({"not": inner}),
    ),
    max_leaves=6,
)

COLUMN = {"optedOut": "opted_out", "paidAt": "paid_at"}


def lower(text: str) -> str:
    return "".join(chr(ord(letter) + 32) if "A" <= letter <= "Z" else letter for letter in text)


def value(plain: Any, like: Any) -> Any:
    if isinstance(plain, str) and isinstance(like, datetime):
        return datetime.fromisoformat(plain)
    if isinstance(plain, str) and isinstance(like, date):
        return date.fromisoformat(plain)
    return plain.lower() if plain in {"PERSON", "SALE", "RETURN"} else plain


TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda have, want: have is not None and have == want,
    "ne": lambda have, want: have is None or have != want,
    "in": lambda have, want: have is not None and have in want,
    "notIn": lambda have, want: have is None or have not in want,
    "lt": lambda have, want: have is not None and have < want,
    "lte": lambda have, want: have is not None and have <= want,
    "gt": lambda have, want: have is not None and have > want,
    "gte": lambda have, want: have is not None and have >= want,
    "isNull": lambda have, want: (have is None) is want,
    "contains": lambda have, want: have is not None and lower(want) in lower(have),
    "startsWith": lambda have, want: have is not None and lower(have).startswith(lower(want)),
    "between": lambda have, want: have is not None and want["from"] <= have <= want["to"],
    "has": lambda have, want: want in have,
    "hasAny": lambda have, want: any(one in have for one in want),
    "hasAll": lambda have, want: all(one in have for one in want),
}


def holds(where: Plain, row: Plain) -> bool:
    return all(part(name, asked, row) for name, asked in where.items())


def part(name: str, asked: Any, row: Plain) -> bool:
    match name:
        case "and":
            return all(holds(one, row) for one in asked)
        case "or":
            return any(holds(one, row) for one in asked)
        case "not":
            return not holds(asked, row)
        case "tier":
            return row["tier"] is not None and holds(asked, row["tier"])
        case "groups" | "purchases":
            found = {how: [holds(where, one) for one in row[name]] for how, where in asked.items()}
            some, none, every = found.get("some", [True]), found.get("none", []), found.get("every", [])
            return any(some) and not any(none) and all(every)
        case "amount":
            return money(asked, row["amount"])
    have = row[COLUMN.get(name, name)]
    return all(TESTS[op](have, want_of(want, have)) for op, want in asked.items())


def want_of(want: Any, have: Any) -> Any:
    match want:
        case list():
            return [value(one, have) for one in want]
        case dict():
            return {end: value(one, have) for end, one in want.items()}
    return value(want, have)


def money(asked: Plain, have: Any) -> bool:
    if have is None:
        return False
    currency: str = asked.get("currency", have.currency)
    return bool(have.amount >= int(asked["gte"]) and have.currency == currency.upper())


async def test_distance_from_now(client: Client) -> None:
    now = client.ledger.clock.now()
    paid = {"a": now - timedelta(days=40), "b": now - timedelta(days=20), "c": now + timedelta(days=20), "d": None}
    await client.add(Kind.PURCHASE, *({"name": name, "paid_at": moment} for name, moment in paid.items()))
    query = "query($w: DateTimeFilter) { purchases(where: {paidAt: $w}) { edges { node { name } } } }"
    for asked, want in (
        ({"since": {"ago": {"days": 30}}}, "bc"),
        ({"since": {"ago": {"months": 1, "weeks": 2}}, "until": {}}, "ab"),
        ({"until": {"ago": {"days": 30}}}, "a"),
        ({"since": {"ahead": {"days": 1}}}, "c"),
        ({"since": {"ago": {"days": 10}, "ahead": {"days": 29}}}, "c"),
    ):
        edges = (await client.ask(query, w=asked))["purchases"]["edges"]
        assert "".join(sorted(edge["node"]["name"] for edge in edges)) == want, asked


async def test_a_birthday_of_the_last_weeks(client: Client) -> None:
    today = client.ledger.clock.now().date()
    days: Plain = {"a": today - timedelta(days=15), "b": today - timedelta(days=14), "c": today - timedelta(days=7)}
    await client.add(Kind.CUSTOMER, *({"name": name, "birthday": day} for name, day in days.items()))
    asked = "{since: {ago: {weeks: 2}}, until: {ago: {days: 7}}}"
    data = await client.ask(f"{{ customers(where: {{birthday: {asked}}}) {{ edges {{ node {{ name }} }} }} }}")
    assert data["customers"]["edges"] == [{"node": {"name": "b"}}]


@pytest.mark.parametrize("compiler", [True, False])
async def test_a_day_is_one_of_the_tenants_own(client: Client, compiler: bool) -> None:
    """At two in the morning in Shanghai it is yesterday still by the clock of the world."""
    client = replace(client, compiler=compiler)
    now = datetime(2027, 3, 9, 18, 0, tzinfo=UTC)  # the 10th, 2:00
    assert isinstance(client.ledger.clock, ManualClock)
    client.ledger.clock.move((now - client.ledger.clock.now()).total_seconds())
    days: Plain = {"a": date(2027, 3, 9), "b": date(2027, 3, 10), "c": date(2027, 3, 11)}
    await client.add(Kind.CUSTOMER, *({"name": name, "birthday": day} for name, day in days.items()))
    where = {"birthday": {"since": {}, "until": {"ahead": {"days": 1}}}}
    query = "query($w: CustomerWhere) { customers(where: $w) { edges { node { name } } } }"
    made = 'mutation($w: CustomerWhere!) { createSegment(name: "s", where: $w) { segment { id } } }'
    id = (await client.ask(made, w=where))["createSegment"]["segment"]["id"]
    for asked in (where, {"inSegment": id}):
        assert (await client.ask(query, w=asked))["customers"]["edges"] == [{"node": {"name": "b"}}]
    moved = await client.ask("mutation($id: ID!) { evaluateSegment(id: $id) { entered segment { size } } }", id=id)
    assert moved["evaluateSegment"] == {"entered": 1, "segment": {"size": 1}}


async def test_what_only_a_crm_has(client: Client) -> None:
    held: list[Plain] = [{"n": 5, "s": "a/b", "yes": True, "half": 1.5, "none": None, "list": [1]}, {"n": 50}, {}]
    for number, extra in enumerate(held):
        await client.add(Kind.CUSTOMER, {"name": str(number)}, extra={"my/crm": extra, "other": {"n": 5}})
    query = "query($w: ExtraFilter) { customers(where: {extra: $w}) { edges { node { name } } } }"
    for asked, want in (
        ({"key": "n", "eq": "5"}, "0"),
        ({"key": "n", "startsWith": "5"}, "01"),
        ({"key": "n", "ne": "5"}, "12"),
        ({"key": "n", "isNull": True}, "2"),
        ({"key": "s", "contains": "A/"}, "0"),
        ({"key": "yes", "in": ["true"]}, "0"),
        ({"key": "half", "eq": "1.5"}, "0"),
        ({"key": "none", "isNull": False}, ""),
        ({"key": "list", "isNull": False}, ""),
        ({"key": "n' OR 1=1 --", "isNull": False}, ""),
    ):
        edges = (await client.ask(query, w={"connection": "my/crm", **asked}))["customers"]["edges"]
        assert "".join(sorted(edge["node"]["name"] for edge in edges)) == want, asked


async def test_fields_are_asked_for_by_their_names(client: Client) -> None:
    [id] = await client.add(Kind.CUSTOMER, {"name": "a"})
    await client.edit(Kind.CUSTOMER, id, facts={"type": "person", "name": "a", "first_name": "b"})
    query = """{ customers { edges { node { history(where: {fields: {has: "firstName"}}) { totalCount } } } }
        none: customers(where: {history: {some: {fields: {has: "lastName"}}}}) { totalCount } }"""
    data = await client.ask(query)
    assert data["customers"]["edges"] == [{"node": {"history": {"totalCount": 1}}}]
    assert data["none"]["totalCount"] == 0


@pytest.fixture
async def world(client: Client) -> World:
    return await fill(client)


async def test_filters_find_what_a_plain_reading_finds(world: World) -> None:
    for where in examples(trees, 150):
        found = (await world.client.ask(FIND, where=where))["customers"]
        want = {one["id"] for one in world.customers if holds(where, one)}
        assert {edge["node"]["id"] for edge in found["edges"]} == want, where
        assert found["totalCount"] == len(want)


async def test_by_id(world: World) -> None:
    ids = sorted(one["id"] for one in world.customers[:2])
    found = await world.client.ask(FIND, where={"id": {"in": ids}})
    assert [edge["node"]["id"] for edge in found["customers"]["edges"]] == ids


async def test_from_the_other_end(world: World) -> None:
    query = """query($where: PurchaseWhere) { purchases(first: 1000, where: $where) { edges { node { id } } } }"""
    found = await world.client.ask(query, where={"customer": {"tier": {"name": {"eq": "A"}}}})
    in_tier = {one["uuid"] for one in world.customers if one["tier"] and one["tier"]["name"] == "A"}
    want = {purchase["id"] for purchase in world.purchases if purchase["customer"] in in_tier}
    assert {edge["node"]["id"] for edge in found["purchases"]["edges"]} == want


def deep(levels: int) -> Plain:
    return {"not": deep(levels - 1)} if levels else {"name": {"eq": "a"}}


@pytest.mark.parametrize(
    ("where", "code"),
    [
        ({"name": None}, "BAD_FILTER"),
        ({"name": {"eq": None}}, "BAD_FILTER"),
        ({"name": {"eq": "a\0b"}}, "BAD_FILTER"),
        ({"extra": {"connection": "a\0b", "key": "c", "eq": "d"}}, "BAD_FILTER"),
        ({"extra": {"connection": "a", "key": "b\0c", "isNull": True}}, "BAD_FILTER"),
        ({"birthday": {"eq": "1980-02-30"}}, "BAD_FILTER"),
        ({"createdAt": {"gt": "2026-01-01T00:00:00"}}, "BAD_FILTER"),
        ({"purchases": {"some": {"amount": {"eq": "1.1234567"}}}}, "BAD_FILTER"),
        ({"purchases": {"some": {"amount": {"eq": "9223372036854.775808"}}}}, "BAD_FILTER"),
        ({"purchases": {"some": {"amount": {"in": ["1E+999990"]}}}}, "BAD_FILTER"),
        ({"purchases": {"some": {"amount": {"eq": "1E-999990"}}}}, "BAD_FILTER"),
        ({"id": {"eq": "tir_00000000000000000000000000000000"}}, "BAD_ID"),
        ({"id": {"in": ["x"]}}, "BAD_ID"),
        ({"name": {"between": {"from": "a", "to": "b\0"}}}, "BAD_FILTER"),
        ({"birthday": {"between": {"from": "1980-01-01", "to": "1980-02-30"}}}, "BAD_FILTER"),
        ({"createdAt": {"since": {"ago": {"years": 9000}}}}, "BAD_FILTER"),
        ({"createdAt": {"since": {"ago": {"days": 2000000000}}}}, "BAD_FILTER"),
        ({"createdAt": {"since": {"ago": {"days": -1}}}}, "BAD_FILTER"),
        ({"interests": {"hasAny": ["a"] * 1001}}, "TOO_MANY_VALUES"),
        ({"name": {"in": ["a"] * 1001}}, "TOO_MANY_VALUES"),
        ({"or": [{"name": {"eq": "a"}}] * 201}, "TOO_MANY_TESTS"),
        (deep(30), "TOO_DEEP"),
        ({"nome": {"eq": "a"}}, "INVALID"),
    ],
)
async def test_what_no_filter_may_be(client: Client, where: Plain, code: str) -> None:
    assert await client.code(FIND, where=where) == code


MANY: list[Callable[[int], Plain]] = [
    lambda count: {"or": [{"name": {"eq": "a"}}] * count},
    lambda count: {"and": [{}] * count},
    lambda count: {"or": [{"and": []}] * count},
    lambda count: {"or": [{"name": {}}] * count},
    lambda count: {"interests": {"hasAny": ["a"] * count}},
    lambda count: {"and": [{"name": {"between": {"from": "a", "to": "b"}}}] * (count // 2) + [{}] * (count % 2)},
    lambda count: {"not": {"or": [{"groups": {"none": {"name": {"eq": "a"}}}}] * (count // 2) + [{}] * (count % 2)}},
]


@pytest.mark.parametrize("compiler", [True, False])
@pytest.mark.parametrize("make", MANY)
async def test_200_conditions_are_answered(client: Client, make: Callable[[int], Plain], compiler: bool) -> None:
    client = replace(client, compiler=compiler)
    assert (await client.ask(FIND, where=make(200)))["customers"]["totalCount"] == 0
    assert await client.code(FIND, where=make(201)) == "TOO_MANY_TESTS"


def test_no_more_is_read_than_may_be_asked(client: Client) -> None:
    taken = count()
    endless: Any = (CustomerWhere(name=TextFilter(eq=str(next(taken)))) for _ in count())
    with pytest.raises(Refused):
        read(CustomerWhere(or_=endless), "customer", client.ledger.clock.now())
    assert next(taken) == 201


async def test_filters_are_counted_before_they_are_made(client: Client) -> None:
    """Each object is one, of whichever variable, or in the document."""
    query = """query($w: CustomerWhere, $some: [CustomerWhere!], $name: TextFilter, $b: CustomerInput) {
        customers(where: $w) { totalCount } other: customers(where: {or: $some, name: $name}) { totalCount } }"""
    document = parse(query)
    operation: Any = document.definitions[0]
    exceeded = partial(Amounts(document).exceeded, operation)
    chain: Plain = {"or": [{"not": {}}] * (OBJECTS // 2 - 2)}
    fits = {"w": chain, "some": [{}], "name": {"eq": "a"}, "b": {"interests": [{}] * 9000}}
    assert not [*exceeded(fits)]
    [problem] = exceeded({**fits, "some": [{}, {}]})
    assert problem.code == "TOO_MANY_TESTS"
    assert await client.code(FIND, where={"or": [{}] * OBJECTS}) == "TOO_MANY_TESTS"


@pytest.mark.parametrize(
    "query",
    [
        "query($w: CustomerWhere) { a: customers(where: $w) { totalCount } b: customers(where: $w) { totalCount } }",
        """query($w: CustomerWhere) { a: customers { ...found } b: customers { ...found } }
        fragment found on CustomerConnection { edges { node { groups(where: {customers: {some: $w}}) { totalCount } } }
        }""",
    ],
    ids=["aliases", "fragment"],
)
def test_a_filter_is_counted_wherever_it_stands(query: str) -> None:
    document = parse(query)
    operation: Any = document.definitions[0]
    half: Plain = {"or": [{}] * (OBJECTS // 2 - 5)}
    more: Plain = {"or": [{}] * (OBJECTS // 2)}
    found = [[*Amounts(document).exceeded(operation, {"w": where})] for where in (half, more)]
    assert [[one.code for one in some] for some in found] == [[], ["TOO_MANY_TESTS"]]


CREATE = "mutation($i: [CustomerInput!]!) { it: createCustomers(input: $i) { done } }"
FLOW = 'mutation($s: [FlowStepInput!]) { createServiceFlow(name: "a", steps: $s) { problems { code } } }'
ORDER = "query($o: [CustomerOrder!]) { customers(first: 1, orderBy: $o) { totalCount } }"
TWICE = """mutation($i: [GroupInput!]!) { ...f b: upsertGroups(input: $i) { done } }
    fragment f on Mutation { a: createGroups(input: $i) { done } }"""


@pytest.mark.parametrize(
    ("query", "variables", "fits"),
    [
        (CREATE, lambda n: {"i": [{}] * n}, 1000),
        (TWICE, lambda n: {"i": [{}] * n}, 500),
        (FLOW, lambda n: {"s": [{}] * n}, 1000),
        (ORDER, lambda n: {"o": [{}] * n}, 1000),
        ("mutation($i: PurchaseInput!) { createPurchase(input: $i) { problems { code } } }",
         lambda n: {"i": {"lines": [{}] * n}}, 1000),
        ("mutation($l: [PurchaseLineInput!]) { createPurchase(input: {lines: $l}) { problems { code } } }",
         lambda n: {"l": [{}] * n}, 1000),
        ("mutation($c: [ID!]!) { noteAttendance(id: 1, customerIds: $c) { count } }", lambda n: {"c": ["x"] * n}, 5000),
    ],
    ids=["batch", "twice", "steps", "order", "in_an_object", "in_a_literal", "texts"],
)  # fmt: skip
def test_what_is_entered_is_counted_before_it_is_made(query: str, variables: Callable[[int], Plain], fits: int) -> None:
    document = parse(query)
    operation: Any = document.definitions[0]
    found = [[*Amounts(document).exceeded(operation, variables(number))] for number in (fits, fits + 1)]
    assert [[one.code for one in some] for some in found] == [[], [] if fits == 5000 else ["TOO_MANY"]]


async def test_what_is_entered_is_counted_wherever_it_stands(client: Client) -> None:
    """In variables, as the default of one, in the document; it is refused at once, whatever stands in the items."""
    assert await client.code(CREATE, i=[{}] * 15_000) == "TOO_MANY"
    client = replace(client, limits=replace(client.limits, tokens=10_000))
    many = "[" + "{} " * 1001 + "]"
    assert await client.code(f"mutation {{ createCustomers(input: {many}) {{ done }} }}") == "TOO_MANY"
    assert await client.code(CREATE.replace("]!)", f"]! = {many})", 1)) == "TOO_MANY"


async def test_what_is_written_in_the_document_is_counted_too(client: Client) -> None:
    """Also as the default of a variable."""
    many = f"{{or: [{'{} ' * 120}]}}"
    uses = " ".join(f"a{number}: customers(where: $w) {{ totalCount }}" for number in range(9))
    assert await client.code(f"query($w: CustomerWhere = {many}) {{ {uses} }}") == "TOO_MANY_TESTS"
    spreads = " ".join(f"a{number}: customers {{ ...b }}" for number in range(9))
    inside = f"edges {{ node {{ groups {{ edges {{ node {{ customers(where: {many}) {{ totalCount }} }} }} }} }} }}"
    document = f"{{ {spreads} }} fragment b on CustomerConnection {{ {inside} }}"
    assert await client.code(document.replace("customers {", "customers(first: 1) {")) == "TOO_MANY_TESTS"


def related(how: str, levels: int, relation: str = "groups") -> Plain:
    """Of customers; at each level something beside."""
    if not levels:
        return {"name": {"contains": "ab"}}
    other = {"groups": "customers", "customers": "groups"}.get(relation, relation)
    inner = {"or": [related(how, levels - 1, other), {"name": {"eq": "a"}}]}
    return {relation: inner if relation == "parent" else {how: inner}}


NESTED = """query($where: CustomerWhere) { groups { edges { node {
    customers(where: $where) { totalCount aggregate { count } edges { node { id } } } } } } }"""


@pytest.mark.parametrize("compiler", [True, False])
@pytest.mark.parametrize("how", ["some", "none", "every", ""])
async def test_five_relations_may_be_nested(client: Client, how: str, compiler: bool) -> None:
    """For somebody who sees some customers alone, too: that is asked at each relation."""
    await client.add(Kind.GROUP, {"name": "g"})
    relation = "groups" if how else "parent"
    narrow = replace(client.actor, sight=Sight(staff=client.ledger.new_id(), department=True))
    for actor in (client.actor, narrow):
        asking = replace(client, compiler=compiler, actor=actor)
        for query in (FIND, NESTED):
            await asking.ask(query, where=related(how, 5, relation))
            assert await asking.code(query, where=related(how, 6, relation)) == "TOO_DEEP"


async def test_what_the_database_cannot_parse_is_too_deep(client: Client) -> None:
    """Segments refer to each other, so that their relations add up."""
    where: Plain = {"name": {"eq": "a"}}
    for number in range(4):
        made = await client.ask(SEGMENT, n=f"s{number}", w=parents(5, where))
        where = {"inSegment": made["createSegment"]["segment"]["id"]}
    answer = await client.send(FIND, where=where)
    codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
    assert codes == ({"TOO_DEEP"} if client.database.dialect == "sqlite" else set())


SEGMENT = "mutation($n: String!, $w: CustomerWhere!) { createSegment(name: $n, where: $w) { segment { id } } }"


def parents(levels: int, where: Plain) -> Plain:
    return {"parent": parents(levels - 1, where)} if levels else where
