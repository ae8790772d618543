"""Many rows in one INSERT, new ones or ones that may stand there already: ON CONFLICT, which both databases spell in
the same way through different SQLAlchemy modules. Decides how the values travel; what is written is the caller's."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ARRAY, Column, Table, bindparam, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

FEW = 4
"""So many rows are not worth another statement."""


async def insert_many(session: AsyncSession, statement: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same columns, by a statement of this module; a key may stand among them once.
    PostgreSQL is given a list for each column, in one statement: it takes half the time of one statement for each row
    (docs/performance.md)."""
    if _dialect(session) == "postgresql" and len(rows) > FEW:
        names = tuple(rows[0])
        await session.execute(_of_lists(statement, names), {name: [row[name] for row in rows] for name in names})
    elif rows:
        await session.execute(statement, rows)


@lru_cache(maxsize=256)
def _of_lists(statement: Any, names: tuple[str, ...]) -> Any:
    columns: list[Column[Any]] = [statement.table.c[name] for name in names]
    lists = (bindparam(column.name, type_=ARRAY(column.type, dimensions=1)) for column in columns)
    rows = func.unnest(*lists).table_valued(*columns).render_derived(name="given")
    return statement.from_select(list(names), select(*(rows.c[name] for name in names)))


def _insert(dialect: str, table: Table) -> Any:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def _dialect(session: AsyncSession) -> str:
    return session.get_bind().dialect.name


def insert_plain(session: AsyncSession, table: Table) -> Any:
    """Insert rows that do not stand there yet."""
    return _plain(_dialect(session), table)


def insert_new(session: AsyncSession, table: Table) -> Any:
    """Insert; rows whose key is taken stay as they are."""
    return _new(_dialect(session), table)


def insert_or_update(session: AsyncSession, table: Table, *columns: str, **expressions: Any) -> Any:
    """Insert; where the primary key is taken set `columns` to the new values, and `expressions` as they say. Where it
    is often asked for, give the same expressions each time."""
    return _insert_or_update(_dialect(session), table, columns, tuple(expressions.items()))


def insert_or_renew(session: AsyncSession, table: Table, *columns: str) -> Any:
    """Insert; where the primary key is taken set `columns` to the new values. A row that has them already is not
    touched: writing what stands there costs as much as writing something else."""
    return _insert_or_renew(_dialect(session), table, columns)


# Each is made once: `excluded` copies every column of the table, and `_of_lists` knows a statement by its identity.


@lru_cache(maxsize=256)
def _plain(dialect: str, table: Table) -> Any:
    return _insert(dialect, table)


@lru_cache(maxsize=256)
def _new(dialect: str, table: Table) -> Any:
    return _insert(dialect, table).on_conflict_do_nothing()


@lru_cache(maxsize=256)
def _insert_or_update(
    dialect: str, table: Table, columns: tuple[str, ...], expressions: tuple[tuple[str, Any], ...]
) -> Any:
    statement = _insert(dialect, table)
    settings = {name: statement.excluded[name] for name in columns}
    return statement.on_conflict_do_update(index_elements=_key(table), set_={**settings, **dict(expressions)})


@lru_cache(maxsize=256)
def _insert_or_renew(dialect: str, table: Table, columns: tuple[str, ...]) -> Any:
    statement = _insert(dialect, table)
    settings = {name: statement.excluded[name] for name in columns}
    differs = or_(*(table.c[name].is_distinct_from(value) for name, value in settings.items()))
    return statement.on_conflict_do_update(index_elements=_key(table), set_=settings, where=differs)


def _key(table: Table) -> list[str]:
    return [column.name for column in table.primary_key]
