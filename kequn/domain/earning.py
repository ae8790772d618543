"""Points that purchases bring 消费积分: each paid purchase brings its points once, a return takes some away. What a
purchase is worth may change afterwards: it is deleted, not paid after all, somebody else's, its amount is another, some
lines are brought back. Then a further entry makes good the difference and says why; none is ever rewritten. It counts
by the rate at which the purchase first brought points, not by the standard and the exchange rates of today.

A balance may fall below 0 thereby: nothing is redeemed until it is made good. What has run out is not taken back."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Select, Table, case, cast, func, insert, literal, select

from kequn.contracts.records import Kind
from kequn.domain import accrual, classifying, rights, standards
from kequn.domain.amiss import Amiss, amiss
from kequn.domain.editing import Desk
from kequn.domain.standard import Thresholds
from kequn.domain.standards import Version
from kequn.store import rows, spend, tables
from kequn.store.measures import object_of
from kequn.store.scope import Scope
from kequn.store.upsert import insert_new

_entries: Table = tables.PointEntry.__table__  # type: ignore[attr-defined]
_purchases: Table = rows.table(Kind.PURCHASE)
_moment = _entries.c.at.type


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


def _earned(scope: Scope, by: Thresholds, version: int, now: datetime, actor: str) -> Select[Any]:
    """They run out some time after they are noted, not after the purchase was paid: what comes late from a CRM is not
    lost on arrival."""
    bought, rate = _purchases.c, accrual.rate(by, now)
    points, worth = accrual.points(rate), spend.worth(classifying.question(by, now))
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
    ).where(*accrual.counting(scope, now), points != 0)


async def _make_good(desk: Desk, version: Version) -> int:
    """How many entries were made."""
    found = await amiss(desk, version.thresholds)
    if not found:
        return 0
    customers = {one.customer for one in found}
    await rows.load(desk.session, desk.scope, Kind.CUSTOMER, customers, lock=True)  # who redeems is waited for
    made = [_entry(desk, version, one) for one in await amiss(desk, version.thresholds, customers)]
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
