"""Where a CRM has no exact conditional write, the guard's read and the write count as one step of the simulation:
nobody edits in between. With `--races` people do, and what they write then is marked: the window of the READMEs."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from kequn.contracts.changes import Batch, Receipt
from kequn.contracts.crm import Cursor, Page
from kequn.contracts.errors import CrmError
from kequn.contracts.records import Gone, Record, Roster


class Weather:
    """Whether people may act now. `act` is what they do; `window`: the CRM that is between a read by id and the write
    that follows it."""

    def __init__(self, act: Callable[[], Awaitable[None]], *, races: bool = False) -> None:
        self.window: str | None = None
        self.act = act
        self._races = races

    async def meanwhile(self) -> None:
        """A moment between two requests."""
        if self._races or self.window is None:
            await self.act()


class CalmCrm:
    """A Crm that tells the weather when it reads by id, until the write that follows, or until the next page.
    `turned`: told of each page that is not the last of its feed."""

    def __init__(self, crm: Any, weather: Weather, name: str, turned: Callable[[str], None]) -> None:
        self._crm = crm
        self._weather = weather
        self._name = name
        self._turned = turned

    def __getattr__(self, name: str) -> Any:
        return getattr(self._crm, name)

    async def pull(self, feed: str, cursor: Cursor | None) -> Page:
        self._weather.window = None
        page: Page = await self._crm.pull(feed, cursor)
        if not page.complete:
            self._turned(feed)
        return page

    async def fetch(self, object: str, ids: Sequence[str]) -> Sequence[Record | Gone | Roster]:
        await self._still()
        found: Sequence[Record | Gone | Roster] = await self._crm.fetch(object, ids)
        return found

    async def find(self, object: str, references: Sequence[str]) -> Sequence[Record]:
        await self._still()
        found: Sequence[Record] = await self._crm.find(object, references)
        return found

    async def push(self, batch: Batch) -> Sequence[Receipt | CrmError]:
        try:
            answers: Sequence[Receipt | CrmError] = await self._crm.push(batch)
            return answers
        finally:
            self._weather.window = None

    async def _still(self) -> None:
        await self._weather.meanwhile()
        self._weather.window = self._name
