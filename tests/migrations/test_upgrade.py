"""`db upgrade` on both databases: from nothing, again, and from several processes at once."""

import asyncio
import sys
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

import migrations
from kequn.clock import ManualClock, SeededRandom
from kequn.store import tenants
from kequn.store.database import Database
from kequn.store.tables import metadata

pytestmark = pytest.mark.anyio
ROOT = Path(migrations.__file__).parent.parent

SHAPES = {
    "sqlite": "SELECT tbl_name, sql FROM sqlite_master WHERE name NOT LIKE '%alembic%' AND sql IS NOT NULL",
    "postgresql": """
        SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'
        UNION SELECT conrelid::regclass::text, conname || pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'alembic_version'""",
}


async def upgrade(url: str) -> str:
    return await migrations.upgrade(url, ManualClock(), SeededRandom())


async def tenant_names(url: str) -> list[str]:
    database = Database(url)
    async with database.reading() as session:
        names = [tenant.slug for tenant in await tenants.everyone(session)]
    await database.close()
    return names


async def shape(url: str) -> set[tuple[str, str]]:
    """Constraints and indexes as the database tells them; what the comparison of alembic does not look at is here."""
    database = Database(url)
    async with database.reading() as session:
        rows = (await session.execute(text(SHAPES[database.dialect]))).all()
    await database.close()
    return {(table, " ".join(sorted(definition.replace(",", " ").split()))) for table, definition in rows}


async def test_an_empty_database_becomes_current_with_a_default_tenant(empty_url: str) -> None:
    assert not await migrations.is_current(empty_url)
    assert await upgrade(empty_url) == migrations.head()
    assert await migrations.is_current(empty_url)
    assert await tenant_names(empty_url) == ["default"]


async def test_upgrading_again_changes_nothing(empty_url: str) -> None:
    await upgrade(empty_url)
    before = await shape(empty_url)
    await upgrade(empty_url)
    assert await shape(empty_url) == before
    assert await tenant_names(empty_url) == ["default"]


async def test_the_migrations_make_the_tables_of_the_code(empty_url: str) -> None:
    await upgrade(empty_url)
    assert await migrations.differences(empty_url) == []


async def test_constraints_and_partial_indexes_are_those_of_the_code(empty_url: str) -> None:
    database = Database(empty_url)
    async with database.writing() as session:
        await (await session.connection()).run_sync(metadata.create_all)
    wanted = await shape(empty_url)
    async with database.writing() as session:
        await (await session.connection()).run_sync(metadata.drop_all)
    await database.close()
    await upgrade(empty_url)
    assert await shape(empty_url) == wanted


async def test_a_lost_column_is_noticed(database_url: str) -> None:
    database = Database(database_url)
    async with database.writing() as session:
        await session.execute(text("ALTER TABLE tier DROP COLUMN description"))
    await database.close()
    [difference] = await migrations.differences(database_url)
    assert difference[0] == "add_column"
    assert difference[3].name == "description"


async def test_a_database_of_a_newer_kequn_is_refused(database_url: str) -> None:
    database = Database(database_url)
    async with database.writing() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await database.close()
    with pytest.raises(migrations.UnknownRevision, match="9999"):
        await upgrade(database_url)


async def test_processes_that_upgrade_at_once_all_succeed(empty_url: str) -> None:
    program = (
        "import asyncio, sys, migrations; from kequn.clock import SystemClock, SystemRandom;"
        "asyncio.run(migrations.upgrade(sys.argv[1], SystemClock(), SystemRandom()))"
    )
    command = (sys.executable, "-W", "error", "-c", program, empty_url)
    started = [await asyncio.create_subprocess_exec(*command, cwd=ROOT) for _ in range(3)]
    assert [await process.wait() for process in started] == [0, 0, 0]
    assert await tenant_names(empty_url) == ["default"]


async def test_a_failed_upgrade_leaves_nothing_behind(empty_url: str) -> None:
    database = Database(empty_url)
    async with database.writing() as session:
        await session.execute(text("CREATE TABLE purchase_line (id INTEGER)"))  # the last table to be made is there
    await database.close()
    with pytest.raises(DBAPIError, match="already exists"):
        await upgrade(empty_url)
    assert await migrations.current(empty_url) is None
    assert {table for table, _ in await shape(empty_url)} <= {"purchase_line"}
