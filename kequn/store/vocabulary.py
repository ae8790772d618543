"""The words that a tenant's rows use in a field which has no fixed list of values. Reads only."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.store.expressions import by_letter
from kequn.store.rows import table
from kequn.store.scope import Scope
from kequn.store.where import live

MOST = 200


async def used(session: AsyncSession, scope: Scope, kind: Kind, field: str) -> Sequence[str]:
    return list((await session.execute(query(scope, kind, field))).scalars())


def query(scope: Scope, kind: Kind, field: str) -> Select[Any]:
    """The words, in order, the first MOST of them."""
    source = table(kind)
    column = source.c[field]
    words = select(column).where(source.c.tenant_id == scope.tenant, live(source), column.is_not(None)).distinct()
    inner = words.subquery()
    return select(inner.c[field]).order_by(by_letter(inner.c[field])).limit(MOST)
