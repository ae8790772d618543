"""The feeds of an object: what changed, and all that is there. Decides where a cursor stands.

A cursor of changes is {since, calm, stage, after, high, mark, news}, of a scan {since, after}: milliseconds of
Fxiaoke's own clock and ids. `since`: the latest change of all that earlier walks brought; each walk begins a little
before, until two walks in a row (`calm`) brought nothing new.

While a walk goes through many pages, records behind it change. So its `mark` is the latest change at its beginning
(asked for when a second page is needed), and the next walk goes on from there."""

from collections.abc import Mapping
from typing import Any

from kequn.contracts.crm import Cursor, Page
from kequn.contracts.errors import Rejected
from plugins.fxiaoke.adapter.raws import LIMIT, Filter, Raws, where
from plugins.fxiaoke.adapter.reading import Reader
from plugins.fxiaoke.mapping.standard import LINES, ORDERS
from plugins.fxiaoke.mapping.tables import version_of

OVERLAP = 120_000
CALM = 2
LATEST = {"fieldName": "last_modified_time", "isAsc": False}


class Walker:
    """`_begun`: objects whose scan is under way or over in this process, with the change that was the latest when it
    began (None: still under way). After a first scan the feed of changes goes on from there."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._begun: dict[str, int | None] = {}

    # -- all that is there --------------------------------------------------------------------------------------------

    async def scan(self, object: str, cursor: Cursor | None) -> Page:
        state: dict[str, Any] = dict(cursor) if cursor else {"since": await self._latest(object), "after": None}
        self._begun[object] = None
        raws = await self._reader.source.query(object, _after(state["after"]))
        if len(raws) < LIMIT:
            self._begun[object] = state["since"]
            return await self._page(object, raws, None, complete=True)
        return await self._page(object, raws, {**state, "after": str(raws[-1]["_id"])}, complete=False)

    async def _latest(self, object: str) -> int:
        rows = await self._reader.source.query(object, [], limit=1, order=LATEST)
        return version_of(rows[0]) or 0 if rows else 0

    # -- what changed -------------------------------------------------------------------------------------------------

    async def changes(self, object: str, cursor: Cursor | None) -> Page:
        """Lines are scanned with their orders."""
        scanned = ORDERS if object == LINES else object
        if cursor is None and scanned in self._begun:
            since = self._begun[scanned]
            return Page(next_cursor=None if since is None else _start(since))
        state = dict(cursor) if cursor else _start(None)
        if state["stage"] == "bin":
            return await self._binned(object, state)
        return await self._listed(object, state)

    async def _listed(self, object: str, state: dict[str, Any]) -> Page:
        raws = await self._reader.source.query(object, [*_bounds(state), *_after(state["after"])])
        high = _highest(state["high"], raws)
        news = state["news"] or (high or 0) > (state["since"] or 0)
        state = {**state, "high": high, "news": news}
        if len(raws) == LIMIT:
            mark = state["mark"] if state["after"] else await self._latest(object)
            following = {**state, "after": str(raws[-1]["_id"]), "mark": mark}
            return await self._page(object, raws, following, complete=False)
        if state["since"] is None:  # at the first walk there is nothing to miss
            return await self._page(object, raws, _end(state), complete=True)
        return await self._page(object, raws, {**state, "stage": "bin", "after": None}, complete=False)

    async def _binned(self, object: str, state: dict[str, Any]) -> Page:
        """Whether a query shows records in the bin unasked is not known. A tenant that does not like the question is
        not asked: then events and scans tell of them."""
        filters = [*_bounds(state), where("life_status", "EQ", "invalid"), *_after(state["after"])]
        try:
            raws = await self._reader.source.query(object, filters)
        except Rejected:
            raws = []
        state = {**state, "high": _highest(state["high"], raws)}
        state["news"] = state["news"] or (state["high"] or 0) > (state["since"] or 0)
        if len(raws) == LIMIT:
            following = {**state, "after": str(raws[-1]["_id"])}
            return await self._page(object, raws, following, complete=False)
        return await self._page(object, raws, _end(state), complete=True)

    async def _page(self, object: str, raws: Raws, following: Mapping[str, Any] | None, *, complete: bool) -> Page:
        seen = await self._reader.translate(object, raws)
        return Page(seen.records, seen.gone, problems=seen.problems, next_cursor=following, complete=complete)


def _start(since: int | None, calm: int = 0) -> dict[str, Any]:
    return {"since": since, "calm": calm, "stage": "list", "after": None, "high": None, "mark": None, "news": False}


def _end(state: Mapping[str, Any]) -> dict[str, Any]:
    """Where the next walk begins."""
    reached = state["mark"] if state["mark"] is not None else state["high"]
    since = max(state["since"] or 0, reached or 0)
    return _start(since, 0 if state["news"] else min(state["calm"] + 1, CALM))


def _bounds(state: Mapping[str, Any]) -> list[Filter]:
    if state["since"] is None:
        return []
    since = state["since"] - (OVERLAP if state["calm"] < CALM else 0)
    return [where("last_modified_time", "GTE", str(max(since, 0)))]


def _after(id: str | None) -> list[Filter]:
    return [] if id is None else [where("_id", "GT", id)]


def _highest(high: int | None, raws: Raws) -> int | None:
    return max(
        [version for raw in raws if (version := version_of(raw)) is not None] + ([high] if high else []), default=high
    )
