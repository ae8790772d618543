"""The words in which rows are searched: pairs of letters, so that two Chinese characters are enough. Beside the table
each database has an index of its own over it: SQLite an FTS5 table that triggers keep, PostgreSQL a GIN index. What
PostgreSQL writes there waits in a list until 64 kB of it can be sorted in at once, which takes a sixth of the time; to
read so short a list costs a search nothing that can be measured."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import DDL, BigInteger, Integer, Table, UniqueConstraint, event
from sqlmodel import Field, SQLModel

INDEX = "search_index"
NUMBER = BigInteger().with_variant(Integer(), "sqlite")  # by its name SQLite knows what it numbers rows with
_LETTERS = "string_to_array(grams, ' ')"
_OUT = f"INSERT INTO {INDEX}({INDEX}, rowid, grams) VALUES ('delete', old.number, old.grams);"  # noqa: S608
_IN = f"INSERT INTO {INDEX}(rowid, grams) VALUES (new.number, new.grams);"  # noqa: S608
CREATE: Mapping[str, Sequence[str]] = {
    "sqlite": (
        f"CREATE VIRTUAL TABLE {INDEX} USING fts5(grams, content='', detail=none, columnsize=0, tokenize='ascii')",
        f"CREATE TRIGGER {INDEX}_in AFTER INSERT ON search_text BEGIN {_IN} END",
        f"CREATE TRIGGER {INDEX}_out AFTER DELETE ON search_text BEGIN {_OUT} END",
        f"CREATE TRIGGER {INDEX}_changed AFTER UPDATE OF grams ON search_text BEGIN {_OUT} {_IN} END",
    ),
    "postgresql": (f"CREATE INDEX {INDEX} ON search_text USING gin (({_LETTERS})) WITH (gin_pending_list_limit = 64)",),
}
"""What alembic cannot make of the table below; `python -m migrations initial` copies it into the first migration."""


class SearchText(SQLModel, table=True):
    """What can be found of a row. `number` is a digest of tenant and row; `grams`: see kequn.store.search."""

    __tablename__ = "search_text"
    __table_args__ = (UniqueConstraint("tenant_id", "row_id"),)

    number: int = Field(primary_key=True, sa_type=NUMBER, sa_column_kwargs={"autoincrement": False})
    tenant_id: UUID = Field(foreign_key="tenant.id")
    row_id: UUID
    grams: str


_table: Table = SearchText.__table__  # type: ignore[attr-defined]
_ddl: Any = DDL  # has no types
for _dialect, _statements in CREATE.items():
    for _statement in _statements:
        event.listen(_table, "after_create", _ddl(_statement).execute_if(dialect=_dialect))
event.listen(_table, "before_drop", _ddl(f"DROP TABLE {INDEX}").execute_if(dialect="sqlite"))
