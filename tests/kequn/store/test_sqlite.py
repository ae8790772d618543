"""A statement in SQLite's thread, and a loop that does not wait for it."""

import asyncio
import threading

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
