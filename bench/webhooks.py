"""A burst of webhooks against a real `kequn serve`: 2,000 in ten seconds, three in ten of them doubles, sent when their
time has come whether or not the ones before were answered. `python -m bench.webhooks`: how long they took to be
acknowledged, how long until kequn had read everything, and whether anything was lost or stands twice."""

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson
from sqlalchemy import Table, func, select

from bench import postgresql
from cli import stage
from cli.installation import Installation
from kequn.contracts.crm import Subscription
from kequn.contracts.identity import format_id
from kequn.serving import listen
from kequn.store import connections, subscriptions
from kequn.store.tables import Customer, Hint

EVENTS, SECONDS, DOUBLES = 2000, 10.0, 0.3
STATE = {"channel_id": "1000000000001", "token": "0" * 48, "url": "http://127.0.0.1/"}
_customers: Table = Customer.__table__  # type: ignore[attr-defined]
PROGRAM = str(Path(sys.executable).with_name("kequn"))


@dataclass(frozen=True)
class Burst:
    """Seconds until the answer of each webhook, those that were not taken, and seconds until all was drained."""

    answers: Sequence[float]
    refused: int
    drained: float
    lost: int
    doubled: int

    def answered(self, share: float) -> float:
        ordered = sorted(self.answers)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000

    def __str__(self) -> str:
        return (
            f"{len(self.answers)} webhooks: answered in {self.answered(0.5):.0f} ms (p50), "
            f"{self.answered(0.99):.0f} ms (p99); refused {self.refused}; drained {self.drained:.1f} s after the last; "
            f"lost {self.lost}, doubled {self.doubled}"
        )


async def measure(url: str | None, contacts: int) -> Burst:
    with tempfile.TemporaryDirectory() as folder, stage.emulated(_zoho(), contacts) as crms:
        async with stage.installed(Path(folder), _zoho(), crms, url) as here:
            async with here.switchboard.connect(here.scope, "zoho") as remote:
                assert (await here.engine.sync(remote)).well
            door = await _subscribed(here)
            with _served(here) as base:
                return await _burst(here, crms[0], f"{base}{door}")


def _zoho() -> Any:
    from importlib import import_module

    from kequn.registry import Registry

    return Registry.load([import_module("plugins.zoho")], entry_points=False)


async def _subscribed(here: Installation) -> str:
    async with here.database.writing() as session:
        connection = await connections.get(session, here.scope, "zoho")
        await subscriptions.keep(session, here.scope, connection.id, Subscription(None, STATE), here.keyring)
    return f"/webhooks/{format_id('connection', connection.id)}/{connection.door}"


@contextmanager
def _served(here: Installation) -> Iterator[str]:
    """A server and its worker, on a core of their own where there are two."""
    with listen(0) as listener:
        port = listener.getsockname()[1]
    key = here.settings.secret_key
    assert key is not None
    ours = {"DATABASE_URL": here.settings.database_url, "SECRET_KEY": key.reveal(), "SYNC_SECONDS": "3600"}
    environment = {**os.environ, **{f"KEQUN_{name}": value for name, value in ours.items()}}
    pinned = ["taskset", "-c", "0"] if (os.cpu_count() or 1) > 1 else []
    with subprocess.Popen([*pinned, PROGRAM, "serve", "--port", str(port)], env=environment) as server:  # noqa: S603
        try:
            base = f"http://127.0.0.1:{port}"
            _wait(base)
            yield base
        finally:
            server.send_signal(signal.SIGINT)


def _wait(base: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            httpx.get(f"{base}/healthz").raise_for_status()
            return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


async def _burst(here: Installation, crm: stage.Crm, door: str) -> Burst:
    people = crm.emulator.people
    ids = sorted(people.read("Contacts"))
    before = len(ids)
    answers: list[float] = []
    refused = 0

    async def send(http: httpx.AsyncClient, number: int, began: float) -> None:
        nonlocal refused
        at = began + number * SECONDS / EVENTS
        await asyncio.sleep(max(at - time.monotonic(), 0))
        id = ids[int(number * (1 - DOUBLES)) % len(ids)]
        people.edit("Contacts", id, {"Description": f"burst {number}"})
        body = {"server_time": int(time.time() * 1000), "module": "Contacts", "ids": [id], **STATE}
        answer = await http.post(door, content=orjson.dumps(body))
        answers.append(time.monotonic() - at)
        refused += answer.status_code != 200

    limits = httpx.Limits(max_connections=200, max_keepalive_connections=200)
    async with httpx.AsyncClient(limits=limits, timeout=httpx.Timeout(120)) as http:
        began = time.monotonic() + 1
        await asyncio.gather(*(send(http, number, began) for number in range(EVENTS)))
    ended = time.monotonic()
    while await _waiting(here) and time.monotonic() - ended < 300:
        await asyncio.sleep(0.25)
    drained = time.monotonic() - ended
    there = {(entry["Last_Name"], entry["Description"]) for entry in people.read("Contacts").values()}
    query = select(_customers.c.last_name, _customers.c.notes).where(_customers.c.type == "person")
    async with here.database.reading() as session:
        found = [(row[0], row[1]) for row in (await session.execute(query)).all()]
    return Burst(answers, refused, drained, len(there - set(found)), max(len(found) - before, 0))


async def _waiting(here: Installation) -> int:
    async with here.database.reading() as session:
        return int((await session.execute(select(func.count()).select_from(Hint))).scalar_one())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.webhooks")
    parser.add_argument("--contacts", type=int, default=1500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=("SQLite", "PostgreSQL"))
    chosen = parser.parse_args()
    with postgresql.server() as server:
        for _ in range(chosen.rounds):
            for name in ("SQLite", "PostgreSQL") if chosen.only is None else (chosen.only,):
                url = server.fresh() if name == "PostgreSQL" else None
                print(name, asyncio.run(measure(url, chosen.contacts)), flush=True)


if __name__ == "__main__":
    main()
