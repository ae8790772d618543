"""The evaluation of the rules over all customers, or over what changed: facts, scale, models, classes. Decides in which
order they are worked out and what is written; what a class is stands in classes.py."""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Table, and_, case, func, insert, literal, or_, select, true, union_all, update
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.domain import classes, rights, scale, standards
from kequn.domain.classes import HISTORY, Bench
from kequn.domain.scale import Scale
from kequn.domain.standard import Thresholds
from kequn.domain.standards import Version
from kequn.store import facts, predictions, rates, tables, tenants, touched
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.measures import object_of
from kequn.store.pairs import one_of
from kequn.store.scope import Actor, Scope
from kequn.store.spend import Question
from kequn.store.upsert import insert_or_update

_standings: Table = tables.Standing.__table__  # type: ignore[attr-defined]
_assessments: Table = tables.Assessment.__table__  # type: ignore[attr-defined]
_evaluations: Table = tables.Evaluation.__table__  # type: ignore[attr-defined]
_OVERLAP = timedelta(minutes=5)  # an edit is dated before it can be seen
MANY = 3_000
"""If more customers changed, all are evaluated: it takes no longer, and statements hold so many ids and no more."""
COUNTED = (
    "frequency_class", "value_class", "loyalty_class", "activity", "importance", "lifecycle", "tier_class", "tier_step",
)  # fmt: skip


@dataclass(frozen=True)
class Evaluation:
    """What the last evaluation knew, and found."""

    id: UUID
    version: int
    as_of: datetime
    seen_until: datetime
    scale: Scale
    models: Mapping[str, Any]
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    customers: int = 0
    whole: bool = True
    unpriced: Mapping[str, int] = field(default_factory=dict)


async def end_of_today(session: AsyncSession, scope: Scope, now: datetime) -> datetime:
    """When today ends in the tenant's time zone: everything of today counts, and all of a day judge at one moment."""
    zone = await tenants.zone(session, scope)
    today = now.astimezone(zone).date()
    return datetime.combine(today + timedelta(days=1), time(), zone).astimezone(UTC)


async def last(session: AsyncSession, scope: Scope) -> Evaluation | None:
    query = select(_evaluations).where(_evaluations.c.tenant_id == scope.tenant).order_by(_evaluations.c.id.desc())
    row = (await session.execute(query.limit(1))).mappings().first()
    if row is None:
        return None
    return Evaluation(
        row["id"], row["version"], row["as_of"], row["seen_until"], Scale.read(row["scale"]),
        row["models"], row["counts"], whole=row["whole"], unpriced=row["unpriced"],
    )  # fmt: skip


async def _latest(session: AsyncSession, scope: Scope) -> datetime | None:
    query = select(func.max(_evaluations.c.as_of)).where(_evaluations.c.tenant_id == scope.tenant)
    found: datetime | None = (await session.execute(query)).scalar()
    return found


async def evaluate(
    database: Database, ledger: Ledger, actor: Actor, *, as_of: datetime | None = None, whole: bool = True
) -> Evaluation:
    """Evaluate all customers; or (not `whole`) those that changed, where the last evaluation judged at the same moment
    by the same standard. Models are fitted where all are evaluated. Raises Refused."""
    rights.require(actor, rights.EDIT)
    work, done = _Work(database, ledger, actor.scope), None
    while done is None:
        started = await work.start(as_of, whole=whole)
        outlook = await asyncio.to_thread(_outlook, started, await work.histories(started))
        done = await work.finish(started, outlook)
    return done


@dataclass(frozen=True)
class Started:
    """An evaluation under way. `customers`: whose facts are taken anew; None: everybody's. `before`: the one that it
    follows. `latest`: the latest moment that any before it judged at: people may ask for days that are over, too."""

    version: Version
    as_of: datetime
    seen_until: datetime
    customers: Collection[UUID] | None
    before: Evaluation | None
    unpriced: Mapping[str, int]
    latest: datetime | None = None

    @property
    def by(self) -> Thresholds:
        return self.version.thresholds

    @property
    def later(self) -> bool:
        """Of a later day than all before: it counts for the patience of tiers."""
        return self.latest is None or self.as_of > self.latest

    @property
    def models(self) -> Mapping[str, Any]:
        """Those of before, where only some are evaluated."""
        return self.before.models if self.customers is not None and self.before else {}

    def stands(self, version: Version, before: Evaluation | None) -> bool:
        """Whether what was worked out may still be written: by the standard that is in force, and after the evaluation
        that it builds on. If others were finished meanwhile, one of everybody follows them, where they judged at the
        same moment; if it had to begin anew for each of the small ones, it might never end."""
        if version.number != self.version.number:
            return False
        if before is None or (self.before is not None and self.before.id == before.id):
            return True
        return self.customers is None and before.as_of == self.as_of


@dataclass(frozen=True)
class _Outlook:
    """The parameters of the models, and columns of predictions."""

    models: Mapping[str, Any]
    predicted: Mapping[str, Any]


@dataclass(frozen=True)
class _Work:
    """The steps that touch the database, each in a transaction of its own: nobody waits while models are fitted."""

    database: Database
    ledger: Ledger
    scope: Scope

    async def start(self, as_of: datetime | None, *, whole: bool) -> Started:
        """The facts."""
        async with self.database.writing() as session:
            version = await standards.in_force(session, self.scope, lock=True)
            now = self.ledger.clock.now()
            moment = as_of or await end_of_today(session, self.scope, now)
            before = await last(session, self.scope)
            customers = None
            same = before is not None and (before.as_of, before.version) == (moment, version.number)
            if not whole and same and before and not await rates.noted_since(session, self.scope, before.seen_until):
                some = await touched.since(session, self.scope, self.ledger.vault, before.seen_until)
                customers = some if len(some) <= MANY else None
            asked = question(version.thresholds, moment, customers)
            await facts.take(session, self.scope, asked)
            unpriced = await facts.unpriced(session, self.scope, asked) if customers is None else {}
        return Started(version, moment, now - _OVERLAP, customers, before, unpriced)

    async def histories(self, started: Started) -> list[Any]:
        async with self.database.reading() as session:
            return await predictions.histories(session, self.scope, started.as_of, started.customers)

    async def finish(self, started: Started, outlook: _Outlook) -> Evaluation | None:
        """Predictions, scale and classes; nothing where it has to begin anew."""
        async with self.database.writing() as session:
            version, before = await standards.in_force(session, self.scope, lock=True), await last(session, self.scope)
            if not started.stands(version, before):
                return None
            latest = await _latest(session, self.scope)
            started, id = replace(started, before=before, latest=latest), self.ledger.new_id()
            edges = await scale.take(session, self.scope, started.by, started.as_of)
            await session.execute(insert(_evaluations).values(self._row(id, started, outlook, edges)))
            await predictions.put(session, self.scope, id, outlook.predicted, started.customers)
            await judge(session, Bench.of(self.scope, started.by, edges, started.as_of), started)
            counts = await _counts(session, self.scope)
            mine = (_evaluations.c.tenant_id == self.scope.tenant, _evaluations.c.id == id)
            await session.execute(update(_evaluations).where(*mine).values(counts=counts))
        customers = sum(counts.get("activity", {}).values()) if started.customers is None else len(started.customers)
        return Evaluation(
            id, started.version.number, started.as_of, started.seen_until, edges, outlook.models, counts,
            customers, started.customers is None,
        )  # fmt: skip

    def _row(self, id: UUID, started: Started, outlook: _Outlook, edges: Scale) -> dict[str, Any]:
        return {
            "tenant_id": self.scope.tenant,
            "id": id,
            "version": started.version.number,
            "as_of": started.as_of,
            "at": self.ledger.clock.now(),
            "seen_until": started.seen_until,
            "whole": started.customers is None,
            "scale": edges.show(),
            "models": dict(outlook.models),
            "unpriced": dict(started.unpriced),
        }


def question(by: Thresholds, as_of: datetime, customers: Collection[UUID] | None = None) -> Question:
    windows = by.windows
    return Question(
        as_of, windows.window_days, windows.recent_days, windows.half_days, by.currency, by.rates, customers, by.dated
    )


def _outlook(started: Started, columns: list[Any]) -> _Outlook:
    """Fit, or take the models of before for the few that changed; and predict."""
    from kequn.domain import forecast  # numpy and scipy: a server that only answers never loads them

    ids, *numbers = columns
    history = forecast.History(*(forecast.column(one) for one in numbers))
    models = forecast.Models.read(started.models) if started.customers is not None else forecast.fit(history)
    if models is None:
        return _Outlook({}, {})
    predicted = forecast.rounded(forecast.predict(models, history, started.by.forecast), history)
    return _Outlook(models.show(), {"id": ids, **predicted})


async def judge(session: AsyncSession, bench: Bench, started: Started) -> None:
    """Write what the rules say of every standing, and keep each change of a class with its inputs."""
    if started.customers is not None:
        moved = {*(await session.execute(_moved(bench.passing()))).scalars(), *started.customers}
        if not moved:
            return
        if len(moved) <= _FEW:
            bench = bench.among(moved)
    await session.execute(_kept(session, bench, started.version.number))
    await session.execute(_write(bench, started))


_FEW = 20_000
"""So many changes at most are looked up by their ids; for more it is quicker to go through everybody."""


def _moved(bench: Bench) -> Select[Any]:
    """The customers of whom the rules say something else than before. Scores shift a little with every customer that
    changes: those of the others wait for the next evaluation of all."""
    known = bench.facts.c
    news = [rule.value.is_distinct_from(known[rule.name]) for rule in classes.rules(bench) if rule.name in HISTORY]
    return select(known.id).where(or_(*news, classes.clear(bench).is_distinct_from(known.tier_clear)))


def _kept(session: AsyncSession, bench: Bench, version: int) -> Any:
    """Each class that changed, with its inputs, since the moment of the evaluation."""
    known, moment = bench.facts.c, literal(bench.as_of, _assessments.c.as_of.type)
    given = (moment, literal(version))
    each = [
        select(known.tenant_id, known.id, literal(rule.name), *given, rule.value, object_of(rule.inputs)).where(
            rule.value.is_distinct_from(known[rule.name])
        )
        for rule in classes.rules(bench)
        if rule.name in HISTORY
    ]
    names = ["tenant_id", "customer_id", "rule", "as_of", "version", "value", "inputs"]
    query = select(union_all(*each).subquery("changed")).where(true())
    return insert_or_update(session, _assessments, "version", "value", "inputs").from_select(names, query)


def _write(bench: Bench, started: Started) -> Any:
    """The classes into the standings, where they differ."""
    said = {rule.name: rule.value for rule in classes.rules(bench)} | {"tier_clear": classes.clear(bench)}
    judged = select(bench.facts.c.id, *(value.label(name) for name, value in said.items())).subquery("judged")
    values: dict[str, Any] = {name: judged.c[name] for name in said}
    same = and_(
        _standings.c.tier_class == judged.c.tier_class,
        _standings.c.tier_step.is_not_distinct_from(judged.c.tier_step),
    )
    values["tier_runs"] = case((same, _standings.c.tier_runs + int(started.later)), else_=1)
    values["tier_since"] = case(
        (same, _standings.c.tier_since), else_=literal(bench.as_of, _standings.c.tier_since.type)
    )
    differs = or_(*(_standings.c[name].is_distinct_from(value) for name, value in values.items()))
    mine = and_(_standings.c.tenant_id == bench.scope.tenant, _standings.c.id == judged.c.id)
    if bench.only is not None:
        mine &= one_of(_standings.c.id, bench.only)
    return update(_standings).where(mine, differs).values(values)


async def _counts(session: AsyncSession, scope: Scope) -> dict[str, dict[str, int]]:
    """{rule: {value: customers}}."""
    columns = [_standings.c[name] for name in COUNTED]
    query = select(*columns, func.count()).where(_standings.c.tenant_id == scope.tenant).group_by(*columns)
    counts: dict[str, Counter[str]] = {name: Counter() for name in COUNTED}
    for *values, count in await session.execute(query):
        for name, value in zip(COUNTED, values, strict=True):
            if value is not None:
                counts[name][value] += count
    return {name: dict(sorted(counter.items())) for name, counter in counts.items()}
