"""Exchange rates: what people say that money is worth, from a day on. Appended, and corrected by saying the same day
again. Which rate counts stands in kequn.store.rates."""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Table, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.domain import rights, standards
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.store import tables
from kequn.store.rates import BILLION
from kequn.store.scope import Scope
from kequn.store.upsert import insert_or_update

_rates: Table = tables.ExchangeRate.__table__  # type: ignore[attr-defined]
_CURRENCY = re.compile(r"[A-Z]{3}")
LARGEST, LONGEST = Decimal(1_000_000), 200
MOST = 1000
"""They stand in the statement that counts: a rate a week for ten currencies and two years."""


@dataclass(frozen=True)
class Rate:
    """From `since` on one unit of `currency` is worth `rate` units of `into`."""

    currency: str
    into: str
    since: datetime
    rate: Decimal
    source: str
    noted_at: datetime
    noted_by: str


def is_rate(rate: Decimal) -> bool:
    return rate.is_finite() and 0 < rate < LARGEST and int(rate * BILLION) > 0


async def set_rate(desk: Desk, currency: str, rate: Decimal, since: datetime | None, source: str = "") -> Rate:
    """In the money of the standard in force. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    into = (await standards.in_force(desk.session, desk.scope)).thresholds.currency
    now = desk.ledger.clock.now()
    if not _CURRENCY.fullmatch(currency) or currency == into:
        raise refuse(Code.BAD_CURRENCY, "currency")
    if not is_rate(rate):
        raise refuse(Code.BAD_NUMBER, "rate")
    if len(source) > LONGEST:
        raise refuse(Code.TOO_LONG, "source", limit=LONGEST)
    count = select(func.count()).where(_rates.c.tenant_id == desk.scope.tenant, _rates.c.into == into)
    if (await desk.session.execute(count)).scalar_one() >= MOST:
        raise refuse(Code.TOO_MANY, "rate", limit=MOST)
    said = Rate(currency, into, since or now, rate, source.strip(), now, desk.actor.name)
    values = {"since": said.since, "billionths": int(rate * BILLION), "source": said.source}
    key = {"tenant_id": desk.scope.tenant, "currency": currency, "into": into}
    statement = insert_or_update(desk.session, _rates, "billionths", "source", "noted_at", "noted_by")
    await desk.session.execute(statement.values(**key, **values, noted_at=now, noted_by=desk.actor.name))
    return said


async def known(session: AsyncSession, scope: Scope) -> list[Rate]:
    """By currency, the latest first."""
    query = select(_rates).where(_rates.c.tenant_id == scope.tenant)
    rows = (await session.execute(query.order_by(_rates.c.currency, _rates.c.into, _rates.c.since.desc()))).mappings()
    names = ("currency", "into", "since", "source", "noted_at", "noted_by")
    return [Rate(rate=Decimal(row["billionths"]) / BILLION, **{name: row[name] for name in names}) for row in rows]
