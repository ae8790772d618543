"""Rates of a CRM in the money of the standard: the laws of the conversion, and which rates are news."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kequn.contracts.crm import ExchangeRate
from kequn.domain import quotes, rates
from kequn.domain.quotes import Taken, converted
from kequn.store.database import Database
from tests.kequn.domain.market import Market

HOME, CODES = "USD", ("CNY", "EUR", "JPY", "GBP")
START = datetime(2026, 1, 5, 9, tzinfo=UTC)
BILLIONTH = Decimal(1).scaleb(-9)

worths = st.decimals("0.001", "1000", places=9)
hours = st.integers(0, 1000)


@st.composite
def quoted(draw: st.DrawFn) -> list[ExchangeRate]:
    codes = draw(st.lists(st.sampled_from(CODES), unique=True))
    return [ExchangeRate(code, HOME, draw(worths), START + timedelta(hours=draw(hours))) for code in codes]


@settings(max_examples=60)
@given(quoted())
def test_in_the_home_currency_rates_are_as_they_are_told(told: list[ExchangeRate]) -> None:
    assert converted(told, HOME) == told


@settings(max_examples=60)
@given(quoted(), st.sampled_from(CODES))
def test_a_way_over_the_home_currency_is_worth_what_the_two_ways_are(told: list[ExchangeRate], into: str) -> None:
    found = {one.currency: one for one in converted(told, into)}
    bridge = next((one for one in told if one.currency == into), None)
    if bridge is None:
        assert found == {}
        return
    assert found.keys() == {one.currency for one in told} - {into} | {HOME}
    assert {one.home for one in found.values()} == {into}
    for one in [*told, ExchangeRate(HOME, HOME, Decimal(1), START)]:
        if one is not bridge:
            there = found[one.currency]
            assert abs(there.rate * bridge.rate - one.rate) <= BILLIONTH * bridge.rate
            assert there.since == max(one.since, bridge.since)


@pytest.mark.parametrize("rate", ["0", "-1", "NaN", "1000000", "0.0000000001"])
def test_what_is_no_rate_is_left_out(rate: str) -> None:
    told = [ExchangeRate("CNY", HOME, Decimal(rate), START), ExchangeRate("EUR", HOME, Decimal("1.1"), START)]
    assert [one.currency for one in converted(told, HOME)] == ["EUR"]
    assert converted(told, "CNY") == []


# -- news: the standard counts in CNY ---------------------------------------------------------------------------------


@pytest.fixture
def market(database: Database, tenant: UUID) -> Market:
    return Market(database, tenant)


def usd(rate: str, days: float) -> ExchangeRate:
    return ExchangeRate("USD", "CNY", Decimal(rate), START + timedelta(days=days))


async def take(market: Market, *told: ExchangeRate, source: str = "zoho") -> Taken:
    taken: Taken = await market.do(quotes.take, told, source)
    return taken


async def known(market: Market) -> list[tuple[str, str, str]]:
    async with market.database.reading() as session:
        found = await rates.known(session, market.actor.scope)
    return [(one.currency, str(one.rate), one.source) for one in found]


@pytest.mark.anyio
async def test_only_what_differs_is_noted(market: Market) -> None:
    for told in (usd("7", 0), usd("7", 0), usd("7", 3), usd("7.1", 5), usd("7.1", 5), usd("7", 9)):
        await take(market, told)
    assert await known(market) == [("USD", rate, "zoho") for rate in ("7", "7.1", "7")]


@pytest.mark.anyio
async def test_what_somebody_else_said_of_the_same_day_stands(market: Market) -> None:
    await market.do(rates.set_rate, "USD", Decimal("7.2"), START + timedelta(hours=2), "bank")
    for _ in range(2):
        await take(market, usd("7", 0))
        await take(market, usd("7.1", 2))
        await take(market, usd("7.3", 2.1), source="other")
    assert await known(market) == [("USD", "7.1", "zoho"), ("USD", "7.2", "bank")]


@pytest.mark.anyio
async def test_a_later_day_of_a_person_stays_in_force(market: Market) -> None:
    await market.do(rates.set_rate, "USD", Decimal(7), START + timedelta(days=4), "bank")
    for _ in range(2):
        await take(market, usd("7", 0))
    assert await known(market) == [("USD", "7", "bank"), ("USD", "7", "zoho")]


@pytest.mark.anyio
async def test_from_where_nothing_leads_is_told(market: Market) -> None:
    told = [ExchangeRate(code, "USD", Decimal(2), START) for code in ("EUR", "JPY")]
    assert await take(market, *told) == Taken([], frozenset({"EUR", "JPY"}))
