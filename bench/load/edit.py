"""A person edits a customer in one CRM, which says so by webhook: how long until the other two CRMs show it."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from uuid import UUID

from sqlalchemy import Table, select

from bench.load.place import Place, Serving, placed, serving, until
from bench.load.webhooks import drained, ring, subscribed
from kequn.store import tables

EDITS = 30
BOUND = 5.0
Standing = dict[str, tuple[str, str]]
"""Where a customer stands: by CRM, its object and id."""
_links: Table = tables.Link.__table__  # type: ignore[attr-defined]
_connections: Table = tables.Connection.__table__  # type: ignore[attr-defined]
_outbox: Table = tables.Outbox.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Edits:
    """Seconds until an edit stood in both other CRMs."""

    seconds: Sequence[float]

    @property
    def p95(self) -> float:
        return quantiles(self.seconds, n=20)[18]

    @property
    def order(self) -> float:
        return self.p95

    @property
    def holds(self) -> bool:
        return self.p95 < BOUND

    def __str__(self) -> str:
        return (
            f"{len(self.seconds)} edits by webhook, visible in the other two CRMs: {median(self.seconds):.1f} s (p50), "
            f"{self.p95:.1f} s (p95, bound {BOUND:g})"
        )


async def measure(url: str, edits: int = EDITS) -> Edits:
    async with placed(["zoho", "fxiaoke", "jiandaoyun"], 2 * edits, url) as place:
        for _ in range(2):  # what each has brought goes to the others
            for crm in place.crms:
                async with place.here.switchboard.connect(place.here.scope, crm.name) as remote:
                    assert (await place.here.engine.sync(remote)).well
        door = await subscribed(place)
        contacts = await _everywhere(place)
        assert len(contacts) >= edits, f"only {len(contacts)} contacts stand in all CRMs"
        with serving(place) as server:
            await until(lambda: _settled(place), 300)
            await asyncio.sleep(5)  # the first classification
            return Edits([await _edit(place, server, door, id, number) for number, id in enumerate(contacts[:edits])])


async def _everywhere(place: Place) -> list[Standing]:
    """Persons who stand in every CRM: as contacts of Zoho, and where they are in the others."""
    names = {crm.name for crm in place.crms}
    query = (
        select(_links.c.row_id, _connections.c.name, _links.c.object, _links.c.external_id)
        .join(_connections, _connections.c.id == _links.c.connection_id)
        .where(_links.c.kind == "customer", _links.c.is_primary)
        .order_by(_links.c.row_id)
    )
    found: dict[UUID, Standing] = {}
    async with place.here.database.reading() as session:
        for row, name, object, id in (await session.execute(query)).all():
            found.setdefault(row, {})[name] = (object, id)
    return [one for one in found.values() if one.keys() == names and one["zoho"][0] == "Contacts"]


async def _settled(place: Place) -> bool:
    return await drained(place) and not await place.count(_outbox, _outbox.c.code.is_(None))


async def _edit(place: Place, server: Serving, door: str, standing: Standing, number: int) -> float:
    note = f"seen again, {number}"
    others = [(crm.emulator.people, *standing[crm.name]) for crm in place.crms if crm.name != "zoho"]
    began = time.monotonic()
    place.zoho.emulator.people.edit("Contacts", standing["zoho"][1], {"Description": note})
    await ring(server, door, standing["zoho"][1])

    async def shown() -> bool:
        return all(note in people.read(object)[id].values() for people, object, id in others)

    await until(shown, 120, every=0.05)
    return time.monotonic() - began
