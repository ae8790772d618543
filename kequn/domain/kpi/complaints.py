"""Complaints of a period: how many, how many of them have an answer, how many are settled, and how content those who
complained were when they were asked afterwards. That is their quality, beside their number. A complaint belongs to the
period in which the customer made it, whenever it came to be here."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Table, and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.domain.retention import Among, within
from kequn.store import facts, rows, tables
from kequn.store.kinds import is_kind, said_at
from kequn.store.scope import Scope
from kequn.store.signals import is_closed
from kequn.store.where import live

_feedback: Table = rows.table(Kind.FEEDBACK)
_answers: Table = tables.Answer.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Complaints:
    """`content`: the mean answer of those who complained, from 0 to 100; None where nobody was asked."""

    count: int
    customers: int
    answered: int
    settled: int
    content: float | None


async def read(session: AsyncSession, scope: Scope, since: datetime, until: datetime, among: Among) -> Complaints:
    told = _feedback.c
    answered = func.coalesce(told.solution, "") != ""
    mine = (
        told.tenant_id == scope.tenant,
        live(_feedback),
        is_kind(told.kind, "complaint"),
        within(told.customer_id, among),
    )
    at = said_at(_feedback)
    during = (at > since, at <= until)
    figures = (
        func.count(),
        func.count(told.customer_id.distinct()),
        func.coalesce(func.sum(case((answered, 1), else_=0)), 0),
        func.coalesce(func.sum(case((and_(answered, is_closed(told.status)), 1), else_=0)), 0),
    )
    count, customers, replied, settled = (await session.execute(select(*figures).where(*mine, *during))).one()
    first = select(told.customer_id, func.min(at).label("at")).where(*mine, *during)
    began = first.group_by(told.customer_id).subquery("began")
    said = _answers.c
    later = and_(said.customer_id == began.c.customer_id, said.given_at > began.c.at, said.given_at <= until)
    content = select(func.avg(facts.hundredths())).join_from(_answers, began, later)
    mean = (await session.execute(content.where(said.tenant_id == scope.tenant))).scalar_one()
    return Complaints(count, customers, int(replied), int(settled), None if mean is None else float(mean))
