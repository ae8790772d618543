"""A sheet brought in: each row changes the row that it is about, or makes a new one, by the ordinary road of edits. A
plan is the same work in a transaction that is thrown away, and says of each field what it was and becomes. The guard
stops a sheet that would blank or replace more than seems true; rows with something wrong are told and left out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from kequn.contracts.errors import UnsafePlan
from kequn.contracts.identity import IDENTITIES
from kequn.contracts.records import Kind
from kequn.domain import (
    batches,
    customers,
    feedback,
    groups,
    interactions,
    memberships,
    purchases,
    rights,
    standards,
    tiers,
)
from kequn.domain.batches import Done, Rules
from kequn.domain.checks import Entered
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, Problem, refuse
from kequn.domain.sheets import columns, ends, matching
from kequn.domain.sheets.columns import Columns
from kequn.domain.sheets.matching import SAME
from kequn.store import rows, tenants
from kequn.store.rows import Row, table
from kequn.store.values import is_empty, to_json
from kequn.store.where import live

RULES: Mapping[Kind, Rules] = {
    rules.kind: rules
    for rules in (
        customers.RULES,
        groups.RULES,
        tiers.RULES,
        memberships.RULES,
        purchases.RULES,
        interactions.RULES,
        feedback.RULES,
    )
}
BY: Mapping[Kind, tuple[str, ...]] = {Kind.CUSTOMER: ("phone",), Kind.GROUP: ("name",), Kind.TIER: ("name",), **SAME}
"""By what a row is known unless another identity is chosen."""

LEAST, SHARE, PIECE = 20, 10, 500
"""So many rows may be blanked, and so many replaced, or so many percent of those there are, whichever is more."""

Cells = Mapping[str, str]
"""A row of a sheet: texts by header."""


@dataclass(frozen=True)
class Wrong:
    """A row of the sheet, counted from 1 under the header, and what is wrong with it. `column`: its header."""

    row: int
    column: str
    problem: Problem


@dataclass(frozen=True)
class Moved:
    """What a row of the sheet makes of the row that it is about. `fields`: what each was and becomes, as JSON."""

    row: int
    id: UUID
    new: bool
    fields: Mapping[str, tuple[Any, Any]] = field(repr=False)
    blanks: bool = False
    replaces: bool = False


@dataclass
class Plan:
    """How many rows a sheet makes, changes and leaves as they are; what becomes of each; what is wrong. `held`: how
    many rows there were before."""

    kind: Kind | None = None
    held: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[Wrong] = field(default_factory=list)
    moved: list[Moved] = field(default_factory=list)

    @property
    def blanked(self) -> int:
        """In how many rows something is emptied."""
        return sum(one.blanks for one in self.moved)

    @property
    def replaced(self) -> int:
        """In how many rows a value gives way to another one."""
        return sum(one.replaces for one in self.moved)


@dataclass(frozen=True)
class Reader:
    """How the cells of one sheet are read. `clear`: an empty cell empties the field; else it says nothing."""

    kind: Kind
    mapping: Columns
    zone: ZoneInfo
    home: str
    clear: bool

    def entered(self, cells: Cells) -> dict[str, Entered]:
        found: dict[str, Entered] = {}
        for header, name in self.mapping.fields.items():
            text = cells.get(header, "").strip()
            if text:
                found[name] = columns.read(self.kind, name, text, self.zone, self.home)
            elif self.clear:
                found[name] = None
        return found

    def header(self, problem: Problem) -> str:
        """Of the column that a problem is about."""
        name = str(problem.path[0]) if problem.path else ""
        return next((header for header, field in self.mapping.fields.items() if field == name), "")


def identities(kind: Kind) -> tuple[str, ...]:
    """What `by` may be."""
    if kind is Kind.CUSTOMER:
        return IDENTITIES
    return () if kind in SAME else BY.get(kind, ())


def ways(kind: Kind, by: str | None = None) -> tuple[str, ...]:
    """By what rows are known. Raises Refused where `by` is nothing that tells them apart: all would seem to be new."""
    if by is None:
        return BY.get(kind, ())
    if by not in identities(kind):
        raise refuse(Code.BAD_VALUE, "by")
    return (by,)


async def bring_in(
    desk: Desk, kind: Kind, by: str | None, mapping: Columns, sheet: Sequence[Cells], *, clear: bool = False
) -> Plan:
    """Do the rows. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    names = ways(kind, by)
    if kind not in RULES or not set(names) <= set(mapping.fields.values()):
        raise refuse(Code.REQUIRED, "by")
    zone = await tenants.zone(desk.session, desk.scope)
    home = (await standards.in_force(desk.session, desk.scope)).thresholds.currency
    reader = Reader(kind, mapping, zone, home, clear)
    plan = Plan(kind, await _held(desk, kind))
    for start in range(0, len(sheet), PIECE):
        await _do(desk, plan, reader, names, sheet[start : start + PIECE], start + 1)
    return plan


async def _held(desk: Desk, kind: Kind) -> int:
    here = table(kind)
    query = select(func.count()).select_from(here).where(here.c.tenant_id == desk.scope.tenant, live(here))
    return int((await desk.session.execute(query)).scalar_one())


async def _do(
    desk: Desk, plan: Plan, reader: Reader, by: Sequence[str], piece: Sequence[Cells], first: int
) -> None:  # fmt: skip
    entered = [reader.entered(cells) for cells in piece]
    names = await ends.known(desk.session, desk.scope, reader.kind, entered)
    good: list[tuple[int, dict[str, Entered]]] = []
    for place, one in enumerate(entered, first):
        unknown = [Problem(Code.NOT_FOUND, (name,)) for name in ends.put(reader.kind, one, names)]
        plan.wrong += [Wrong(place, reader.header(problem), problem) for problem in unknown]
        if unknown:
            plan.counts[Done.REFUSED.value] += 1
        else:
            good.append((place, one))
    items = await matching.items(desk, reader.kind, [one for _, one in good], by)
    before = await rows.load(desk.session, desk.scope, reader.kind, {item.id for item in items if item.id})
    outcomes = await batches.edit(desk, RULES[reader.kind], items)
    done = {outcome.id for outcome in outcomes if outcome.id and outcome.done in {Done.CREATED, Done.UPDATED}}
    after = await rows.load(desk.session, desk.scope, reader.kind, done)
    for (place, _), outcome in zip(good, outcomes, strict=True):
        plan.counts[outcome.done.value] += 1
        plan.wrong += [Wrong(place, reader.header(one), one) for one in outcome.problems]
        if outcome.id in after:
            plan.moved.append(_moved(place, before.get(outcome.id), after[outcome.id]))


def _moved(place: int, before: Row | None, after: Row) -> Moved:
    old = before.facts if before else {}
    pairs = {name: (old.get(name), fact) for name, fact in after.facts.items() if fact != old.get(name)}
    told = {name: pair for name, pair in pairs.items() if not (is_empty(pair[0]) and is_empty(pair[1]))}
    lost = [is_empty(new) for was, new in told.values() if not is_empty(was)]
    shown = {name: (to_json(was), to_json(new)) for name, (was, new) in told.items()}
    return Moved(place, after.id, before is None, shown, any(lost), not all(lost))


def guard(plan: Plan) -> None:
    """Raises UnsafePlan when the sheet would blank or replace more than seems true."""
    most = max(LEAST, plan.held * SHARE // 100)
    for what, count in (("blanked", plan.blanked), ("replaced", plan.replaced)):
        if count > most:
            raise UnsafePlan(
                f"{count} of {plan.held} rows would be {what}, more than the {most} that one sheet may. "
                "Look at the preview; if it is right, run again with --allow-unsafe"
            )
