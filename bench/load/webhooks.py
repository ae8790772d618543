"""A burst of webhooks against a real `kequn serve`: 2,000 in ten seconds, three in ten of them doubles, each sent when
its time has come whether or not those before were answered: how long until they were acknowledged and until kequn had
read everything, and whether anything was lost or stands twice."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles

import httpx
import orjson
from sqlalchemy import Table, select

from bench.load.driver import READY, Call, drive
from bench.load.place import Place, Serving, placed, serving, until
from kequn.contracts.crm import Subscription
from kequn.contracts.identity import format_id
from kequn.store import connections, subscriptions, tables

SECONDS, DOUBLES = 10.0, 0.3
ACKNOWLEDGED, DRAINED = 100.0, 60.0
AHEAD = 0.5
"""Seconds between a change and Zoho's word of it."""
STATE = {"channel_id": "1000000000001", "token": "0" * 48, "url": "http://127.0.0.1/"}
_customers: Table = tables.Customer.__table__  # type: ignore[attr-defined]
_hints: Table = tables.Hint.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Burst:
    """Milliseconds until the answer of each webhook, those that were not taken, and seconds until all was drained."""

    answers: Sequence[float]
    refused: int
    drained: float
    lost: int
    doubled: int

    @property
    def p99(self) -> float:
        return quantiles(self.answers, n=100)[98]

    @property
    def order(self) -> float:
        return self.p99

    @property
    def holds(self) -> bool:
        well = self.p99 < ACKNOWLEDGED and self.drained <= DRAINED
        return well and not (self.refused or self.lost or self.doubled)

    def __str__(self) -> str:
        return (
            f"{len(self.answers)} webhooks in {SECONDS:g} s: acknowledged in {quantiles(self.answers, n=2)[0]:.0f} ms "
            f"(p50), {self.p99:.0f} ms (p99, bound {ACKNOWLEDGED:g}); refused {self.refused}; drained "
            f"{self.drained:.1f} s after the last (bound {DRAINED:g}); lost {self.lost}, doubled {self.doubled}"
        )


async def measure(url: str, events: int) -> Burst:
    async with placed(["zoho"], max(events * 3 // 4, 50), url) as place:
        async with place.here.switchboard.connect(place.here.scope, "zoho") as remote:
            assert (await place.here.engine.sync(remote)).well
        door = await subscribed(place)
        with serving(place) as server:
            await _warm(place, server, door)
            return await _burst(place, server, door, events)


async def subscribed(place: Place) -> str:
    """The door of the connection to Zoho, which knows what a webhook brings along."""
    here = place.here
    async with here.database.writing() as session:
        connection = await connections.get(session, here.scope, "zoho")
        await subscriptions.keep(session, here.scope, connection.id, Subscription(None, STATE), here.keyring)
    return f"/webhooks/{format_id('connection', connection.id)}/{connection.door}"


def rung(door: str, id: str, at: float = 0.0) -> Call:
    """Zoho says that this contact may have changed."""
    body = {"server_time": int(time.time() * 1000), "module": "Contacts", "ids": [id], **STATE}
    return Call(at, door, orjson.dumps(body).decode())


async def ring(server: Serving, door: str, id: str) -> None:
    async with httpx.AsyncClient(base_url=server.url) as http:
        call = rung(door, id)
        assert (await http.post(call.path, content=call.body)).status_code == 200


async def edited(place: Place, changes: Sequence[tuple[float, str, dict[str, str]]], began: float) -> None:
    """People edit these contacts of Zoho: when its webhook is due, the id, and what they enter. A change stands for a
    moment before Zoho tells of it."""
    for at, id, entered in changes:
        if (wait := began + at - AHEAD - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        place.zoho.emulator.people.edit("Contacts", id, entered)
        assert time.monotonic() < began + at, "the emulator was edited too late"


async def drained(place: Place) -> bool:
    return not await place.count(_hints)


async def _warm(place: Place, server: Serving, door: str) -> None:
    """A server that has just started loads what the first run needs, and classifies everybody."""
    await ring(server, door, next(iter(place.zoho.emulator.people.read("Contacts"))))
    await until(lambda: drained(place), 120)
    await asyncio.sleep(10)


async def _burst(place: Place, server: Serving, door: str, events: int) -> Burst:
    people = place.zoho.emulator.people
    ids = sorted(people.read("Contacts"))
    turns = [(number * SECONDS / events, ids[int(number * (1 - DOUBLES)) % len(ids)]) for number in range(events)]
    before = await place.count(_customers)
    began = time.monotonic() + READY
    changes = [(at, id, {"Description": f"burst {number}"}) for number, (at, id) in enumerate(turns)]
    calls = [rung(door, id, at) for at, id in turns]
    answers, _ = await asyncio.gather(drive(server.url, calls, began), edited(place, changes, began))
    took = await until(lambda: drained(place), 300)
    there = {entry["Description"] for entry in people.read("Contacts").values() if entry["Description"]}
    async with place.here.database.reading() as session:
        found = set((await session.execute(select(_customers.c.notes))).scalars())
    refused = sum(not answer.well for answer in answers)
    doubled = await place.count(_customers) - before
    return Burst([answer.wait for answer in answers], refused, took, len(there - found), doubled)
