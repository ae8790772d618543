"""Pull: walk the feeds of a connection, page by page; then look again, by id, at every record that a hint names. A page
and its cursor are written in one transaction. Which rows change is decided elsewhere (page.py)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import uuid5

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.crm import Cursor, Feed, Page, Problem, Walk
from kequn.contracts.errors import CrmError, NeedsLogin, UnsafePlan
from kequn.contracts.records import Gone, Kind, Record, Roster
from kequn.store import hints, links, tables
from kequn.store.hints import Look
from kequn.store.links import Address
from kequn.store.upsert import insert_or_update
from kequn.sync.guard import raise_if_shrunken, raise_if_unsafe
from kequn.sync.job import Job, Progress
from kequn.sync.page import Reader, Seen

_cursors = tables.Cursor.__table__  # type: ignore[attr-defined]
WINDOW = 2000  # hints looked at between two checks of the brakes
CHUNK = 100  # ids in one fetch


@dataclass(frozen=True)
class Place:
    """Where a feed stands."""

    position: Cursor | None = None
    scan: str | None = None
    met: int = 0
    size: int = 0
    walked: bool = False


async def pull(job: Job, *, full: bool = False) -> None:
    """Walk every feed that is due (`full`: every feed), then the hints. One broken feed does not stop the others."""
    for feed in job.remote.crm.feeds():
        if not any(job.remote.policy.of(kind).pulls for kind in feed.kinds):
            continue
        try:
            await _walk(job, feed, full=full)
        except (NeedsLogin, UnsafePlan):
            raise
        except CrmError as error:
            job.tally.problem(error.code, f"{feed.name}: {error.message}", feed=feed.name)
    await look(job)


async def _walk(job: Job, feed: Feed, *, full: bool) -> None:
    place = await _place(job, feed)
    if not full and not await _is_due(job, feed):
        return
    if feed.walk is Walk.SCAN and place.position is None:
        place = replace(place, scan=_scan_id(job, feed), met=0)
    done = 0
    while True:
        page = await job.remote.crm.pull(feed.name, place.position)
        place = await _take(job, feed, place, page)
        done += len(page.records) + len(page.rosters) + len(page.gone)
        job.report(Progress("pull", feed.name, done, page.total))
        if page.complete:
            return


def _scan_id(job: Job, feed: Feed) -> str:
    return uuid5(job.claim.run, feed.name).hex


async def _take(job: Job, feed: Feed, place: Place, page: Page) -> Place:
    """One page and its cursor, in one transaction. Deletes that the page tells of become hints: they are believed once
    the record itself was asked for."""
    scan = feed.walk is Walk.SCAN
    met = place.met + len(page.records) + len(page.rosters)
    reader = Reader(job.ledger, job.remote, job.clock, job.claim.run)
    async with job.writing() as session:
        plan = await reader.take(session, [*page.records, *page.gone, *page.rosters], verified=False)
        _brake(job, plan.blanks)
        await hints.note(session, job.remote.scope, job.remote.id, _unreadable(job, page.problems), job.clock.now())
        if scan and place.scan and feed.object:
            seen = [(record.object, record.id) for record in page.records if record.object == feed.object]
            await links.mark_seen(session, job.remote.scope, job.remote.id, seen, place.scan)
        after = Place(page.next_cursor, place.scan, met, place.size, place.walked)
        if page.complete:
            after = await _end_of_walk(session, job, feed, after)
        await _put(session, job, feed, after, ended=page.complete)
    job.tally.add(plan)
    job.tally.pulled += len(page.records)
    for problem in page.problems:
        job.tally.problem("UNREADABLE", problem.message, object=problem.object, id=problem.id, field=problem.field)
    return after


def _brake(job: Job, blanks: int) -> None:
    if not job.allow_unsafe:
        raise_if_unsafe("blanked here", job.tally.blanks + blanks, job.linked, job.remote.policy.limits)


async def _end_of_walk(session: AsyncSession, job: Job, feed: Feed, place: Place) -> Place:
    """The end of a scan: what it did not meet is asked for by id before anybody calls it deleted."""
    if feed.walk is not Walk.SCAN:
        return replace(place, walked=True)
    if not job.allow_unsafe:
        raise_if_shrunken(feed.name, place.met, place.size, job.remote.policy.limits)
    if feed.object and place.scan:
        absent = await links.unseen(session, job.remote.scope, job.remote.id, feed.object, place.scan)
        looks = [Look(feed.object, id, Kind(kind), "ABSENT") for id, kind in absent]
        await hints.note(session, job.remote.scope, job.remote.id, looks, job.clock.now())
    return Place(None, None, 0, place.met, True)


def _unreadable(job: Job, problems: Sequence[Problem]) -> list[Look]:
    """Records that could not be translated are listed, and tried again."""
    return [
        Look(
            problem.object,
            problem.id,
            job.remote.can(problem.object).kind,
            "UNREADABLE",
            problem.message,
            problem.field,
            job.clock.now() + timedelta(hours=1),
        )
        for problem in problems
        if problem.id
    ]


# -- hints ------------------------------------------------------------------------------------------------------------


async def look(job: Job) -> None:
    """Look at the records that hints name, until none is due; each once in a run."""
    tried: set[Address] = set()
    while True:
        async with job.database.reading() as session:
            due = await hints.due(session, job.remote.scope, job.remote.id, job.clock.now(), WINDOW, tried)
        if not due:
            return
        tried |= {one.address for one in due}
        await _look_at(job, due)
        job.report(Progress("look", "records", len(tried)))


async def _look_at(job: Job, due: Sequence[Look]) -> None:
    found: list[tuple[list[Look], list[Seen]]] = []
    for object in sorted({one.object for one in due}):
        some = [one for one in due if one.object == object]
        for chunk in (some[start : start + CHUNK] for start in range(0, len(some), CHUNK)):
            found += await _fetch(job, object, chunk)
    await _brake_deletes(job, [one for _, seen in found for one in seen])
    for chunk, seen in found:
        await _settle(job, chunk, seen)


async def _fetch(job: Job, object: str, chunk: list[Look]) -> list[tuple[list[Look], list[Seen]]]:
    """What the CRM says of these records. An object that cannot be read is listed and left for the next run."""
    try:
        return [(chunk, list(await job.remote.crm.fetch(object, [one.external_id for one in chunk])))]
    except NeedsLogin:
        raise
    except CrmError as error:
        job.tally.problem(error.code, f"{object}: {error.message}", object=object)
        return []


async def _brake_deletes(job: Job, seen: Sequence[Seen]) -> None:
    """What would these bring, all together? Worked out without writing, before the first is applied."""
    if job.allow_unsafe or not any(isinstance(one, Gone | Roster) for one in seen):
        return
    reader = Reader(job.ledger, job.remote, job.clock, job.claim.run)
    async with job.writing() as session:
        plan = await reader.take(session, seen, verified=True, write=False)
    deletes = job.tally.deletes + plan.deletes
    raise_if_unsafe("deleted here", deletes, job.linked, job.remote.policy.limits)


async def _settle(job: Job, chunk: Sequence[Look], seen: Sequence[Seen]) -> None:
    reader = Reader(job.ledger, job.remote, job.clock, job.claim.run)
    async with job.writing() as session:
        await hints.clear(session, job.remote.scope, job.remote.id, [one.address for one in chunk])
        plan = await reader.take(session, seen, verified=True)
        _brake(job, plan.blanks)
        await _wait_longer(session, job, chunk, [look for one in plan.decisions for look in one.recheck])
    job.tally.add(plan)
    job.tally.pulled += sum(isinstance(one, Record) for one in seen)


async def _wait_longer(session: AsyncSession, job: Job, chunk: Sequence[Look], looks: Sequence[Look]) -> None:
    """Records that must wait again are tried after twice the time, up to a day."""
    before = {one.address: one for one in chunk}
    now = job.clock.now()
    again = []
    for one in looks:
        known = before.get(one.address)
        waited = max((now - known.noted).total_seconds() if known and known.noted else 0.0, 30.0)
        again.append(
            replace(one, after=now + timedelta(seconds=min(waited * 2, 86_400.0)), noted=known.noted if known else None)
        )
    await hints.note(session, job.remote.scope, job.remote.id, again, now)


# -- cursors ----------------------------------------------------------------------------------------------------------


async def _place(job: Job, feed: Feed) -> Place:
    async with job.database.reading() as session:
        found = (await session.execute(_mine(job, feed))).mappings().one_or_none()
    if found is None:
        return Place()
    return Place(found["position"], found["scan"], found["met"], found["size"], found["walked_at"] is not None)


async def _is_due(job: Job, feed: Feed) -> bool:
    async with job.database.reading() as session:
        found = (await session.execute(_mine(job, feed))).mappings().one_or_none()
    if found is None or found["walked_at"] is None or found["scan"]:
        return True
    return bool((job.clock.now() - found["walked_at"]).total_seconds() >= feed.every_seconds)


def _mine(job: Job, feed: Feed) -> Select[Any]:
    return select(_cursors).where(
        _cursors.c.tenant_id == job.remote.scope.tenant,
        _cursors.c.connection_id == job.remote.id,
        _cursors.c.feed == feed.name,
    )


async def _put(session: AsyncSession, job: Job, feed: Feed, place: Place, *, ended: bool) -> None:
    values = {
        "tenant_id": job.remote.scope.tenant,
        "connection_id": job.remote.id,
        "feed": feed.name,
        "position": dict(place.position) if place.position is not None else None,
        "scan": place.scan,
        "met": place.met,
        "size": place.size,
    }
    names = ["position", "scan", "met", "size"]
    if ended:
        values["walked_at"] = job.clock.now()
        names.append("walked_at")
    await session.execute(insert_or_update(session, _cursors, *names), [values])
