"""Today 今日待办: what waits for people, the most urgent first, for one of them or for all - care and call-backs,
feedback that must be answered, benefits about to expire, conflicts, applications, violations, silent alerts, reviews
of templates. Each source is one question; nothing is kept here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, literal, null, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.store import tables
from kequn.store.rows import table
from kequn.store.scope import Scope

_tasks: Table = tables.Task.__table__  # type: ignore[attr-defined]
_alerts: Table = tables.Alert.__table__  # type: ignore[attr-defined]
_tickets: Table = tables.Ticket.__table__  # type: ignore[attr-defined]
_claims: Table = tables.BenefitClaim.__table__  # type: ignore[attr-defined]
_conflicts: Table = tables.Conflict.__table__  # type: ignore[attr-defined]
_applications: Table = tables.Application.__table__  # type: ignore[attr-defined]
_violations: Table = tables.Violation.__table__  # type: ignore[attr-defined]
_posts: Table = tables.Post.__table__  # type: ignore[attr-defined]
_notices: Table = tables.Notice.__table__  # type: ignore[attr-defined]
_uses: Table = tables.TemplateUse.__table__  # type: ignore[attr-defined]
_customers: Table = table(Kind.CUSTOMER)
_groups: Table = table(Kind.GROUP)
SOON, MOST = timedelta(days=3), 200


@dataclass(frozen=True)
class Due:
    """Something that waits. `what`: task, alert, ticket, benefit, conflict, application, violation, post, notice or
    template; `id`: the row; `owner`: whose it is, where it is somebody's."""

    what: str
    id: UUID
    about: str
    due_at: datetime | None
    owner: UUID | None
    customer: UUID | None
    name: str | None = field(default=None, repr=False)


async def due(
    session: AsyncSession, scope: Scope, now: datetime, owner: UUID | None = None, most: int = MOST
) -> list[Due]:
    """What is due in the next days, of each source so many at most. `owner`: what is theirs, and what is nobody's."""
    found: list[Due] = []
    for what, query in _sources(scope, now, owner):
        for row in await session.execute(query.limit(most)):
            found.append(Due(what, row.id, row.about, row.due_at, row.owner, row.customer_id))
    names = await _names(session, scope, {one.customer for one in found if one.customer})
    named = [Due(**{**vars(one), "name": names.get(one.customer)}) if one.customer else one for one in found]
    return sorted(named, key=lambda one: (one.due_at is None, one.due_at or now, one.what, one.id))


def _sources(scope: Scope, now: datetime, owner: UUID | None) -> Sequence[tuple[str, Select[Any]]]:
    end = now + SOON
    nobody: Any = null()
    return [
        ("task", _ask(scope, _tasks, _tasks.c.kind, _tasks.c.due_at, _tasks.c.owner_id, owner)
            .where(_tasks.c.state == "open", _tasks.c.due_at <= end)),
        ("alert", _ask(scope, _alerts, _alerts.c.kind, _alerts.c.due_at, _alerts.c.owner_id, owner)
            .where(_alerts.c.state.in_(("raised", "acknowledged")))),
        ("ticket", _ask(scope, _tickets, _tickets.c.severity, _tickets.c.solve_by, _tickets.c.owner_id, owner,
                        customer=nobody).where(_tickets.c.state.in_(("open", "answered", "escalated")))),
        ("benefit", _ask(scope, _claims, literal("expires"), _claims.c.expires_at, nobody, owner)
            .where(_claims.c.state == "claimed", _claims.c.expires_at <= end)),
        ("conflict", _ask(scope, _conflicts, _conflicts.c.type, _conflicts.c.opened_at, nobody, owner, customer=nobody)
            .where(_conflicts.c.state == "open")),
        ("application", _of_group(scope, _applications, _applications.c.way, _applications.c.made_at, owner)
            .where(_applications.c.state == "asked")),
        ("violation", _of_group(scope, _violations, _violations.c.category, _violations.c.reported_at, owner)
            .where(_violations.c.state.in_(("reported", "appealed")))),
        ("post", _of_group(scope, _posts, _posts.c.title, _posts.c.due_at, owner, customer=nobody)
            .where(_posts.c.state == "draft", _posts.c.due_at <= end)),
        ("notice", _ask(scope, _notices, _notices.c.subject, _notices.c.due_at, nobody, owner)
            .where(_notices.c.state == "failed")),
        ("template", _of_group(scope, _uses, _uses.c.template, nobody, owner, customer=nobody)
            .where(_uses.c.review_on <= now.date())),
    ]  # fmt: skip


def _ask(
    scope: Scope, here: Table, about: ColumnElement[Any], due_at: Any, whose: Any, owner: UUID | None, *,
    customer: Any = None,
) -> Select[Any]:  # fmt: skip
    who = here.c.customer_id if customer is None else customer
    query = select(
        here.c.id, about.label("about"), due_at.label("due_at"), whose.label("owner"), who.label("customer_id")
    ).where(here.c.tenant_id == scope.tenant)
    if owner is not None and hasattr(whose, "table"):
        query = query.where((whose == owner) | whose.is_(None))
    return query.order_by("due_at", here.c.id)


def _of_group(
    scope: Scope, here: Table, about: ColumnElement[Any], due_at: Any, owner: UUID | None, *, customer: Any = None
) -> Select[Any]:
    """What is of the owner of its group."""
    group = (_groups.c.tenant_id == here.c.tenant_id) & (_groups.c.id == here.c.group_id)
    query = _ask(scope, here, about, due_at, _groups.c.owner_id, owner, customer=customer)
    return query.select_from(here.join(_groups, group))


async def _names(session: AsyncSession, scope: Scope, ids: set[UUID]) -> dict[UUID, str]:
    query = select(_customers.c.id, _customers.c.name).where(
        _customers.c.tenant_id == scope.tenant, _customers.c.id.in_(ids)
    )
    return {row[0]: row[1] for row in await session.execute(query)} if ids else {}
