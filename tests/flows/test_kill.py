"""`kill -9` of `kequn sync run`, at twenty moments drawn by chance, while people edit on both sides. After a last run
both sides hold the same, and nobody stands anywhere twice."""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import plugins.zoho
from cli import stage
from cli.installation import Installation
from cli.people import Beside
from cli.stage import Crm
from kequn.clock import SeededRandom
from kequn.contracts.emulator import EmulatorOptions
from kequn.domain import customers
from kequn.domain.editing import Desk
from kequn.store.scope import Actor, Role
from kequn.store.tables import Customer, Run
from kequn.testing.emulator import serve

pytestmark = pytest.mark.anyio
PROGRAM = str(Path(sys.executable).with_name("kequn"))
ROUNDS = 20


class Strike:
    """The CRM, which kills its client at its n-th request: before it reads it, or once it has done what was asked and
    before it answers."""

    def __init__(self, app: ASGIApp) -> None:
        self.left = 0
        self.after = False
        self.process: subprocess.Popen[bytes] | None = None
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.left -= 1
        strikes = self.left == 0 and self.process is not None
        if strikes and not self.after:
            self._kill()
            return

        async def send_or_strike(message: Message) -> None:
            if strikes:
                self._kill()
            await send(message)

        await self._app(scope, receive, send_or_strike)

    def _kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)


class Town:
    """A kequn whose runs are processes of their own, and its CRM."""

    def __init__(self, here: Installation, crm: Crm, strike: Strike) -> None:
        self.here, self.crm = here, crm
        self._strike = strike
        key = here.settings.secret_key
        assert key is not None
        plain = {name: value for name, value in os.environ.items() if not name.startswith("KEQUN_")}
        ours = {"KEQUN_DATABASE_URL": here.settings.database_url, "KEQUN_SECRET_KEY": key.reveal()}
        self._environment = {**plain, **ours}

    def run(self, kill_at: int = 0, *, after: bool = False) -> int:
        """The exit status of `kequn sync run`; -9 when it was killed."""
        with subprocess.Popen([PROGRAM, "sync", "run", "--json"], env=self._environment, stdout=subprocess.PIPE) as run:
            self._strike.process, self._strike.left, self._strike.after = run, kill_at, after
            run.communicate()
        self._strike.process = None
        return run.returncode


@pytest.fixture
async def town(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Town]:
    emulator = plugins.zoho.emulate(EmulatorOptions(random=SeededRandom(1), seed=1, records=30))
    strike = Strike(emulator.app)
    with serve(strike) as url:
        crm = Crm("zoho", emulator, Beside(emulator.app), url)
        async with stage.installed(tmp_path, stage.built_in_alone(), [crm]) as here:
            yield Town(here, crm, strike)


async def enter(here: Installation, number: int) -> None:
    """Somebody adds a customer in kequn."""
    async with here.database.writing() as session:
        desk = Desk(session, Actor(here.scope.tenant, Role.OPERATOR, "ops"), here.ledger)
        await customers.create(desk, {"type": "person", "name": f"Ours {number}", "last_name": f"Ours {number}"})


def work_there(crm: Crm, number: int) -> None:
    """Somebody adds a contact in the CRM, and edits another."""
    people = crm.emulator.people
    people.create("Contacts", {"Last_Name": f"Theirs {number}"})
    people.edit("Contacts", min(people.read("Contacts")), {"Mailing_City": f"City {number}"})


async def here_by_name(here: Installation) -> list[tuple[str | None, str | None]]:
    query = select(Customer.last_name, Customer.city).where(
        col(Customer.type) == "person", col(Customer.deleted_at).is_(None)
    )
    async with here.database.reading() as session:
        return sorted(((name, city) for name, city in await session.execute(query)), key=str)


def there_by_name(entries: Mapping[str, Mapping[str, Any]]) -> list[tuple[str | None, str | None]]:
    return sorted(((entry["Last_Name"], entry["Mailing_City"]) for entry in entries.values()), key=str)


async def test_twenty_kills_lose_nothing_and_double_nothing(town: Town) -> None:
    chance, ends = SeededRandom(20), []
    for number in range(ROUNDS):
        await enter(town.here, number)
        work_there(town.crm, number)
        ends.append(town.run(kill_at=1 + int(chance.fraction() * 30), after=chance.fraction() < 0.5))
    assert ends.count(-signal.SIGKILL) >= ROUNDS // 2, ends
    assert [town.run(), town.run()] == [0, 0]
    there = there_by_name(town.crm.emulator.people.read("Contacts"))
    assert await here_by_name(town.here) == there
    assert len(there) == 30 + 2 * ROUNDS
    assert len({name for name, _ in there if str(name).startswith(("Ours", "Theirs"))}) == 2 * ROUNDS
    async with town.here.database.reading() as session:
        lost = (await session.execute(select(Run.id).where(col(Run.code) == "LOST"))).all()
    assert len(lost) == ends.count(-signal.SIGKILL)
