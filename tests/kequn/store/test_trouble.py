"""What ails a database, by what it says."""

import psycopg
import pytest
from psycopg.errors import (
    AdminShutdown,
    CannotConnectNow,
    ConnectionFailure,
    DeadlockDetected,
    DiskFull,
    InvalidCatalogName,
    IoError,
    LockNotAvailable,
    QueryCanceled,
    SerializationFailure,
    StatementTooComplex,
    TooManyConnections,
    UniqueViolation,
)
from sqlalchemy.exc import OperationalError

from kequn.store.trouble import AWAY, FULL, LOCKED, name, word


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (psycopg.OperationalError("server closed the connection unexpectedly"), AWAY),
        *((kind(), AWAY) for kind in (AdminShutdown, CannotConnectNow, ConnectionFailure, IoError, TooManyConnections)),
        (DiskFull(), FULL),
        *((kind(), LOCKED) for kind in (LockNotAvailable, DeadlockDetected, SerializationFailure)),
        *((kind(), None) for kind in (QueryCanceled, InvalidCatalogName, StatementTooComplex, UniqueViolation)),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, Exception) else one,
)
def test_what_passes_has_a_word(error: Exception, said: str | None) -> None:
    assert word(error) == word(OperationalError("SELECT", {}, error)) == said
    assert name(error) == (said or type(error).__name__)
