"""Who is in a segment: the tree of a `Where` that is kept, with everything that it refers to, as it is at a moment.
Nothing else decides it: filters, benefits, surveys, alerts and offers all ask here."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import FromClause, Select, Table, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.domain.catalogue import CATALOGUE
from kequn.domain.moments import Distance, Span
from kequn.domain.problems import Code, refuse
from kequn.store import kept, tables
from kequn.store.kept import Trees
from kequn.store.rows import table
from kequn.store.scope import Scope
from kequn.store.where import Relative, Where, live, translate

_segments: Table = tables.Segment.__table__  # type: ignore[attr-defined]
_tenants: Table = tables.Tenant.__table__  # type: ignore[attr-defined]
LARGEST = 200
"""So many conditions at most, with those of the segments that a tree refers to."""


@dataclass(frozen=True)
class Known:
    """All `trees` that a tenant keeps, archived ones too: who refers to one goes on to mean the same. `zone`: where its
    days begin and end."""

    trees: Trees
    zone: ZoneInfo


def show(where: Where) -> dict[str, Any]:
    return kept.show(where, lambda value: asdict(cast(Distance, value)))


def read(plain: Mapping[str, Any]) -> Where:
    return kept.read(plain, _distance)


def _distance(plain: Mapping[str, Any]) -> Relative:
    return Distance(Span(**plain["ago"]), Span(**plain["ahead"]), plain["day"])


async def known(session: AsyncSession, scope: Scope) -> Known:
    both = _tenants.outerjoin(_segments, _segments.c.tenant_id == _tenants.c.id)
    query = select(_tenants.c.time_zone, _segments.c.id, _segments.c.tree).select_from(both)
    found = (await session.execute(query.where(_tenants.c.id == scope.tenant))).all()
    trees = {id: read(tree) for _, id, tree in found if id is not None}
    return Known(trees, ZoneInfo(found[0].time_zone))


def unfold(where: Where, known: Known, now: datetime, *path: str) -> Where:
    """The tree without references, as it is `now`. Raises Refused for a segment that is not there, and for more
    conditions than a statement should have."""
    try:
        whole = kept.unfold(where, known.trees, now.astimezone(known.zone))
    except KeyError:
        raise refuse(Code.UNKNOWN_SEGMENT, *path) from None
    except OverflowError:
        raise refuse(Code.BAD_DATE, *path) from None
    if kept.size(whole) > LARGEST:
        raise refuse(Code.TOO_MANY_CONDITIONS, *path, limit=LARGEST)
    return whole


async def condition(session: AsyncSession, scope: Scope, id: UUID, now: datetime) -> Where:
    """What holds for the customers of a segment. Raises Refused."""
    there = await known(session, scope)
    if id not in there.trees:
        raise refuse(Code.UNKNOWN_SEGMENT, "id")
    return unfold(there.trees[id], there, now)


async def members(session: AsyncSession, scope: Scope, id: UUID, now: datetime) -> Select[tuple[UUID]]:
    """The ids of the customers that are in a segment `now`, to be executed or to stand in `IN`. Raises Refused."""
    return among(await condition(session, scope, id, now), scope)


def among(where: Where, scope: Scope) -> Select[tuple[UUID]]:
    """The ids of the live customers for whom this holds."""
    customers = table(Kind.CUSTOMER).alias()
    return select(customers.c.id).where(
        customers.c.tenant_id == scope.tenant, live(customers), said(where, customers, scope)
    )


def said(where: Where, customers: FromClause, scope: Scope) -> Any:
    return translate(where, Kind.CUSTOMER.value, customers, CATALOGUE, scope)
