"""The facts of every customer at a moment, in one statement over purchases, interactions, answers and points. Decides
what is counted, over which windows and in which money; knows no threshold and no class."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Subquery,
    Table,
    and_,
    case,
    cast,
    delete,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.store import spend, tables
from kequn.store.pairs import one_of
from kequn.store.scope import Scope
from kequn.store.spend import Question
from kequn.store.upsert import insert_or_renew
from kequn.store.where import live

_customers: Table = tables.Customer.__table__  # type: ignore[attr-defined]
_purchases: Table = tables.Purchase.__table__  # type: ignore[attr-defined]
_lines: Table = tables.PurchaseLine.__table__  # type: ignore[attr-defined]
_interactions: Table = tables.Interaction.__table__  # type: ignore[attr-defined]
_answers: Table = tables.Answer.__table__  # type: ignore[attr-defined]
_points: Table = tables.PointEntry.__table__  # type: ignore[attr-defined]
_pins: Table = tables.Pin.__table__  # type: ignore[attr-defined]
_standings: Table = tables.Standing.__table__  # type: ignore[attr-defined]

NOTHING = frozenset(
    {"first_order_at", "last_order_at", "last_contact_at", "satisfaction", "favourite", "favourite_share"}
)
"""Facts that may be missing; the others are 0 then."""
_LARGEST = 9_000_000_000_000_000_000.0  # micros that a column holds; more is cut, so that one wrong amount stops nobody


async def take(session: AsyncSession, scope: Scope, asked: Question) -> None:
    """Write the facts into the standings; those of customers who are no more go."""
    query = _facts(scope, asked)
    kept = [column.name for column in query.selected_columns if column.name not in {"tenant_id", "id"}]
    whole = query.add_columns(*(literal(value).label(name) for name, value in _UNSAID.items()))
    names = [column.name for column in whole.selected_columns]
    await session.execute(insert_or_renew(session, _standings, *kept).from_select(names, whole))
    gone = select(_customers.c.id).where(_customers.c.tenant_id == scope.tenant, ~live(_customers))
    mine = _standings.c.tenant_id == scope.tenant
    await session.execute(delete(_standings).where(mine, _standings.c.id.in_(gone)))


_UNSAID: Mapping[str, Any] = {"tier_runs": 0, "tier_clear": False}
"""What stands in the other columns that are never empty, until the rules have spoken."""


def _facts(scope: Scope, asked: Question) -> Select[Any]:
    parts = [
        _of_purchases(scope, asked),
        _of_lines(scope, asked),
        _of_interactions(scope, asked),
        _of_answers(scope, asked),
        _of_points(scope, asked),
        _of_approvals(scope, asked),
        _of_profit(scope, asked),
        _of_categories(scope, asked),
    ]
    chosen: list[ColumnElement[Any]] = [_customers.c.tenant_id, _customers.c.id]
    source: Any = _customers
    merged: dict[str, ColumnElement[Any]] = {}
    for part in parts:
        source = source.outerjoin(part, part.c.customer_id == _customers.c.id)
        for column in part.c:
            if column.name != "customer_id":
                value = column if column.name in NOTHING else func.coalesce(column, 0)
                merged[column.name] = merged[column.name] + value if column.name in merged else value
    chosen += [value.label(name) for name, value in merged.items()]
    who = (_customers.c.tenant_id == scope.tenant, live(_customers), _among(_customers.c.id, asked))
    return select(*chosen).select_from(source).where(*who)


def _among(column: ColumnElement[Any], asked: Question) -> ColumnElement[bool]:
    return column.is_not(None) if asked.customers is None else one_of(column, asked.customers)


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _within(at: ColumnElement[Any], asked: Question, *, since: int, until: int = 0) -> ColumnElement[bool]:
    """Later than so many days ago, up to so many days ago."""
    return and_(at > asked.back(since), at <= asked.back(until))


def _of_purchases(scope: Scope, asked: Question) -> Subquery:
    """Orders are paid sales; spend is what they are worth, less what was paid back for returns."""
    bought, at, sale, money = _purchases.c, _purchases.c.paid_at, spend.SALE, spend.worth(asked)
    recent, half = asked.recent, asked.half
    query = select(
        bought.customer_id,
        func.min(case((sale, at))).label("first_order_at"),
        func.max(case((sale, at))).label("last_order_at"),
        _count(sale).label("orders"),
        _micros(money).label("spend_micros"),
        _count(and_(sale, at > asked.back(asked.window))).label("orders_window"),
        _micros(case((at > asked.back(asked.window), money), else_=0.0)).label("spend_window_micros"),
        _count(and_(sale, at > asked.back(recent))).label("orders_recent"),
        _count(and_(sale, _within(at, asked, since=4 * recent, until=recent))).label("orders_before"),
        _count(and_(sale, at > asked.back(half))).label("orders_half"),
        _count(and_(sale, _within(at, asked, since=2 * half, until=half))).label("orders_half_before"),
        _count(and_(~sale, at > asked.back(recent))).label("returns_recent"),
    )
    mine = (bought.tenant_id == scope.tenant, live(_purchases), at <= asked.as_of, _among(bought.customer_id, asked))
    return query.where(*mine).group_by(bought.customer_id).subquery("bought")


def _micros(money: ColumnElement[float]) -> ColumnElement[int]:
    """A sum of millionths. Floats are exact up to nine thousand million units, which no customer spends."""
    total = func.round(func.sum(money))
    return cast(case((total > _LARGEST, _LARGEST), (total < -_LARGEST, -_LARGEST), else_=total), BigInteger)


def _of_lines(scope: Scope, asked: Question) -> Subquery:
    """A line that was brought back is a return too, where the CRM notes it on the sale."""
    query = (
        select(_purchases.c.customer_id, func.count().label("returns_recent"))
        .join(_lines, and_(_lines.c.tenant_id == _purchases.c.tenant_id, _lines.c.purchase_id == _purchases.c.id))
        .where(
            _lines.c.tenant_id == scope.tenant,
            _lines.c.returned,
            live(_purchases),
            spend.SALE,
            _within(_purchases.c.paid_at, asked, since=asked.recent),
            _among(_purchases.c.customer_id, asked),
        )
    )
    return query.group_by(_purchases.c.customer_id).subquery("brought_back")


def _sold(scope: Scope, asked: Question) -> Select[Any]:
    """Lines that were paid for and not brought back, and returns."""
    same = and_(_lines.c.tenant_id == _purchases.c.tenant_id, _lines.c.purchase_id == _purchases.c.id)
    mine = (_lines.c.tenant_id == scope.tenant, spend.KEPT, _purchases.c.paid_at <= asked.as_of)
    return select(_purchases.c.customer_id).join(_lines, same).where(
        *mine, live(_purchases), _among(_purchases.c.customer_id, asked)
    )  # fmt: skip


def _of_profit(scope: Scope, asked: Question) -> Subquery:
    """What was paid above cost, where both are known; returns take it back."""
    earned = func.coalesce(spend.of_line(asked) - spend.of_line(asked, "cost"), 0.0)
    lately = case((_purchases.c.paid_at > asked.back(asked.window), earned), else_=0.0)
    query = _sold(scope, asked).where(_lines.c.cost_micros.is_not(None))
    sums = (_micros(earned).label("profit_micros"), _micros(lately).label("profit_window_micros"))
    return query.add_columns(*sums).group_by(_purchases.c.customer_id).subquery("earned_above_cost")


def _of_categories(scope: Scope, asked: Question) -> Subquery:
    """The category that most was spent on in the window."""
    money = func.sum(func.coalesce(spend.of_line(asked), 0.0))
    bought = (spend.SALE, _purchases.c.paid_at > asked.back(asked.window))
    each = (
        _sold(scope, asked)
        .add_columns(_lines.c.category, money.label("money"))
        .where(*bought, _lines.c.category.is_not(None))
        .group_by(_purchases.c.customer_id, _lines.c.category)
        .subquery("by_category")
    )
    whose = each.c.customer_id
    order = (each.c.money.desc(), each.c.category)
    place = func.row_number().over(partition_by=whose, order_by=order).label("place")
    whole = func.sum(each.c.money).over(partition_by=whose).label("whole")
    ranked = select(each, place, whole).subquery("ranked_categories")
    share = cast(func.round(ranked.c.money * 1000 / ranked.c.whole), Integer)
    query = select(ranked.c.customer_id, ranked.c.category.label("favourite"), share.label("favourite_share"))
    return query.where(ranked.c.place == 1, ranked.c.money > 0).subquery("favourites")


def _of_interactions(scope: Scope, asked: Question) -> Subquery:
    talk, at = _interactions.c, _interactions.c.happened_at
    query = select(
        talk.customer_id,
        func.max(at).label("last_contact_at"),
        func.count().label("contacts"),
        _count(at > asked.back(asked.window)).label("contacts_window"),
        _count(at > asked.back(asked.recent)).label("contacts_recent"),
        _count(_within(at, asked, since=4 * asked.recent, until=asked.recent)).label("contacts_before"),
    )
    mine = (talk.tenant_id == scope.tenant, live(_interactions), at <= asked.as_of, _among(talk.customer_id, asked))
    return query.where(*mine).group_by(talk.customer_id).subquery("talked")


def hundredths() -> ColumnElement[int]:
    """An answer on the way from the worst (0) to the best (100), whatever its scale."""
    score = _answers.c.score
    return case((_answers.c.scale == "nps", score * 10), else_=(score - 1) * 25)


def _of_answers(scope: Scope, asked: Question) -> Subquery:
    said = _answers.c
    mean = cast(func.sum(hundredths()), Integer) // cast(func.count(), Integer)
    query = select(said.customer_id, mean.label("satisfaction"))
    mine = (said.tenant_id == scope.tenant, _within(said.given_at, asked, since=asked.window))
    return query.where(*mine, _among(said.customer_id, asked)).group_by(said.customer_id).subquery("answered")


def _of_points(scope: Scope, asked: Question) -> Subquery:
    query = select(_points.c.customer_id, cast(func.sum(_points.c.points), BigInteger).label("points"))
    mine = (_points.c.tenant_id == scope.tenant, _points.c.at <= asked.as_of, _among(_points.c.customer_id, asked))
    return query.where(*mine).group_by(_points.c.customer_id).subquery("earned")


def _of_approvals(scope: Scope, asked: Question) -> Subquery:
    """Somebody's word that a customer may be in the highest tier."""
    pin = _pins.c
    query = select(pin.customer_id, func.count().label("approvals"))
    standing = (pin.since <= asked.as_of, or_(pin.until.is_(None), pin.until > asked.as_of), pin.ended_at.is_(None))
    mine = (pin.tenant_id == scope.tenant, pin.approval, *standing, _among(pin.customer_id, asked))
    return query.where(*mine).group_by(pin.customer_id).subquery("approved")


async def unpriced(session: AsyncSession, scope: Scope, asked: Question) -> dict[str, int]:
    """{currency: purchases} that no rate is known for."""
    currency = _purchases.c.amount_currency
    query = select(currency, func.count()).where(
        _purchases.c.tenant_id == scope.tenant,
        live(_purchases),
        _purchases.c.paid_at <= asked.as_of,
        spend.rated(asked, currency).is_(None),
    )
    return {str(name): int(count) for name, count in await session.execute(query.group_by(currency))}
