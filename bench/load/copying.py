"""What a load leaves behind, copied: the least that PostgreSQL needs for the same rows in the same tables with the same
indexes, when nobody decides, seals, asks or merges anything. Nothing that writes these rows can be faster."""

import tempfile
import time
from pathlib import Path

import psycopg
from psycopg import sql

from kequn.store import tables


def copied(source: str, target: str) -> float:
    """Seconds of `COPY ... FROM` for every table, parents first, one transaction. Both URLs are PostgreSQL's own;
    `target` has the tables and no rows but those of its own beginnings, which are removed."""
    names = [table.name for table in tables.metadata.sorted_tables]
    with tempfile.TemporaryDirectory() as folder:
        with psycopg.connect(source) as connection:
            for name in names:
                _out(connection, name, Path(folder, name))
        with psycopg.connect(target) as connection:
            every = sql.SQL(", ").join(map(sql.Identifier, names))
            connection.execute(sql.SQL("TRUNCATE {}").format(every))
            connection.commit()
            began = time.perf_counter()
            for name in names:
                _in(connection, name, Path(folder, name))
            connection.commit()
            return time.perf_counter() - began


def _out(connection: psycopg.Connection, name: str, file: Path) -> None:
    command = sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(sql.Identifier(name))
    with file.open("wb") as out, connection.cursor().copy(command) as rows:
        for block in rows:
            out.write(block)


def _in(connection: psycopg.Connection, name: str, file: Path) -> None:
    command = sql.SQL("COPY {} FROM STDIN (FORMAT binary)").format(sql.Identifier(name))
    with file.open("rb") as given, connection.cursor().copy(command) as rows:
        while block := given.read(1 << 16):
            rows.write(block)
