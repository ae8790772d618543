"""Today 今日待办: what waits for people, the most urgent first, for one of them or for all - care and call-backs,
feedback that must be answered, benefits about to expire, conflicts, applications, violations, silent alerts, checks
of groups, reviews of rules. Each source is one question; nothing is kept here."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, and_, literal, null, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.domain.care import reviewing
from kequn.domain.catalogue import CATALOGUE
from kequn.domain.notices import outbox
from kequn.store import tables
from kequn.store.rows import table
from kequn.store.scope import Scope
from kequn.store.sight import seen
from kequn.store.where import live

_tasks: Table = tables.Task.__table__  # type: ignore[attr-defined]
_alerts: Table = tables.Alert.__table__  # type: ignore[attr-defined]
_tickets: Table = tables.Ticket.__table__  # type: ignore[attr-defined]
_claims: Table = tables.BenefitClaim.__table__  # type: ignore[attr-defined]
_conflicts: Table = tables.Conflict.__table__  # type: ignore[attr-defined]
_applications: Table = tables.Application.__table__  # type: ignore[attr-defined]
_charters: Table = tables.Charter.__table__  # type: ignore[attr-defined]
_suspicions: Table = tables.Suspicion.__table__  # type: ignore[attr-defined]
_violations: Table = tables.Violation.__table__  # type: ignore[attr-defined]
_posts: Table = tables.Post.__table__  # type: ignore[attr-defined]
_notices: Table = tables.Notice.__table__  # type: ignore[attr-defined]
_customers: Table = table(Kind.CUSTOMER)
_groups: Table = table(Kind.GROUP)
NOUNS = {"benefit": "benefit_claim", "rule": "rule_review", "check": "charter"}
"""What the rows of a source are, where it has another name."""

SOON, MOST = timedelta(days=3), 200


@dataclass(frozen=True)
class Due:
    """Something that waits. `what`: task, alert, ticket, benefit, conflict, application, violation, suspicion,
    check, post, notice or rule; `id`: the row; `owner`: whose it is, where it is somebody's."""

    what: str
    id: UUID
    about: str
    due_at: datetime | None
    owner: UUID | None
    customer: UUID | None
    name: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class _Source:
    """One kind of thing that waits. `waits`: which rows do; `owner`: whose they are, else those of the group's owner
    (`of_group`), else nobody's; `customer`: whether they are about one."""

    what: str
    table: Table
    about: Any
    due_at: Any
    waits: ColumnElement[bool]
    owner: Any = None
    of_group: bool = False
    customer: bool = True

    def query(self, scope: Scope, owner: UUID | None) -> Select[Any]:
        here = self.table
        whose = _groups.c.owner_id if self.of_group else self.owner
        who = here.c.customer_id if self.customer else null()
        columns = (self.about.label("about"), self.due_at.label("due_at"), who.label("customer_id"))
        query = select(here.c.id, *columns, (null() if whose is None else whose).label("owner"))
        if self.of_group:
            which = here.c.group_id if "group_id" in here.c else here.c.id
            group = and_(_groups.c.tenant_id == here.c.tenant_id, _groups.c.id == which)
            query = query.select_from(here.join(_groups, group))
        if owner is not None and whose is not None:
            query = query.where(or_(whose == owner, whose.is_(None)))
        mine = (here.c.tenant_id == scope.tenant, seen(NOUNS.get(self.what, self.what), here, CATALOGUE, scope))
        return query.where(*mine, self.waits).order_by("due_at", here.c.id)


async def due(
    session: AsyncSession, scope: Scope, now: datetime, owner: UUID | None = None, most: int = MOST
) -> list[Due]:
    """What is due in the next days, of each source so many at most. `owner`: what is theirs, and what is nobody's."""
    found: list[Due] = []
    for source in _sources(now):
        for row in await session.execute(source.query(scope, owner).limit(most)):
            found.append(Due(source.what, row.id, row.about, row.due_at, row.owner, row.customer_id))
    names = await _names(session, scope, {one.customer for one in found if one.customer})
    named = [replace(one, name=names.get(one.customer)) if one.customer else one for one in found]
    return sorted(named, key=lambda one: (one.due_at is None, one.due_at or now, one.what, one.id))


def _sources(now: datetime) -> Sequence[_Source]:
    end = now + SOON
    task, alert, ticket, claim, conflict = _tasks.c, _alerts.c, _tickets.c, _claims.c, _conflicts.c
    asked, broken, post, notice = _applications.c, _violations.c, _posts.c, _notices.c
    charter, doubt, review = _charters.c, _suspicions.c, reviewing.REVIEWS.c
    return [
        _Source("task", _tasks, task.kind, task.due_at, and_(task.state == "open", task.due_at <= end), task.owner_id),
        _Source(
            "alert", _alerts, alert.kind, alert.due_at, alert.state.in_(("raised", "acknowledged")), alert.owner_id
        ),
        _Source(
            "ticket", _tickets, ticket.severity, ticket.solve_by,
            ticket.state.in_(("open", "answered", "escalated")), ticket.owner_id, customer=False,
        ),
        _Source(
            "benefit", _claims, literal("expires"), claim.expires_at,
            and_(claim.state == "claimed", claim.expires_at <= end),
        ),
        _Source("conflict", _conflicts, conflict.type, conflict.opened_at, conflict.state == "open", customer=False),
        _Source("application", _applications, asked.way, asked.made_at, asked.state == "asked", of_group=True),
        _Source(
            "violation", _violations, broken.category, broken.reported_at, broken.state.in_(("reported", "appealed")),
            of_group=True,
        ),
        _Source("suspicion", _suspicions, doubt.category, doubt.said_at, doubt.state == "open", of_group=True),
        _Source(
            "check", _charters, _groups.c.name, charter.check_at, and_(charter.check_at <= now, live(_groups)),
            of_group=True, customer=False,
        ),
        _Source(
            "post", _posts, post.title, post.due_at, and_(post.state == "draft", post.due_at <= end), of_group=True,
            customer=False,
        ),
        _Source("notice", _notices, notice.subject, notice.due_at, or_(notice.state == "failed", outbox.in_doubt(now))),
        _Source(
            "rule", reviewing.REVIEWS, review.about, review.due_at, reviewing.waiting(end), reviewing.OWNER,
            customer=False,
        ),
    ]  # fmt: skip


async def _names(session: AsyncSession, scope: Scope, ids: set[UUID]) -> dict[UUID, str]:
    query = select(_customers.c.id, _customers.c.name).where(
        _customers.c.tenant_id == scope.tenant, _customers.c.id.in_(ids)
    )
    return {row[0]: row[1] for row in await session.execute(query)} if ids else {}
