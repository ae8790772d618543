"""A small world for tests of the engine: memory CRMs with people in them, one kequn beside them, and a clock that moves
when told to. `crash` drops everything that kequn holds in memory; what is in the database and in the CRMs stays."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import InitVar, dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from kequn.clock import ManualClock, SeededRandom, uuid7
from kequn.contracts.records import FIELDS, Kind, Ref
from kequn.contracts.secrets import Keyring
from kequn.store import conflicts, hints, rows
from kequn.store.conflicts import Conflict
from kequn.store.database import Database
from kequn.store.hints import Look
from kequn.store.journal import Cause, Entry
from kequn.store.journal import read as read_journal
from kequn.store.ledger import Edit, Ledger
from kequn.store.links import Link, Tombstone, of_rows, tombstones
from kequn.store.rows import Row
from kequn.store.scope import Actor, Role, Scope
from kequn.store.tables import Connection, Cursor, Hint, Intent, Outbox, Tenant
from kequn.store.values import Fact
from kequn.store.vault import Vault
from kequn.sync.conflicts import settle
from kequn.sync.engine import Engine, Outcome
from kequn.sync.policy import Policy
from kequn.sync.policy import read as read_policy
from kequn.sync.remote import Remote
from kequn.sync.revise import revise
from kequn.sync.rules import read as read_rules
from kequn.testing.memory import Book, Faults, MemoryCrm, Options, People, Write
from kequn.testing.memory.sheet import KINDS

T = TypeVar("T")

EVERYTHING = {kind.value: {"create": "always", "delete": "propagate"} for kind in Kind if kind is not Kind.STAFF}
"""A policy under which records travel everywhere, and so do deletes."""


class Crash(BaseException):
    """kequn ends here, as a process that is killed."""


@dataclass
class Site:
    """One CRM: its records, the people in it, and kequn's connection to it."""

    name: str
    id: UUID
    book: Book
    people: People
    crm: MemoryCrm
    policy: Mapping[str, Any]
    past: list[Write] = field(default_factory=list)

    @property
    def writes(self) -> list[Write]:
        """Every change that was carried out for kequn, by this connection and those before a crash."""
        return [*self.past, *self.crm.writes]

    def ref(self, object: str, id: str) -> Ref:
        return Ref(KINDS[object], object, id)

    def person(self, name: str, **fields: Any) -> str:
        """Somebody in this CRM creates a customer."""
        return self.people.create("people", {"name": name, **fields})

    def shows(self, id: str, object: str = "people") -> Mapping[str, Any]:
        """The record as it stands in the CRM."""
        return self.people.read(object)[id]


@dataclass
class World:
    """Everything. Made by `build`."""

    url: str
    clock: ManualClock = field(default_factory=ManualClock)
    random: SeededRandom = field(default_factory=lambda: SeededRandom(3))
    sites: dict[str, Site] = field(default_factory=dict)
    scope: Scope = field(default_factory=lambda: Scope(UUID(int=0)))
    crashes: int = 0
    rules: Mapping[str, Any] = field(default_factory=dict)
    database: Database = field(init=False)
    opened: InitVar[Database | None] = None

    def __post_init__(self, opened: Database | None) -> None:
        self.database = opened if opened is not None else Database(self.url)
        self._start()

    def _start(self) -> None:
        self.ledger = Ledger(Vault(Keyring([bytes(range(32))], self.random)), self.clock, self.random)
        worker = f"worker {self.crashes}"
        self.engine = Engine(self.database, self.ledger, self.clock, worker, lambda other: other != worker)

    async def open(self) -> None:
        async with self.database.reading() as session:
            self.scope = Scope((await session.execute(select(Tenant.id))).scalar_one())

    async def close(self) -> None:
        await self.database.close()

    async def crash(self) -> None:
        """The process is gone; another one starts on the same file. The CRMs have noticed nothing."""
        await self.database.close()  # every connection ends; the object keeps nothing but compiled statements
        self.crashes += 1
        self._start()
        for site in self.sites.values():
            site.past += site.crm.writes
            site.crm = MemoryCrm(site.book, Faults(self.random, site.crm.faults.probability))

    # -- CRMs ---------------------------------------------------------------------------------------------------------

    async def add(self, name: str, options: Options | None = None, policy: Mapping[str, Any] | None = None) -> Site:
        """Connect one more CRM, which is empty."""
        book = Book(self.clock, options)
        site = Site(
            name,
            uuid7(self.clock, self.random),
            book,
            People(book),
            MemoryCrm(book, Faults(self.random)),
            EVERYTHING if policy is None else policy,
        )
        async with self.database.writing() as session:
            now = self.clock.now()
            row = Connection(tenant_id=self.scope.tenant, id=site.id, name=name, plugin="memory", created_at=now)
            session.add(row)
        self.sites[name] = site
        return site

    def remote(self, site: Site) -> Remote:
        return Remote(site.id, site.name, self.scope, site.crm, self._policy(site.policy))

    def _policy(self, plain: Mapping[str, Any]) -> Policy:
        return read_policy(plain, read_rules(self.rules))

    async def revise(self, site: Site, policy: Mapping[str, Any]) -> None:
        """Somebody gives the connection another policy."""
        old, site.policy = site.policy, policy
        async with self.writing() as session:
            await revise(session, self.scope, site.id, self._policy(old), self._policy(policy), self.clock)

    async def sync(self, site: Site, **how: Any) -> Outcome:
        """One run of one connection."""
        self.clock.move(1)
        return await self.engine.sync(self.remote(site), **how)

    async def round(self) -> list[Outcome]:
        """One run of each connection, an hour after the last: whatever waits is due."""
        self.clock.move(3700)
        return [await self.sync(site) for site in self.sites.values()]

    async def calm(self, rounds: int = 3) -> list[Outcome]:
        """So many rounds, all of which must be done."""
        outcomes = [outcome for _ in range(rounds) for outcome in await self.round()]
        assert [outcome.message for outcome in outcomes if outcome.state != "done"] == []
        return outcomes

    # -- kequn --------------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        async with self.database.writing() as session:
            await self.database.alone(session, self.scope.tenant)
            yield session

    async def create(self, kind: Kind, **facts: Fact) -> UUID:
        """A person creates a row in kequn."""
        empty: dict[str, Any] = {name: spec.empty for name, spec in FIELDS[kind].items()}
        given: dict[str, Fact] = {"type": "person"} if kind is Kind.CUSTOMER else {}
        row = Row(kind, self.ledger.new_id(), {**empty, **given, **facts})
        await self._write(Edit(None, row, Cause("person", "somebody")))
        return row.id

    async def edit(self, kind: Kind, id: UUID, **facts: Fact) -> None:
        """A person edits a row in kequn."""
        await self._change(kind, id, lambda row: replace(row, facts={**row.facts, **facts}))

    async def delete(self, kind: Kind, id: UUID) -> None:
        """A person deletes a row; a customer leaves its groups with it."""
        for member, row in (await self.rows(Kind.MEMBERSHIP)).items() if kind is Kind.CUSTOMER else ():
            if row.facts["customer"] == id:
                await self.delete(Kind.MEMBERSHIP, member)
        await self._change(kind, id, lambda row: replace(row, deleted_at=self.clock.now()))

    async def restore(self, kind: Kind, id: UUID) -> None:
        await self._change(kind, id, lambda row: replace(row, deleted_at=None))

    async def _change(self, kind: Kind, id: UUID, how: Callable[[Row], Row]) -> None:
        self.clock.move(0.01)  # ids sort by the millisecond
        async with self.writing() as session:
            row = (await rows.load(session, self.scope, kind, [id], lock=True))[id]
            await self.ledger.write(session, self.scope, [Edit(row, how(row), Cause("person", "somebody"))])

    async def _write(self, edit: Edit) -> None:
        async with self.writing() as session:
            await self.ledger.write(session, self.scope, [edit])

    async def rows(self, kind: Kind, *, dead: bool = False) -> dict[UUID, Row]:
        """The live rows (`dead`: all)."""
        async with self.database.reading() as session:
            table = rows.table(kind)
            ids = (await session.execute(select(table.c.id).where(table.c.tenant_id == self.scope.tenant))).scalars()
            found = await rows.load(session, self.scope, kind, list(ids))
        return {id: row for id, row in sorted(found.items()) if dead or row.live}

    async def the_row(self, kind: Kind = Kind.CUSTOMER) -> Row:
        [row] = (await self.rows(kind)).values()
        return row

    async def conflicts(self, *, open_only: bool = True) -> list[Conflict]:
        async with self.database.reading() as session:
            found = await conflicts.load(session, self.scope, self.ledger.vault)
        return [conflict for conflict in found if conflict.state == "open" or not open_only]

    async def settle(self, conflict: UUID, choice: str, value: Fact = None) -> None:
        """A person answers."""
        async with self.writing() as session:
            actor = Actor(self.scope.tenant, Role.OPERATOR, "somebody")
            await settle(session, self.ledger, actor, conflict, choice, value)

    async def links(self, site: Site) -> list[Link]:
        async with self.database.reading() as session:
            ids = [row for kind in Kind for row in await self.rows(kind, dead=True)]
            return await of_rows(session, self.scope, self.ledger.vault, site.id, ids)

    async def stones(self, site: Site) -> list[Tombstone]:
        async with self.database.reading() as session:
            ids = [row for kind in Kind for row in await self.rows(kind, dead=True)]
            return await tombstones(session, self.scope, self.ledger.vault, site.id, row_ids=ids)

    async def history(self, id: UUID) -> list[Entry]:
        async with self.database.reading() as session:
            return await read_journal(session, self.scope, self.ledger.vault, [id])

    async def outbox(self) -> list[Outbox]:
        async with self.database.reading() as session:
            return list((await session.execute(select(Outbox))).scalars())

    async def hints(self) -> list[Hint]:
        async with self.database.reading() as session:
            return list((await session.execute(select(Hint))).scalars())

    async def intents(self) -> list[Intent]:
        async with self.database.reading() as session:
            return list((await session.execute(select(Intent))).scalars())

    async def hint(self, site: Site, object: str, id: str, kind: Kind = Kind.CUSTOMER) -> None:
        """A webhook says: look there."""
        async with self.writing() as session:
            look = Look(object, id, kind, "WEBHOOK")
            await hints.note(session, self.scope, site.id, [look], self.clock.now())

    async def forget_cursors(self, site: Site) -> None:
        """Everything is read again, as from an old backup."""
        async with self.writing() as session:
            await session.execute(delete(Cursor).where(col(Cursor.connection_id) == site.id))


@dataclass(frozen=True)
class Snapshot:
    """A world at one moment, to start from again and again. The database is copied by whoever thaws it."""

    state: tuple[ManualClock, SeededRandom, dict[str, Site], Scope, int]

    @classmethod
    def of(cls, world: World) -> "Snapshot":
        return cls(deepcopy((world.clock, world.random, world.sites, world.scope, world.crashes)))

    def thaw(self, url: str, opened: Database | None = None) -> World:
        """`opened`: the database, if one is open already; it keeps the statements that it has compiled."""
        return World(url, *deepcopy(self.state), opened=opened)


@asynccontextmanager
async def build(url: str, *names: str, opened: Database | None = None) -> AsyncIterator[World]:
    """A world on a migrated database, with a CRM of each name."""
    world = World(url, opened=opened)
    await world.open()
    for name in names:
        await world.add(name)
    try:
        yield world
    finally:
        await world.close()


def copy_of(template: Path, folder: Path, name: str) -> str:
    """The URL of a fresh SQLite database."""
    path = folder / f"{name}.db"
    path.write_bytes(template.read_bytes())
    return f"sqlite+aiosqlite:///{path}"


class Runner:
    """Runs coroutines from a test that is no coroutine itself, all on one loop."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()

    def __call__(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    def close(self) -> None:
        self._runner.close()
