"""The first import: records a second from an emulator whose limits are lifted, what the process needs, what it costs to
be killed five times, and beside it `dlt`, which merges the same records from the same emulator into the same PostgreSQL
and keeps nothing else. And what cannot be less: the same rows copied, and what the database and the emulator need."""

import json
import math
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from bench import postgresql
from bench.load.copying import copied
from bench.load.machine import ON_ITS_OWN, family, taken
from bench.load.place import Place, placed

MODULES = ("Accounts", "Contacts", "Deals", "Cases", "Calls", "Events", "Tasks")
KILLS = 5
RATE, MEGABYTES, AGAIN = 2000, 350, 1.1
DLT = Path(__file__).parent / "peers" / "dlt"


@dataclass(frozen=True)
class Beside:
    """Seconds of a processor."""

    database: float
    emulator: float

    def __str__(self) -> str:
        return f"PostgreSQL {self.database:.1f} s and the emulator {self.emulator:.1f} s"


@dataclass(frozen=True)
class Import:
    """`records`: of the CRM's modules; `linked`: what kequn made of them, memberships (tags there) included.
    `seconds`, `dlt`: of the clock, both without the start of their process. `requests`, `killed`: of the import, and of
    one that was killed five times. `beside`: seconds of the other core, which the emulator and PostgreSQL share.
    `copied`: seconds in which PostgreSQL alone takes what the import has left in it."""

    records: int
    linked: int
    seconds: float
    memory: float
    processor: float
    requests: int
    killed: int
    dlt: float | None
    beside: Beside
    copied: float

    @property
    def order(self) -> float:
        return self.seconds

    @property
    def holds(self) -> bool:
        """kequn's word for a record is one that it links."""
        fast = self.linked / self.seconds >= RATE and (self.dlt is None or self.seconds <= self.dlt)
        return fast and self.memory < MEGABYTES and self.killed <= AGAIN * self.requests

    def __str__(self) -> str:
        dlt = f"{self.records / self.dlt:,.0f} records/s" if self.dlt else "not installed"
        return (
            f"{self.records:,} records ({self.linked:,} linked) in {self.seconds:.1f} s: "
            f"{self.records / self.seconds:,.0f} records/s ({self.linked / self.seconds:,.0f} linked); "
            f"{self.memory:.0f} MB, {self.processor:.1f} s of a processor; {self.requests} requests, "
            f"{self.killed} when killed {KILLS} times (x{self.killed / self.requests:.3f}); on the other core "
            f"{self.beside}; its rows alone, by COPY, {self.copied:.1f} s; dlt {dlt}"
        )


def customers_for(records: int) -> int:
    """Of six customers that an emulated Zoho is seeded with come eleven records."""
    return math.ceil(records * 6 / 11)


async def measure(server: postgresql.Server, records: int) -> Import:
    async with placed(["zoho"], customers_for(records), server.fresh()) as place:
        before = _beside(server)
        seconds, memory, processor = await _imported(place)
        after = _beside(server)
        total = sum(len(place.zoho.emulator.people.read(module)) for module in MODULES)
        linked, requests = await place.linked(), len(place.zoho.emulator.requests)
        dlt = _dlt(place, total)
        async with placed([], 0, server.fresh()) as empty:
            least = copied(_plain(place), _plain(empty))
    async with placed(["zoho"], customers_for(records), server.fresh()) as place:
        killed = await _killed(place, requests)
        assert await place.linked() == linked, "an import that was killed has not brought the same"
    beside = Beside(after.database - before.database, after.emulator - before.emulator)
    return Import(total, linked, seconds, memory, processor, requests, killed, dlt, beside, least)


def _beside(server: postgresql.Server) -> Beside:
    """So far. The emulator runs in this process."""
    return Beside(family(server.pid), time.process_time())


async def _imported(place: Place) -> tuple[float, float, float]:
    """One run of a process of its own: how long the run took, its memory, its processor time."""
    process = place.start("sync", "run", "zoho")
    memory = processor = 0.0
    while process.poll() is None:
        if found := taken(process.pid):
            memory, processor = max(memory, found.most), found.seconds
        time.sleep(0.1)
    assert process.returncode == 0, "the import failed"
    with psycopg.connect(_plain(place)) as connection:
        row = connection.execute("SELECT extract(epoch FROM finished_at - started_at) FROM run").fetchone()
    assert row is not None
    return float(row[0]), memory, processor


async def _killed(place: Place, requests: int) -> int:
    """The same, killed after each sixth of the requests, and begun again at once. Its requests."""
    for part in range(1, KILLS + 1):
        process = place.start("sync", "run", "zoho")
        while len(place.zoho.emulator.requests) < requests * part / (KILLS + 1) and process.poll() is None:
            time.sleep(0.005)
        process.kill()
        process.wait()
    process = place.start("sync", "run", "zoho")
    assert process.wait() == 0, "the import failed after it was killed"
    return len(place.zoho.emulator.requests)


def _dlt(place: Place, total: int) -> float | None:
    """Its seconds, or None where it is not installed."""
    python = DLT / ".venv" / "bin" / "python"
    if not python.exists():
        bring = f"{sys.executable} -m venv {DLT}/.venv && {DLT}/.venv/bin/pip install -r {DLT}/requirements.txt"
        print(f"no dlt beside: `{bring}` brings it")
        return None
    given = {**place.zoho.emulator.settings(place.zoho.url), "database": _named(place), "modules": MODULES}
    environment = {**os.environ, "RUNTIME__DLTHUB_TELEMETRY": "false", "DLT_DATA_DIR": str(place.folder / "dlt")}
    ended = subprocess.run(  # noqa: S603 - the command is ours
        [*ON_ITS_OWN, str(python), str(DLT / "load.py")], input=json.dumps(given), env=environment,
        stdout=subprocess.PIPE, text=True, check=True, cwd=place.folder,
    )  # fmt: skip
    said = json.loads(ended.stdout.splitlines()[-1])
    assert said["rows"] == total, f"dlt has {said['rows']} of {total} records"
    return float(said["seconds"])


def _named(place: Place) -> str:
    """The database as dlt wants it, which asks for a host and a password though a socket needs neither."""
    url = make_url(place.here.settings.database_url)
    full = url.set(drivername="postgresql", host=url.host or "localhost", password=url.password or "none")
    return full.render_as_string(hide_password=False)


def _plain(place: Place) -> str:
    url = make_url(place.here.settings.database_url).set(drivername="postgresql")
    return url.render_as_string(hide_password=False)
