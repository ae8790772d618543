"""From any older database to the present tables, and from the tables to a new migration. Runs on SQLite and PostgreSQL;
decides nothing about what the tables hold, except that there is a tenant `default`. Alembic is loaded when there is
work for it: a server only looks at the revision.

`python -m migrations new "what changed"` writes the next migration from the tables."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, event, inspect, text

from kequn.clock import Clock, Random
from kequn.store import tenants
from kequn.store.database import Database
from kequn.store.tables import metadata
from kequn.store.tables.search import INDEX

if TYPE_CHECKING:
    from alembic.config import Config

HERE = Path(__file__).parent
LOCK = 7_521_634_190_001  # any number, the same in every process that upgrades


def ours(name: str | None, kind: str, _: Any) -> bool:
    """Whether alembic makes it of a table. The index of texts is made by hand, and SQLite's has tables of its own."""
    return kind not in {"table", "index"} or name is None or not name.startswith(INDEX)


COMPARED = {"compare_type": True, "include_name": ours}


class UnknownRevision(Exception):
    """The database was upgraded by a newer kequn. Use that one."""


def config(connection: Connection | None = None) -> "Config":
    """Alembic's settings; there is no alembic.ini."""
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return config


def head() -> str:
    """The newest revision that this kequn knows: they are numbered."""
    return _known()[-1]


def newer(revision: str | None) -> str | None:
    """What to say of a database that a newer kequn has upgraded; None when that is not so."""
    if revision is None or revision in _known():
        return None
    return f"the database is at revision {revision}, which is newer than this kequn (at {head()}); use that kequn"


def _known() -> list[str]:
    return sorted(path.name.partition("_")[0] for path in (HERE / "versions").glob("[0-9]*_*.py"))


async def current(url: str) -> str | None:
    """The revision of a database; None when it was never upgraded."""
    database = Database(url, pooled=False)
    try:
        async with database.engine.connect() as connection:
            return await connection.run_sync(_revision)
    finally:
        await database.close()


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


async def is_current(url: str) -> bool:
    return await current(url) == head()


async def differences(url: str) -> list[Any]:
    """What the next migration would have to change: nothing, when tables and migrations agree."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    database = Database(url, pooled=False)
    try:
        async with database.engine.connect() as connection:
            return await connection.run_sync(
                lambda sync: compare_metadata(MigrationContext.configure(sync, opts=COMPARED), metadata)
            )
    finally:
        await database.close()


async def upgrade(url: str, clock: Clock, chance: Random) -> str:
    """Bring a database to the newest revision in one transaction, and say which that is. Does nothing when it is there
    already. Of several processes that do so at once, one works and the others wait."""
    database = Database(url, pooled=False)
    if database.dialect == "sqlite":
        event.listen(database.engine.sync_engine, "connect", _loosen)
    try:
        async with database.writing() as session:
            if database.dialect == "postgresql":
                await session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": LOCK})
            await (await session.connection()).run_sync(_to_head)
            if await tenants.find(session, tenants.DEFAULT) is None:
                await tenants.create(session, tenants.DEFAULT, clock=clock, chance=chance)
    finally:
        await database.close()
    return head()


def _loosen(connection: Any, _: Any) -> None:
    # A column is altered by copying its table and dropping the old one, which foreign keys would take for deletes.
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys=OFF")
    cursor.close()


def _to_head(connection: Connection) -> None:
    from alembic import command

    revision = _revision(connection)
    if told := newer(revision):
        raise UnknownRevision(told)
    command.upgrade(config(connection), "head")
