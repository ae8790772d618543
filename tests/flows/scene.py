"""A stage of the simulation that may stand on either database, and whose kequn is cut short at a chosen statement,
commit or request. What happens on it stands in scenarios.py; what is right, the judge says."""

import shutil
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import event, select

from kequn.clock import ManualClock, SeededRandom
from kequn.registry import Registry
from kequn.store.database import Database
from kequn.store.tables import metadata
from kequn.testing.simulation.crash import Crash, Trip
from kequn.testing.simulation.dice import Dice
from kequn.testing.simulation.direct import Statements, open_database
from kequn.testing.simulation.history import History
from kequn.testing.simulation.screens import Screens
from kequn.testing.simulation.script import Script
from kequn.testing.simulation.sites import Site
from kequn.testing.simulation.stage import Stage
from tests.databases import PostgreSQL

Work = Callable[["Scene"], Awaitable[None]]
ON_POSTGRESQL = Statements()  # compiled once for all databases


class Knife(Trip):
    """Counts the points that kequn passes, and cuts it off at number `at` (0: never)."""

    def __init__(self) -> None:
        super().__init__(Dice(SeededRandom()), 0.0)
        self.at = 0
        self.passed = 0

    def point(self) -> None:
        if self.armed:
            self.passed += 1
            if self.passed == self.at:
                raise Crash

    @contextmanager
    def watching(self, database: Database) -> Iterator[None]:
        """Every statement and every commit is a point. (What a request has done stands before the next point.)"""
        engine = database.engine.sync_engine

        def struck(*_: Any) -> None:
            self.point()

        for moment in ("before_cursor_execute", "commit"):
            event.listen(engine, moment, struck)
        try:
            yield
        finally:
            for moment in ("before_cursor_execute", "commit"):
                event.remove(engine, moment, struck)


class Place(Protocol):
    """Where databases stand. All by URL."""

    def fresh(self) -> str:
        """An empty one, with its tenant."""

    def copy(self, url: str) -> str:
        """A copy of one that nobody works on just now."""

    def drop(self, url: str) -> None: ...


class Files:
    """SQLite: a file each, in this folder."""

    def __init__(self, template: Path, folder: Path) -> None:
        self._template = template
        self._folder = folder
        self._made = 0

    def fresh(self) -> str:
        return self._copied(self._template)

    def copy(self, url: str) -> str:
        source = Path(url.partition(":///")[2])
        assert not Path(f"{source}-wal").exists()  # whoever closes a database last leaves one file
        return self._copied(source)

    def drop(self, url: str) -> None:
        file = Path(url.partition(":///")[2])
        for left in file.parent.glob(f"{file.name}*"):
            left.unlink()

    def _copied(self, source: Path) -> str:
        self._made += 1
        file = self._folder / f"scene{self._made}.db"
        shutil.copyfile(source, file)
        return f"sqlite+aiosqlite:///{file}"


class Server:
    """PostgreSQL: a database each."""

    def __init__(self, postgresql: PostgreSQL) -> None:
        self._postgresql = postgresql

    def fresh(self) -> str:
        return self._postgresql.create()

    def copy(self, url: str) -> str:
        return self._postgresql.create(url.partition("?")[0].rpartition("/")[2])

    def drop(self, url: str) -> None:
        self._postgresql.remove(url)  # a fork has no part in its parent's spare ones


class Scene(Stage):
    """Built by `await scene.build()`, ended by `await scene.end()`; in between it may be closed, and woken again.
    `last_run`: for those who look back at one."""

    def __init__(self, seed: int, script: Script, registry: Registry, place: Place, clock: ManualClock) -> None:
        super().__init__(script, registry, Path(), History(seed, [], []), clock)
        self.trip: Trip
        self.knife = self.trip = Knife()
        self.last_run: UUID | None = None
        self._place = place
        self._url = place.fresh()
        self._backup: str | None = None

    def opened(self) -> Database:
        if self._url.startswith("sqlite"):
            return open_database(self._url)
        database = Database(self._url)
        database.engine = database.engine.execution_options(compiled_cache=ON_POSTGRESQL)
        return database

    @property
    def url(self) -> str:
        return self._url

    @property
    def here(self) -> Site:
        """kequn, where people work too."""
        return self.people.sites[0]

    def crm(self, number: int = 0) -> Screens:
        site = self.people.sites[1 + number]
        assert isinstance(site, Screens)
        return site

    async def wake(self, url: str) -> None:
        """kequn starts on this database."""
        self._url = url
        await self._open()
        await self.restart()

    async def end(self) -> None:
        await self.close()
        for url in (self._url, self._backup):
            if url:
                self._place.drop(url)

    async def keep_a_backup(self) -> None:
        await self.close()
        self._backup = self._place.copy(self._url)
        await self.wake(self._url)

    async def put_the_backup_in_place(self) -> None:
        assert self._backup
        await self.close()
        self._place.drop(self._url)
        await self.wake(self._backup)
        self._backup = None
        self.listening.clear()

    async def attempt(self, work: Work) -> bool:
        """Under the knife. False: kequn was cut off, and has been started anew."""
        self.knife.armed = True
        try:
            with self.knife.watching(self.database):
                await work(self)
            return True
        except Crash:
            await self.restart()
            return False
        finally:
            self.knife.armed, self.weather.window = False, None

    async def left_behind(self) -> str:
        """A digest of all that outlives a crash."""
        async with self.database.reading() as session:
            found = [(await session.execute(select(table))).all() for table in metadata.sorted_tables]
        asked = [len(emulator.requests) for emulator in self.emulators.values()]
        return sha256(repr(([sorted(map(repr, some)) for some in found], asked)).encode()).hexdigest()
