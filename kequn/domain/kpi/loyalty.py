"""How loyal customers were at a moment, and in which phase of management: acquire, maintain, retain. Read from the
history of classes, so that a past moment has its own figures."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, Table, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.domain.classifying import end_of_today
from kequn.domain.retention import Among, within
from kequn.store import rows, tables
from kequn.store.scope import Scope
from kequn.store.where import live

_customers: Table = rows.table(Kind.CUSTOMER)
_assessments: Table = tables.Assessment.__table__  # type: ignore[attr-defined]
RULES = ("loyalty_class", "lifecycle", "frequency_class")


@dataclass(frozen=True)
class Loyalty:
    """How many customers there were in each class, and in each phase. `loyal` and `low` are of those with a class."""

    customers: int
    judged: int
    loyal: int
    low: int
    acquire: int
    maintain: int
    retain: int

    @property
    def rate(self) -> float | None:
        return self.loyal / self.judged if self.judged else None


async def read(session: AsyncSession, scope: Scope, as_of: datetime, among: Among) -> Loyalty:
    evening = await end_of_today(session, scope, as_of - timedelta(microseconds=1))  # classes are those of whole days
    one = _as_it_was(scope, as_of, evening, among).subquery("each")
    loyal, stage = one.c.loyalty_class, one.c.lifecycle
    gone = or_(stage == "churn", one.c.frequency_class == "at_risk")
    new = or_(stage.is_(None), stage == "none")
    phase = case((new, "acquire"), (gone, "retain"), else_="maintain")
    figures = (
        func.count(),
        func.count(loyal),
        _count(loyal == "loyal"),
        _count(loyal == "low"),
        *(_count(phase == name) for name in ("acquire", "maintain", "retain")),
    )
    return Loyalty(*(int(number or 0) for number in (await session.execute(select(*figures))).one()))


def _as_it_was(scope: Scope, as_of: datetime, evening: datetime, among: Among) -> Select[tuple[str | None, ...]]:
    """A row for each customer who was there, with the classes of that moment."""
    said = _assessments.c
    place = func.row_number().over(partition_by=(said.customer_id, said.rule), order_by=said.as_of.desc())
    then = (
        said.tenant_id == scope.tenant,
        said.as_of <= evening,
        said.rule.in_(RULES),
        within(said.customer_id, among),
    )
    last = select(said.customer_id, said.rule, said.value, place.label("place")).where(*then).subquery("last")
    classes = [func.max(case((last.c.rule == rule, last.c.value))).label(rule) for rule in RULES]
    each = (
        select(last.c.customer_id, *classes).where(last.c.place == 1).group_by(last.c.customer_id).subquery("classes")
    )
    there = (_customers.c.tenant_id == scope.tenant, live(_customers), _customers.c.created_at <= as_of)
    query = select(*(each.c[rule] for rule in RULES))
    joined = _customers.outerjoin(each, each.c.customer_id == _customers.c.id)
    return query.select_from(joined).where(*there, within(_customers.c.id, among))


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
