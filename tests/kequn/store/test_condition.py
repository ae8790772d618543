"""Conditions of settings: read from JSON, printed, asked of a row at hand; and the databases give the same answer."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from kequn.contracts.records import FIELDS, Kind, Money
from kequn.domain.catalogue import CATALOGUE
from kequn.store import rows
from kequn.store.condition import BadCondition, read, relations, show
from kequn.store.database import Database
from kequn.store.holds import holds
from kequn.store.rows import Row
from kequn.store.scope import Scope
from kequn.store.where import Every, translate
from tests.schema.world import examples

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
TEXTS = ["li", "Li", "王芳", "a_b", "a%b", "a\\b", "Ångström", "i", "", "Xi'an"]
TAGS = ["tea", "Tea", "茶"]
DAYS = [date(1990, 1, 31), date(2000, 2, 29)]
MOMENTS = [NOW, datetime(2025, 12, 31, 16, 0, tzinfo=UTC)]
AMOUNTS = [Money.of("12.50", "CNY"), Money.of(0, "USD"), Money.of("-3", "CNY"), Money.of(90_000_000, "CNY")]
TIERS = [UUID(int=100 + n) for n in range(3)]
"""Of rank 0, 1 and 2; the last one is deleted."""

FACTS: Mapping[Kind, list[dict[str, Any]]] = {
    Kind.CUSTOMER: [
        {
            "type": "person",
            "name": TEXTS[n % 9],
            "city": [None, *TEXTS][n % 11],
            "birthday": [None, *DAYS][n % 3],
            "opted_out": [None, True, False][n // 2 % 3],
            "interests": frozenset(TAGS[: n % 4]),
            "tier": [None, *TIERS][n % 4],
        }
        for n in range(24)
    ],
    Kind.PURCHASE: [
        {"name": "x", "amount": [None, *AMOUNTS][n % 5], "paid_at": [None, *MOMENTS][n % 3]} for n in range(15)
    ],
    Kind.TIER: [{"name": "x", "rank": [None, 1, 2, 3][n]} for n in range(4)],
}


def asked(field: str, values: st.SearchStrategy[Any], *words: str) -> st.SearchStrategy[Any]:
    one = st.fixed_dictionaries({}, optional=dict.fromkeys(words, values))
    many = st.fixed_dictionaries({}, optional={word: st.lists(values, max_size=3) for word in ("in", "notIn")})
    empty = st.fixed_dictionaries({}, optional={"isNull": st.booleans()})
    both = st.tuples(one, many if len(words) > 2 else empty, empty)
    return both.map(lambda some: some[0] | some[1] | some[2]).filter(bool).map(lambda test: {field: test})


ORDER = ("eq", "ne", "lt", "lte", "gt", "gte")
LEAVES = {
    Kind.CUSTOMER: st.one_of(
        asked("name", st.sampled_from(TEXTS), "eq", "ne", "contains", "startsWith"),
        asked("city", st.sampled_from(TEXTS), "eq", "ne", "contains", "startsWith"),
        asked("birthday", st.sampled_from(DAYS).map(date.isoformat), *ORDER),
        asked("opted_out", st.booleans(), "eq", "ne"),
        st.sampled_from(TAGS).map(lambda tag: {"interests": {"has": tag}}),
        st.booleans().map(lambda empty: {"tier": {"isNull": empty}}),
        asked("rank", st.integers(0, 2), "eq", "lt", "gte").map(lambda test: {"tier": test}),
        asked("rank", st.integers(0, 2), "eq").map(lambda test: {"tier": {"not": test, "isNull": False}}),
    ),
    Kind.PURCHASE: st.one_of(
        asked("amount", st.sampled_from(["12.50", 0, "-3.000001", 12.5, 89_999_999]), *ORDER),
        st.sampled_from(["cny", "USD"]).map(lambda one: {"amount": {"currency": one}}),
        asked("paid_at", st.sampled_from(["2026-01-05T17:00:00+08:00", "2025-12-31T16:00:00Z"]), *ORDER),
    ),
    Kind.TIER: asked("rank", st.integers(0, 4), *ORDER),
}


def conditions(kind: Kind) -> st.SearchStrategy[Any]:
    return st.recursive(
        LEAVES[kind],
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(lambda parts: {"and": parts}),
            st.lists(inner, max_size=3).map(lambda parts: {"or": parts}),
            inner.map(lambda part: {"not": part}),
        ),
        max_leaves=6,
    )


@pytest.mark.anyio
@pytest.mark.parametrize("kind", list(LEAVES))
async def test_a_row_at_hand_gets_the_answer_of_the_database(kind: Kind, database: Database, scope: Scope) -> None:
    empty: dict[str, Any] = {name: field.empty for name, field in FIELDS[kind].items()}
    tiers = [
        Row(Kind.TIER, id, {"name": "x", "rank": rank}, deleted_at=NOW if rank == 2 else None)
        for rank, id in enumerate(TIERS)
    ]
    people = [Row(kind, UUID(int=n + 1), {**empty, **facts}) for n, facts in enumerate(FACTS[kind])]
    async with database.writing() as session:
        await rows.add(session, scope, [*(tiers if kind is Kind.CUSTOMER else []), *people], NOW)
    source = rows.table(kind)
    answers = set()
    async with database.reading() as session:
        ends = await rows.ends(session, scope, kind, {"tier"} & FIELDS[kind].keys(), [row.facts for row in people])
        for plain in examples(conditions(kind), 120):
            where = read(kind, plain)
            condition = translate(where, kind.value, source, CATALOGUE, scope)
            found = {row[0] for row in await session.execute(select(source.c.id).where(condition))}
            assert found == {row.id for row in people if holds(where, rows.columns(kind, row.facts), ends)}, plain
            answers.add(frozenset(found))
    assert len(answers) > 6


@given(st.sampled_from(list(LEAVES)).flatmap(lambda kind: st.tuples(st.just(kind), conditions(kind))))
def test_what_is_printed_is_read_as_the_same(case: tuple[Kind, Any]) -> None:
    kind, plain = case
    assert read(kind, show(kind, read(kind, plain))) == read(kind, plain)


def test_nothing_asked_is_everything() -> None:
    assert read(Kind.CUSTOMER, {}) == Every()
    assert holds(Every(), {})


@pytest.mark.parametrize(
    ("plain", "told"),
    [
        ([], "the condition: a JSON object is wanted"),
        ({"town": {"eq": "x"}}, "town: customer has no such field; there are type, name,"),
        ({"city": "上海"}, 'city: an object is wanted, such as {"eq": "上海"}'),
        ({"city": {}}, "city: an object is wanted"),
        ({"city": {"is": "x"}}, "city.is: a text takes eq, ne, in, notIn, isNull, contains, startsWith"),
        ({"city": {"eq": 3}}, "city.eq: a text is wanted"),
        ({"city": {"eq": "a\x00"}}, "city.eq: no database holds this value"),
        ({"city": {"in": "x"}}, "city.in: a list is wanted"),
        ({"city": {"in": ["x"] * 1001}}, "city.in: a list of at most 1000 is wanted"),
        ({"city": {"isNull": 1}}, "city.isNull: true or false is wanted"),
        ({"birthday": {"lt": "31.1.2026"}}, "birthday.lt: a date is wanted, such as"),
        ({"tier": {"eq": "x"}}, "tier.eq: tier has no such field; there are name, rank, description, and, or, not"),
        ({"parent": {"tier": {"rank": {"eq": 1}}}}, "parent.tier.rank: a ref takes isNull"),
        ({"and": {}}, "and: a list is wanted"),
        ({"not": {"or": [{"town": {}}]}}, "not.or.town: customer has no such field"),
        ({"or": [{"city": {"eq": "x"}}] * 201}, "it asks more than 200 things"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(plain: Any, told: str) -> None:
    with pytest.raises(BadCondition) as raised:
        read(Kind.CUSTOMER, plain)
    assert str(raised.value).startswith(told)


@pytest.mark.parametrize(
    ("plain", "told"),
    [
        ({"paid_at": {"lt": "2026-01-01T00:00:00"}}, "paid_at.lt: a time with its zone is wanted"),
        ({"amount": {"lt": 10**13}}, "amount.lt: a money is wanted"),
        ({"amount": {"lt": True}}, "amount.lt: an amount is wanted"),
        ({"amount": {"lt": "1.0000001"}}, "amount.lt: a money is wanted"),
        ({"lines": {"has": "x"}}, "lines.has: a condition cannot ask about it"),
    ],
)
def test_what_is_wrong_about_a_purchase_is_told(plain: Any, told: str) -> None:
    with pytest.raises(BadCondition) as raised:
        read(Kind.PURCHASE, plain)
    assert str(raised.value).startswith(told)


def test_too_deep_is_refused() -> None:
    plain: Any = {"city": {"eq": "x"}}
    for _ in range(20):
        plain = {"not": plain}
    with pytest.raises(BadCondition, match="nested more than 12 deep"):
        read(Kind.CUSTOMER, plain)


def test_the_references_that_it_follows_are_told() -> None:
    asked = {
        "or": [{"tier": {"rank": {"gt": 1}}}, {"not": {"owner": {"name": {"eq": "x"}}}}],
        "parent": {"isNull": True},
    }
    assert relations(read(Kind.CUSTOMER, asked)) == {"tier", "owner"}
