"""INSERT ... ON CONFLICT for both databases, which spell it in the same way through different SQLAlchemy modules."""

from functools import lru_cache
from typing import Any

from sqlalchemy import Table, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession


def _insert(dialect: str, table: Table) -> Any:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def _dialect(session: AsyncSession) -> str:
    return session.get_bind().dialect.name


def insert_new(session: AsyncSession, table: Table) -> Any:
    """Insert; rows whose key is taken stay as they are."""
    return _insert(_dialect(session), table).on_conflict_do_nothing()


def insert_or_update(session: AsyncSession, table: Table, *columns: str, **expressions: Any) -> Any:
    """Insert; where the primary key is taken set `columns` to the new values, and `expressions` as they say. Where it
    is often asked for, give the same expressions each time."""
    return _insert_or_update(_dialect(session), table, columns, tuple(expressions.items()))


@lru_cache(maxsize=256)
def _insert_or_update(
    dialect: str, table: Table, columns: tuple[str, ...], expressions: tuple[tuple[str, Any], ...]
) -> Any:
    """Made once: `excluded` copies every column of the table."""
    statement = _insert(dialect, table)
    settings = {name: statement.excluded[name] for name in columns}
    key = [column.name for column in table.primary_key]
    return statement.on_conflict_do_update(index_elements=key, set_={**settings, **dict(expressions)})


def insert_or_renew(session: AsyncSession, table: Table, *columns: str) -> Any:
    """Insert; where the primary key is taken set `columns` to the new values. A row that has them already is not
    touched: writing what stands there costs as much as writing something else."""
    statement = _insert(_dialect(session), table)
    settings = {name: statement.excluded[name] for name in columns}
    differs = or_(*(table.c[name].is_distinct_from(value) for name, value in settings.items()))
    key = [column.name for column in table.primary_key]
    return statement.on_conflict_do_update(index_elements=key, set_=settings, where=differs)
