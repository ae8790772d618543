"""What ails a database that refuses to work, in one word of ours: what it says itself quotes statements and values.
Decides nothing about what to do; docs/operating.md says that."""

import sqlite3
import sys

from sqlalchemy.exc import DBAPIError

FULL, LOCKED, AWAY = "DISK_FULL", "DATABASE_LOCKED", "DATABASE_AWAY"
_SQLITE = {
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_BUSY: LOCKED,
    sqlite3.SQLITE_LOCKED: LOCKED,
    sqlite3.SQLITE_IOERR: AWAY,
    sqlite3.SQLITE_CANTOPEN: AWAY,
}
_POSTGRESQL = {"53100": FULL, "55P03": LOCKED, "40P01": LOCKED, "40001": LOCKED}
_GONE = ("08", "53", "57P", "58")
"""Conditions of PostgreSQL, by how their codes begin, under which it is away: no connection, no room for one more, it
stops or starts, its machine fails. (https://www.postgresql.org/docs/current/errcodes-appendix.html)"""


class NoAnswer(Exception):
    """A database has not answered for a while: somebody holds its lock."""


def name(error: BaseException) -> str:
    """DISK_FULL, DATABASE_LOCKED or DATABASE_AWAY; else the type of the error."""
    return word(error) or type(error).__name__


def word(error: BaseException) -> str | None:
    """DISK_FULL, DATABASE_LOCKED or DATABASE_AWAY: it passes. None for anything else."""
    return _of(error.orig if isinstance(error, DBAPIError) and error.orig is not None else error)


def _of(cause: BaseException) -> str | None:
    if isinstance(cause, NoAnswer):
        return LOCKED
    if isinstance(cause, sqlite3.Error):
        return _SQLITE.get(getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF)
    psycopg = sys.modules.get("psycopg")
    if psycopg is None:  # it was never loaded, and so none of its errors was met
        return None
    return _of_state(cause.sqlstate) if isinstance(cause, psycopg.OperationalError) else None


def _of_state(code: str | None) -> str | None:
    """None is what psycopg itself says: nobody answered."""
    if code is None or (code not in _POSTGRESQL and code.startswith(_GONE)):
        return AWAY
    return _POSTGRESQL.get(code)


def too_deep(error: BaseException) -> bool:
    """Whether a statement is nested deeper than the database takes it."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    if isinstance(cause, sqlite3.Error):
        return str(cause).startswith(("parser stack overflow", "Expression tree is too large"))
    psycopg = sys.modules.get("psycopg")
    return psycopg is not None and isinstance(cause, psycopg.errors.StatementTooComplex)
