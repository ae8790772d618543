"""The rules of classification, each as an expression over the standings: what a customer is, and the inputs from which
that can be worked out again. Decides the classes; thresholds come from the standard, edges and ranks from the scale."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Select,
    String,
    Table,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
)

from kequn.domain.scale import Scale, active, days_since, interactions
from kequn.domain.standard import CLASSES, Thresholds, millionths
from kequn.store import tables
from kequn.store.measures import MILLION, Edges, Ranks, object_of
from kequn.store.pairs import one_of
from kequn.store.scope import Scope

_standings: Table = tables.Standing.__table__  # type: ignore[attr-defined]
_predictions: Table = tables.Prediction.__table__  # type: ignore[attr-defined]
_FAR = 10_000_000  # days; of somebody who never did it

Input = ColumnElement[Any] | int | float | str | None


@dataclass(frozen=True)
class Rule:
    """`name`: of the column of the standings that holds the value."""

    name: str
    value: ColumnElement[Any]
    inputs: Mapping[str, Input]


@dataclass(frozen=True)
class Bench:
    """What rules judge: the facts of some customers, worked up once; and what they judge by. `only`: who they are;
    None: all customers of the tenant."""

    scope: Scope
    by: Thresholds
    scale: Scale
    as_of: datetime
    facts: CTE
    only: Collection[UUID] | None = None

    @classmethod
    def of(
        cls, scope: Scope, by: Thresholds, scale: Scale, as_of: datetime, only: Collection[UUID] | None = None
    ) -> "Bench":
        facts = _facts(scope, by, scale, as_of, only).cte("facts").prefix_with("MATERIALIZED")
        return cls(scope, by, scale, as_of, facts, only)

    def among(self, only: Collection[UUID]) -> "Bench":
        return Bench.of(self.scope, self.by, self.scale, self.as_of, only)

    def passing(self) -> "Bench":
        """For a statement that looks at each once and keeps few: no wide rows of all are set aside first. The offset
        keeps what was worked out apart from what asks for it, several times."""
        facts = _facts(self.scope, self.by, self.scale, self.as_of, self.only).offset(0)
        return replace(self, facts=facts.cte("facts").prefix_with("NOT MATERIALIZED"))


def _facts(scope: Scope, by: Thresholds, scale: Scale, as_of: datetime, only: Collection[UUID] | None) -> Select[Any]:
    predicted = and_(_predictions.c.tenant_id == _standings.c.tenant_id, _predictions.c.id == _standings.c.id)
    mine = _standings.c.tenant_id == scope.tenant
    if only is not None:  # said of both, so that few are looked up in both
        predicted, mine = predicted & one_of(_predictions.c.id, only), mine & one_of(_standings.c.id, only)
    worked = select(_standings, _predictions.c.spend_micros.label("expected_micros"), *_worked(by, scale, as_of))
    return worked.select_from(_standings.outerjoin(_predictions, predicted)).where(mine)


def _worked(by: Thresholds, scale: Scale, as_of: datetime) -> Sequence[ColumnElement[Any]]:
    """What several rules need, worked out once for each customer."""
    columns = ("last_order_at", "last_contact_at", "first_order_at")
    order, contact, first = (func.coalesce(days_since(column, as_of), _FAR) for column in columns)
    ranks = {
        "purchase_rank": _rank(_standings.c.orders_window, scale.purchase),
        "interaction_rank": _rank(interactions(), scale.interaction),
        "satisfaction_rank": _rank(_standings.c.satisfaction, scale.satisfaction),
    }
    return [
        order.label("recency_days"),
        first.label("first_days"),
        case((order < contact, order), else_=contact).label("silent_days"),
        case((active(), _mean(by, ranks)), else_=null()).label("score"),
        *(rank.label(name) for name, rank in ranks.items()),
    ]


def _mean(by: Thresholds, ranks: Mapping[str, ColumnElement[int]]) -> ColumnElement[int]:
    """The weighted mean of the ranks; one of which nothing is known drops out, and the others weigh more."""
    weights = by.loyalty
    bought, talked, content = (millionths(one) for one in (weights.purchase, weights.interaction, weights.satisfaction))
    two = ranks["purchase_rank"] * bought + ranks["interaction_rank"] * talked
    three = (two + ranks["satisfaction_rank"] * content) // (bought + talked + content)
    return case((_standings.c.satisfaction.is_(None), two // (bought + talked)), else_=three)


def _rank(measure: ColumnElement[Any], ranks: Ranks) -> ColumnElement[int]:
    """The percentile rank of a measure, in millionths. What lies between two noted values has the upper one's."""
    steps = [(measure.is_(None), null()), *((measure <= edge, rank) for edge, rank in ranks)]
    return cast(case(*steps, else_=ranks[-1][1] if ranks else 0), BigInteger)


def rules(bench: Bench) -> Sequence[Rule]:
    """All rules; each may build on those before it."""
    return [one(bench) for one in _RULES]


def _big(column: ColumnElement[Any]) -> ColumnElement[int]:
    """Products of counts and millionths are more than 32 bits."""
    return cast(column, BigInteger)


def _score(measure: ColumnElement[int], edges: Edges, *, low: bool = False) -> ColumnElement[str]:
    """5 for the best fifth, down to 1. `low`: less is better."""
    steps = [(measure <= edge if low else measure >= edge, str(5 - place)) for place, edge in enumerate(edges)]
    return case(*steps, else_="1") if steps else literal("5", String())


def rfm(bench: Bench) -> Rule:
    """Three digits: recency, frequency and monetary value, each 5 (best) to 1."""
    facts, edges = bench.facts.c, bench.scale
    digits = (
        _score(facts.recency_days, edges.recency, low=True)
        .concat(_score(facts.orders_window, edges.frequency))
        .concat(_score(facts.spend_window_micros, edges.monetary))
    )
    inputs: dict[str, Input] = {
        "recency_days": facts.recency_days,
        "orders_window": facts.orders_window,
        "spend_window_micros": facts.spend_window_micros,
    }
    for name in ("recency", "frequency", "monetary"):
        for place, edge in enumerate(getattr(edges, name)):
            inputs[f"{name}_{5 - place}"] = edge
    return Rule("rfm", case((facts.orders_window > 0, digits), else_=null()), inputs)


def frequency(bench: Bench) -> Rule:
    facts, by = bench.facts.c, bench.by.frequency
    drop = and_(
        facts.orders_before > 0,
        _big(facts.orders_recent) * 3 * MILLION <= _big(facts.orders_before) * millionths(by.drop),
    )
    at_risk = or_(drop, and_(facts.contacts > 0, facts.silent_days >= by.silence_days))
    value = case(
        (facts.orders_window == 0, "none"),
        (at_risk, "at_risk"),
        (facts.orders_window >= by.high_orders, "high"),
        else_="low",
    )
    counts = ("orders_window", "orders_recent", "orders_before", "contacts")
    inputs = {name: facts[name] for name in counts}
    return Rule("frequency_class", value, {**inputs, "silent_days": facts.silent_days, **by.model_dump()})


def value(bench: Bench) -> Rule:
    """By spend among those who spent something; equal spend is in the higher class."""
    spend, edges = bench.facts.c.spend_window_micros, bench.scale.value
    names = ("high", "medium")
    steps = [(and_(spend > 0, spend >= edge), name) for name, edge in zip(names, edges, strict=False)]
    judged: ColumnElement[str] = case(*steps, else_="low") if steps else literal("low", String())
    inputs = {f"{name}_from_micros": edge for name, edge in zip(names, edges, strict=False)}
    return Rule("value_class", judged, {"spend_window_micros": spend, **inputs, **bench.by.value.model_dump()})


def loyalty_score(bench: Bench) -> Rule:
    """In millionths; of those who were active in the window."""
    facts, by = bench.facts.c, bench.by.loyalty
    inputs: dict[str, Input] = {
        "orders_window": facts.orders_window,
        "contacts_window": facts.contacts_window,
        "satisfaction": facts.satisfaction,
        **{f"{axis}_rank": facts[f"{axis}_rank"] for axis in _AXES},
        **{f"{axis}_weight": getattr(by, axis) for axis in _AXES},
    }
    return Rule("loyalty_score", facts.score, inputs)


_AXES = ("purchase", "interaction", "satisfaction")


def loyalty(bench: Bench) -> Rule:
    score, by = bench.facts.c.score, bench.by.loyalty
    judged = case(
        (score.is_(None), null()),
        (score >= millionths(by.loyal_from), "loyal"),
        (score < millionths(by.low_below), "low"),
        else_="medium",
    )
    edges = {"loyal_from": by.loyal_from, "low_below": by.low_below}
    return Rule("loyalty_class", judged, {**loyalty_score(bench).inputs, "score": score, **edges})


def activity(bench: Bench) -> Rule:
    """Whether anything came of the customer: lately (active), within the window (quiet), or not (inactive)."""
    facts, by = bench.facts.c, bench.by.windows
    judged = case(
        (facts.silent_days < by.recent_days, "active"),
        (facts.silent_days < by.window_days, "quiet"),
        else_="inactive",
    )
    windows = {"recent_days": by.recent_days, "window_days": by.window_days}
    return Rule("activity", judged, {"silent_days": facts.silent_days, **windows})


def importance(bench: Bench) -> Rule:
    """Important: of high value. Potential 潜力客户: not yet, but the models expect a spend that would be."""
    facts, edges = bench.facts.c, bench.scale.value
    standing, expected = value(bench), facts.expected_micros
    grows = and_(facts.orders > 0, expected >= edges[0]) if edges else literal(False)
    judged = case((standing.value == "high", "important"), (grows, "potential"), else_=null())
    inputs = {"value_class": standing.value, "orders": facts.orders, "expected_spend_micros": expected}
    return Rule("importance", judged, {**inputs, "high_from_micros": edges[0] if edges else None})


def lifecycle(bench: Bench) -> Rule:
    facts, by = bench.facts.c, bench.by.lifecycle
    steady = _big(facts.orders_half) * MILLION <= _big(facts.orders_half_before) * (
        MILLION + millionths(by.mature_growth)
    )
    judged = case(
        (facts.orders == 0, "none"),
        (facts.silent_days >= by.churn_days, "churn"),
        (facts.first_days <= by.introduction_days, "introduction"),
        (and_(facts.orders >= by.mature_orders, steady), "maturity"),
        else_="growth",
    )
    inputs: dict[str, Input] = {
        "orders": facts.orders,
        "silent_days": facts.silent_days,
        "days_since_first": facts.first_days,
        "orders_half": facts.orders_half,
        "orders_half_before": facts.orders_half_before,
    }
    return Rule("lifecycle", judged, {**inputs, **by.model_dump()})


def preference(bench: Bench) -> Rule:
    """The group of those who prefer the same kind of product 产品偏好群体."""
    facts, share = bench.facts.c, bench.by.preference.share
    judged = case((facts.favourite_share >= round(share * 1000), facts.favourite), else_=null())
    inputs: dict[str, Input] = {"favourite": facts.favourite, "favourite_share": facts.favourite_share, "share": share}
    return Rule("preference", judged, inputs)


def tier(bench: Bench) -> Rule:
    facts, by = bench.facts.c, bench.by.tiers
    worth, faith = value(bench).value, loyalty(bench).value
    judged = case(
        (and_(worth == "high", faith == "loyal", facts.approvals > 0), "strategic"),
        (or_(worth == "high", facts.points >= by.vip_points), "vip"),
        else_="regular",
    )
    inputs: dict[str, Input] = {
        "value_class": worth,
        "loyalty_class": faith,
        "approvals": facts.approvals,
        "points": facts.points,
        "vip_points": by.vip_points,
        "spend_window_micros": facts.spend_window_micros,
        "high_from_micros": bench.scale.value[0] if bench.scale.value else None,
    }
    return Rule("tier_class", judged, inputs)


def tier_step(bench: Bench) -> Rule:
    """The highest step within the class whose thresholds hold; null: the class's own tier."""
    facts, by, within = bench.facts.c, bench.by.tiers, tier(bench).value
    points, spend = facts.points, facts.spend_window_micros
    highest = {
        name: case(
            *((and_(points >= one.points, spend >= one.spend * MILLION), one.tier) for one in reversed(steps)),
            else_=null(),
        )
        for name in CLASSES
        if (steps := by.of_class(name))
    }
    judged = case(highest, value=within, else_=null()) if highest else cast(null(), String)
    asked = {f"step_{place}": object_of(one.model_dump()) for place, one in enumerate(by.steps, 1)}
    inputs: dict[str, Input] = {"tier_class": within, "points": points, "spend_window_micros": spend, **asked}
    return Rule("tier_step", judged, inputs)


def clear(bench: Bench) -> ColumnElement[bool]:
    """No measure that tiers depend on is near its edge, so that the tier need not be seen twice."""
    facts, margin = bench.facts.c, millionths(bench.by.tiers.margin)
    edges = [(facts.points, bench.by.tiers.vip_points)]
    if bench.scale.value:
        edges.append((facts.spend_window_micros, bench.scale.value[0]))
    for step in bench.by.tiers.steps:
        asked = ((facts.points, step.points), (facts.spend_window_micros, step.spend * MILLION))
        edges += [(measure, edge) for measure, edge in asked if edge]  # nobody is below 0
    score, loyal_from = func.coalesce(facts.score, 0), millionths(bench.by.loyalty.loyal_from)
    return and_(*(_far(measure, edge, margin) for measure, edge in [*edges, (score, loyal_from)]))


def _far(measure: ColumnElement[Any], edge: int, margin: int) -> ColumnElement[bool]:
    near = edge * margin // MILLION
    return or_(measure > edge + near, measure < edge - near)


_RULES: Sequence[Callable[[Bench], Rule]] = (
    rfm, frequency, value, loyalty_score, loyalty, activity, importance, lifecycle, preference, tier, tier_step,
)  # fmt: skip
HISTORY = frozenset(
    ("rfm", "frequency_class", "value_class", "loyalty_class", "activity", "importance", "lifecycle", "preference")
) | {"tier_class", "tier_step"}
"""Rules whose value is a class: a change of it is kept. A score moves with every evaluation."""
