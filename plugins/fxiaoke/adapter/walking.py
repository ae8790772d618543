"""The feed of an object: everything once and then every day, what changed in between. Decides where a cursor stands.

A cursor is {stage, after, full, own, bin, lines}: ids, and milliseconds of Fxiaoke's own clock (`full` of ours: when
all was last listed). A walk goes through stages: `first` (the first load) or `all`; or `list` (what changed), `bin`
(what was thrown away) and `lines` (the orders whose lines changed). `own`, `bin` and `lines`, of a stage each, are
spans {since, calm, high, mark, news}: a walk may rest between two stages, and what the later one brings says nothing of
the earlier.

`since`: the latest change of all that earlier walks brought. Each walk begins a little before it, until two walks in a
row (`calm`) brought no news. While a walk goes through many pages, records behind it change: so its `mark` is the
latest change at its beginning, and the next walk goes on from there. A first load learns it from its first page, which
is of the newest records; the other pages are of those `below`. Later walks ask for it when a second page is needed."""

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
CALM = 2
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
            state = {**state, "stage": "all", "full": milliseconds(self._clock.now())}
        if state["stage"] in {"first", "all"}:
            return await (self._all if state["stage"] == "all" else self._load)(object, state)
        if state["stage"] == "list":
            return await self._listed(object, state)
        return await (self._binned(object, state) if state["stage"] == "bin" else self._lined(state))

    def _is_due(self, state: State) -> bool:
        """Only when to look again depends on our clock."""
        passed = milliseconds(self._clock.now()) - state["full"]
        return bool(passed >= self._tenant.chosen.full_scan_seconds * 1000)

    async def _first(self, object: str) -> State:
        lines = _span(await self._latest(LINES)) if object == ORDERS and self._tenant.chosen.lines else None
        full = milliseconds(self._clock.now())
        return {"stage": "first", "after": None, "below": None, "full": full, "own": None, "bin": None, "lines": lines}

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
            span = _span(_highest(raws, 0))
            state = {**state, "own": span, "bin": span, "below": lowest, "tied": tied}
        else:
            below = where("last_modified_time", "LTE", str(state["below"]))
            raws = await self._reader.source.query(object, [below, *_after(state)])
            new = [raw for raw in raws if raw["_id"] not in state["tied"]]
            state = {**state, "after": str(raws[-1]["_id"])} if raws else state
        page = await self._page(object, new)
        if len(raws) == LIMIT:
            return replace(page, next_cursor=state, complete=False)
        kept = {name: state[name] for name in ("full", "own", "bin", "lines")}
        return replace(page, next_cursor={**kept, "stage": "list", "after": None}, complete=True)

    async def _all(self, object: str, state: State) -> Page:
        """What changes from its beginning on is found by the walks after the first."""
        raws = await self._reader.source.query(object, _after(state))
        if state["own"] is None:
            latest = await self._latest(object) if len(raws) == LIMIT else _highest(raws, 0)
            state = {**state, "own": _span(latest), "bin": _span(latest)}
        page = await self._page(object, raws)
        if len(raws) == LIMIT:
            return _more(page, state, raws)
        return replace(page, next_cursor={**state, "stage": "list", "after": None}, complete=True)

    async def _listed(self, object: str, state: State) -> Page:
        raws, state = await self._changed(object, state, "own")
        page = await self._page(object, raws)
        if len(raws) == LIMIT:
            return _more(page, state, raws)
        following = {**state, "stage": "bin", "after": None, "own": _ended(state["own"])}
        return replace(page, next_cursor=following, complete=False)

    async def _binned(self, object: str, state: State) -> Page:
        """Whether a query shows records in the bin unasked is not known. A tenant that does not like the question is
        not asked: then events tell of them, and the day's scan."""
        try:
            raws, state = await self._changed(object, state, "bin", BINNED)
        except Rejected:
            raws = []
        page = await self._page(object, raws)
        if len(raws) == LIMIT:
            return _more(page, state, raws)
        page = replace(page, gone=[*page.gone, *await self._reader.forgotten(object)])
        state = {**state, "bin": _not_before(_ended(state["bin"]), state["own"]), "after": None}
        if state["lines"] is not None:
            return replace(page, next_cursor={**state, "stage": "lines"}, complete=False)
        return replace(page, next_cursor={**state, "stage": "list"}, complete=True, partial=True)

    async def _lined(self, state: State) -> Page:
        """A line may change and its order stay as it was."""
        raws, state = await self._changed(LINES, state, "lines")
        page = await self._page(LINES, raws)
        if len(raws) == LIMIT:
            return _more(page, state, raws)
        following = {**state, "stage": "list", "after": None, "lines": _ended(state["lines"])}
        return replace(page, next_cursor=following, complete=True, partial=True)

    async def _changed(self, object: str, state: State, name: str, *more: Filter) -> tuple[Raws, State]:
        span = state[name]
        filters = [_bound(span), *more, *_after(state)]
        raws = await self._reader.source.query(object, filters)
        high = _highest(raws, span["high"])
        mark = span["mark"]
        if mark is None and len(raws) == LIMIT:
            mark = await self._latest(object)
        return raws, {**state, name: {**span, "high": high, "mark": mark, "news": high > span["since"]}}

    async def _page(self, object: str, raws: Raws) -> Page:
        seen = await self._reader.translate(object, raws)
        return Page(seen.records, seen.gone, problems=seen.problems)


def _more(page: Page, state: Mapping[str, Any], raws: Raws) -> Page:
    return replace(page, next_cursor={**state, "after": str(raws[-1]["_id"])}, complete=False)


def _highest(raws: Raws, high: int) -> int:
    return max([high, *(version for raw in raws if (version := version_of(raw)) is not None)])


def _lowest(raws: Raws) -> int:
    return min((version_of(raw) or 0 for raw in raws), default=0)


def _span(since: int, calm: int = 0) -> State:
    return {"since": since, "calm": calm, "high": since, "mark": None, "news": False}


def _ended(span: Mapping[str, Any]) -> State:
    """Where the next walk begins."""
    reached = span["high"] if span["mark"] is None else max(span["mark"], span["since"])
    return _span(reached, 0 if span["news"] else min(span["calm"] + 1, CALM))


def _not_before(span: State, other: Mapping[str, Any]) -> State:
    """The bin was asked after what changed: all that stood in it up to there was seen."""
    return _span(max(span["since"], other["since"]), min(span["calm"], other["calm"]))


def _bound(span: Mapping[str, Any]) -> Filter:
    since = span["since"] - (OVERLAP if span["calm"] < CALM else 0)
    return where("last_modified_time", "GTE", str(max(since, 0)))


def _after(state: Mapping[str, Any]) -> list[Filter]:
    return [] if state["after"] is None else [where("_id", "GT", state["after"])]
