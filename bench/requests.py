"""Requests: what a first load and a round without news cost at each CRM, beside the least and the bound.
Counted at the emulator; every run is made as by a process of its own, with what the connection has noted."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from bench.site import Site, opened
from kequn.store.tables import Link

ROUNDS = (600, 3700, 7400, 7400)
"""Seconds between the rounds without news: within the life of a token and of a description, and behind it."""

DAY = 86_400


@dataclass(frozen=True)
class Crm:
    """`records`: customers to be seeded, so that 10,000 records are linked. `page`: records in one. `objects`: modules,
    object types or forms. `lists`: the other objects of the CRM, with the requests that listing them needs at least."""

    name: str
    records: int
    page: int
    objects: tuple[str, ...]
    lists: Mapping[str, int]

    @property
    def bound(self) -> int:
        """Of a round without news: two requests for each object and three for the connection."""
        return 2 * (len(self.objects) + len(self.lists)) + 3


CRMS = (
    Crm("zoho", 3600, 200, ("Accounts", "Contacts", "Deals", "Cases", "Calls", "Events", "Tasks"),
        {"Users": 1, "Tags": 1}),
    Crm("fxiaoke", 3500, 100,
        ("object_kqgroup__c", "AccountObj", "SalesOrderObj", "ActiveRecordObj", "CasesObj", "object_kqmember__c"),
        {"people, each asked for alone": 6}),
    Crm("jiandaoyun", 3500, 100, ("tier", "group", "customer", "purchase", "interaction", "feedback", "membership"),
        {"departments and members": 2}),
)  # fmt: skip


@dataclass(frozen=True)
class Count:
    """`connected`: requests to find out what the CRM is like, once. `quiet`: the dearest round without news.
    `later`: a round a day after the first load, when what no list of changes shows is looked through."""

    crm: Crm
    linked: int
    connected: int
    first: int
    least: int
    quiet: int
    later: int

    @property
    def ratio(self) -> float:
        return self.first / self.least

    @property
    def holds(self) -> bool:
        return self.ratio <= 1.05 and self.quiet <= self.crm.bound


async def count(crm: Crm, url: str) -> Count:
    async with opened(crm.name, url, crm.records, 1) as site:
        async with site.board.connect(site.scope, crm.name) as remote:  # as `kequn connection check` does
            await remote.crm.open()
        connected = len(site.emulator.requests)
        first = await _run(site, 0)
        quiet = [await _run(site, seconds) for seconds in ROUNDS]
        return Count(crm, await _linked(site), connected, first, _least(crm, site), max(quiet), await _run(site, DAY))


async def _run(site: Site, seconds: float) -> int:
    """A round that is made so much later, and what it asks for."""
    site.clock.move(seconds)
    before = len(site.emulator.requests)
    await site.sync()
    return len(site.emulator.requests) - before


def _least(crm: Crm, site: Site) -> int:
    """Pages that hold all records, at least one for each object."""
    pages = (math.ceil(len(site.emulator.people.read(name)) / crm.page) for name in crm.objects)
    return sum(max(1, number) for number in pages) + sum(crm.lists.values())


async def _linked(site: Site) -> int:
    async with site.database.reading() as session:
        return (await session.execute(select(func.count()).select_from(Link))).scalar_one()
