"""How the standards of service are kept, and what each member of staff does: counted from tickets, tasks and trainings
of a period. What is not due yet counts for nothing; what was never answered counts as late."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import fmean, median
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.domain.service.standards import STANDARDS
from kequn.domain.service.tickets import TICKETS
from kequn.store import tables
from kequn.store.rows import table
from kequn.store.scope import Scope
from kequn.store.where import live

_tasks: Table = tables.Task.__table__  # type: ignore[attr-defined]
_staff: Table = table(Kind.STAFF)
_trainees: Table = tables.Trainee.__table__  # type: ignore[attr-defined]
_trainings: Table = tables.Training.__table__  # type: ignore[attr-defined]
Ticket = Mapping[Any, Any]


@dataclass(frozen=True)
class Share:
    """So many of those that are due."""

    kept: int
    due: int

    @property
    def rate(self) -> float | None:
        return self.kept / self.due if self.due else None


@dataclass(frozen=True)
class Compliance:
    """How one standard is kept. `rating`: the mean, of 5. `met`: everything in time, and the rating high enough; empty
    where nothing was due."""

    standard: UUID | None
    tickets: int
    answered: Share
    solved: Share
    reopened: int
    rating: float | None
    met: bool | None


@dataclass(frozen=True)
class Performance:
    """What one member of staff did. `minutes`: the median to the first answer, of the clock."""

    staff: UUID
    tasks: Share
    tickets: int
    answered: Share
    solved: Share
    minutes: float | None
    rating: float | None
    trainings: Share
    score: float | None = field(default=None)


async def compliance(
    session: AsyncSession, scope: Scope, since: datetime, until: datetime, now: datetime
) -> list[Compliance]:
    """One for each standard that tickets of the period are held to; those without one at the end."""
    query = select(STANDARDS.c.id, STANDARDS.c.least_rating).where(STANDARDS.c.tenant_id == scope.tenant)
    least = {row.id: row.least_rating for row in await session.execute(query)}
    found: dict[UUID | None, list[Ticket]] = {}
    for one in await _tickets(session, scope, since, until):
        found.setdefault(one["standard_id"], []).append(one)
    order = sorted(found, key=lambda id: (id is None, str(id)))
    return [_compliance(id, found[id], least.get(id), now) for id in order]


def _compliance(id: UUID | None, tickets: Sequence[Ticket], least: int | None, now: datetime) -> Compliance:
    answered, solved, rating = _answered(tickets, now), _solved(tickets, now), _rating(tickets)
    good = least is None or rating is None or rating >= least
    met = None if not answered.due and not solved.due else answered.rate in {1, None} and solved.rate in {1, None}
    return Compliance(
        id, len(tickets), answered, solved, sum(bool(one["reopened"]) for one in tickets), rating,
        None if met is None else met and good,
    )  # fmt: skip


async def _tickets(session: AsyncSession, scope: Scope, since: datetime, until: datetime) -> Sequence[Ticket]:
    mine = (TICKETS.c.tenant_id == scope.tenant, TICKETS.c.opened_at >= since, TICKETS.c.opened_at < until)
    return (await session.execute(select(TICKETS).where(*mine).order_by(TICKETS.c.id))).mappings().all()


def _answered(tickets: Sequence[Ticket], now: datetime) -> Share:
    return _in_time([(one["responded_at"], one["respond_by"]) for one in tickets], now)


def _solved(tickets: Sequence[Ticket], now: datetime) -> Share:
    return _in_time([(one["solved_at"], one["solve_by"]) for one in tickets], now)


def _in_time(done: Sequence[tuple[datetime | None, datetime]], now: datetime) -> Share:
    due = [(at, by) for at, by in done if at is not None or by <= now]
    return Share(sum(at is not None and at <= by for at, by in due), len(due))


def _rating(tickets: Sequence[Ticket]) -> float | None:
    given = [one["rating"] for one in tickets if one["rating"] is not None]
    return fmean(given) if given else None


async def performance(
    session: AsyncSession, scope: Scope, since: datetime, until: datetime, now: datetime
) -> list[Performance]:
    """One for each living member of staff, by name."""
    mine = (_staff.c.tenant_id == scope.tenant, live(_staff))
    staff = (await session.execute(select(_staff.c.id).where(*mine).order_by(_staff.c.name, _staff.c.id))).scalars()
    tickets: dict[UUID, list[Ticket]] = {}
    for one in await _tickets(session, scope, since, until):
        tickets.setdefault(one["owner_id"], []).append(one)
    tasks = await _done(session, scope, since, until)
    learned = await _learned(session, scope, since, until)
    return [_of(id, tickets.get(id, []), tasks.get(id, []), learned.get(id, []), now) for id in staff]


def _of(id: UUID, tickets: Sequence[Ticket], tasks: Any, learned: Any, now: datetime) -> Performance:
    waited = [(one["responded_at"] - one["opened_at"]).total_seconds() / 60 for one in tickets if one["responded_at"]]
    scores = [score for _, score in learned if score is not None]
    return Performance(
        id, _in_time(tasks, now), len(tickets), _answered(tickets, now), _solved(tickets, now),
        median(waited) if waited else None, _rating(tickets),
        Share(sum(state == "attended" for state, _ in learned), len(learned)), fmean(scores) if scores else None,
    )  # fmt: skip


async def _done(session: AsyncSession, scope: Scope, since: datetime, until: datetime) -> dict[UUID, list[Any]]:
    """Of each, the tasks that were due: when they were done, and until when they should have been."""
    mine = (_tasks.c.tenant_id == scope.tenant, _tasks.c.owner_id.is_not(None), _tasks.c.state != "dropped")
    query = select(_tasks.c.owner_id, _tasks.c.state, _tasks.c.closed_at, _tasks.c.due_at).where(*mine)
    found: dict[UUID, list[Any]] = {}
    for row in await session.execute(query.where(_tasks.c.due_at >= since, _tasks.c.due_at < until)):
        found.setdefault(row.owner_id, []).append((row.closed_at if row.state == "done" else None, row.due_at))
    return found


async def _learned(session: AsyncSession, scope: Scope, since: datetime, until: datetime) -> dict[UUID, list[Any]]:
    both = (_trainings.c.tenant_id == _trainees.c.tenant_id) & (_trainings.c.id == _trainees.c.training_id)
    mine = (_trainees.c.tenant_id == scope.tenant, _trainings.c.state == "held")
    period = (_trainings.c.held_at >= since, _trainings.c.held_at < until)
    columns = (_trainees.c.staff_id, _trainees.c.state, _trainees.c.score)
    found: dict[UUID, list[Any]] = {}
    for row in await session.execute(select(*columns).join_from(_trainees, _trainings, both).where(*mine, *period)):
        found.setdefault(row.staff_id, []).append((row.state, row.score))
    return found
