"""The feed of an object: everything once and then every day, what changed in between. Decides where a cursor stands.

A cursor is {stage, after, full, own, bin, lines, lines_bin}: ids, and milliseconds of Fxiaoke's own clock (`full` of
ours: when all was last listed). A walk goes through stages: `first` (the first load) or `all`; or `list` (what
changed), `bin` (what was thrown away), `lines` and `lines_bin` (the orders of which a line changed, or was thrown
away). The last four, of a stage each, are spans {since, seen, began, high, mark}: a walk may rest between two stages,
and what the later one brings says nothing of the earlier.

`since`: the latest change of all that earlier walks brought. What was written a little before it may show a little
later, so each walk begins OVERLAP before it, until one began so long after `since` was `seen`; then `seen` is None.
(`seen`, `began`: of our clock. Only how far we look back depends on it.) While a walk goes through many pages, records
behind it change: so its `mark` is the latest change at its beginning, and the next walk goes on from there. A first
load learns it from its first page, which is of the newest records; the other pages are of those `below`. Later walks
ask for it when a second page is needed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kequn.contracts.codecs import milliseconds
from kequn.contracts.crm import Cursor, Page
from kequn.contracts.errors import Rejected
from kequn.contracts.host import Clock
from plugins.fxiaoke.adapter.raws import BINNED, LIMIT, Filter, Raws, where
from plugins.fxiaoke.adapter.reading import Reader
from plugins.fxiaoke.adapter.tenant import Tenant
from plugins.fxiaoke.mapping.standard import LINES, ORDERS
from plugins.fxiaoke.mapping.tables import version_of

OVERLAP = 120_000
LATEST = {"fieldName": "last_modified_time", "isAsc": False}

State = dict[str, Any]


class Walker:
    def __init__(self, reader: Reader, tenant: Tenant, clock: Clock) -> None:
        self._reader = reader
        self._tenant = tenant
        self._clock = clock

    async def pull(self, object: str, cursor: Cursor | None) -> Page:
        state = dict(cursor) if cursor else await self._first(object)
        if state["stage"] == "list" and state["after"] is None and self._is_due(state):
            state = {**state, "stage": "all", "full": self._now()}
        if state["stage"] in {"lines", "lines_bin"}:
            return await self._lined(state)
        stages = {"first": self._load, "all": self._all, "list": self._listed, "bin": self._binned}
        return await stages[state["stage"]](object, state)

    def _is_due(self, state: State) -> bool:
        """Only when to look again depends on our clock."""
        return bool(self._now() - state["full"] >= self._tenant.chosen.full_scan_seconds * 1000)

    def _now(self) -> int:
        return milliseconds(self._clock.now())

    async def _first(self, object: str) -> State:
        has_lines = object == ORDERS and self._tenant.chosen.lines
        lines = _span(await self._latest(LINES), self._now()) if has_lines else None
        kept = {"own": None, "bin": None, "lines": lines, "lines_bin": lines}
        return {"stage": "first", "after": None, "below": None, "full": self._now(), **kept}

    async def _latest(self, object: str) -> int:
        rows = await self._reader.source.query(object, [], limit=1, order=LATEST)
        return version_of(rows[0]) or 0 if rows else 0

    # -- stages -------------------------------------------------------------------------------------------------------

    async def _load(self, object: str, state: State) -> Page:
        """What changes meanwhile is no longer below: the next walk brings it."""
        if state["below"] is None:
            raws = new = await self._reader.source.query(object, [], order=LATEST)
            lowest = _lowest(raws)
            tied = [str(raw["_id"]) for raw in raws if version_of(raw) == lowest]
            span = _span(_highest(raws, 0), self._now())
            state = {**state, "own": span, "bin": span, "below": lowest, "tied": tied}
        else:
            below = where("last_modified_time", "LTE", str(state["below"]))
            raws = await self._reader.source.query(object, [below, *_after(state)])
            new = [raw for raw in raws if raw["_id"] not in state["tied"]]
            state = {**state, "after": str(raws[-1]["_id"])} if raws else state
        page = await self._page(object, new)
        if len(raws) == LIMIT:
            return replace(page, next_cursor=state, complete=False)
        kept = {name: state[name] for name in ("full", "own", "bin", "lines", "lines_bin")}
        return replace(page, next_cursor={**kept, "stage": "list", "after": None}, complete=True)

    async def _all(self, object: str, state: State) -> Page:
        """What changes from its beginning on is found by the walks after the first."""
        raws = await self._reader.source.query(object, _after(state))
        if state["own"] is None:
            latest = await self._latest(object) if len(raws) == LIMIT else _highest(raws, 0)
            span = _span(latest, self._now())
            state = {**state, "own": span, "bin": span}
        page = await self._page(object, raws)
        if len(raws) == LIMIT:
            return _more(page, state, raws)
        return replace(page, next_cursor={**state, "stage": "list", "after": None}, complete=True)

    async def _listed(self, object: str, state: State) -> Page:
        raws, state = await self._changed(object, state, "own")
        page = await self._page(object, raws)
        if len(raws) == LIMIT:
            return _more(page, state, raws)
        following = {**state, "stage": "bin", "after": None, "own": _ended(state["own"], self._now())}
        return replace(page, next_cursor=following, complete=False)

    async def _binned(self, object: str, state: State) -> Page:
        raws, state = await self._thrown_away(object, state, "bin")
        page = await self._page(object, raws)
        if len(raws) == LIMIT:
            return _more(page, state, raws)
        page = replace(page, gone=[*page.gone, *await self._reader.forgotten(object)])
        state = {**state, "bin": _not_before(_ended(state["bin"], self._now()), state["own"]), "after": None}
        if state["lines"] is not None:
            return replace(page, next_cursor={**state, "stage": "lines"}, complete=False)
        return replace(page, next_cursor={**state, "stage": "list"}, complete=True, partial=True)

    async def _lined(self, state: State) -> Page:
        """A line may change, or be thrown away, and its order stay as it was. One that is out of the bin too leaves no
        trace: the day's scan brings its order."""
        stage = state["stage"]
        ask = self._changed if stage == "lines" else self._thrown_away
        raws, state = await ask(LINES, state, stage)
        page = await self._page(LINES, raws)
        if len(raws) == LIMIT:
            return _more(page, state, raws)
        state = {**state, "after": None, stage: _ended(state[stage], self._now())}
        if stage == "lines":
            return replace(page, next_cursor={**state, "stage": "lines_bin"}, complete=False)
        return replace(page, next_cursor={**state, "stage": "list"}, complete=True, partial=True)

    async def _thrown_away(self, object: str, state: State, name: str) -> tuple[Raws, State]:
        """Whether a query shows records in the bin unasked is not known. A tenant that does not like the question is
        not asked: then events tell of them, and the day's scan."""
        try:
            return await self._changed(object, state, name, BINNED)
        except Rejected:
            return [], state

    async def _changed(self, object: str, state: State, name: str, *more: Filter) -> tuple[Raws, State]:
        span = {**state[name], "began": state[name]["began"] or self._now()}
        filters = [_bound(span), *more, *_after(state)]
        raws = await self._reader.source.query(object, filters)
        mark = span["mark"]
        if mark is None and len(raws) == LIMIT:
            mark = await self._latest(object)
        return raws, {**state, name: {**span, "high": _highest(raws, span["high"]), "mark": mark}}

    async def _page(self, object: str, raws: Raws) -> Page:
        seen = await self._reader.translate(object, raws)
        return Page(seen.records, seen.gone, problems=seen.problems)


def _more(page: Page, state: Mapping[str, Any], raws: Raws) -> Page:
    return replace(page, next_cursor={**state, "after": str(raws[-1]["_id"])}, complete=False)


def _highest(raws: Raws, high: int) -> int:
    return max([high, *(version for raw in raws if (version := version_of(raw)) is not None)])


def _lowest(raws: Raws) -> int:
    return min((version_of(raw) or 0 for raw in raws), default=0)


def _span(since: int, seen: int | None) -> State:
    return {"since": since, "seen": seen, "began": None, "high": since, "mark": None}


def _ended(span: Mapping[str, Any], now: int) -> State:
    """Where the next walk begins."""
    since, seen, began = span["since"], span["seen"], span["began"]
    reached = span["high"] if span["mark"] is None else max(span["mark"], since)
    if max(span["high"], reached) > since:
        return _span(reached, now)
    is_over = seen is not None and began is not None and began - seen >= OVERLAP
    return _span(reached, None if is_over else seen)


def _not_before(span: State, other: Mapping[str, Any]) -> State:
    """The bin was asked after what changed: all that stood in it up to there was seen."""
    seen = max((one["seen"] for one in (span, other) if one["seen"] is not None), default=None)
    return _span(max(span["since"], other["since"]), seen)


def _bound(span: Mapping[str, Any]) -> Filter:
    since = span["since"] - (0 if span["seen"] is None else OVERLAP)
    return where("last_modified_time", "GTE", str(max(since, 0)))


def _after(state: Mapping[str, Any]) -> list[Filter]:
    return [] if state["after"] is None else [where("_id", "GT", state["after"])]
