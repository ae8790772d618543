"""Why a customer is what the rules say: each rule's value with the inputs from which it can be worked out again, the
version of the standard, and since when. Reads what the last evaluation kept; never the business rows, which may have
changed since."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.domain import classes, classifying, standards
from kequn.domain.classes import Bench
from kequn.domain.classifying import Evaluation
from kequn.store import tables
from kequn.store.measures import object_of
from kequn.store.scope import Scope

_standings: Table = tables.Standing.__table__  # type: ignore[attr-defined]
_assessments: Table = tables.Assessment.__table__  # type: ignore[attr-defined]
_predictions: Table = tables.Prediction.__table__  # type: ignore[attr-defined]
_evaluations: Table = tables.Evaluation.__table__  # type: ignore[attr-defined]
_PREDICTED = ("alive_millionths", "purchases_thousandths", "value_micros", "spend_micros", "lifetime_micros")
_HISTORY = ("repeats", "recency", "age", "average_micros")


@dataclass(frozen=True)
class Explanation:
    """`since`: when the value became what it is; empty for what moves with every evaluation."""

    rule: str
    value: str | int | None
    version: int
    as_of: datetime
    since: datetime | None
    inputs: Mapping[str, Any]


@dataclass(frozen=True)
class Assessed:
    """A value that a rule gave, and when; with the inputs of that time."""

    rule: str
    value: str | None
    version: int
    as_of: datetime
    inputs: Mapping[str, Any]


async def explain(session: AsyncSession, scope: Scope, customer: UUID) -> list[Explanation]:
    """All rules; none for a customer who was never evaluated."""
    evaluation = await classifying.last(session, scope)
    if evaluation is None:
        return []
    judged = await _judged(session, scope, customer, evaluation)
    return judged and [*judged, *await _predicted(session, scope, customer, evaluation)]


async def _judged(session: AsyncSession, scope: Scope, customer: UUID, last: Evaluation) -> list[Explanation]:
    version = await standards.numbered(session, scope, last.version)
    bench = Bench.of(scope, version.thresholds, last.scale, last.as_of, [customer])
    rules = classes.rules(bench)
    columns = [column for rule in rules for column in (rule.value, object_of(rule.inputs))]
    row = (await session.execute(select(*columns).select_from(bench.facts))).first()
    since = await _since(session, scope, customer)
    return [
        Explanation(rule.name, row[2 * place], last.version, last.as_of, since.get(rule.name), row[2 * place + 1])
        for place, rule in enumerate(rules if row else ())
        if row
    ]


async def _since(session: AsyncSession, scope: Scope, customer: UUID) -> dict[str, datetime]:
    query = select(_assessments.c.rule, func.max(_assessments.c.as_of)).group_by(_assessments.c.rule)
    mine = (_assessments.c.tenant_id == scope.tenant, _assessments.c.customer_id == customer)
    return {str(rule): as_of for rule, as_of in await session.execute(query.where(*mine))}


async def _predicted(session: AsyncSession, scope: Scope, customer: UUID, last: Evaluation) -> list[Explanation]:
    """What the models expect, with their parameters and the history that they were asked about."""
    query = (
        select(_predictions, _evaluations.c.models, _evaluations.c.as_of.label("as_of"))
        .join(_evaluations, _evaluations.c.id == _predictions.c.evaluation_id)
        .where(_predictions.c.tenant_id == scope.tenant, _evaluations.c.tenant_id == scope.tenant)
    )
    row = (await session.execute(query.where(_predictions.c.id == customer))).mappings().first()
    if row is None:
        return []
    by = (await standards.numbered(session, scope, last.version)).thresholds.forecast
    inputs = {**{name: row[name] for name in _HISTORY}, **row["models"], **by.model_dump()}
    return [Explanation(name, row[name], last.version, row["as_of"], None, inputs) for name in _PREDICTED]


async def history(session: AsyncSession, scope: Scope, customer: UUID) -> list[Assessed]:
    """Every change of a class, the newest first."""
    mine = (_assessments.c.tenant_id == scope.tenant, _assessments.c.customer_id == customer)
    query = select(_assessments).where(*mine).order_by(_assessments.c.as_of.desc(), _assessments.c.rule)
    rows = (await session.execute(query)).mappings()
    return [Assessed(row["rule"], row["value"], row["version"], row["as_of"], row["inputs"]) for row in rows]
