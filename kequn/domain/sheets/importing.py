"""A sheet brought in: each row changes the row that has its identity, or makes a new one, by the ordinary road of
edits. A plan is the same work in a transaction that is thrown away. The guard stops a sheet that would blank more than
seems true; rows with something wrong in them are told and left out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from kequn.contracts.records import Kind
from kequn.domain import batches, customers, groups, rights, tiers
from kequn.domain.batches import Done, Rules
from kequn.domain.checks import Entered
from kequn.domain.community import keeping, members
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, Problem, Refused, refuse
from kequn.domain.sheets import columns
from kequn.domain.sheets.columns import REFERENCES, Columns
from kequn.store import rows, tenants
from kequn.store.rows import table
from kequn.store.where import live

RULES: Mapping[Kind, Rules] = {
    Kind.CUSTOMER: customers.RULES,
    Kind.GROUP: groups.RULES,
    Kind.TIER: tiers.RULES,
}
BY: Mapping[Kind, str] = {Kind.CUSTOMER: "phone", Kind.GROUP: "name", Kind.TIER: "name"}
"""By what a row is known unless another identity is chosen."""

LEAST, SHARE, PIECE = 20, 10, 500
"""So many rows may be blanked, or so many percent of the sheet, whichever is more."""

Cells = Mapping[str, str]
"""A row of a sheet: texts by header."""


@dataclass(frozen=True)
class Wrong:
    """A row of the sheet, counted from 1 under the header, and what is wrong with it. `column`: its header."""

    row: int
    column: str
    problem: Problem


@dataclass
class Plan:
    """How many rows a sheet makes, changes and leaves as they are; what is wrong; how many it blanks something in."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[Wrong] = field(default_factory=list)
    blanked: int = 0


async def bring_in(
    desk: Desk, kind: Kind, by: str, mapping: Columns, sheet: Sequence[Cells], *, clear: bool = False
) -> Plan:
    """Do the rows. `clear`: an empty cell empties the field; else it says nothing. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    if kind not in RULES or by not in mapping.fields.values():
        raise refuse(Code.REQUIRED, "by")
    zone = ZoneInfo((await tenants.of(desk.session, desk.scope)).time_zone)
    names = await _names(desk)
    headers = {field: header for header, field in mapping.fields.items()}
    plan = Plan()
    for start in range(0, len(sheet), PIECE):
        piece = [_entered(kind, mapping, cells, zone, clear=clear) for cells in sheet[start : start + PIECE]]
        await _do(desk, plan, kind, by, piece, start, headers, names)
    return plan


async def _do(
    desk: Desk, plan: Plan, kind: Kind, by: str, piece: list[dict[str, Entered]], start: int,
    headers: Mapping[str, str], names: Mapping[tuple[Kind, str], UUID | None],
) -> None:  # fmt: skip
    good: list[tuple[int, dict[str, Entered]]] = []
    for place, entered in enumerate(piece, start + 1):
        unknown = _refer(entered, names)
        plan.wrong += [Wrong(place, headers[field], Problem(Code.NOT_FOUND, (field,))) for field in unknown]
        if unknown:
            plan.counts[Done.REFUSED.value] += 1
        else:
            good.append((place, entered))
    items = await batches.matched(desk, kind, [entered for _, entered in good], by)
    known = await rows.load(desk.session, desk.scope, kind, {item.id for item in items if item.id})
    for item in items:
        before = known[item.id].facts if item.id else {}
        plan.blanked += any(value in (None, []) and before.get(name) for name, value in (item.entered or {}).items())
    for (place, _), outcome in zip(good, await batches.edit(desk, RULES[kind], items), strict=True):
        plan.counts[outcome.done.value] += 1
        plan.wrong += [
            Wrong(place, headers.get(str(one.path[0]), "") if one.path else "", one) for one in outcome.problems
        ]


def _entered(kind: Kind, mapping: Columns, cells: Cells, zone: ZoneInfo, *, clear: bool) -> dict[str, Entered]:
    entered: dict[str, Entered] = {}
    for header, name in mapping.fields.items():
        text = cells.get(header, "").strip()
        if text:
            entered[name] = columns.read(kind, name, text, zone)
        elif clear:
            entered[name] = None
    return entered


def _refer(entered: dict[str, Entered], names: Mapping[tuple[Kind, str], UUID | None]) -> list[str]:
    """Puts ids in the place of names; the fields whose name is nobody's, or several rows'."""
    unknown = []
    for name, kind in REFERENCES.items():
        if isinstance(entered.get(name), str):
            found = names.get((kind, str(entered[name])))
            if found is None:
                unknown.append(name)
            entered[name] = found
    return unknown


async def _names(desk: Desk) -> dict[tuple[Kind, str], UUID | None]:
    """Live rows that are referred to by name; None where several have it."""
    found: dict[tuple[Kind, str], UUID | None] = {}
    for kind in REFERENCES.values():
        here = table(kind)
        query = select(here.c.name, here.c.id).where(here.c.tenant_id == desk.scope.tenant, live(here))
        for name, id in await desk.session.execute(query):
            found[kind, name] = None if (kind, name) in found else id
    return found


def guard(plan: Plan, size: int) -> None:
    """Raise Refused when the sheet would blank more than seems true."""
    most = max(LEAST, size * SHARE // 100)
    if plan.blanked > most:
        raise refuse(Code.TOO_MANY, "clear", limit=most)


# -- activity ---------------------------------------------------------------------------------------------------------

ACTIVITY = ("group", "member", "day", "messages", "interactions")


async def activity(desk: Desk, mapping: Columns, sheet: Sequence[Cells]) -> Plan:
    """Daily counts of messages and interactions: group by name, member by phone. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    headers = {field: header for header, field in mapping.fields.items()}
    if not {"group", "member", "day"} <= set(headers):
        raise refuse(Code.REQUIRED, "map")
    plan = Plan()
    for place, cells in enumerate(sheet, 1):
        said = {name: cells.get(header, "").strip() for name, header in headers.items()}
        try:
            await _active(desk, said)
            plan.counts[Done.UPDATED.value] += 1
        except Refused as refused:
            plan.counts[Done.REFUSED.value] += 1
            plan.wrong += [Wrong(place, headers.get(str((one.path or ("",))[0]), ""), one) for one in refused.problems]
    return plan


async def _active(desk: Desk, said: Mapping[str, str]) -> None:
    group = await _one(desk, Kind.GROUP, {"name": said["group"]}, "group")
    customer = await _one(desk, Kind.CUSTOMER, {"phone": said["member"]}, "member")
    day = columns.day(said["day"])
    if day is None:
        raise refuse(Code.BAD_DATE, "day")
    if await keeping.membership(desk, group, customer) is None:
        raise refuse(Code.NOT_A_MEMBER, "member")
    counts: dict[str, Any] = {}
    for name in ("messages", "interactions"):
        if not (text := said.get(name) or "0").isdecimal():
            raise refuse(Code.BAD_NUMBER, name)
        counts[name] = int(text)
    await members.active(desk, group, customer, day, **counts)


async def _one(desk: Desk, kind: Kind, known: Mapping[str, Entered], field: str) -> UUID:
    """The only row that has this. Raises Refused."""
    [by] = known
    [item] = await batches.matched(desk, kind, [known], by)
    if item.wrong or item.id is None:
        raise refuse(item.wrong[0].code if item.wrong else Code.NOT_FOUND, field)
    return item.id
