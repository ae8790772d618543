"""Minutes of mixed requests while three CRMs that fail now and then are synced: whether memory, descriptors,
connections and waits stay as they were, and whether it is quiet afterwards."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, quantiles

import httpx
import orjson
import psycopg
from sqlalchemy import Table, make_url

from bench.load.driver import READY, Answer, Call, drive
from bench.load.machine import Taken
from bench.load.place import Place, Serving, placed, serving, until
from bench.load.webhooks import edited, rung, subscribed
from kequn.store import tables

RATE = 60
TURN, EDITS, RINGS = 20, 3, 13
"""Of so many requests this one is an edit here, and this one Zoho's word of an edit there."""
FAULTS = 0.02
SYNC_SECONDS = 5.0
QUIET_SECONDS = 30.0
GROWTH = 1.2
LIST = "query { customers(first: 20) { totalCount edges { node { id name phone tier { name } } } } }"
ONE = "query ($id: ID!) { customer(id: $id) { id name notes purchases(first: 5) { edges { node { name } } } } }"
GROUPS = "query { groups(first: 10) { edges { node { id name memberships(first: 5) { edges { node { id } } } } } } }"
EDIT = "mutation ($id: ID!, $notes: String) { updateCustomer(id: $id, input: {notes: $notes}) { problems { code } } }"
IDS = "query { customers(first: 100) { edges { node { id } } } }"
_outbox: Table = tables.Outbox.__table__  # type: ignore[attr-defined]
_hints: Table = tables.Hint.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Second:
    """What the server had at one moment."""

    taken: Taken
    connections: int


@dataclass(frozen=True)
class Soak:
    """`waits`: when a request was due, in seconds, and milliseconds until its answer. `writes`: to the CRMs once all
    was settled."""

    minutes: float
    waits: Sequence[tuple[float, float]]
    wrong: int
    seconds: Sequence[Second]
    writes: int

    def fifth(self, number: int) -> float:
        """p99 of a fifth of the time."""
        long = self.minutes * 12
        return quantiles([wait for at, wait in self.waits if number * long <= at < (number + 1) * long], n=100)[98]

    @property
    def ratio(self) -> float:
        return self.fifth(4) / self.fifth(0)

    @property
    def order(self) -> float:
        return self.ratio

    @property
    def holds(self) -> bool:
        grown = [self.grown(name) for name in ("resident", "descriptors")]
        return self.ratio <= GROWTH and max(grown) <= GROWTH and not (self.writes or self.wrong)

    def grown(self, name: str) -> float:
        """The last fifth to the second one: in the first all is loaded."""
        figures = [getattr(second.taken, name) for second in self.seconds]
        fifth = max(1, len(figures) // 5)
        return float(mean(figures[-fifth:]) / mean(figures[fifth : 2 * fifth] or figures))

    def __str__(self) -> str:
        first, last = self.seconds[len(self.seconds) // 5], self.seconds[-1]
        return (
            f"{self.minutes:g} min at {RATE} requests/s, {len(self.waits):,} answered, {self.wrong} wrong: p99 of the "
            f"first fifth {self.fifth(0):.0f} ms, of the last {self.fifth(4):.0f} ms (x{self.ratio:.2f}, bound "
            f"{GROWTH:g}); memory {first.taken.resident:.0f} to {last.taken.resident:.0f} MB, descriptors "
            f"{first.taken.descriptors} to {last.taken.descriptors}, connections to the database {first.connections} "
            f"to {last.connections}; {self.writes} writes once quiet"
        )


async def measure(url: str, minutes: float, customers: int = 300) -> Soak:
    async with placed(["zoho", "fxiaoke", "jiandaoyun"], customers, url, seconds=SYNC_SECONDS) as place:
        for crm in place.crms:
            async with place.here.switchboard.connect(place.here.scope, crm.name) as remote:
                assert (await place.here.engine.sync(remote)).well
        door = await subscribed(place)
        with serving(place, KEQUN_DEV="true") as server:
            load = _Load(place, server, door)
            await load.warm()
            for crm in place.crms:
                crm.emulator.faults.probability = FAULTS
            await load.go(minutes)
            for crm in place.crms:
                crm.emulator.faults.probability = 0.0
            await until(lambda: _settled(place), 600, every=1)
            before = _writes(place)
            await asyncio.sleep(QUIET_SECONDS)
            waits, wrong = [(one.at, one.wait) for one in load.answers], sum(not one.well for one in load.answers)
            return Soak(minutes, waits, wrong, load.seconds, _writes(place) - before)


def _writes(place: Place) -> int:
    return sum(request.write for crm in place.crms for request in crm.emulator.requests)


async def _settled(place: Place) -> bool:
    waiting = await place.count(_outbox, _outbox.c.code.is_(None)) + await place.count(
        _hints, _hints.c.code == "WEBHOOK"
    )
    return not waiting


class _Load:
    """Nine requests of ten read; one edits a customer here, or in Zoho, which rings."""

    def __init__(self, place: Place, server: Serving, door: str) -> None:
        self._place = place
        self._server = server
        self._door = door
        self._customers: list[str] = []
        self._contacts = sorted(place.zoho.emulator.people.read("Contacts"))
        self.answers: Sequence[Answer] = ()
        self.seconds: list[Second] = []

    async def warm(self) -> None:
        """Every document once, and the runs that were due."""
        async with httpx.AsyncClient(base_url=self._server.url, timeout=60) as http:
            answer = (await http.post("/graphql", json={"query": IDS})).json()
        self._customers = [edge["node"]["id"] for edge in answer["data"]["customers"]["edges"]]
        answers = await self._drive(time.monotonic() + READY, 20)
        assert all(one.well for one in answers), "a request of the load was refused"
        await until(lambda: _settled(self._place), 600, every=1)

    async def go(self, minutes: float) -> None:
        began = time.monotonic() + READY
        driving = self._drive(began, int(minutes * 60 * RATE))
        self.answers, _ = await asyncio.gather(driving, self._look(began, minutes))

    async def _look(self, began: float, minutes: float) -> None:
        url = make_url(self._place.here.settings.database_url).set(drivername="postgresql")
        plain = url.render_as_string(hide_password=False)
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        async with await psycopg.AsyncConnection.connect(plain, autocommit=True) as connection:
            while time.monotonic() - began < minutes * 60:
                row = await (await connection.execute(query)).fetchone()
                assert row is not None
                self.seconds.append(Second(self._server.taken(), row[0]))
                await asyncio.sleep(1)

    async def _drive(self, began: float, count: int) -> Sequence[Answer]:
        rings = range(RINGS, count, TURN)
        changes = [(number / RATE, self._contact(number), {"Title": f"soak {number}"}) for number in rings]
        calls = [self._call(number) for number in range(count)]
        answers, _ = await asyncio.gather(drive(self._server.url, calls, began), edited(self._place, changes, began))
        return answers

    def _call(self, number: int) -> Call:
        at, customer = number / RATE, self._customers[number * 7 % len(self._customers)]
        if number % TURN == EDITS:
            return _asked(at, EDIT, '"problems":[]', id=customer, notes=f"soak {number}")
        if number % TURN == RINGS:
            return rung(self._door, self._contact(number), at)
        document, given = ((LIST, {}), (ONE, {"id": customer}), (GROUPS, {}))[number % TURN % 3]
        return _asked(at, document, '{"data":{', **given)

    def _contact(self, number: int) -> str:
        return self._contacts[number * 11 % len(self._contacts)]


def _asked(at: float, document: str, holds: str, **given: str) -> Call:
    return Call(at, "/graphql", orjson.dumps({"query": document, "variables": given}).decode(), holds)
