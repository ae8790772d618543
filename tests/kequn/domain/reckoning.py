"""The facts and classes of customers worked out in plain Python, from section 9 of requirements.md and nothing of ours:
lists, loops and sorting. What the rules in SQL say is held against it."""

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, TypeVar

K = TypeVar("K")
DAY = timedelta(days=1)
FAR = 10_000_000


@dataclass
class Told:
    """What is known of a customer: (when, amount in micros), negative for returns; talks; (when, 0 to 100)."""

    sales: list[tuple[datetime, int]] = field(default_factory=list)
    returns: list[tuple[datetime, int]] = field(default_factory=list)
    talks: list[datetime] = field(default_factory=list)
    answers: list[tuple[datetime, int]] = field(default_factory=list)
    points: int = 0
    approved: bool = False


def within(times: Sequence[datetime], as_of: datetime, since: float, until: float = 0) -> int:
    return sum(as_of - since * DAY < at <= as_of - until * DAY for at in times)


def facts(told: Told, as_of: datetime) -> dict[str, Any]:
    sales = [(at, amount) for at, amount in told.sales if at <= as_of]
    returns = [(at, amount) for at, amount in told.returns if at <= as_of]
    bought, talks = [at for at, _ in sales], [at for at in told.talks if at <= as_of]
    said = [score for at, score in told.answers if as_of - 365 * DAY < at <= as_of]
    year = as_of - 365 * DAY
    spend = sum(amount for at, amount in sales if at > year) - sum(amount for at, amount in returns if at > year)
    return {
        "orders": len(bought),
        "spend_micros": sum(amount for _, amount in sales) - sum(amount for _, amount in returns),
        "orders_window": within(bought, as_of, 365),
        "spend_window_micros": spend,
        "orders_recent": within(bought, as_of, 90),
        "orders_before": within(bought, as_of, 360, 90),
        "orders_half": within(bought, as_of, 182),
        "orders_half_before": within(bought, as_of, 364, 182),
        "returns_recent": within([at for at, _ in returns], as_of, 90),
        "contacts": len(talks),
        "contacts_window": within(talks, as_of, 365),
        "contacts_recent": within(talks, as_of, 90),
        "contacts_before": within(talks, as_of, 360, 90),
        "satisfaction": sum(said) // len(said) if said else None,
        "points": told.points,
        "recency": days(bought, as_of),
        "first": (as_of - min(bought)) // DAY if bought else FAR,
        "silence": min(days(bought, as_of), days(talks, as_of)),
    }


def days(times: Sequence[datetime], as_of: datetime) -> int:
    return (as_of - max(times)) // DAY if times else FAR


def fifths(values: Mapping[K, float]) -> dict[K, int]:
    """5 for who has fewer than a fifth above them, and so on: equal values share the higher score."""
    ordered = sorted(values.values())
    above = {one: len(ordered) - bisect_right(ordered, one) for one in set(ordered)}
    return {key: 5 - math.floor(Fraction(5 * above[one], len(values))) for key, one in values.items()}


def percentile(values: Mapping[K, int]) -> dict[K, int]:
    size = len(values)
    counted = {
        one: (sum(x < one for x in values.values()), sum(x == one for x in values.values()))
        for one in set(values.values())
    }
    ranks = {one: (2 * below + equal) * 1_000_000 // (2 * size) for one, (below, equal) in counted.items()}
    return {key: ranks[one] for key, one in values.items()}


def classes(people: Mapping[K, Told], as_of: datetime) -> dict[K, dict[str, Any]]:
    """All facts and classes but those that need a model."""
    known = {key: facts(told, as_of) for key, told in people.items()}
    found: dict[K, dict[str, Any]] = {key: dict(of) for key, of in known.items()}
    buyers = {key: of for key, of in known.items() if of["orders_window"]}
    scores = [
        fifths({key: -of["recency"] for key, of in buyers.items()}),
        fifths({key: of["orders_window"] for key, of in buyers.items()}),
        fifths({key: of["spend_window_micros"] for key, of in buyers.items()}),
    ]
    spenders = sorted(of["spend_window_micros"] for of in known.values() if of["spend_window_micros"] > 0)
    loyal = loyalty(known)
    for key, of in known.items():
        of = found[key]
        of["rfm"] = "".join(str(score[key]) for score in scores) if key in buyers else None
        of["frequency_class"] = frequency(of)
        of["value_class"] = value(spenders, of["spend_window_micros"])
        of["loyalty_score"] = loyal.get(key)
        of["loyalty_class"] = None if key not in loyal else faith(loyal[key])
        of["activity"] = "active" if of["silence"] < 90 else "quiet" if of["silence"] < 365 else "inactive"
        of["lifecycle"] = lifecycle(of)
        of["tier_class"] = tier(of, people[key])
    return found


def frequency(of: Mapping[str, Any]) -> str:
    if of["orders_window"] == 0:
        return "none"
    mean = Fraction(of["orders_before"], 3)
    if (mean > 0 and of["orders_recent"] <= mean / 2) or (of["contacts"] > 0 and of["silence"] >= 60):
        return "at_risk"
    return "high" if of["orders_window"] >= 6 else "low"


def value(ordered: Sequence[int], spend: int) -> str:
    if spend <= 0:
        return "low"
    above = Fraction(len(ordered) - bisect_right(ordered, spend), len(ordered))
    return "high" if above < Fraction(1, 5) else "medium" if above < Fraction(1, 2) else "low"


def loyalty(known: Mapping[K, Mapping[str, Any]]) -> dict[K, int]:
    active = {key: of for key, of in known.items() if of["orders_window"] + of["contacts_window"]}
    bought = percentile({key: of["orders_window"] for key, of in active.items()})
    talked = percentile({key: of["orders_window"] + of["contacts_window"] for key, of in active.items()})
    content = percentile({key: of["satisfaction"] for key, of in active.items() if of["satisfaction"] is not None})
    scores = {}
    for key in active:
        parts = [(5, bought[key]), (3, talked[key]), *([(2, content[key])] if key in content else [])]
        scores[key] = sum(weight * rank for weight, rank in parts) // sum(weight for weight, _ in parts)
    return scores


def faith(score: int) -> str:
    return "loyal" if score >= 700_000 else "low" if score < 300_000 else "medium"


def lifecycle(of: Mapping[str, Any]) -> str:
    if of["orders"] == 0:
        return "none"
    if of["silence"] >= 180:
        return "churn"
    if of["first"] <= 90:
        return "introduction"
    grown = of["orders_half"] - of["orders_half_before"]
    return "maturity" if of["orders"] >= 4 and 5 * grown <= of["orders_half_before"] else "growth"


def tier(of: Mapping[str, Any], told: Told) -> str:
    if of["value_class"] == "high" and of["loyalty_class"] == "loyal" and told.approved:
        return "strategic"
    return "vip" if of["value_class"] == "high" or told.points >= 5000 else "regular"
