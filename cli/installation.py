"""What a command works with: settings, database, keys, plugins and tenant, opened together and closed together.
Decides what is missing, and says what to do about it."""

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

import migrations
from cli import built_in
from cli.lease import kept
from jobs.death import is_dead
from kequn import log
from kequn.clock import Clock, Random, SystemClock, SystemRandom
from kequn.contracts.secrets import Keyring
from kequn.durations import Durations
from kequn.registry import Registry
from kequn.settings import Settings
from kequn.store import tenants
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.scope import Scope
from kequn.store.vault import Vault
from kequn.sync.connect import Switchboard
from kequn.sync.engine import Engine
from kequn.terminal import Failure

FORMS = "it looks like sqlite+aiosqlite:///FILE or postgresql+psycopg://USER@HOST/NAME"
Tenant = Annotated[str | None, typer.Option("--tenant", help="Whose rows; KEQUN_TENANT, or `default`, if left out.")]
Json = Annotated[bool, typer.Option("--json", help="JSON, for machines.")]


@dataclass(frozen=True)
class Installation:
    """Of one tenant. `keyring` is asked for when it is needed: not every command seals."""

    settings: Settings
    database: Database
    registry: Registry
    scope: Scope
    clock: Clock
    random: Random = field(default_factory=SystemRandom)
    durations: Durations = field(default_factory=Durations, compare=False)

    @property
    def keyring(self) -> Keyring:
        return self.settings.keyring(self.random)

    @property
    def ledger(self) -> Ledger:
        return Ledger(Vault(self.keyring), self.clock, self.random)

    @property
    def switchboard(self) -> Switchboard:
        return Switchboard(
            self.database, self.registry, self.keyring, self.clock, self.random, durations=self.durations
        )

    @property
    def engine(self) -> Engine:
        worker = self.settings.worker_id
        keep = partial(kept, self.database, self.clock)
        return Engine(self.database, self.ledger, self.clock, worker, lambda other: is_dead(other, worker), keep)


@asynccontextmanager
async def opened(
    tenant: str | None = None, *, quiet: bool = True, clock: Clock | None = None
) -> AsyncIterator[Installation]:
    """The installation that the environment names. Raises Failure when its database cannot be used. `quiet`: events
    are not written, warnings are."""
    settings = Settings.read()
    level = "warning" if quiet and settings.log_level == "info" else settings.log_level
    log.start(level, sys.stderr, settings.log_format)
    async with database_at(settings.database_url) as database:
        async with database.reading() as session:
            scope = await _scope(session, tenant or settings.tenant)
        yield Installation(settings, database, Registry.load(built_in()), scope, clock or SystemClock())


@asynccontextmanager
async def database_at(url: str) -> AsyncIterator[Database]:
    """A database at the revision of this kequn."""
    revision = await revision_of(url)
    if revision != migrations.head():
        if told := migrations.newer(revision):
            raise Failure(told)
        what = "is empty" if revision is None else f"is at revision {revision}, not at {migrations.head()}"
        raise Failure(f"the database {what}; run `kequn db upgrade` (KEQUN_DATABASE_URL says where it is)")
    database = Database(url)
    try:
        yield database
    finally:
        await database.close()


async def revision_of(url: str) -> str | None:
    """None: there is no database yet, or nothing in it."""
    with reachable(url):
        file = make_url(url).database
        if make_url(url).get_backend_name() == "sqlite" and file and not Path(file).exists():
            return None  # to ask would make the file
        return await migrations.current(url)


@contextmanager
def reachable(url: str) -> Iterator[None]:
    """Turns what goes wrong on the way to a database into one line, without its password."""
    _require_address(url)
    try:
        yield
    except ValueError as error:
        raise Failure(f"the address of the database does not do: {error}") from error
    except (DBAPIError, OSError) as error:
        words = str(getattr(error, "orig", error)).strip().partition("\n")[0]
        where = make_url(url).render_as_string(hide_password=True)
        raise Failure(f"the database {where} cannot be used: {words}") from error


def _require_address(url: str) -> None:
    """Raises Failure. A password that holds an @ is cut in two: the rest of it would be shown as host or port."""
    try:
        address = make_url(url)
        cut = "@" in (address.host or "")
    except ArgumentError:
        raise Failure(f"the address of the database cannot be read; {FORMS}") from None
    except ValueError:  # of the port
        address, cut = make_url("sqlite://"), True
    if cut:
        signs = "its port is a number, and in a password @ is written %40, : %3A and / %2F"
        raise Failure(f"the address of the database cannot be read: {signs}; {FORMS}")
    if (name := address.get_backend_name()) not in ("sqlite", "postgresql"):
        raise Failure(f"the address of the database does not do: {name} is not supported; {FORMS}")


async def _scope(session: AsyncSession, slug: str) -> Scope:
    tenant = await tenants.find(session, slug)
    if tenant is None:
        known = ", ".join(one.slug for one in await tenants.everyone(session))
        raise Failure(f"there is no tenant {slug}; there are: {known}; `kequn tenant add` makes one")
    return Scope(tenant.id)
