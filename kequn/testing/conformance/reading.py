"""Walking feeds as the engine does: page by page, a cursor for each feed, until a page says that it is the last."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from kequn.contracts.crm import Crm, Cursor, Feed, Page, Walk
from kequn.contracts.records import Gone, Record, Roster, Value
from kequn.testing.conformance.case import expect

MOST_PAGES = 5000


@dataclass
class Walked:
    """All pages of a walk. `partial`: it told only what is new, as a scan may."""

    records: list[Record] = field(default_factory=list)
    gone: list[Gone] = field(default_factory=list)
    rosters: list[Roster] = field(default_factory=list)
    problems: list[Any] = field(default_factory=list)
    partial: bool = False

    def add(self, page: Page) -> None:
        self.partial = page.partial
        self.records += page.records
        self.gone += page.gone
        self.rosters += page.rosters
        self.problems += page.problems

    def ids(self, object: str) -> list[str]:
        return [record.id for record in self.records if record.object == object]

    def last(self, object: str, id: str) -> Record | None:
        """The record as it was told last."""
        found = [record for record in self.records if (record.object, record.id) == (object, id)]
        return found[-1] if found else None

    def lost(self, object: str) -> set[str]:
        """The ids that were told to be gone."""
        return {one.id for one in self.gone if one.object == object}


class Reading:
    """Reads all feeds again and again, each from where it stopped."""

    def __init__(self, crm: Crm) -> None:
        self.crm = crm
        self.cursors: dict[str, Cursor | None] = {}

    async def round(self) -> Walked:
        """One walk of every feed."""
        walked = Walked()
        for feed in self.crm.feeds():
            await self.walk(feed.name, walked)
        return walked

    async def walk(self, feed: str, walked: Walked | None = None) -> Walked:
        walked = Walked() if walked is None else walked
        for _ in range(MOST_PAGES):
            page = await self.page(feed)
            walked.add(page)
            if page.complete:
                return walked
        expect(False, f"the feed {feed} does not end after {MOST_PAGES} pages")
        return walked

    async def page(self, feed: str) -> Page:
        """The next page of a feed. Its cursor must be what kequn can keep: a small JSON object."""
        page = await self.crm.pull(feed, self.cursors.get(feed))
        cursor = page.next_cursor
        if cursor is not None:
            kept = orjson.loads(orjson.dumps(dict(cursor)))
            expect(kept == dict(cursor), f"the cursor of {feed} does not come back from JSON as it was")
        expect(cursor is not None or page.complete, f"the feed {feed} gives neither an end nor a cursor")
        self.cursors[feed] = cursor
        return page

    async def home(self, object: str) -> Feed:
        """The feed that brings the records of `object`, the one of changes if there is one. A record must be there."""
        homes = await self._homes(object)
        expect(homes, f"no feed brings the records of {object}")
        return next((feed for feed in homes if feed.walk is Walk.CHANGES), homes[0])

    async def finder(self, object: str) -> Feed | None:
        """The feed whose complete scan finds deletes of `object`. One record must be there."""
        homes = await self._homes(object)
        return next((feed for feed in homes if feed.walk is Walk.SCAN and feed.object == object), None)

    async def _homes(self, object: str) -> list[Feed]:
        feeds = self.crm.feeds()
        return [feed for feed in feeds if object in {one.object for one in (await self.walk(feed.name)).records}]


def texts(record: Record) -> str:
    """All that a record says, to look for a word in."""
    return " ".join([*_said(record.fields), orjson.dumps(record.extra, default=str).decode()])


def _said(fields: Any) -> Iterator[str]:
    values: Sequence[Value] = list(fields.values())
    for value in values:
        yield from (str(one) for one in value) if isinstance(value, frozenset) else [str(value)]
