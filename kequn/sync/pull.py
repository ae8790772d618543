"""Pull: walk the feeds of a connection, page by page. A page and its cursor are written in one transaction. Which rows
change is decided elsewhere (page.py); records that a page only tells of are looked at afterwards (look.py)."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.crm import Cursor, Feed, Page, Problem, Walk
from kequn.contracts.errors import CrmError, NeedsLogin, UnsafePlan
from kequn.contracts.records import Kind, Left
from kequn.store import cursors, hints, links, loads
from kequn.store.cursors import Place
from kequn.store.hints import Look
from kequn.sync.guard import raise_if_shrunken, raise_if_unsafe
from kequn.sync.job import Job, Progress
from kequn.sync.page import Reader
from kequn.sync.plan import Plan


async def pull(job: Job, *, full: bool = False) -> AsyncIterator[Progress]:
    """Walk every feed that is due (`full`: every feed), a page at a time. One broken feed does not stop the others."""
    for feed, place in await due(job, full=full):
        try:
            async for page in _walk(job, feed, place):
                yield page
        except (NeedsLogin, UnsafePlan):
            raise
        except CrmError as error:
            job.tally.problem(error.code, f"{feed.name}: {error.message}", feed=feed.name)


async def read_on(job: Job, kind: Kind) -> AsyncIterator[Progress]:
    """Once more the feeds that tell of a kind, from where their walks of this run have ended. Raises the errors of the
    CRM, and one of its own where such a walk did not end."""
    async with job.database.reading() as session:
        places = await cursors.load(session, job.remote.scope, job.remote.id)
    for feed in (feed for feed in job.remote.crm.feeds() if kind in feed.kinds):
        if feed.name not in job.walked:
            raise CrmError("its walk has not ended")
        async for page in _walk(job, feed, _begin(job, feed, places.get(feed.name, Place()))):
            yield page


async def due(job: Job, *, full: bool) -> list[tuple[Feed, Place]]:
    """The feeds to walk now, and where each stands."""
    async with job.database.reading() as session:
        places = await cursors.load(session, job.remote.scope, job.remote.id)
    feeds = [feed for feed in job.remote.crm.feeds() if any(job.remote.policy.of(kind).pulls for kind in feed.kinds)]
    pairs = [(feed, places.get(feed.name, Place())) for feed in feeds]
    if full:  # a scan from its start
        pairs = [(feed, replace(place, position=None) if feed.walk is Walk.SCAN else place) for feed, place in pairs]
    return [(feed, _begin(job, feed, place)) for feed, place in pairs if full or _is_due(job, feed, place)]


def _is_due(job: Job, feed: Feed, place: Place) -> bool:
    if place.walked_at is None or place.scan:
        return True
    return (job.clock.now() - place.walked_at).total_seconds() >= feed.every_seconds


def _begin(job: Job, feed: Feed, place: Place) -> Place:
    """A scan that is not under way starts with an id of its own."""
    if feed.walk is not Walk.SCAN:
        return place
    if place.scan is None or place.position is None:
        return replace(place, scan=job.ledger.new_id().hex, met=0)
    job.resumed.add(feed.name)
    return place


async def _walk(job: Job, feed: Feed, place: Place) -> AsyncIterator[Progress]:
    done = 0
    async with aclosing(_pages(job, feed, place.position)) as pages:
        async for page in pages:
            if not (job.is_held and _is_empty(feed, place, page)):
                async with job.writing() as session:
                    await loads.hurry(session)
                    place, plan = await take(session, job, feed, place, page)
                tally(job, page, plan)
            await loads.take_stock(job.database, job.stock.grown(_kinds(page)))
            done += len(page.records) + len(page.gone)
            yield Progress("pull", feed.name, done, page.total)
    job.walked[feed.name] = job.clock.now()


def _kinds(page: Page) -> Iterator[Kind]:
    """Of all that a page brings, one by one."""
    yield from (record.kind for record in page.records)
    yield from (gone.kind for gone in page.gone)
    yield from (member.kind for roster in page.rosters for member in roster.members)


async def _pages(job: Job, feed: Feed, position: Cursor | None) -> AsyncGenerator[Page, None]:
    """The pages of a walk, from there on. A cursor leads to the next one whether or not the page before is written."""
    coming: asyncio.Task[Page] | None = None
    try:
        while True:
            page = await (coming or job.remote.crm.pull(feed.name, position))
            coming, position = None, page.next_cursor
            if not page.complete and loads.reads_ahead(job.database):
                coming = asyncio.create_task(job.remote.crm.pull(feed.name, position))
            yield page
            if page.complete:
                return
    finally:
        if coming is not None:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)


def _is_empty(feed: Feed, place: Place, page: Page) -> bool:
    """Nothing that would have to be written down: most pages of most runs."""
    news = page.records or page.gone or page.rosters or page.problems or page.left
    stays = page.next_cursor == place.position and place.walked_at is not None and not feed.every_seconds
    return not news and stays and (feed.walk is Walk.CHANGES or page.partial)


async def take(session: AsyncSession, job: Job, feed: Feed, place: Place, page: Page) -> tuple[Place, Plan]:
    """One page and its cursor, in the caller's transaction. Deletes that the page tells of become hints: they are
    believed once the record itself was asked for. Raises UnsafePlan before anything is kept."""
    scope, connection = job.remote.scope, job.remote.id
    reader = Reader(job.ledger, job.remote, job.clock, job.run)
    plan = await reader.take(session, [*page.records, *page.gone, *page.rosters], verified=False)
    if not job.allow_unsafe:
        raise_if_unsafe("blanked here", job.tally.blanks + plan.blanks, job.linked, job.remote.policy.limits)
    looks = [*_unreadable(job, page.problems), *await _newer(session, job, page.left)]
    await hints.note(session, scope, connection, looks, job.clock.now())
    noted = {decision.link.address for decision in plan.decisions if decision.link}
    for object in sorted({record.object for record in page.records}):
        scan = place.scan if object == feed.object else None
        seen = {(object, record.id) for record in page.records if record.object == object}
        await links.mark_seen(session, scope, connection, seen if scan else seen - noted, job.clock.now(), scan)
    met = place.met + len(page.records) + len(page.rosters)
    after = replace(place, position=page.next_cursor, met=met)
    if page.complete:
        after = await _end_of_walk(session, job, feed, after, partial=page.partial)
    await cursors.put(session, scope, connection, feed.name, after)
    return after, plan


def tally(job: Job, page: Page, plan: Plan) -> None:
    job.tally.add(plan)
    job.tally.pulled += len(page.records)
    for problem in page.problems:
        job.tally.problem("UNREADABLE", problem.message, object=problem.object, id=problem.id, field=problem.field)


async def _end_of_walk(session: AsyncSession, job: Job, feed: Feed, place: Place, *, partial: bool) -> Place:
    """The end of a scan: what it did not meet is asked for by id before anybody calls it deleted."""
    now = job.clock.now()
    if feed.walk is not Walk.SCAN:
        return replace(place, walked_at=now)
    if partial:
        return replace(place, scan=None, met=0, walked_at=now)
    if not job.allow_unsafe:
        raise_if_shrunken(feed.name, place.met, place.size, job.remote.policy.limits)
    if feed.object and place.scan:
        absent = await links.unseen(session, job.remote.scope, job.remote.id, feed.object, place.scan)
        looks = [Look(feed.object, id, Kind(kind), "ABSENT") for id, kind in absent]
        await hints.note(session, job.remote.scope, job.remote.id, looks, now)
    return Place(place.position, None, 0, place.met, now)


def _unreadable(job: Job, problems: Sequence[Problem]) -> list[Look]:
    """Records that could not be translated are listed, and tried again."""
    later = job.clock.now() + timedelta(hours=1)
    return [
        Look(
            problem.object,
            problem.id,
            job.remote.can(problem.object).kind,
            "UNREADABLE",
            problem.message,
            problem.field,
            later,
        )
        for problem in problems
        if problem.id and problem.object in job.remote.crm.capabilities.objects
    ]


async def _newer(session: AsyncSession, job: Job, left: Sequence[Left]) -> list[Look]:
    """Linked records that have changed since they were seen last."""
    told = {(one.object, one.id): one for one in left}
    known = await links.versions(session, job.remote.scope, job.remote.id, told)
    return [Look(*address, told[address].kind, "LEFT") for address in known if told[address].version > known[address]]
