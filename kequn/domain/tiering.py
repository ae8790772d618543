"""Carrying out what the rules say about tiers: who moves now, who has to wait, and who is left alone because a person
has decided. Writes through the ledger, so that a change of tier goes out to the CRMs like any other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, String, Table, and_, case, exists, func, insert, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.domain import classifying, pins, rights, standards
from kequn.domain.classifying import Evaluation
from kequn.domain.editing import Desk
from kequn.domain.standard import CLASSES, Tiers
from kequn.store import rows, tables
from kequn.store.database import Database
from kequn.store.journal import Cause
from kequn.store.ledger import Edit, Ledger
from kequn.store.pairs import one_of
from kequn.store.rows import Row
from kequn.store.scope import Actor
from kequn.store.where import in_set, live

_standings: Table = tables.Standing.__table__  # type: ignore[attr-defined]
_customers: Table = tables.Customer.__table__  # type: ignore[attr-defined]
_tiers: Table = tables.Tier.__table__  # type: ignore[attr-defined]
_changes: Table = tables.Change.__table__  # type: ignore[attr-defined]
_pins: Table = tables.Pin.__table__  # type: ignore[attr-defined]
_BATCH = 500


@dataclass(frozen=True)
class Moves:
    """How many customers changed tier, how many were found to have one that a person gave them, and whether there may
    be more to do."""

    moved: int = 0
    pinned: int = 0
    more: bool = False


@dataclass(frozen=True)
class Wanted:
    """A customer whose tier is to change, to which other, and why."""

    customer: UUID
    tier: UUID
    why: str


async def apply(database: Database, ledger: Ledger, actor: Actor, *, most: int | None = None) -> Moves:
    """Change the tiers that are due, some hundreds at a time; of `most` customers at most. A tier that a person
    changed, here or in a CRM, becomes a pin. Raises Refused."""
    rights.require(actor, rights.EDIT)
    moved, pinned, after = 0, 0, UUID(int=0)
    while most is None or moved + pinned < most:
        async with database.writing() as session:
            desk = Desk(session, actor, ledger)
            count = _BATCH if most is None else min(_BATCH, most - moved - pinned)
            wanted = await _due(desk, count, _customers.c.id > after)
            if not wanted:
                return Moves(moved, pinned)
            done = await _carry_out(desk, wanted)
        moved, pinned, after = moved + done.moved, pinned + done.pinned, wanted[-1].customer
    return Moves(moved, pinned, more=True)


async def _due(desk: Desk, most: int, which: ColumnElement[bool]) -> list[Wanted]:
    """Customers whose tier is not the one that the rules say, by id, where they have waited long enough."""
    last = await classifying.last(desk.session, desk.scope)
    if last is None:
        return []
    by = (await standards.numbered(desk.session, desk.scope, last.version)).thresholds.tiers
    tiers = await _tiers_of(desk, by)
    target = _target(by)
    query = (
        select(_customers.c.id, target)
        .join(_standings, and_(_standings.c.tenant_id == _customers.c.tenant_id, _standings.c.id == _customers.c.id))
        .where(_customers.c.tenant_id == desk.scope.tenant, live(_customers), which)
        .where(_moving(tiers, target, by, last), ~_pinned(desk.ledger.clock.now()))
        .order_by(_customers.c.id)
        .limit(most)
    )
    ladder = list(tiers.items())
    found = [(customer, *ladder[place]) for customer, place in await desk.session.execute(query)]
    return [Wanted(customer, id, f"tier {name} by standard {last.version}") for customer, name, id in found]


def _target(by: Tiers) -> ColumnElement[int]:
    """The place on the ladder of what the rules say: of the step, where there is one, or of the class."""
    places = {name: place for place, name in enumerate(by.ladder)}
    steps = [(_standings.c.tier_step == one.tier, places[one.tier]) for one in by.steps]
    own = [(_standings.c.tier_class == name, places[getattr(by, name)]) for name in CLASSES]
    return case(*steps, *own)


def _moving(tiers: Mapping[str, UUID], target: ColumnElement[int], by: Tiers, last: Evaluation) -> ColumnElement[bool]:
    """A first tier is given at once. A change is made when the rules have said so often enough, or clearly; down, only
    after the time of grace. Tiers that the standard does not name are left alone."""
    rank: ColumnElement[Any] = case(*((_customers.c.tier_id == id, place) for place, id in enumerate(tiers.values())))
    patient = or_(_standings.c.tier_runs >= by.runs, _standings.c.tier_clear)
    graced = _standings.c.tier_since <= last.as_of - timedelta(days=by.grace_days)
    first = _customers.c.tier_id.is_(None)
    return or_(and_(first, target.is_not(None)), and_(target > rank, patient), and_(target < rank, patient, graced))


def _pinned(moment: datetime) -> ColumnElement[bool]:
    mine = and_(_pins.c.tenant_id == _customers.c.tenant_id, _pins.c.customer_id == _customers.c.id)
    return exists().where(mine, _pins.c.approval.is_(False), pins.in_force(moment))


async def _tiers_of(desk: Desk, by: Tiers) -> dict[str, UUID]:
    """The tenant's tiers that the standard names, from the lowest up; one that is not there is made."""
    found = await _named(desk, by)
    if len(found) < len(by.ladder):
        await desk.alone()
        found = await _named(desk, by)  # another may have made them meanwhile
        found |= await _make(desk, by, found)
    return {name: found[name] for name in by.ladder}


async def _named(desk: Desk, by: Tiers) -> dict[str, UUID]:
    mine = (_tiers.c.tenant_id == desk.scope.tenant, live(_tiers), _tiers.c.name.in_(list(by.ladder)))
    return {name: id for id, name in await desk.session.execute(select(_tiers.c.id, _tiers.c.name).where(*mine))}


async def _make(desk: Desk, by: Tiers, found: Mapping[str, UUID]) -> dict[str, UUID]:
    """The others, each with the rank of its place. Where ranks would not rise with the ladder then, since those that
    were there had no room between them, they get that of theirs, too."""
    cause = Cause("rule", "standard", "tier of the standard")
    places = {name: place for place, name in enumerate(by.ladder, 1)}
    rows_of = await rows.load(desk.session, desk.scope, Kind.TIER, list(found.values()), lock=True)
    known = {name: rows_of[id] for name, id in found.items()}
    made = {
        name: Row(Kind.TIER, desk.ledger.new_id(), {"name": name, "rank": place})
        for name, place in places.items()
        if name not in found
    }
    edits = [Edit(None, row, cause) for row in made.values()]
    ranks = [known[name].facts.get("rank") or 0 if name in known else place for name, place in places.items()]
    if sorted(set(ranks)) != ranks:
        edits += [
            Edit(row, replace(row, facts={**row.facts, "rank": places[name]}), cause) for name, row in known.items()
        ]
    await desk.write(*edits)
    return {name: row.id for name, row in made.items()}


async def _carry_out(desk: Desk, wanted: Sequence[Wanted]) -> Moves:
    """Once they are locked it is asked again: while they were waited for, somebody may have pinned them."""
    ids = [one.customer for one in wanted]
    found = await rows.load(desk.session, desk.scope, Kind.CUSTOMER, ids, lock=True)
    still = {one.customer: one for one in await _due(desk, len(ids), one_of(_customers.c.id, found))}
    decided = await _by_hand(desk.session, desk, list(still))
    await _pin(desk, {id: found[id] for id in still if id in decided}, decided)
    edits = [
        Edit(row, replace(row, facts={**row.facts, "tier": still[id].tier}), Cause("rule", "tiers", still[id].why))
        for id, row in found.items()
        if id in still and id not in decided
    ]
    await desk.write(*edits)
    return Moves(len(edits), len(decided))


async def _by_hand(session: AsyncSession, desk: Desk, ids: Sequence[UUID]) -> dict[UUID, tuple[str, str]]:
    """Of whom a person, here or in a CRM, was the last to change the tier, since no pin of theirs ended: source and
    actor. The tier that a record brought along when it came is nobody's decision."""
    logged = (_changes.c.tenant_id == desk.scope.tenant, _changes.c.row_id.in_(ids))
    about = in_set(_changes.c.fields, literal("tier", String()))
    newest = func.row_number().over(partition_by=_changes.c.row_id, order_by=_changes.c.id.desc()).label("newest")
    columns = (_changes.c.row_id, _changes.c.op, _changes.c.source, _changes.c.actor, _changes.c.at)
    ranked = select(*columns, newest).where(*logged, about).subquery("ranked")
    mine = and_(_pins.c.tenant_id == desk.scope.tenant, _pins.c.customer_id == ranked.c.row_id)
    settled = exists().where(mine, _pins.c.approval.is_(False), _pins.c.since >= ranked.c.at)
    query = select(ranked.c.row_id, ranked.c.source, ranked.c.actor).where(
        ranked.c.newest == 1, ranked.c.op == "update", ranked.c.source != "rule", ~settled
    )
    return {id: (source, actor) for id, source, actor in await session.execute(query)}


async def _pin(desk: Desk, found: Mapping[UUID, Row], decided: Mapping[UUID, tuple[str, str]]) -> None:
    now = desk.ledger.clock.now()
    values = [
        {
            "tenant_id": desk.scope.tenant,
            "id": desk.ledger.new_id(),
            "customer_id": id,
            "tier_id": row.facts.get("tier"),
            "approval": False,
            "reason": "set in a CRM" if decided[id][0] == "sync" else "set by hand",
            "since": now,
            "made_by": decided[id][1],
        }
        for id, row in found.items()
    ]
    if values:
        await desk.session.execute(insert(_pins), values)
