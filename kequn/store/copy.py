"""All rows of one database into another, empty one: from SQLite to PostgreSQL when one machine is no longer enough, or
back. Both must be at the same revision (`migrations`). Sealed values stay sealed, so the secret key stays the same."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Table, delete, exists, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from kequn.store.database import Database
from kequn.store.tables import Tenant, metadata

BATCH = 1000
_tenants: Table = Tenant.__table__  # type: ignore[attr-defined]


class NotEmpty(ValueError):
    """The database to copy into holds data."""


async def copy(
    source: Database, target: Database, progress: Callable[[str, int], None] | None = None
) -> dict[str, int]:
    """Copy everything, in one transaction at each end, and return the number of rows of each table.
    `progress(table, rows so far)`. Stop the workers first: what they write meanwhile is not copied. Raises NotEmpty."""
    async with _snapshot(source) as reader, target.writing() as session:
        await _clear(session)
        return {table.name: await _copy(reader, session, table, progress) for table in metadata.sorted_tables}


@asynccontextmanager
async def _snapshot(source: Database) -> AsyncIterator[AsyncConnection]:
    """A reader that sees one moment. On SQLite every transaction does."""
    async with source.engine.connect() as connection:
        if source.dialect == "postgresql":
            await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        yield connection


async def _clear(session: AsyncSession) -> None:
    """Drop the tenant that the upgrade of an empty database made; there must be nothing else."""
    for table in metadata.sorted_tables:
        if table is not _tenants and (await session.execute(select(exists(select(table))))).scalar_one():
            raise NotEmpty(f"the database to copy into has rows in {table.name} already; name an empty one")
    await session.execute(delete(_tenants))


async def _copy(
    reader: AsyncConnection, session: AsyncSession, table: Table, progress: Callable[[str, int], None] | None
) -> int:
    done = 0
    async with reader.stream(select(table).order_by(*table.primary_key)) as rows:
        async for batch in rows.mappings().partitions(BATCH):
            columns: list[dict[str, Any]] = [dict(row) for row in batch]
            await session.execute(insert(table), columns)
            done += len(columns)
            if progress:
                progress(table.name, done)
    return done
