"""What a purchase is worth, decided in one place: spend, sales, sources, results and points agree, and less what was
brought back."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from kequn.contracts.records import Kind, Line, Money
from kequn.domain import classifying, earning, points
from kequn.domain.kpi import sales, sources
from kequn.domain.standard import Thresholds
from kequn.store.database import Database
from tests.kequn.domain.market import AS_OF, Market

pytestmark = pytest.mark.anyio
RATES = {"rates": {"USD": "7"}}


def yuan(amount: str) -> Money:
    return Money.of(amount, "CNY")


CUP = Line("cup", "cups", amount=yuan("60"), cost=yuan("50"), returned=True)
POT = Line("pot", "pots", amount=yuan("40"), cost=yuan("10"))
BOTH = Line("both", amount=yuan("500"), returned=True)
CASES: dict[str, tuple[list[dict[str, Any]], int]] = {
    "nothing brought back": ([{"amount": yuan("100"), "lines": (POT,)}], 100),
    "a line brought back": ([{"amount": yuan("100"), "lines": (CUP, POT)}], 40),
    "every line brought back": ([{"amount": yuan("90"), "lines": (CUP,)}], 0),
    "brought back for more than was paid": ([{"amount": yuan("100"), "lines": (BOTH, POT)}], 0),
    "a line in other money": (
        [{"amount": yuan("100"), "lines": (Line("x", amount=Money.of("10", "USD"), returned=True), POT)}], 30
    ),
    "a line without money": ([{"amount": yuan("100"), "lines": (Line("x", returned=True), POT)}], 100),
    "a return": ([{"amount": yuan("100")}, {"amount": yuan("30"), "kind": "return"}], 70),
    "a return whose lines are marked": (
        [{"amount": yuan("100")}, {"amount": yuan("60"), "kind": "return", "lines": (CUP,)}], 40
    ),
}  # fmt: skip


async def bought(market: Market, case: str) -> UUID:
    [one] = await market.people(1)
    usual = {"name": "p", "paid_at": AS_OF - timedelta(days=3), "customer": one}
    await market.add(Kind.PURCHASE, *({**usual, **facts} for facts in CASES[case][0]))
    return one


@pytest.mark.parametrize("case", CASES)
async def test_spend_sales_and_sources_agree(database: Database, tenant: UUID, case: str) -> None:
    market, worth = Market(database, tenant), CASES[case][1] * 10**6
    one = await bought(market, case)
    by = Thresholds.model_validate(RATES)
    asked, since, until = classifying.question(by, AS_OF), AS_OF - timedelta(days=30), AS_OF + timedelta(days=30)
    async with database.reading() as session:
        sold = await sales.read(session, market.actor.scope, since, until, asked, None)
        [source] = await sources.read(session, market.actor.scope, since, until, asked, None)
    assert (sold.spend_micros, source.spend_micros, sold.orders) == (worth, worth, 1)
    if case != "a line in other money":  # by the usual standard that money has no rate
        await market.evaluate()
        standing = (await market.standings())[one]
        assert (standing["spend_micros"], standing["spend_window_micros"], standing["orders"]) == (worth, worth, 1)
        market.clock.move(86400)
        await market.do(earning.award)
        async with database.reading() as session:
            assert await points.balance(session, market.actor.scope, one) * 10**6 == worth


async def test_profit_goes_with_spend(database: Database, tenant: UUID) -> None:
    market = Market(database, tenant)
    some = [await bought(market, case) for case in ("a line brought back", "a return whose lines are marked")]
    await market.evaluate()
    standings = await market.standings()
    assert [standings[one]["profit_micros"] // 10**6 for one in some] == [30, -10]


def test_no_rule_reads_amounts_by_itself() -> None:
    rules = Path(__file__).parents[3] / "kequn" / "domain"
    assert [path.name for path in rules.rglob("*.py") if "amount_micros" in path.read_text()] == []
