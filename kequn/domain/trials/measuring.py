"""What came of each way of a trial, in the days of its window: who bought, who stayed in touch, who was content, what
was spent. All customers count with the way that they were given, whatever was done with them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Float, Select, Table, and_, case, cast, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.domain import classifying, standards
from kequn.domain.trials import intervals
from kequn.domain.trials.intervals import Difference, Sample
from kequn.store import facts, rows, spend, tables
from kequn.store.measures import MILLION
from kequn.store.scope import Scope
from kequn.store.spend import Question
from kequn.store.where import live

_trials: Table = tables.Trial.__table__  # type: ignore[attr-defined]
_subjects: Table = tables.TrialSubject.__table__  # type: ignore[attr-defined]
_answers: Table = tables.Answer.__table__  # type: ignore[attr-defined]
_purchases, _interactions = rows.table(Kind.PURCHASE), rows.table(Kind.INTERACTION)
CONTENT = 75
"""Hundredths of the way from the worst answer to the best: 4 of 5."""


@dataclass(frozen=True)
class Result:
    """`difference`: b less a; None where there are too few to tell."""

    measure: str
    a: Sample
    b: Sample
    difference: Difference | None


@dataclass(frozen=True)
class _Window:
    """When it counts."""

    begin: datetime
    end: datetime
    asked: Question

    def holds(self, at: ColumnElement[Any]) -> ColumnElement[bool]:
        return and_(at > self.begin, at <= self.end)


async def result(session: AsyncSession, scope: Scope, trial: UUID, as_of: datetime) -> Result | None:
    """None of a trial that has not started."""
    mine = (_trials.c.tenant_id == scope.tenant, _trials.c.id == trial)
    row = (await session.execute(select(_trials).where(*mine))).mappings().first()
    if row is None or row["started_at"] is None:
        return None
    begin, measure = row["started_at"], row["measure"]
    asked = classifying.question((await standards.in_force(session, scope)).thresholds, as_of)
    end = min(begin + timedelta(days=row["window_days"]), as_of)
    value = _value(measure, _Window(begin, end, asked))
    each = select(_subjects.c.way, cast(value, Float).label("value"))
    each = each.where(_subjects.c.tenant_id == scope.tenant, _subjects.c.trial_id == trial)
    found = {way: Sample(*numbers) for way, *numbers in await session.execute(_sums(each))}
    a, b = (found.get(way, Sample(0, 0.0, 0.0)) for way in "ab")
    differ = intervals.of_means if measure == "spend" else intervals.of_shares
    return Result(measure, a, b, differ(a, b))


def _sums(each: Select[Any]) -> Select[Any]:
    """Of those of whom there is a value."""
    one = each.subquery("each")
    sums = (func.count(one.c.value), func.sum(one.c.value), func.sum(one.c.value * one.c.value))
    return select(one.c.way, *(func.coalesce(part, 0) for part in sums)).group_by(one.c.way)


def _value(measure: str, when: _Window) -> ColumnElement[Any]:
    """1 or 0; of spend the amount, in units of the standard's currency; of the content None where they did not say."""
    bought = _exists(_purchases, when.holds(_purchases.c.paid_at), spend.SALE)
    talked = _exists(_interactions, when.holds(_interactions.c.happened_at))
    if measure == "bought":
        return case((bought, 1), else_=0)
    if measure == "retained":
        return case((or_(bought, talked), 1), else_=0)
    if measure == "satisfied":
        mean = func.avg(facts.hundredths())
        said = case((mean >= CONTENT, 1), (mean < CONTENT, 0))
        return _of(_answers, said, when.holds(_answers.c.given_at))
    spent = _of(_purchases, func.sum(spend.worth(when.asked)), when.holds(_purchases.c.paid_at))
    return func.coalesce(spent, 0.0) / MILLION


def _exists(table: Table, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(*_whose(table), *conditions)


def _of(table: Table, value: ColumnElement[Any], *conditions: ColumnElement[bool]) -> ColumnElement[Any]:
    return select(value).where(*_whose(table), *conditions).scalar_subquery()


def _whose(table: Table) -> tuple[ColumnElement[bool], ...]:
    same = table.c.tenant_id == _subjects.c.tenant_id, table.c.customer_id == _subjects.c.customer_id
    return (*same, live(table))
