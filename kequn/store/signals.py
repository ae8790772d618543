"""What may call for an alert, read from the standings and from what customers said lately: one statement for all kinds.
Decides nothing about alerts that are there already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Subquery,
    Table,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.store import tables
from kequn.store.facts import hundredths
from kequn.store.kinds import is_kind, said_at
from kequn.store.measures import MILLION, epoch, object_of
from kequn.store.scope import Scope
from kequn.store.where import folded, live

_customers: Table = tables.Customer.__table__  # type: ignore[attr-defined]
_standings: Table = tables.Standing.__table__  # type: ignore[attr-defined]
_answers: Table = tables.Answer.__table__  # type: ignore[attr-defined]
_feedback: Table = tables.Feedback.__table__  # type: ignore[attr-defined]
_tickets: Table = tables.Ticket.__table__  # type: ignore[attr-defined]
_purchases: Table = tables.Purchase.__table__  # type: ignore[attr-defined]
_lines: Table = tables.PurchaseLine.__table__  # type: ignore[attr-defined]
CLOSED = ("closed", "resolved", "solved", "done", "已关闭", "已解决", "已完成")
"""States of feedback, as CRMs name them, in which nobody waits for an answer; A-Z in small letters."""


@dataclass(frozen=True)
class Limits:
    """Shares are millionths, answers hundredths of the way from the worst to the best."""

    as_of: datetime
    order_drop: int
    contact_drop: int
    recent_days: int
    low_answer: int
    fall: int
    mean_fall: int
    returns: int
    answer_hours: int

    @property
    def since(self) -> datetime:
        return self.as_of - timedelta(days=self.recent_days)


@dataclass(frozen=True)
class Signal:
    """`mark`: when the last of what it is about happened, of feedback when we learned of it; a later mark is news."""

    customer: UUID
    kind: str
    reason: str
    mark: int
    inputs: Mapping[str, Any] = field(repr=False)


async def read(session: AsyncSession, scope: Scope, limits: Limits) -> list[Signal]:
    """All that hold now, about live customers."""
    parts = [
        *_drops(scope, limits),
        *_answered(scope, limits),
        *_said(scope, limits),
        _returned(scope, limits),
    ]
    every = union_all(*parts).subquery("signals")
    there = and_(_customers.c.tenant_id == scope.tenant, _customers.c.id == every.c.customer_id, live(_customers))
    query = select(every).join(_customers, there).order_by(every.c.customer_id, every.c.kind, every.c.reason)
    return [Signal(*row) for row in await session.execute(query)]


def _signal(
    kind: str, reason: str, customer: ColumnElement[Any], mark: ColumnElement[int], inputs: Mapping[str, Any]
) -> Select[Any]:
    return select(
        customer.label("customer_id"),
        literal(kind).label("kind"),
        literal(reason).label("reason"),
        cast(mark, BigInteger).label("mark"),
        object_of(inputs).label("inputs"),
    )


def _drops(scope: Scope, limits: Limits) -> Sequence[Select[Any]]:
    """Less than so much of what there was in the three windows before, on average."""
    facts, found = _standings.c, []
    for reason, name, last, share in (
        ("purchase_drop", "orders", facts.last_order_at, limits.order_drop),
        ("contact_drop", "contacts", facts.last_contact_at, limits.contact_drop),
    ):
        recent, before = facts[f"{name}_recent"], facts[f"{name}_before"]
        fell = cast(recent, BigInteger) * 3 * MILLION <= cast(before, BigInteger) * share
        inputs = {f"{name}_recent": recent, f"{name}_before": before, "share": share / MILLION}
        chosen = _signal("churn", reason, facts.id, epoch(last), inputs)
        found.append(chosen.where(facts.tenant_id == scope.tenant, before > 0, fell))
    return found


def _answered(scope: Scope, limits: Limits) -> Sequence[Select[Any]]:
    low = limits.low_answer
    last = _last_answers(scope, limits)
    spoken = last.c.given_at > limits.since
    three, before = last.c.three, last.c.six - last.c.three
    mark = epoch(last.c.given_at)
    overall = [
        ("low_answer", last.c.one <= low, {"answer": last.c.one, "low_answer": low}),
        ("fall", last.c.previous - last.c.one >= limits.fall,
         {"answer": last.c.one, "previous": last.c.previous, "fall": limits.fall}),
        ("mean_fall", and_(last.c.answers >= 6, before - three >= 3 * limits.mean_fall),
         {"last_three": three, "three_before": before, "mean_fall": limits.mean_fall}),
    ]  # fmt: skip
    found = [
        _signal("satisfaction", reason, last.c.customer_id, mark, inputs).where(spoken, holds)
        for reason, holds, inputs in overall
    ]
    for kind, reason, about in (
        ("churn", "negative_feedback", ("overall",)),
        ("service", "attitude", ("attitude",)),
        ("service", "response", ("response",)),
        ("product", "product_answer", ("product",)),
    ):
        worst = func.min(hundredths())
        inputs = {"answer": worst, "low_answer": low}
        chosen = _signal(kind, reason, _answers.c.customer_id, epoch(func.max(_answers.c.given_at)), inputs)
        mine = (_answers.c.tenant_id == scope.tenant, _answers.c.about.in_(about), hundredths() <= low)
        lately = (_answers.c.given_at > limits.since, _answers.c.given_at <= limits.as_of)
        found.append(chosen.where(*mine, *lately).group_by(_answers.c.customer_id))
    return found


def _last_answers(scope: Scope, limits: Limits) -> Subquery:
    """Of each customer the last answers about the whole: the last, the one before, and sums of the last 3 and 6."""
    said = _answers.c
    place = func.row_number().over(partition_by=said.customer_id, order_by=(said.given_at.desc(), said.id.desc()))
    mine = (said.tenant_id == scope.tenant, said.about == "overall", said.given_at <= limits.as_of)
    ranked = select(said.customer_id, said.given_at, hundredths().label("answer"), place.label("place"))
    of = ranked.where(*mine).subquery("ranked").c
    return (
        select(
            of.customer_id,
            func.count().label("answers"),
            func.max(case((of.place == 1, of.given_at))).label("given_at"),
            func.max(case((of.place == 1, of.answer))).label("one"),
            func.max(case((of.place == 2, of.answer))).label("previous"),
            func.sum(case((of.place <= 3, of.answer), else_=0)).label("three"),
            func.sum(of.answer).label("six"),
        )
        .where(of.place <= 6)
        .group_by(of.customer_id)
        .subquery("last_answers")
    )


def is_closed(status: ColumnElement[Any]) -> ColumnElement[bool]:
    return and_(status.is_not(None), folded(status).in_(CLOSED))


def _said(scope: Scope, limits: Limits) -> Sequence[Select[Any]]:
    """Complaints and problems, lately; and feedback of that time that has waited too long for an answer. Both count
    from when the customer said it: what a first sync brings of earlier years alarms nobody. What we learn of late is
    news all the same, though something that was said after it is known already."""
    said = _feedback.c
    mine = (said.tenant_id == scope.tenant, live(_feedback), said.customer_id.is_not(None))
    mark, times, at = epoch(func.max(said.created_at)), func.count(), said_at(_feedback)
    lately = and_(at > limits.since, at <= limits.as_of)
    late = and_(lately, at <= limits.as_of - timedelta(hours=limits.answer_hours))
    seen_to = (_tickets.c.tenant_id == said.tenant_id, _tickets.c.feedback_id == said.id)
    answered = exists().where(*seen_to, _tickets.c.responded_at.is_not(None))
    waiting = and_(~is_closed(said.status), or_(said.solution.is_(None), said.solution == ""), ~answered)
    found = []
    for kind, reason, holds, inputs in (
        ("churn", "complaint", and_(lately, is_kind(said.kind, "complaint")), {"complaints": times}),
        ("satisfaction", "complaint", and_(lately, is_kind(said.kind, "complaint")), {"complaints": times}),
        ("product", "problem", and_(lately, is_kind(said.kind, "problem")), {"problems": times}),
        ("service", "slow_answer", and_(late, waiting), {"waiting": times, "answer_hours": limits.answer_hours}),
    ):
        chosen = _signal(kind, reason, said.customer_id, mark, {**inputs, "recent_days": limits.recent_days})
        found.append(chosen.where(*mine, holds).group_by(said.customer_id))
    return found


def _returned(scope: Scope, limits: Limits) -> Select[Any]:
    """Returns of the recent window; a line that was brought back is one too."""
    facts, bought = _standings.c, _purchases.c
    back = select(_lines.c.id).where(
        _lines.c.tenant_id == bought.tenant_id, _lines.c.purchase_id == bought.id, _lines.c.returned
    )
    which = or_(bought.kind == "return", back.exists())
    mine = (bought.tenant_id == facts.tenant_id, bought.customer_id == facts.id, bought.paid_at <= limits.as_of)
    last = select(func.max(bought.paid_at)).where(*mine, live(_purchases), which).scalar_subquery()
    inputs = {"returns_recent": facts.returns_recent, "returns": limits.returns}
    chosen = _signal("product", "returns", facts.id, epoch(last), inputs)
    return chosen.where(facts.tenant_id == scope.tenant, facts.returns_recent >= limits.returns)
