"""Crashes at chosen points: before the k-th statement, commit or request of a run, and after the k-th request was
carried out but before its answer is seen."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from kequn.store.database import Database
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

    def listen(self, database: Database) -> None:
        """From now on every statement and commit counts."""
        event.listen(database.engine.sync_engine, "before_cursor_execute", self._statement)
        event.listen(database.engine.sync_engine, "commit", self._commit)

    def deaf(self, database: Database) -> None:
        event.remove(database.engine.sync_engine, "before_cursor_execute", self._statement)
        event.remove(database.engine.sync_engine, "commit", self._commit)

    def _statement(self, *given: Any) -> None:
        self.touch(f"before {given[2][:60]!r}")

    def _commit(self, _: Any) -> None:
        self.touch("before COMMIT")

    @contextmanager
    def across(self, world: World) -> Iterator[None]:
        """Every statement and request of `world`, as long as the block lasts."""

        async def before(request: str, object: str) -> None:
            self.touch(f"before {request} {object}")

        async def after(request: str, object: str) -> None:
            self.touch(f"after {request} {object}")

        self.listen(world.database)
        for site in world.sites.values():
            site.crm.faults.before(before)
            site.crm.faults.after(after)
        try:
            yield
        finally:
            self.deaf(world.database)
            for site in world.sites.values():
                site.crm.faults.before(None)
                site.crm.faults.after(None)
