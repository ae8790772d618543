"""Statements that go straight to the driver: their answers as bytes, failures without values, connections that outlive
both, and nothing written."""

import asyncio
from contextlib import suppress

import pytest
from sqlalchemy import text

from kequn.store.database import Database
from kequn.store.straight import CONNECTIONS, PREPARED, Failed
from tests.working import at_rest

pytestmark = pytest.mark.anyio

LONG = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) || '' FROM n",
    "postgresql": "SELECT pg_sleep(600)::text",
}

END_THE_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def one(database: Database) -> str:
    return "SELECT '[' || CAST(? AS TEXT) || ']'" if database.dialect == "sqlite" else "SELECT '[' || $1::text || ']'"


async def test_an_answer_is_bytes(database: Database) -> None:
    assert await database.straight.ask(one(database), ["茶"]) == "[茶]".encode()
    assert database.straight.asked == 1


async def test_many_at_once_share_the_connections(database: Database) -> None:
    count = 5 * CONNECTIONS[database.dialect]
    answers = await asyncio.gather(*(database.straight.ask(one(database), [str(number)]) for number in range(count)))
    assert answers == [f"[{number}]".encode() for number in range(count)]


async def test_a_failure_tells_no_values_and_is_no_end(database: Database) -> None:
    with pytest.raises(Failed) as failure:
        await database.straight.ask(f"{one(database)} FROM nowhere", ["secret"])
    assert "secret" not in str(failure.value)
    assert await database.straight.ask(one(database), ["1"]) == b"[1]"


async def test_a_value_of_many_megabytes(database: Database) -> None:
    """More than a socket takes at once."""
    assert len(await database.straight.ask(one(database), ["茶" * 2_000_000])) == 6_000_002


async def test_a_connection_that_the_database_ends_is_replaced(database: Database) -> None:
    if database.dialect == "postgresql":
        with pytest.raises(Failed):
            await database.straight.ask("SELECT pg_terminate_backend(pg_backend_pid())::text", [])
        await database.straight.ask("SELECT '1'", [])
        async with database.writing() as session:
            await session.execute(text(END_THE_OTHERS))
        with suppress(Failed):  # the next question may be what finds out
            await database.straight.ask("SELECT '1'", [])
    assert await database.straight.ask(one(database), ["1"]) == b"[1]"


async def test_more_statements_than_a_connection_keeps(database: Database) -> None:
    for number in range(PREPARED + 2):
        assert await database.straight.ask(f"SELECT '{number}'", []) == str(number).encode()


async def test_nothing_can_be_written(database: Database) -> None:
    with pytest.raises(Failed):
        await database.straight.ask("DELETE FROM token", [])


async def test_what_is_given_up_ends_in_the_database(database: Database) -> None:
    """However many: else no connection would be left."""
    for _ in range(CONNECTIONS[database.dialect] + 1):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await database.straight.ask(LONG[database.dialect], [])
    await at_rest(database)
    assert await database.straight.ask(one(database), ["1"]) == b"[1]"


async def test_a_text_that_the_database_does_not_take(database: Database) -> None:
    if database.dialect == "sqlite":
        with pytest.raises(Failed):
            await database.straight.prepare("SELECT " + "(" * 200 + "1" + ")" * 200, [])
    await database.straight.prepare(one(database), ["1"])
    assert database.straight.asked == 0
