"""Explanations: every value is worked out again from its inputs alone, when the rows behind it are other ones; previews
of another standard."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from kequn.contracts.records import Kind, Money
from kequn.domain import churn, explaining, previewing, standards, worth
from kequn.domain.problems import Refused
from kequn.store.database import Database
from kequn.store.tables import Evaluation
from tests.kequn.domain.market import AS_OF, Market, standings

pytestmark = pytest.mark.anyio


def rfm(of: Mapping[str, Any]) -> str | None:
    if not of["orders_window"]:
        return None
    measures = {"recency": -of["recency_days"], "frequency": of["orders_window"], "monetary": of["spend_window_micros"]}
    digits = ""
    for name, measure in measures.items():
        edges = [of[f"{name}_{score}"] * (-1 if name == "recency" else 1) for score in (5, 4, 3, 2)]
        digits += str(max([5 - place for place, edge in enumerate(edges) if measure >= edge], default=1))
    return digits


def frequency(of: Mapping[str, Any]) -> str:
    if not of["orders_window"]:
        return "none"
    dropped = of["orders_before"] and 3 * of["orders_recent"] <= of["drop"] * of["orders_before"]
    if dropped or (of["contacts"] and of["silent_days"] >= of["silence_days"]):
        return "at_risk"
    return "high" if of["orders_window"] >= of["high_orders"] else "low"


def value(of: Mapping[str, Any]) -> str:
    spend = of["spend_window_micros"]
    names = [name for name in ("high", "medium") if spend > 0 and spend >= of[f"{name}_from_micros"]]
    return (*names, "low")[0]


def score(of: Mapping[str, Any]) -> int | None:
    if not of["orders_window"] + of["contacts_window"]:
        return None
    axes = [axis for axis in ("purchase", "interaction", "satisfaction") if of[f"{axis}_rank"] is not None]
    weights = {axis: round(of[f"{axis}_weight"] * 1_000_000) for axis in axes}
    return int(sum(weights[axis] * of[f"{axis}_rank"] for axis in axes) // sum(weights.values()))


def loyalty(of: Mapping[str, Any]) -> str | None:
    one = score(of)
    if one is None:
        return None
    return "loyal" if one >= of["loyal_from"] * 1e6 else "low" if one < of["low_below"] * 1e6 else "medium"


def activity(of: Mapping[str, Any]) -> str:
    return (
        "active"
        if of["silent_days"] < of["recent_days"]
        else "quiet"
        if of["silent_days"] < of["window_days"]
        else "inactive"
    )


def importance(of: Mapping[str, Any]) -> str | None:
    if of["value_class"] == "high":
        return "important"
    expected = of["expected_spend_micros"]
    return "potential" if of["orders"] and expected is not None and expected >= of["high_from_micros"] else None


def lifecycle(of: Mapping[str, Any]) -> str:
    if not of["orders"]:
        return "none"
    if of["silent_days"] >= of["churn_days"]:
        return "churn"
    if of["days_since_first"] <= of["introduction_days"]:
        return "introduction"
    steady = of["orders_half"] <= of["orders_half_before"] * (1 + of["mature_growth"]) + 1e-9
    return "maturity" if of["orders"] >= of["mature_orders"] and steady else "growth"


def tier(of: Mapping[str, Any]) -> str:
    if of["value_class"] == "high" and of["loyalty_class"] == "loyal" and of["approvals"]:
        return "strategic"
    return "vip" if of["value_class"] == "high" or of["points"] >= of["vip_points"] else "regular"


def step(of: Mapping[str, Any]) -> str | None:
    """Of `tier_step`: the last that holds is the highest."""
    steps = [of[f"step_{place}"] for place in range(1, 21) if f"step_{place}" in of]
    held = [
        one["tier"]
        for one in steps
        if one["within"] == of["tier_class"]
        and of["points"] >= one["points"]
        and of["spend_window_micros"] >= one["spend"] * 1_000_000
    ]
    return held[-1] if held else None


def model(of: Mapping[str, Any]) -> tuple[churn.Parameters, worth.Parameters, tuple[float, float, float]]:
    return churn.Parameters(**of["churn"]), worth.Parameters(**of["worth"]), (of["repeats"], of["recency"], of["age"])


def alive(of: Mapping[str, Any]) -> int:
    fitted, _, history = model(of)
    return round(float(churn.alive(fitted, *history)[0]) * 1e6)


def purchases(of: Mapping[str, Any]) -> int:
    fitted, _, history = model(of)
    return round(float(churn.expected_purchases(fitted, *history, 365)[0]) * 1000)


def worth_of(of: Mapping[str, Any]) -> int:
    _, fitted, _ = model(of)
    average = of["average_micros"]
    return round(float(worth.expected_value(fitted, of["repeats"] + 1, average)[0])) if average > 0 else 0


AGAIN: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "rfm": rfm,
    "frequency_class": frequency,
    "value_class": value,
    "loyalty_score": score,
    "loyalty_class": loyalty,
    "activity": activity,
    "importance": importance,
    "lifecycle": lifecycle,
    "tier_class": tier,
    "tier_step": step,
    "preference": lambda of: (
        of["favourite"] if of["favourite"] and of["favourite_share"] >= round(of["share"] * 1000) else None
    ),
    "alive_millionths": alive,
    "purchases_thousandths": purchases,
    "value_micros": worth_of,
}


def same(again: Any, said: Any) -> bool:
    """Predictions are rounded when they are stored."""
    return bool(abs(again - said) <= 1 if isinstance(said, int) else again == said)


STEPS = {
    "steps": [
        {"tier": "Silver", "within": "regular", "spend": 5},
        {"tier": "Jade", "within": "regular", "spend": 50},
        {"tier": "Gold", "within": "vip", "points": 5000},
    ]
}


async def stepped(market: Market) -> None:
    """With tiers between those of the classes."""
    await market.do(standards.publish, await market.do(standards.draft, {"tiers": STEPS}))


async def evaluated(database: Database, tenant: UUID, count: int = 60) -> Market:
    market = Market(database, tenant, 7)
    await market.live(*await market.people(count))
    await market.evaluate()
    return market


async def test_every_value_follows_from_its_inputs_alone(database: Database, tenant: UUID) -> None:
    await stepped(Market(database, tenant))
    market = await evaluated(database, tenant)
    said: dict[UUID, dict[str, Any]] = {}
    await market.live(*market.told)  # the rows behind what was said are other ones now
    async with database.reading() as session:
        for id in market.told:
            said[id] = {}
            for one in await explaining.explain(session, market.actor.scope, id):
                said[id][one.rule] = one.value
                if one.rule in AGAIN:
                    assert same(AGAIN[one.rule](one.inputs), one.value), one
            for past in await explaining.history(session, market.actor.scope, id):
                assert AGAIN[past.rule](past.inputs) == past.value
    stored = await market.standings()
    names = [name for name in AGAIN if name in standings.c]
    assert {id: {name: of[name] for name in names} for id, of in stored.items()} == {
        id: {name: of[name] for name in names} for id, of in said.items()
    }
    assert any("alive_millionths" in of for of in said.values())
    assert {of["tier_step"] for of in said.values()} == {None, "Silver", "Jade", "Gold"}


async def test_a_change_of_class_is_kept_with_when(database: Database, tenant: UUID) -> None:
    market = await evaluated(database, tenant, 12)
    [one] = await market.people(1)
    await market.evaluate()
    market.buy(one, AS_OF, 10**12)
    await market.live()
    later = AS_OF.replace(day=8)
    await market.evaluate(as_of=later)
    async with database.reading() as session:
        past = [
            past for past in await explaining.history(session, market.actor.scope, one) if past.rule == "value_class"
        ]
        [now] = [now for now in await explaining.explain(session, market.actor.scope, one) if now.rule == "value_class"]
    assert [(past.value, past.as_of) for past in past] == [("high", later), ("low", AS_OF)]
    assert (now.value, now.since, now.version) == ("high", later, 0)


async def test_nobody_is_explained_before_the_first_evaluation(database: Database, tenant: UUID) -> None:
    market = Market(database, tenant)
    [one] = await market.people(1)
    async with database.reading() as session:
        assert await explaining.explain(session, market.actor.scope, one) == []


async def test_a_preview_says_who_would_move_and_moves_nobody(database: Database, tenant: UUID) -> None:
    market = await evaluated(database, tenant)
    before = await market.standings()
    settings = {"frequency": {"high_orders": 1}, "windows": {"window_days": 200}, "value": {"high_share": 0.5}}
    id = await market.do(standards.draft, settings, "wider")
    shown = await market.do(previewing.preview, id, as_of=AS_OF, show=2)
    assert await market.standings() == before
    await market.do(standards.publish, id)
    await market.evaluate()
    after = await market.standings()
    for rule in ("frequency_class", "value_class", "lifecycle", "rfm"):
        moved: dict[tuple[Any, Any], list[UUID]] = {}
        for customer in sorted(before):
            way = before[customer][rule], after[customer][rule]
            if way[0] != way[1]:
                moved.setdefault(way, []).append(customer)
        told = {(one.before, one.after): (one.count, list(one.some)) for one in shown.movements if one.rule == rule}
        assert told == {way: (len(ids), ids[:2]) for way, ids in moved.items()}
    assert shown.version == 1
    assert sum(shown.counts["value_class"].values()) == len(before)


async def test_a_standard_that_cannot_be_used_is_refused(database: Database, tenant: UUID) -> None:
    market = Market(database, tenant)
    with pytest.raises(Refused) as refused:
        await market.do(standards.draft, {"value": {"high_share": 2}, "frequency": {"unknown": 1}})
    assert {problem.path for problem in refused.value.problems} == {
        ("settings", "value", "high_share"),
        ("settings", "frequency", "unknown"),
    }


async def test_a_draft_starts_from_what_is_in_force(database: Database, tenant: UUID) -> None:
    market = Market(database, tenant)
    await market.do(standards.publish, await market.do(standards.draft, {"frequency": {"high_orders": 9}}))
    second = await market.do(standards.draft, {"frequency": {"silence_days": 10}})
    async with database.reading() as session:
        drafted = await standards.find(session, market.actor.scope, second)
        assert (await standards.in_force(session, market.actor.scope)).number == 1
    assert (drafted.number, drafted.thresholds.frequency.high_orders) == (2, 9)
    await market.do(standards.publish, second)
    with pytest.raises(Refused, match="BAD_CHOICE"):
        await market.do(standards.publish, second)


async def test_money_without_a_rate_counts_nothing_and_is_told(database: Database, tenant: UUID) -> None:
    market = Market(database, tenant)
    [one] = await market.people(1)
    await market.add(Kind.PURCHASE, *(purchase(one, currency) for currency in ("CNY", "USD", "JPY", "JPY")))
    id = await market.do(standards.draft, {"rates": {"USD": "7.1"}})
    await market.do(standards.publish, id)
    await market.evaluate()
    assert (await market.standings())[one]["spend_micros"] == 8_100_000
    assert await last_unpriced(market) == {"JPY": 2}


def purchase(customer: UUID, currency: str) -> dict[str, Any]:
    return {"name": "p", "amount": Money(1_000_000, currency), "paid_at": AS_OF, "customer": customer}


async def last_unpriced(market: Market) -> Any:
    async with market.database.reading() as session:
        return (await session.execute(select(Evaluation.unpriced))).scalar_one()  # type: ignore[call-overload]
