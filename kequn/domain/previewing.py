"""Who would change class if a version of the standard were in force: a rehearsal of the evaluation, in a transaction
that is taken back. Writes nothing."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.domain import alerts, classes, classifying, rights, scale, standards
from kequn.domain.classes import HISTORY, Bench, Rule
from kequn.domain.classifying import COUNTED
from kequn.domain.editing import Desk
from kequn.domain.standards import Version
from kequn.store import facts, tables

_standings: Table = tables.Standing.__table__  # type: ignore[attr-defined]
_alerts: Table = tables.Alert.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Movement:
    """`count` customers would go from one value of a rule to another; `some` of them."""

    rule: str
    before: str | None
    after: str | None
    count: int
    some: Sequence[UUID]


@dataclass(frozen=True)
class Raising:
    """`customers` would have an alert of this kind for this reason; `fresh` of them have none of the kind now."""

    kind: str
    reason: str
    customers: int
    fresh: int


@dataclass(frozen=True)
class Preview:
    """`counts`: {rule: {value: customers}}, as they would be. `alerts`: what would be raised."""

    version: int
    as_of: datetime
    counts: Mapping[str, Mapping[str, int]]
    movements: Sequence[Movement]
    alerts: Sequence[Raising] = ()


async def preview(desk: Desk, id: UUID, *, as_of: datetime | None = None, show: int = 20) -> Preview:
    """`show`: how many customers of each movement are named. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    version = await standards.find(desk.session, desk.scope, id)
    now = desk.ledger.clock.now()
    moment = as_of or await classifying.end_of_today(desk.session, desk.scope, now)
    async with desk.session.begin_nested() as rehearsal:
        found = await _rehearse(desk, version, moment, show)
        await rehearsal.rollback()
    return found


async def _rehearse(desk: Desk, version: Version, as_of: datetime, show: int) -> Preview:
    session, scope, by = desk.session, desk.scope, version.thresholds
    await facts.take(session, scope, classifying.question(by, as_of))
    bench = Bench.of(scope, by, await scale.take(session, scope, by, as_of), as_of)
    rules = [rule for rule in classes.rules(bench) if rule.name in HISTORY]
    movements = [one for rule in rules for one in await _movements(session, bench, rule, show)]
    counts = {rule.name: await _counts(session, bench, rule) for rule in rules if rule.name in COUNTED}
    return Preview(version.number, as_of, counts, movements, await _raising(desk, version, as_of))


async def _raising(desk: Desk, version: Version, as_of: datetime) -> list[Raising]:
    """By the facts that were taken for the rehearsal."""
    found = await alerts.reasons(desk, version.thresholds, as_of)
    query = select(_alerts.c.customer_id, _alerts.c.kind)
    mine = (_alerts.c.tenant_id == desk.scope.tenant, _alerts.c.state != "closed")
    known = {(customer, kind) for customer, kind in await desk.session.execute(query.where(*mine))}
    every = Counter((one.kind, one.reason) for one in found)
    fresh = Counter((one.kind, one.reason) for one in found if (one.customer, one.kind) not in known)
    return [Raising(*key, count, fresh[key]) for key, count in sorted(every.items())]


async def _movements(session: AsyncSession, bench: Bench, rule: Rule, show: int) -> list[Movement]:
    before, after = bench.facts.c[rule.name], rule.value
    moving = (
        select(bench.facts.c.id, before.label("before"), after.label("after"))
        .where(after.is_distinct_from(before))
        .subquery("moving")
    )
    same: Any = (moving.c.before, moving.c.after)
    place = func.row_number().over(partition_by=same, order_by=moving.c.id).label("place")
    ranked = select(moving, place, func.count().over(partition_by=same).label("count")).subquery("ranked")
    query = (
        select(ranked).where(ranked.c.place <= max(show, 1)).order_by(ranked.c.before, ranked.c.after, ranked.c.place)
    )
    found: dict[tuple[str | None, str | None], tuple[int, list[UUID]]] = {}
    for row in (await session.execute(query)).mappings():
        found.setdefault((row["before"], row["after"]), (row["count"], []))[1].append(row["id"])
    return [Movement(rule.name, *way, count, some[:show]) for way, (count, some) in found.items()]


async def _counts(session: AsyncSession, bench: Bench, rule: Rule) -> dict[str, int]:
    judged = select(rule.value.label("value")).select_from(bench.facts).subquery("judged")
    query = select(judged.c.value, func.count()).where(judged.c.value.is_not(None)).group_by(judged.c.value)
    return {str(value): count for value, count in await session.execute(query)}
