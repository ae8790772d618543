"""Points that purchases bring 消费积分: each paid purchase brings its points once, a return takes some away. What a
purchase is worth may change afterwards: it is deleted, not paid after all, somebody else's, its amount is another, some
lines are brought back. Then a further entry makes good the difference and says why; none is ever rewritten. It counts
by the rate at which the purchase first brought points, not by the standard and the exchange rates of today.

A balance may fall below 0 thereby: nothing is redeemed until it is made good. What has run out is not taken back."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Subquery,
    Table,
    and_,
    case,
    cast,
    exists,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)

from kequn.contracts.records import Kind
from kequn.domain import classifying, rights, standards
from kequn.domain.editing import Desk
from kequn.domain.standard import Thresholds, millionths
from kequn.domain.standards import Version
from kequn.store import rows, spend, tables
from kequn.store.measures import MILLION, object_of
from kequn.store.pairs import one_of
from kequn.store.scope import Scope
from kequn.store.upsert import insert_new
from kequn.store.where import live

_entries: Table = tables.PointEntry.__table__  # type: ignore[attr-defined]
_lines: Table = tables.PurchaseLine.__table__  # type: ignore[attr-defined]
_purchases: Table = rows.table(Kind.PURCHASE)
_moment = _entries.c.at.type


@dataclass(frozen=True)
class Amiss:
    """What the entries of a purchase give a customer is not what it should. `should`, `booked`: how many points;
    `lasting`: how many of those have not run out, which the first do at `until`. `at`: as of when; `rate`, `currency`:
    see PointEntry."""

    purchase: UUID
    customer: UUID
    should: int
    booked: int
    lasting: int
    until: datetime | None
    at: datetime
    rate: float | None
    currency: str | None
    why: str

    @property
    def owed(self) -> int:
        """How many a further entry gives, or takes."""
        owed = self.should - self.booked
        return owed if self.should < 0 else max(owed, -max(self.lasting, 0))


async def award(desk: Desk) -> int:
    """Points for every paid purchase that has brought none yet, in one statement: an entry has the id of its purchase,
    so that it cannot be made twice. And what is amiss is made good. How many entries were made. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    version = await standards.in_force(desk.session, desk.scope, lock=True)  # who else awards waits, and sees these
    now = desk.ledger.clock.now()
    query = _earned(desk.scope, version.thresholds, version.number, now, desk.actor.name)
    names = [column.name for column in query.selected_columns]
    before = await _size(desk)
    await desk.session.execute(insert_new(desk.session, _entries).from_select(names, query))
    return await _size(desk) - before + await _make_good(desk, version)


async def _size(desk: Desk) -> int:
    query = select(func.count()).select_from(_entries).where(_entries.c.tenant_id == desk.scope.tenant)
    return int((await desk.session.execute(query)).scalar_one())


def _paid(scope: Scope, now: datetime) -> Sequence[ColumnElement[bool]]:
    bought = _purchases.c
    return bought.tenant_id == scope.tenant, live(_purchases), bought.paid_at <= now, bought.customer_id.is_not(None)


def _rate(by: Thresholds, now: datetime) -> ColumnElement[Any]:
    unit = spend.rated(classifying.question(by, now), _purchases.c.amount_currency)
    return unit * float(millionths(by.points.per_unit))


def _points(rate: ColumnElement[Any]) -> ColumnElement[int]:
    """Whole points for what a purchase is worth, below 0 for a return."""
    whole = func.floor(spend.size_in_its_own_money() * rate / (MILLION * MILLION))
    return cast(whole * case((spend.SALE, 1), else_=-1), BigInteger)


def _earned(scope: Scope, by: Thresholds, version: int, now: datetime, actor: str) -> Select[Any]:
    """They run out some time after they are noted, not after the purchase was paid: what comes late from a CRM is not
    lost on arrival."""
    bought, rate = _purchases.c, _rate(by, now)
    points, worth = _points(rate), spend.worth(classifying.question(by, now))
    paid = cast(case((spend.SALE, worth), else_=-worth), BigInteger)
    return select(
        bought.tenant_id,
        bought.id,
        bought.customer_id,
        case((spend.SALE, "award"), else_="reverse").label("kind"),
        points.label("points"),
        bought.paid_at.label("at"),
        literal(now, _moment).label("noted_at"),
        case((spend.SALE, literal(now + timedelta(days=by.points.valid_days), _moment))).label("expires_at"),
        literal("").label("reason"),
        literal("purchase").label("rule"),
        literal(version).label("version"),
        literal(actor).label("actor"),
        object_of({"paid_micros": paid, "per_unit": by.points.per_unit}).label("inputs"),
        bought.id.label("purchase_id"),
        rate.label("rate"),
        bought.amount_currency.label("currency"),
    ).where(*_paid(scope, now), points != 0)


# -- what is amiss ----------------------------------------------------------------------------------------------------


async def _make_good(desk: Desk, version: Version) -> int:
    """How many entries were made."""
    found = await _amiss(desk, version)
    if not found:
        return 0
    customers = {one.customer for one in found}
    await rows.load(desk.session, desk.scope, Kind.CUSTOMER, customers, lock=True)  # who redeems is waited for
    made = [_entry(desk, version, one) for one in await _amiss(desk, version, customers)]
    if made:
        await desk.session.execute(insert(_entries), made)
    return len(made)


def _entry(desk: Desk, version: Version, one: Amiss) -> dict[str, Any]:
    """What is taken is taken of what runs out first, and so runs out with it."""
    now, given = desk.ledger.clock.now(), one.owed > 0
    return {
        "tenant_id": desk.scope.tenant, "id": desk.ledger.new_id(), "customer_id": one.customer,
        "kind": "award" if given else "reverse", "points": one.owed, "at": one.at, "noted_at": now,
        "expires_at": now + timedelta(days=version.thresholds.points.valid_days) if given else one.until,
        "reason": one.why, "rule": "purchase", "version": version.number, "actor": desk.actor.name,
        "inputs": {"should": one.should, "booked": one.booked}, "purchase_id": one.purchase, "rate": one.rate,
        "currency": one.currency,
    }  # fmt: skip


async def _amiss(desk: Desk, version: Version, customers: Collection[UUID] | None = None) -> list[Amiss]:
    """`customers`: of these alone. In their order, so that everybody waits for them in the same."""
    asked = (desk.scope, version.thresholds, desk.ledger.clock.now())
    each = union_all(_changed(*asked), _handed_over(*asked)).subquery("each")
    whose = true() if customers is None else one_of(each.c.customer_id, customers)
    query = select(each).where(whose).order_by(each.c.customer_id, each.c.purchase_id)
    return [one for row in await desk.session.execute(query) if (one := Amiss(*row)).owed]


def _booked(scope: Scope, now: datetime) -> Subquery:
    """What each purchase has brought each customer, and at which rate for the money that it is in now."""
    entry, lasts = _entries.c, _entries.c.expires_at > now
    of_it = and_(_purchases.c.tenant_id == entry.tenant_id, _purchases.c.id == entry.purchase_id)
    same = entry.currency.is_not_distinct_from(_purchases.c.amount_currency)
    sums = (
        cast(func.sum(entry.points), BigInteger).label("booked"),
        cast(func.sum(case((lasts, entry.points), else_=0)), BigInteger).label("lasting"),
        func.min(case((and_(lasts, entry.points > 0), entry.expires_at))).label("until"),
        func.min(entry.at).label("at"),
        func.max(case((same, entry.rate))).label("rate"),
    )
    query = select(entry.purchase_id, entry.customer_id, *sums).join_from(_entries, _purchases, of_it)
    return (
        query.where(entry.tenant_id == scope.tenant).group_by(entry.purchase_id, entry.customer_id).subquery("booked")
    )


def _changed(scope: Scope, by: Thresholds, now: datetime) -> Select[Any]:
    """Purchases that have brought a customer something else than they should: nothing, where they are not theirs. In
    money that they were not in before it is by the rate of today."""
    bought, known = _purchases.c, _booked(scope, now)
    rate = func.coalesce(known.c.rate, _rate(by, now))
    theirs = and_(*_paid(scope, now), bought.customer_id == known.c.customer_id)
    should = case((theirs, func.coalesce(_points(rate), 0)), else_=0)
    columns = (known.c.booked, known.c.lasting, known.c.until, known.c.at, rate, bought.amount_currency)
    query = select(
        known.c.purchase_id, known.c.customer_id, should.label("should"), *columns, _why(known.c.customer_id, now)
    )
    here = and_(bought.tenant_id == scope.tenant, bought.id == known.c.purchase_id)
    return query.join_from(_purchases, known, here).where(should != known.c.booked)


def _handed_over(scope: Scope, by: Thresholds, now: datetime) -> Select[Any]:
    """Purchases that have brought others something, and nothing yet to the customer whose they are now."""
    bought, none, first = _purchases.c, cast(literal(0), BigInteger), _entries.alias("first")
    entry = _entries.c
    of_it = (entry.tenant_id == bought.tenant_id, entry.purchase_id == bought.id)
    known = select(func.max(entry.rate)).where(*of_it, entry.currency.is_not_distinct_from(bought.amount_currency))
    rate = func.coalesce(known.correlate(_purchases).scalar_subquery(), _rate(by, now))
    columns = (none, none, cast(null(), _moment), bought.paid_at, rate, bought.amount_currency)
    query = select(
        bought.id, bought.customer_id, func.coalesce(_points(rate), 0), *columns, _why(bought.customer_id, now)
    )
    others = and_(
        first.c.tenant_id == bought.tenant_id, first.c.id == bought.id, first.c.customer_id != bought.customer_id
    )
    had = exists().where(*of_it, entry.customer_id == bought.customer_id).correlate(_purchases)
    return query.join_from(_purchases, first, others).where(*_paid(scope, now), ~had)


def _why(customer: ColumnElement[Any], now: datetime) -> ColumnElement[str]:
    bought = _purchases.c
    of_it = (_lines.c.tenant_id == bought.tenant_id, _lines.c.purchase_id == bought.id)
    back = exists().where(*of_it, _lines.c.returned).correlate(_purchases)
    return case(
        (~live(_purchases), "the purchase was deleted 订单已删除"),
        (bought.customer_id.is_distinct_from(customer), "the purchase is somebody else's 订单归属变更"),
        (or_(bought.paid_at.is_(None), bought.paid_at > now), "the purchase is not paid 订单未付款"),
        (back, "lines were brought back 部分退货"),
        else_="the purchase changed 订单变更",
    )
