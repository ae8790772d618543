"""INSERT ... ON CONFLICT for both databases, which spell it in the same way through different SQLAlchemy modules."""

from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession


def _insert(session: AsyncSession, table: Table) -> Any:
    dialect = session.get_bind().dialect.name
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def insert_new(session: AsyncSession, table: Table) -> Any:
    """Insert; rows whose key is taken stay as they are."""
    return _insert(session, table).on_conflict_do_nothing()


def insert_or_update(session: AsyncSession, table: Table, *columns: str, **expressions: Any) -> Any:
    """Insert; where the primary key is taken set `columns` to the new values, and `expressions` as they say."""
    statement = _insert(session, table)
    settings = {name: statement.excluded[name] for name in columns}
    key = [column.name for column in table.primary_key]
    return statement.on_conflict_do_update(index_elements=key, set_={**settings, **expressions})
