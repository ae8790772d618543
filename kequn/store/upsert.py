"""Many rows in one INSERT, new ones or ones that may stand there already: ON CONFLICT, which both databases spell in
the same way through different SQLAlchemy modules. Decides how the values travel; what is written is the caller's."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import JSON, Column, Index, Table, Text, bindparam, cast, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.store.session import Session

FEW = 4
"""So many rows are not worth another statement."""
NUL = "\\u0000"
"""What a CRM says beside our fields may hold it: PostgreSQL keeps it in JSON, but takes no JSON apart that has it."""


async def insert_many(session: AsyncSession, statement: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same columns, by a statement of this module; a key may stand among them once.
    PostgreSQL is given all of them as one JSON text, in one statement: nothing is said faster from here
    (docs/performance.md)."""
    said = _told(rows) if _dialect(session) == "postgresql" and len(rows) > FEW else NUL
    if NUL not in said:
        send = session.send if isinstance(session, Session) else session.execute
        await send(_of_records(statement, tuple(rows[0])), {"said": said})
    elif rows:
        await session.execute(statement, rows)


def _told(rows: Sequence[Mapping[str, Any]]) -> str:
    return orjson.dumps(rows, default=_said, option=orjson.OPT_PASSTHROUGH_DATETIME).decode()


def _said(value: Any) -> str:
    """What JSON has no word for, as PostgreSQL reads it."""
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    if isinstance(value, datetime) and value.tzinfo is None:
        raise TypeError("a time without zone cannot be stored")
    return str(value.isoformat())


@lru_cache(maxsize=256)
def _of_records(statement: Any, names: tuple[str, ...]) -> Any:
    columns: list[Column[Any]] = [statement.table.c[name] for name in names]
    said = func.json_to_recordset(cast(bindparam("said", type_=Text()), JSON()))
    rows = said.table_valued(*columns).render_derived(name="said", with_types=True)
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


def insert_or_change(session: AsyncSession, table: Table, index: Index, *columns: str) -> Any:
    """Insert; where the key is taken in this unique index, perhaps one of some rows alone, set `columns` to the new
    values."""
    dialect = _dialect(session)
    statement = _insert(dialect, table)
    settings = {name: statement.excluded[name] for name in columns}
    of = {"index_elements": list(index.columns), "index_where": index.dialect_options[dialect]["where"]}
    return statement.on_conflict_do_update(**of, set_=settings)


# Each is made once: `excluded` copies every column of the table, and `_of_records` knows a statement by its identity.


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
