"""Plan and apply, for people: what a run would do, as a file to read and keep; and a run that does exactly that
or nothing.

A plan is a rehearsal. Every page is pulled first; then match, merge, decide and apply run in one transaction, which is
rolled back: nothing is written anywhere. Applying a plan rehearses once more and commits only when the outcome is the
same, line by line; otherwise the world has moved, and the difference is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from types import MappingProxyType
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.crm import Feed, Page
from kequn.contracts.errors import CrmError, NeedsLogin
from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from kequn.store import hints, tables
from kequn.store.cursors import Place
from kequn.store.hints import Look
from kequn.store.links import Address
from kequn.store.values import Facts
from kequn.sync import look, pull
from kequn.sync.cost import Cost, cost_of
from kequn.sync.guard import raise_if_unsafe
from kequn.sync.job import Job, Progress
from kequn.sync.lines import Line, compare, here, there
from kequn.sync.match import ORDER
from kequn.sync.outgoing import Outgoing, look_up, outgoing
from kequn.sync.page import Seen
from kequn.sync.plan import Plan, Verb

_outbox = tables.Outbox.__table__  # type: ignore[attr-defined]
FORMAT = 2
NAMELESS: Mapping[UUID, str] = MappingProxyType({})


@dataclass(frozen=True)
class Proposal:
    """What one run of a connection would do. `full`: it walks every feed. `not_previewed`: what could not be read, so
    that nobody knows what would happen there. `cost`: what the writes would cost at the CRM."""

    connection: str
    made_at: str
    lines: tuple[Line, ...]
    full: bool = False
    not_previewed: tuple[Mapping[str, Any], ...] = ()
    cost: Cost = field(default_factory=Cost)

    @property
    def counts(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for line in self.lines:
            key = f"{line.verb} {line.kind} {line.side}"
            counts[key] = counts.get(key, 0) + 1
        return counts

    def dump(self) -> bytes:
        """The plan as a file. It holds personal values: keep it to yourself."""
        return orjson.dumps({"format": FORMAT, **asdict(self)}, option=orjson.OPT_INDENT_2)

    @classmethod
    def parse(cls, text: bytes) -> "Proposal":
        """Raises ValueError when the text is no plan of this version."""
        try:
            plain = orjson.loads(text)
            if plain.pop("format") != FORMAT:
                raise ValueError("this plan was made by another version of kequn; make a new one")
            lines = tuple(Line(**{**line, "conflicts": tuple(line["conflicts"])}) for line in plain.pop("lines"))
            missing, cost = tuple(plain.pop("not_previewed")), Cost(**plain.pop("cost"))
            return cls(lines=lines, not_previewed=missing, cost=cost, **plain)
        except (KeyError, TypeError, AttributeError, orjson.JSONDecodeError):
            raise ValueError("this file is not a plan of kequn sync plan") from None


class _RolledBack(Exception):
    """Ends a rehearsal."""


@dataclass
class World:
    """What was read from the CRM for one plan: pages in order, and records asked for by id."""

    pages: list[tuple[Feed, Place, list[Page]]] = field(default_factory=list)
    looked: list[tuple[list[Look], list[Seen]]] = field(default_factory=list)


async def propose(job: Job, *, full: bool = False) -> Proposal:
    """Work out what a run would do. Writes nothing. Raises the errors of the CRM; brakes are not asked."""
    world = await _read(job, full=full)
    lines = tuple(await _rehearse_until_settled(job, world))
    missing = tuple(job.tally.problems)
    cost = replace(cost_of(lines, job.remote.crm.capabilities), reads=job.remote.pace.requests())
    return Proposal(job.remote.name, job.clock.now().isoformat(), lines, full, missing, cost)


async def carry_out(job: Job, proposal: Proposal) -> None:
    """Do what the plan lists of our side, or nothing. Raises WorldMoved. The writes to the CRM are left in the outbox:
    they were compared too, and push refuses one that the plan does not list (`Job.only`)."""
    world = await _read(job, full=proposal.full)
    lines = await _rehearse_until_settled(job, world)
    compare(proposal.lines, lines)
    async with job.writing() as session:
        again = await _rehearse(session, job, world)
        compare(proposal.lines, again)
        deletes = sum(line.verb == Verb.DELETE for line in again)
        if not job.allow_unsafe:
            raise_if_unsafe("deleted", deletes, job.linked, job.remote.policy.limits)


async def _read(job: Job, *, full: bool) -> World:
    """A feed that fails is listed in the tally, and the others are read."""
    world = World()
    for feed, place in await pull.due(job, full=full):
        try:
            world.pages.append((feed, place, await _pages(job, feed, place)))
        except NeedsLogin:
            raise
        except CrmError as error:
            job.tally.problem(error.code, f"{feed.name}: {error.message}", feed=feed.name)
    return world


async def _pages(job: Job, feed: Feed, place: Place) -> list[Page]:
    pages: list[Page] = []
    position = place.position
    while not pages or not pages[-1].complete:
        await job.check()
        pages.append(await job.remote.crm.pull(feed.name, position))
        position = pages[-1].next_cursor
        done = sum(len(page.records) for page in pages)
        job.report(Progress("pull", feed.name, done, pages[-1].total))
    for problem in (problem for page in pages for problem in page.problems):
        job.tally.problem("UNREADABLE", problem.message, object=problem.object, id=problem.id, field=problem.field)
    return pages


async def _rehearse_until_settled(job: Job, world: World) -> list[Line]:
    """A rehearsal may find records to look at by id; they are read, and it is rehearsed again."""
    asked: set[Address] = set()
    while True:
        due: list[Look] = []
        lines: list[Line] = []
        try:
            async with job.writing() as session:
                lines = await _rehearse(session, job, world)
                now = job.clock.now()
                due = await hints.due(session, job.remote.scope, job.remote.id, now, look.WINDOW, asked)
                raise _RolledBack
        except _RolledBack:
            pass
        if not due:
            return lines
        asked |= {one.address for one in due}
        for object in sorted({one.object for one in due}):
            some = [one for one in due if one.object == object]
            try:
                seen = await look.read(job, object, [one.external_id for one in some])
            except NeedsLogin:
                raise
            except CrmError as error:
                job.tally.problem(error.code, f"{object}: {error.message}", object=object)
                continue
            world.looked.append((some, seen))


async def _rehearse(session: AsyncSession, job: Job, world: World) -> list[Line]:
    """Everything a run does before it writes to the CRM, in the caller's transaction."""
    generous = replace(job, allow_unsafe=True)  # a plan shows what the brakes would stop
    plans: list[Plan] = []
    for feed, place, pages in world.pages:
        for page in pages:
            place, plan = await pull.take(session, generous, feed, place, page)
            plans.append(plan)
    for chunk, seen in world.looked:
        plans.append(await look.take(session, generous, chunk, seen))
    ours = [line for plan in plans for decision in plan.decisions if (line := here(decision))]
    fresh = {
        decision.after.id: f"new {decision.seen.object} {decision.seen.id}"
        for plan in plans
        for decision in plan.decisions
        if decision.after and decision.verb is Verb.CREATE
    }
    return [*ours, *await _there(session, job, fresh)]


async def _there(session: AsyncSession, job: Job, fresh: Mapping[Any, str]) -> list[Line]:
    lines: list[Line] = []
    for kind in ORDER:
        query = select(_outbox.c.row_id).where(
            _outbox.c.tenant_id == job.remote.scope.tenant,
            _outbox.c.connection_id == job.remote.id,
            _outbox.c.kind == kind.value,
        )
        ids = list((await session.execute(query.order_by(_outbox.c.queued_at, _outbox.c.row_id))).scalars())
        lines += await asked(session, job, kind, ids, fresh)
    return lines


async def asked(
    session: AsyncSession, job: Job, kind: Kind, ids: Sequence[UUID], fresh: Mapping[UUID, str] = NAMELESS
) -> list[Line]:
    """What these rows, as they stand in this transaction, ask of the connection. `fresh`: what new ones are called."""
    at = await look_up(session, job.ledger, job.remote, kind, ids, lock=False)
    return [
        there(kind, fresh.get(row) or format_id(kind.value, row), ask.change, *_known(job, kind, ask))
        for row in ids
        for ask in outgoing(job.remote, kind, row, at)
        if ask.change
    ]


def _known(job: Job, kind: Kind, ask: Outgoing) -> tuple[Facts, str]:
    """What stands there as far as we know, and the rule by which it changes."""
    policy = job.remote.policy.of(kind)
    if ask.link is None:
        return {}, f"policy: create {policy.create}"
    deletes = ask.row is not None and ask.row.deleted_at is not None
    return ask.link.base, f"policy: delete {policy.delete}" if deletes else "merge: only we moved"
