"""Loads: page after page of what a CRM can be asked for again. Decides what PostgreSQL is told so that they cost it
less; SQLite needs no telling."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.store import rows, tables
from kequn.store.database import Database
from kequn.store.session import Session

MANY = 200
GROWN = 4
"""So many records are worth a look at their tables, and after that so many times as many."""
_KEPT: Sequence[Table] = [
    tables.Link.__table__,  # type: ignore[attr-defined]
    tables.Tombstone.__table__,  # type: ignore[attr-defined]
    tables.Identity.__table__,  # type: ignore[attr-defined]
    tables.CustomerKey.__table__,  # type: ignore[attr-defined]
]
"""What is written with records of all kinds."""


def reads_ahead(database: Database) -> bool:
    """Whether the next page is asked for while one is written. Who asks a CRM may have to note a token or what is spent
    of a budget, and in SQLite one writes at a time."""
    return database.dialect == "postgresql"


async def hurry(session: AsyncSession) -> None:
    """For the rest of the transaction. The next rows are worked out while some are inserted. Nobody waits for the disk:
    what is lost with the server is read once more, for the cursor is lost with it, and what is waited for later comes
    to the disk after it. And plans are kept: those of foreign keys would be made anew for each row, which is half of
    the server's work."""
    if isinstance(session, Session) and session.get_bind().dialect.name == "postgresql":
        await session.execute(_HURRY)
        session.hurried = True


_HURRY = text("SELECT set_config('synchronous_commit', 'off', true), set_config('plan_cache_mode', 'auto', true)")


@dataclass
class Stock:
    """Of one run: how many records it has brought by kind, and with how many their tables are worth the next look."""

    _brought: Counter[Kind | None] = field(default_factory=Counter)
    _enough: dict[Kind | None, int] = field(default_factory=dict)

    def grown(self, kinds: Iterable[Kind]) -> list[Table]:
        """The tables that have grown fast, now that a record of each of these has come."""
        came = Counter[Kind | None](kinds)
        came[None] = came.total()
        self._brought.update(came)
        due = [kind for kind in came if self._brought[kind] >= self._enough.get(kind, MANY)]
        self._enough |= {kind: self._brought[kind] * GROWN for kind in due}
        return [table for kind in due for table in (_KEPT if kind is None else [rows.table(kind)])]


async def take_stock(database: Database, grown: Sequence[Table]) -> None:
    """Say how full these tables are by now. Of one that nobody has looked at all indexes look alike, and a plan that is
    kept may read all rows of the tenant for each new one."""
    if grown and database.dialect == "postgresql":
        async with database.writing() as session:
            await session.execute(text(f"ANALYZE {', '.join(table.name for table in grown)}"))
