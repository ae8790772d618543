"""One database, SQLite or PostgreSQL, and its two ways in: `reading` and `writing`. Decides locking and nothing else.

SQLite: WAL; a writer takes its lock at once (BEGIN IMMEDIATE), so that it never reads what another is about to
change; readers are deferred. PostgreSQL: read committed; writers that must not meet take an advisory lock
(`alone`). On both, a statement ends in the database when the task that waits for it is cancelled."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import blake2b
from typing import Any
from uuid import UUID

from sqlalchemy import URL, event, make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from kequn.store.session import Session
from kequn.store.sqlite import connect
from kequn.store.straight import GONE, Straight

WAIT_SECONDS = 30
IDLE = "-c idle_in_transaction_session_timeout=120s"
"""A process that was stopped in a transaction does not hold its locks for ever: the server ends its session."""


def _sqlite(url: URL) -> AsyncEngine:
    engine = create_async_engine(url, connect_args={"timeout": WAIT_SECONDS, "async_creator_fn": connect})

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            f"busy_timeout={WAIT_SECONDS * 1000}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Any) -> None:
        mode = connection.get_execution_options().get("kequn_mode", "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {mode}")

    return engine


def _postgresql(url: URL, pooled: bool) -> AsyncEngine:
    """A plan that is kept was made when the tables were small, and goes on walking all of them once they are large: a
    first load of an empty database meets that. So every statement is planned anew."""
    chosen: dict[str, Any] = {"pool_pre_ping": True} if pooled else {"poolclass": NullPool}
    given = url.query.get("options", "")
    options = " ".join(
        ["-c plan_cache_mode=force_custom_plan", IDLE, GONE, *([given] if isinstance(given, str) else given)]
    ).strip()
    engine = create_async_engine(
        url.set(drivername="postgresql+psycopg").update_query_dict({"options": options}), **chosen
    )

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        from psycopg.types.array import ListBinaryDumper  # not where there is SQLite

        # As text each element of a list would be looked through for what must be quoted: pages are written as lists.
        connection.driver_connection.adapters.register_dumper(list, ListBinaryDumper)

    return engine


async def alone(session: AsyncSession, tenant: UUID) -> None:
    """Wait until no other writer of this tenant that asked for the same is at work; until this transaction ends. Two
    connections that meet the same new customer at once must not both create it, nor two people a group of one name.
    Who locks rows that others lock, too, asks before."""
    if session.get_bind().dialect.name == "postgresql":
        number = int.from_bytes(blake2b(tenant.bytes, digest_size=8).digest(), "big", signed=True)
        await session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


class Database:
    """Open with `Database(url)`, end with `close()`. `url`: sqlite+aiosqlite:///file or postgresql+psycopg://..."""

    def __init__(self, url: str, *, pooled: bool = True) -> None:
        parsed = make_url(url)
        self.dialect = parsed.get_backend_name()
        self.straight = Straight(parsed)
        if self.dialect == "sqlite":
            self.engine = _sqlite(parsed.set(drivername="sqlite+aiosqlite"))
        elif self.dialect == "postgresql":
            self.engine = _postgresql(parsed, pooled)
        else:
            raise ValueError(
                f"{self.dialect} is not supported; use sqlite+aiosqlite:///FILE or postgresql+psycopg://HOST/NAME"
            )

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A transaction that only reads."""
        async with self.engine.connect() as connection:
            if self.dialect == "postgresql":
                await connection.execution_options(postgresql_readonly=True)
            async with AsyncSession(connection, expire_on_commit=False) as session:
                yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """A transaction that writes: committed when the block ends, rolled back when it raises."""
        async with self.engine.connect() as connection:
            if self.dialect == "sqlite":
                await connection.execution_options(kequn_mode="IMMEDIATE")
            async with Session(connection, expire_on_commit=False) as session, session.begin():
                try:
                    yield session
                    await session.arrived()
                finally:
                    await session.at_rest()

    async def alone(self, session: AsyncSession, tenant: UUID) -> None:
        """See `alone`."""
        await alone(session, tenant)

    async def close(self) -> None:
        await self.straight.close()
        await self.engine.dispose()
