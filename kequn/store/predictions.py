"""Histories of purchases as columns, for the models, and what they predict. In sets; decides nothing."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Float, Table, and_, cast, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.store import tables
from kequn.store.measures import DAY, epoch
from kequn.store.pairs import one_of
from kequn.store.scope import Scope

_standings: Table = tables.Standing.__table__  # type: ignore[attr-defined]
_predictions: Table = tables.Prediction.__table__  # type: ignore[attr-defined]
_BATCH = 20_000


async def histories(
    session: AsyncSession, scope: Scope, as_of: datetime, customers: Collection[UUID] | None
) -> list[Sequence[Any]]:
    """Columns: id, purchases after the first, age at the last and now (days), average spend; of all who ever bought."""
    facts = _standings.c
    first, last = epoch(facts.first_order_at), epoch(facts.last_order_at)
    query = select(
        facts.id,
        facts.orders - 1,
        cast(last - first, Float) / DAY,
        cast(int(as_of.timestamp()) - first, Float) / DAY,
        func.round(cast(facts.spend_micros, Float) / facts.orders),
    ).where(facts.tenant_id == scope.tenant, facts.orders > 0, _among(facts.id, customers))
    rows = (await session.execute(query.order_by(facts.id))).all()
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(5)]


def _among(column: ColumnElement[Any], customers: Collection[UUID] | None) -> ColumnElement[bool]:
    return column.is_not(None) if customers is None else one_of(column, customers)


async def put(
    session: AsyncSession,
    scope: Scope,
    evaluation: UUID,
    predicted: Mapping[str, Sequence[Any]],
    customers: Collection[UUID] | None,
) -> None:
    """Replace the predictions of these customers, or of all, with those of an evaluation. `predicted`: columns."""
    mine = and_(_predictions.c.tenant_id == scope.tenant, _among(_predictions.c.id, customers))
    await session.execute(delete(_predictions).where(mine))
    names = list(predicted)
    rows = [dict(zip(names, row, strict=True)) for row in zip(*predicted.values(), strict=True)]
    for start in range(0, len(rows), _BATCH):
        part = [{"tenant_id": scope.tenant, "evaluation_id": evaluation, **row} for row in rows[start : start + _BATCH]]
        await session.execute(insert(_predictions), part)
