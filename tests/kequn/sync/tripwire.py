"""Crashes at chosen points: before the k-th statement, commit or request of a run, and after the k-th request was
carried out but before its answer is seen."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from tests.kequn.sync.world import Crash, World


class Tripwire:
    """Counts the points that a run passes, and crashes at number `at` (0: never)."""

    def __init__(self, at: int = 0) -> None:
        self.at = at
        self.passed = 0
        self.last = ""

    def touch(self, what: str) -> None:
        self.passed += 1
        self.last = what
        if self.passed == self.at:
            raise Crash(what)

    @contextmanager
    def across(self, world: World) -> Iterator[None]:
        """Every statement and request of `world`, as long as the block lasts."""
        engine = world.database.engine.sync_engine

        def statement(*given: Any) -> None:
            self.touch(f"before {given[2][:60]!r}")

        def commit(_: Any) -> None:
            self.touch("before COMMIT")

        async def before(request: str, object: str) -> None:
            self.touch(f"before {request} {object}")

        async def after(request: str, object: str) -> None:
            self.touch(f"after {request} {object}")

        event.listen(engine, "before_cursor_execute", statement)
        event.listen(engine, "commit", commit)
        for site in world.sites.values():
            site.crm.faults.before(before)
            site.crm.faults.after(after)
        try:
            yield
        finally:
            event.remove(engine, "before_cursor_execute", statement)
            event.remove(engine, "commit", commit)
            for site in world.sites.values():
                site.crm.faults.before(None)
                site.crm.faults.after(None)
