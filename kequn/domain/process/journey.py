"""The journey map 客户旅程图: what customers met in a period, touch-point by touch-point, where it hurt, and what they
suggest. Touch-points are the channels of interactions and feedback, purchases, and the steps of the service process."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, case, func, literal, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.store import rows, tables
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


async def read(session: AsyncSession, scope: Scope, since: datetime, until: datetime) -> list[TouchPoint]:
    """From `since` (excluded) to `until` (included), in the order of the stages, the most met first."""
    parts = [_contacts(scope, since, until), _bought(scope, since, until), _served(scope, since, until),
             _told(scope, since, until)]  # fmt: skip
    found = [TouchPoint(*row) for row in await session.execute(union_all(*parts))]
    return sorted(found, key=lambda one: (STAGES.index(one.stage), -one.times, one.name or ""))


def _points(
    stage: str,
    name: ColumnElement[Any],
    who: ColumnElement[Any],
    pain: ColumnElement[bool],
    better: ColumnElement[bool],
) -> Select[Any]:
    return select(
        literal(stage).label("stage"),
        name.label("name"),
        func.count().label("times"),
        func.count(who.distinct()).label("customers"),
        func.sum(case((pain, 1), else_=0)).label("pains"),
        func.sum(case((better, 1), else_=0)).label("improvements"),
    ).group_by(name)


def _contacts(scope: Scope, since: datetime, until: datetime) -> Select[Any]:
    talk, never = _interactions.c, literal(1) == 0
    mine = (talk.tenant_id == scope.tenant, live(_interactions), talk.happened_at > since, talk.happened_at <= until)
    return _points("contact", talk.channel, talk.customer_id, never, never).where(*mine)


def _bought(scope: Scope, since: datetime, until: datetime) -> Select[Any]:
    bought = _purchases.c
    kind = func.coalesce(bought.kind, "sale")
    mine = (bought.tenant_id == scope.tenant, live(_purchases), bought.paid_at > since, bought.paid_at <= until)
    return _points("purchase", kind, bought.customer_id, kind == "return", literal(1) == 0).where(*mine)


def _served(scope: Scope, since: datetime, until: datetime) -> Select[Any]:
    """Steps that were open in the period; late is what ended late, or should have ended."""
    step = _steps.c
    late = or_(step.ended_at > step.due_at, and_(step.ended_at.is_(None), step.due_at < until))
    joined = _steps.join(_cases, and_(_cases.c.tenant_id == step.tenant_id, _cases.c.id == step.case_id))
    query = _points("service", step.name, _cases.c.customer_id, late, literal(1) == 0).select_from(joined)
    during = (step.opened_at <= until, or_(step.ended_at.is_(None), step.ended_at > since))
    return query.where(step.tenant_id == scope.tenant, step.state.in_(("open", "done")), *during)


def _told(scope: Scope, since: datetime, until: datetime) -> Select[Any]:
    said = _feedback.c
    mine = (said.tenant_id == scope.tenant, live(_feedback), said.created_at > since, said.created_at <= until)
    pain, better = said.kind.in_(PAINS), said.kind.in_(IMPROVEMENTS)
    return _points("feedback", said.channel, said.customer_id, pain, better).where(*mine)
