"""Live rows as texts, a column for each field that a sheet may have: what is exported can be brought in again."""

from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind, Money
from kequn.domain.sheets import ends
from kequn.domain.sheets.columns import fields_of
from kequn.store import rows
from kequn.store.rows import table
from kequn.store.scope import Scope
from kequn.store.values import Fact
from kequn.store.where import live

PIECE = 1000


async def texts(session: AsyncSession, scope: Scope, kind: Kind) -> AsyncIterator[list[str]]:
    """The header first, then each row, the oldest first."""
    names = fields_of(kind)
    yield names
    here, last = table(kind), UUID(int=0)
    while True:
        query = select(here.c.id).where(here.c.tenant_id == scope.tenant, live(here), here.c.id > last)
        ids = list((await session.execute(query.order_by(here.c.id).limit(PIECE))).scalars())
        if not ids:
            return
        found = await rows.load(session, scope, kind, ids)
        known = await ends.names(session, scope, kind, [row.facts for row in found.values()])
        for id in ids:
            yield [_text(found[id].facts[name], known) for name in names]
        last = ids[-1]


def _text(fact: Fact, names: dict[UUID, str]) -> str:
    match fact:
        case None:
            return ""
        case bool():
            return "true" if fact else "false"
        case UUID():
            return names.get(fact, "")
        case Money():
            return f"{fact.amount.normalize():f} {fact.currency}"
        case datetime():
            return fact.isoformat()
        case frozenset():
            return ", ".join(sorted(fact))
    return str(fact)
