"""The notebook of a connection (contracts/host.py): what its plugin has found out about the CRM, by name.
What stands in it is the plugin's business."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Table, bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.store import tables
from kequn.store.database import Database
from kequn.store.scope import Scope
from kequn.store.upsert import insert_or_update

_notes: Table = tables.Note.__table__  # type: ignore[attr-defined]
_KEYS = ("tenant_id", "connection_id", "name")
_READ = select(_notes.c.value).where(*(_notes.c[key] == bindparam(key) for key in _KEYS))


class StoredNotebook:
    """A Notebook. Each method is a short transaction of its own."""

    def __init__(self, database: Database, scope: Scope, connection: UUID) -> None:
        self._database = database
        self._key = {"tenant_id": scope.tenant, "connection_id": connection}

    async def read(self, name: str) -> Mapping[str, Any] | None:
        async with self._database.reading() as session:
            said = await session.execute(_READ, {**self._key, "name": name})
            found: Mapping[str, Any] | None = said.scalar_one_or_none()
        return found

    async def write(self, name: str, value: Mapping[str, Any]) -> None:
        async with self._database.writing() as session:
            note = {**self._key, "name": name, "value": dict(value)}
            await session.execute(insert_or_update(session, _notes, "value"), [note])


async def clear(session: AsyncSession, scope: Scope, connection: UUID) -> None:
    """Of another CRM, or of another person's view of it, something else may be true."""
    await session.execute(delete(_notes).filter_by(tenant_id=scope.tenant, connection_id=connection))
