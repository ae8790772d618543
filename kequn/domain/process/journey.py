"""The journey map 客户旅程图: what customers met in a period, touch-point by touch-point, where it hurt, and what they
suggest. Touch-points are the channels of interactions and feedback, purchases, and the steps of the service process."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    and_,
    case,
    func,
    literal,
    null,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.store import rows, tables
from kequn.store.kinds import is_kind, said_at
from kequn.store.scope import Scope
from kequn.store.where import live

_interactions, _purchases = rows.table(Kind.INTERACTION), rows.table(Kind.PURCHASE)
_feedback = rows.table(Kind.FEEDBACK)
_cases: Table = tables.ServiceCase.__table__  # type: ignore[attr-defined]
_steps: Table = tables.CaseStep.__table__  # type: ignore[attr-defined]
PAINS, IMPROVEMENTS = ("complaint", "problem"), ("suggestion", "opinion")
STAGES = ("contact", "purchase", "service", "feedback")


@dataclass(frozen=True)
class TouchPoint:
    """`stage`: of the journey; `name`: the channel or step. `times`: how often, by how many `customers`. `pains`:
    complaints, problems, returns, steps that were late; `improvements`: suggestions and opinions."""

    stage: str
    name: str | None
    times: int
    customers: int
    pains: int
    improvements: int


@dataclass(frozen=True)
class _Asked:
    """From `since` (excluded) to `until` (included). `each`: of each of these customers by themselves."""

    scope: Scope
    since: datetime
    until: datetime
    each: Collection[UUID] | None = None


async def read(session: AsyncSession, scope: Scope, since: datetime, until: datetime) -> list[TouchPoint]:
    """In the order of the stages, the most met first."""
    return [point for _, point in await _read(session, _Asked(scope, since, until))]


async def read_each(
    session: AsyncSession, scope: Scope, customers: Collection[UUID], since: datetime, until: datetime
) -> Mapping[UUID, list[TouchPoint]]:
    """The same of each of these customers."""
    found: dict[UUID, list[TouchPoint]] = {customer: [] for customer in customers}
    for customer, point in await _read(session, _Asked(scope, since, until, customers)):
        found[customer].append(point)
    return found


async def _read(session: AsyncSession, asked: _Asked) -> list[tuple[UUID, TouchPoint]]:
    parts = [_contacts(asked), _bought(asked), _served(asked), _told(asked)]
    found = [(who, TouchPoint(*row)) for who, *row in await session.execute(union_all(*parts))]
    return sorted(found, key=lambda one: (STAGES.index(one[1].stage), -one[1].times, one[1].name or ""))


def _points(
    asked: _Asked,
    stage: str,
    name: ColumnElement[Any],
    who: ColumnElement[Any],
    pain: ColumnElement[bool],
    better: ColumnElement[bool],
) -> Select[Any]:
    each: ColumnElement[Any] = type_coerce(null(), who.type) if asked.each is None else who
    query = select(
        each.label("who"),
        literal(stage).label("stage"),
        name.label("name"),
        func.count().label("times"),
        func.count(who.distinct()).label("customers"),
        func.sum(case((pain, 1), else_=0)).label("pains"),
        func.sum(case((better, 1), else_=0)).label("improvements"),
    )
    return query.group_by(name) if asked.each is None else query.where(who.in_(asked.each)).group_by(name, who)


def _within(asked: _Asked, table: Table, moment: ColumnElement[Any]) -> tuple[ColumnElement[bool], ...]:
    return table.c.tenant_id == asked.scope.tenant, live(table), moment > asked.since, moment <= asked.until


def _contacts(asked: _Asked) -> Select[Any]:
    talk, never = _interactions.c, literal(1) == 0
    query = _points(asked, "contact", talk.channel, talk.customer_id, never, never)
    return query.where(*_within(asked, _interactions, talk.happened_at))


def _bought(asked: _Asked) -> Select[Any]:
    bought, never = _purchases.c, literal(1) == 0
    kind = func.coalesce(bought.kind, "sale")
    query = _points(asked, "purchase", kind, bought.customer_id, kind == "return", never)
    return query.where(*_within(asked, _purchases, bought.paid_at))


def _served(asked: _Asked) -> Select[Any]:
    """Steps that were open in the period; late is what ended late, or should have ended."""
    step = _steps.c
    late = or_(step.ended_at > step.due_at, and_(step.ended_at.is_(None), step.due_at < asked.until))
    joined = _steps.join(_cases, and_(_cases.c.tenant_id == step.tenant_id, _cases.c.id == step.case_id))
    query = _points(asked, "service", step.name, _cases.c.customer_id, late, literal(1) == 0).select_from(joined)
    during = (step.opened_at <= asked.until, or_(step.ended_at.is_(None), step.ended_at > asked.since))
    return query.where(step.tenant_id == asked.scope.tenant, step.state.in_(("open", "done")), *during)


def _told(asked: _Asked) -> Select[Any]:
    """What was said in the period, whenever it came to be here."""
    said = _feedback.c
    pain, better = (or_(*(is_kind(said.kind, one) for one in some)) for some in (PAINS, IMPROVEMENTS))
    query = _points(asked, "feedback", said.channel, said.customer_id, pain, better)
    return query.where(*_within(asked, _feedback, said_at(_feedback)))
