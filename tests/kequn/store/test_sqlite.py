"""A statement in SQLite's thread, and a loop that does not wait for it."""

import asyncio
import threading

import pytest

from kequn.store import sqlite

LONG = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT count(*) FROM n"


def test_what_is_answered_after_the_loop_has_ended_harms_nobody() -> None:
    """The thread lives on."""
    begun, alive = threading.Event(), threading.Event()
    opened: list[sqlite.Connection] = []

    async def leave() -> None:
        connection = sqlite.connect(":memory:")
        await connection
        opened.append(connection)
        await connection.create_function("begun", 0, begun.set)
        asyncio.get_running_loop().create_task(connection.cursor().execute(f"SELECT begun() IS NULL, ({LONG})"))
        while not begun.is_set():
            await asyncio.sleep(0)

    asyncio.run(leave())
    opened[0]._tx.put_nowait((None, alive.set))
    assert alive.wait(timeout=10)
    opened[0].stop()


def test_a_connection_that_is_stopped_as_the_loop_ends_harms_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLAlchemy stops it so, and waits for nothing, where whoever used it was given up."""
    broken: list[BaseException | None] = []
    monkeypatch.setattr(threading, "excepthook", lambda what: broken.append(what.exc_value))
    held = threading.Event()
    opened: list[sqlite.Connection] = []

    async def leave() -> None:
        connection = sqlite.connect(":memory:")
        await connection
        opened.append(connection)
        connection._tx.put_nowait((None, held.wait))
        connection.stop()

    asyncio.run(leave())
    held.set()
    opened[0]._thread.join(timeout=10)
    assert (opened[0]._thread.is_alive(), broken) == (False, [])


def test_a_connection_that_is_given_up_while_it_opens_harms_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    broken: list[BaseException | None] = []
    monkeypatch.setattr(threading, "excepthook", lambda what: broken.append(what.exc_value))
    held = threading.Event()
    connection = sqlite.connect(":memory:")
    connection._tx.put_nowait((None, held.wait))

    async def leave() -> None:
        opening = asyncio.ensure_future(connection)
        await asyncio.sleep(0)
        opening.cancel()

    asyncio.run(leave())
    held.set()
    connection._thread.join(timeout=10)
    assert (connection._thread.is_alive(), broken) == (False, [])
