"""Amounts in one money: by the rate that was in force when something was paid, else by one without a date. Decides
which rate counts; what a rate is, people say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Float, Table, and_, case, cast, exists, null, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.store import tables
from kequn.store.scope import Scope

_rates: Table = tables.ExchangeRate.__table__  # type: ignore[attr-defined]
BILLION = 1_000_000_000


@dataclass(frozen=True)
class Dated:
    """One unit of `currency` is worth `rate`, from `since` until the next one."""

    currency: str
    since: datetime
    rate: Decimal


async def read(session: AsyncSession, scope: Scope, into: str) -> tuple[Dated, ...]:
    """The latest first."""
    query = select(_rates).where(_rates.c.tenant_id == scope.tenant, _rates.c.into == into)
    rows = (await session.execute(query.order_by(_rates.c.currency, _rates.c.since.desc()))).mappings()
    return tuple(Dated(row["currency"], row["since"], Decimal(row["billionths"]) / BILLION) for row in rows)


async def noted_since(session: AsyncSession, scope: Scope, moment: datetime) -> bool:
    """Whether somebody has said something new, so that all amounts are to be worked out again."""
    query = select(exists().where(_rates.c.tenant_id == scope.tenant, _rates.c.noted_at >= moment))
    return bool((await session.execute(query)).scalar())


def rate(
    currency: ColumnElement[Any], at: ColumnElement[Any], own: str, plain: Mapping[str, Decimal], dated: Sequence[Dated]
) -> ColumnElement[Any]:
    """What a unit of the currency was worth `at` that moment in `own` money; null where nobody knows. `dated`: the
    latest first. Money without a currency is one's own."""
    whens: list[tuple[Any, Any]] = [(or_(currency == own, currency.is_(None)), 1.0)]
    others = (one for one in dated if one.currency != own)
    whens += [(and_(currency == one.currency, at >= one.since), float(one.rate)) for one in others]
    whens += [(currency == name, float(value)) for name, value in plain.items() if name != own]
    return cast(case(*whens, else_=null()), Float)
