"""Walking a form: everything in the order of ids; or, where Jiandaoyun can filter by the time of change, only that; or
nothing, where nothing has changed. Decides which; what rows mean is decided by reading.py.

The cursor between two walks remembers: `modified` (when the form's data had last changed before everything was
listed, on Jiandaoyun's clock; `sure`: see Mark), `there` (when a first load began, on that clock: it need not ask for
`modified`), `full_at` (when everything was listed, on ours), `mode`, `since` (the time of change from which to filter),
`high` (the latest one that was seen). Within a walk: `walk` (full or news), `after` (the last id)."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from kequn.contracts.codecs import parse_time
from kequn.contracts.crm import Cursor, Page, Problem
from kequn.contracts.errors import NotThere
from kequn.contracts.host import Clock
from kequn.contracts.records import Record
from plugins.jiandaoyun.adapter.forms import AT_ONCE, MARGIN, Forms, Mark
from plugins.jiandaoyun.adapter.options import Options
from plugins.jiandaoyun.adapter.reading import Reader, Row, condition
from plugins.jiandaoyun.client import Refused
from plugins.jiandaoyun.client.replies import BAD_FILTER
from plugins.jiandaoyun.mapping.choices import others
from plugins.jiandaoyun.mapping.values import format_time

DAY = timedelta(days=1)
FUTURE = "9999-01-01"
QUARTER = 15
"""Minutes: time zones differ by multiples of it, so that no day begins in between."""

NOT_YET = ""
"""Of `there`: the first page will tell."""

State = dict[str, Any]


class Mode(StrEnum):
    """What a filter on updateTime does: nothing good, or as it should, or by days alone."""

    SCAN = "scan"
    FILTER = "filter"
    DAYS = "days"


class Walker:
    def __init__(self, forms: Forms, reader: Reader, options: Options, clock: Clock) -> None:
        self._forms = forms
        self._reader = reader
        self._options = options
        self._clock = clock

    async def pull(self, object: str, cursor: Cursor | None) -> Page:
        state = dict(cursor or {})
        if "walk" not in state:
            state = await self._begin(object, state)
        if state["walk"] == "none":
            return Page(next_cursor=_remembered(state), partial=True)
        return await (self._listed(object, state) if state["walk"] == "full" else self._news(object, state))

    async def _begin(self, object: str, before: State) -> State:
        if not before and self._forms.is_fresh(object):
            return self._full({}, None)
        mark = await self._forms.mark(object)
        if not before or self._is_old(before):
            return self._full({}, mark)
        if before.get("modified") is None and _is_quiet_since(before.get("there"), mark):
            before = {**before, "modified": mark.modified, "sure": True}
        same = before.get("modified") == mark.modified is not None
        if same and before.get("sure") and before.get("mode") not in (Mode.FILTER, Mode.DAYS):
            return {**before, "walk": "none"}
        mode = before.get("mode") or await self._probe(object, mark)
        mode = None if mode is None else str(mode)  # cursors are JSON
        if mode in (Mode.FILTER, Mode.DAYS) and before.get("since"):
            return {**before, "mode": mode, "walk": "news", "after": None, "seen": None, "mark": mark.modified}
        return self._full({**before, "mode": mode}, mark)

    def _is_old(self, before: State) -> bool:
        age = self._age(before)
        return age.total_seconds() >= self._options.full_scan_every or age < timedelta()

    def _age(self, before: State) -> timedelta:
        """How long ago everything was listed, on our clock alone."""
        at = before.get("full_at")
        return self._clock.now() - datetime.fromisoformat(at).astimezone(UTC) if isinstance(at, str) else timedelta.max

    def _full(self, before: State, mark: Mark | None) -> State:
        """Everything. What is remembered of the form is how it stood before, where that was asked for."""
        state = {
            "walk": "full", "after": None, "mode": before.get("mode"), "modified": None, "sure": False, "there": None,
            "began": self._clock.now().isoformat(), "since": None, "seen": None,
        }  # fmt: skip
        if mark is None:
            return {**state, "there": NOT_YET}
        settled = bool(before) and before.get("modified") == mark.modified and self._age(before) >= MARGIN
        return {**state, "modified": mark.modified, "sure": mark.sure or settled, "since": mark.modified}

    async def _listed(self, object: str, state: State) -> Page:
        rows = await self._reader.page(object, state["after"])
        if state["there"] == NOT_YET and self._reader.date is not None:
            there = format_time(self._reader.date)
            state = {**state, "there": there, "since": there}
        records, problems = await self._translated(object, rows)
        state = {**state, "seen": _latest(state, rows)}
        if len(rows) == AT_ONCE:
            following = {**state, "after": rows[-1]["_id"]}
            return Page(records, problems=problems, next_cursor=following, complete=False)
        done = _remembered({**state, "full_at": state["began"], "high": state["seen"]})
        return Page(records, problems=problems, next_cursor=done)

    async def _news(self, object: str, state: State) -> Page:
        """What has changed since. Where the form has changed and no record says so, one was deleted: all is listed."""
        rows = await self._reader.page(object, state["after"], self._since(state))
        records, problems = await self._translated(object, rows)
        seen = _latest(state, rows)
        following = {**state, "seen": seen}
        if len(rows) == AT_ONCE:
            following |= {"after": rows[-1]["_id"]}
        elif state["mark"] != state["modified"] and (seen is None or seen < str(state["mark"])):
            following = self._full(state, Mark(state["mark"], sure=False))
        else:
            # The next walk begins where this one began, by all that was known then: what changed meanwhile may stand
            # before what was listed.
            since = max(str(state["since"]), state["mark"] or "", state["high"] or "")
            done = _remembered({**state, "since": since, "high": seen, "modified": state["mark"], "sure": False})
            return Page(records, problems=problems, next_cursor=done, partial=True)
        return Page(records, problems=problems, next_cursor=following, complete=False)

    async def _translated(self, object: str, rows: list[Row]) -> tuple[list[Record], list[Problem]]:
        """With the tiers that stand in them and nowhere else."""
        records, problems = await self._reader.translate(object, rows)
        return [*others(records, self._options.tiers), *records], problems

    def _since(self, state: Mapping[str, Any]) -> dict[str, Any]:
        overlap = timedelta(seconds=self._options.overlap)
        start = parse_time(state["since"]) - (max(overlap, DAY) if state["mode"] == Mode.DAYS else overlap)
        return _changed_since(format_time(start))

    async def _probe(self, object: str, mark: Mark) -> Mode | None:
        """None: an empty form does not tell."""
        if mark.modified is None:
            return None
        if await self._ask(object, mark.modified) is None or await self._ask(object, FUTURE):
            return Mode.SCAN
        last = parse_time(mark.modified)
        soon = last + timedelta(seconds=1)
        if soon.minute // QUARTER != last.minute // QUARTER or await self._ask(object, format_time(soon)):
            return Mode.DAYS
        return Mode.FILTER

    async def _ask(self, object: str, since: str) -> list[Row] | None:
        """One row that has changed since then; None when Jiandaoyun does not take the filter."""
        try:
            return await self._reader.page(object, None, _changed_since(since), 1)
        except Refused as error:
            if error.jdy in BAD_FILTER:
                return None
            raise

    async def mode(self, object: str) -> Mode | None:
        """What a filter on the time of change does in this form, for people."""
        try:
            return await self._probe(object, await self._forms.look(object))
        except NotThere:
            return None


def _is_quiet_since(there: str | None, mark: Mark) -> bool:
    """Whether nothing has changed since a list was begun; both on Jiandaoyun's clock."""
    return bool(there) and mark.modified is not None and parse_time(mark.modified) + MARGIN <= parse_time(there)


def _latest(state: State, rows: list[Row]) -> str | None:
    """The latest time of change among these rows and those before them."""
    times = [str(row["updateTime"]) for row in rows if row.get("updateTime")]
    return max([*times, *([state["seen"]] if state["seen"] else [])], default=None)


def _changed_since(since: str) -> dict[str, Any]:
    return condition("updateTime", "datetime", "range", [since, None])


def _remembered(state: Mapping[str, Any]) -> State:
    kept = ("modified", "sure", "there", "full_at", "mode", "since", "high")
    return {name: state.get(name) for name in kept}
