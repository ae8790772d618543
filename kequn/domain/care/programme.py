"""The membership 会员制度 as a member sees it: the level that was reached, by which points and which rule, what it
gives, and how much is missing to the next one. Pure but for one question to the ledger of points."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from sqlalchemy import Table, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.domain.standard import Level, Programme
from kequn.domain.standards import Version
from kequn.store import tables
from kequn.store.scope import Scope

_entries: Table = tables.PointEntry.__table__  # type: ignore[attr-defined]
EARNED = ("award", "reverse")


@dataclass(frozen=True)
class Place:
    """Where a member stands. `earned`: the points that count; `since`: from when on; `missing`: to the next level."""

    level: Level
    earned: int
    since: datetime
    next: Level | None
    version: int

    @property
    def missing(self) -> int | None:
        return self.next.from_points - self.earned if self.next else None


async def places(
    session: AsyncSession, scope: Scope, customers: Collection[UUID], version: Version, now: datetime
) -> Mapping[UUID, Place]:
    by = version.thresholds.programme
    since = now - timedelta(days=by.window_days)
    entry = _entries.c
    mine = (entry.tenant_id == scope.tenant, entry.customer_id.in_(customers), entry.kind.in_(EARNED))
    query = select(entry.customer_id, func.sum(entry.points)).where(*mine, entry.at > since, entry.at <= now)
    earned = {id: int(points) for id, points in await session.execute(query.group_by(entry.customer_id))}
    return {id: place(by, max(0, earned.get(id, 0)), since, version.number) for id in customers}


def place(by: Programme, earned: int, since: datetime, version: int) -> Place:
    for level, above in pairwise(by.levels):
        if earned < above.from_points:
            return Place(level, earned, since, above, version)
    return Place(by.levels[-1], earned, since, None, version)
