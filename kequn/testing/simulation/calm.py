"""Where a CRM has no exact conditional write, the guard's read and the write count as one step of the simulation:
nobody edits in between. `--races` leaves this out."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from kequn.contracts.changes import Batch, Receipt
from kequn.contracts.crm import Cursor, Page
from kequn.contracts.errors import CrmError
from kequn.contracts.records import Gone, Record, Roster


class Weather:
    """Whether people may act now. `act` is what they do."""

    def __init__(self, act: Callable[[], Awaitable[None]]) -> None:
        self.calm = False
        self.act = act

    async def meanwhile(self) -> None:
        """A moment between two requests."""
        if not self.calm:
            await self.act()


class CalmCrm:
    """A Crm that keeps people still from a read by id until the write that follows it, or until the next page."""

    def __init__(self, crm: Any, weather: Weather) -> None:
        self._crm = crm
        self._weather = weather

    def __getattr__(self, name: str) -> Any:
        return getattr(self._crm, name)

    async def pull(self, feed: str, cursor: Cursor | None) -> Page:
        self._weather.calm = False
        page: Page = await self._crm.pull(feed, cursor)
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
            self._weather.calm = False

    async def _still(self) -> None:
        await self._weather.meanwhile()
        self._weather.calm = True
