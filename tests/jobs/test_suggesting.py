"""Duplicates after a sync: found without being asked for, not too often, and never in the way of the run."""

import pytest
from sqlmodel import col, select

from jobs.suggesting import PAUSE_SECONDS, Suggesting
from kequn.clock import ManualClock, SeededRandom
from kequn.contracts.records import Kind
from kequn.contracts.secrets import Keyring, new_key
from kequn.log import EventLog
from kequn.store.database import Database
from kequn.store.journal import Cause
from kequn.store.ledger import Edit, Ledger
from kequn.store.rows import Row
from kequn.store.scope import Scope
from kequn.store.tables import Duplicate
from kequn.store.vault import Vault

pytestmark = pytest.mark.anyio


class Notes(EventLog):
    """A log that remembers its warnings."""

    def __init__(self) -> None:
        super().__init__()
        self.warnings: list[str] = []

    def warning(self, event: str, **facts: object) -> None:
        self.warnings.append(event)


@pytest.fixture
def ledger() -> Ledger:
    return Ledger(Vault(Keyring.parse(new_key(SeededRandom(4)), SeededRandom(3))), ManualClock(), SeededRandom(3))


async def add(database: Database, scope: Scope, ledger: Ledger, name: str) -> None:
    row = Row(Kind.CUSTOMER, ledger.new_id(), {"type": "person", "name": name, "email": "same@example.com"})
    async with database.writing() as session:
        await ledger.write(session, scope, [Edit(None, row, Cause("sync", "crm"))])


async def suggested(database: Database) -> int:
    async with database.reading() as session:
        return len((await session.execute(select(col(Duplicate.id)))).all())


async def test_once_in_a_while(database: Database, scope: Scope, ledger: Ledger) -> None:
    suggesting = Suggesting(database, ledger, EventLog())
    clock = ledger.clock
    assert isinstance(clock, ManualClock)
    for name in ("a", "b"):
        await add(database, scope, ledger, name)
    await suggesting.after_run(scope)
    assert await suggested(database) == 1
    await add(database, scope, ledger, "c")
    clock.move(PAUSE_SECONDS - 1)
    await suggesting.after_run(scope)
    assert await suggested(database) == 1
    clock.move(1)
    await suggesting.after_run(scope)
    assert await suggested(database) == 3


async def test_a_search_that_breaks_off_fails_no_run(database: Database, scope: Scope, ledger: Ledger) -> None:
    async with database.writing() as session:
        await (await session.connection()).run_sync(Duplicate.metadata.tables["duplicate"].drop)
    notes = Notes()
    await Suggesting(database, ledger, notes).after_run(scope)
    assert notes.warnings == ["search for duplicates broke off"]
