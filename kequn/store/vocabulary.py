"""The words that a tenant's rows use in a field which has no fixed list of values: of those rows that are seen.
Reads only."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.store.expressions import by_letter
from kequn.store.rows import table
from kequn.store.scope import Scope
from kequn.store.sight import Known, seen
from kequn.store.where import live

MOST = 200


async def used(
    session: AsyncSession, scope: Scope, catalogue: Mapping[str, Known], kind: Kind, field: str
) -> Sequence[str]:
    return list((await session.execute(query(scope, catalogue, kind, field))).scalars())


def query(scope: Scope, catalogue: Mapping[str, Known], kind: Kind, field: str) -> Select[Any]:
    """The words, in order, the first MOST of them."""
    source = table(kind)
    column = source.c[field]
    here = (source.c.tenant_id == scope.tenant, live(source), seen(kind, source, catalogue, scope))
    inner = select(column).where(*here, column.is_not(None)).distinct().subquery()
    return select(inner.c[field]).order_by(by_letter(inner.c[field])).limit(MOST)
