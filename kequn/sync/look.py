"""Look: read, by id, every record that a hint names - because a webhook named it, a listing missed it, it waits for
another record. What these reads bring is verified: a record that is gone is gone. Before anybody is called deleted,
the feeds are read on, for it may have been merged into another. The brakes are asked before the first delete."""

from collections.abc import AsyncIterator, Collection, Sequence, Set
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.errors import CrmError, NeedsLogin
from kequn.contracts.records import Gone, Kind, Record, Roster
from kequn.store import hints, links
from kequn.store.hints import Look
from kequn.store.links import Address
from kequn.sync import pull, stray
from kequn.sync.emptied import left_empty, let_go
from kequn.sync.guard import raise_if_unsafe
from kequn.sync.job import Job, Progress
from kequn.sync.page import Reader, Seen
from kequn.sync.plan import Plan

WINDOW = 2000  # hints looked at between two checks of the brakes
CHUNK = 100  # ids in one fetch
Found = tuple[list[Look], list[Seen]]
SHORTEST, LONGEST = 30.0, 86_400.0  # seconds between two looks at a record that keeps waiting


async def look(job: Job) -> AsyncIterator[Progress]:
    """Look at the records that hints name, until none is due; each once in a run."""
    tried: set[Address] = set()
    while True:
        async with job.database.reading() as session:
            due = await hints.due(session, job.remote.scope, job.remote.id, job.clock.now(), WINDOW, tried)
        if not due:
            return
        tried |= {one.address for one in due}
        async for progress in _look_at(job, due):
            yield progress
        yield Progress("look", "records", len(tried))


async def _look_at(job: Job, due: Sequence[Look]) -> AsyncIterator[Progress]:
    found: list[Found] = []
    for object in sorted({one.object for one in due}):
        some = [one for one in due if one.object == object]
        for chunk in (some[start : start + CHUNK] for start in range(0, len(some), CHUNK)):
            found += await _fetch(job, object, chunk)
    if missing := await _missing(job, [one for _, seen in found for one in seen]):
        try:
            async for progress in pull.read_on(job, Kind.CUSTOMER):
                yield progress
        except NeedsLogin:
            raise
        except CrmError as error:  # nothing is said of them in this run
            job.tally.problem(error.code, f"read on: {error.message}", kind=Kind.CUSTOMER.value)
            found = [_without(missing, *one) for one in found]
    await _brake_deletes(job, [one for _, seen in found for one in seen])
    for chunk, seen in found:
        await _settle(job, chunk, seen)


async def _missing(job: Job, seen: Sequence[Seen]) -> set[Address]:
    """Linked customers that are gone, where the CRM does not say that they were merged. Who made one record of two has
    changed the other one, too: maybe after its feed was read, or the part of it that a broken run had read."""
    gone = [one for one in seen if isinstance(one, Gone) and one.kind is Kind.CUSTOMER and not one.into]
    if not gone or not job.remote.policy.of(Kind.CUSTOMER).pulls:
        return set()
    async with job.database.reading() as session:
        rows = await links.rows_at(session, job.remote.scope, job.remote.id, [(one.object, one.id) for one in gone])
    return set(rows)


def _without(missing: Set[Address], chunk: Sequence[Look], seen: Sequence[Seen]) -> Found:
    """What is said of others; and not of records that one of them may have been taken out of."""
    read = [one for one in seen if not isinstance(one, Roster)]
    if missing & {one.address for one in read} - {one.address for one in chunk}:
        missing = missing | {one.address for one in read if isinstance(one, Record) and left_empty(one)}
    left = [one for one in seen if isinstance(one, Roster) or one.address not in missing]
    return [one for one in chunk if one.address not in missing], left


async def _fetch(job: Job, object: str, chunk: list[Look]) -> list[Found]:
    """What the CRM says of these records. An object that cannot be read is listed and left for the next run."""
    await job.check()
    try:
        return [(chunk, await read(job, object, [one.external_id for one in chunk]))]
    except NeedsLogin:
        raise
    except CrmError as error:
        job.tally.problem(error.code, f"{object}: {error.message}", object=object)
        return []


async def read(job: Job, object: str, ids: Sequence[str]) -> list[Seen]:
    """The present state of records, and what they were emptied of. Raises the errors of the CRM."""
    seen = await job.remote.crm.fetch(object, ids)
    return [*seen, *await let_go(job, seen)]


async def _brake_deletes(job: Job, seen: Sequence[Seen]) -> None:
    """What would these bring, all together? Worked out without writing, before the first is applied."""
    if job.allow_unsafe or not any(isinstance(one, Gone | Roster) for one in seen):
        return
    reader = Reader(job.ledger, job.remote, job.clock, job.run)
    async with job.writing() as session:
        plan = await reader.take(session, seen, verified=True, write=False)
    deletes = job.tally.deletes + plan.deletes
    raise_if_unsafe("deleted here", deletes, job.linked, job.remote.policy.limits)


async def _settle(job: Job, chunk: Sequence[Look], seen: Sequence[Seen]) -> None:
    async with job.writing() as session:
        plan = await take(session, job, chunk, seen)
    job.tally.add(plan)
    job.tally.pulled += sum(isinstance(one, Record) for one in seen)


async def take(session: AsyncSession, job: Job, chunk: Sequence[Look], seen: Sequence[Seen]) -> Plan:
    """What was read for these hints, in the caller's transaction. Raises UnsafePlan before anything is kept."""
    reader = Reader(job.ledger, job.remote, job.clock, job.run)
    plan = await reader.take(session, seen, verified=True)
    if not job.allow_unsafe:
        raise_if_unsafe("blanked here", job.tally.blanks + plan.blanks, job.linked, job.remote.policy.limits)
    again = {look.address for one in plan.decisions for look in one.recheck}
    scope, connection = job.remote.scope, job.remote.id
    await hints.clear(session, scope, connection, [one for one in chunk if one.address not in again])
    await hints.postpone(session, scope, connection, _next_looks(job, chunk, again))
    return plan


def _next_looks(job: Job, chunk: Sequence[Look], again: Collection[Address]) -> dict[Address, datetime]:
    """Records that must wait again are looked at after as long again as they have waited; but strays in each run."""
    now = job.clock.now()
    noted = {one.address: now if one.code == stray.CODE else one.noted or now for one in chunk}
    waited = {address: (now - since).total_seconds() for address, since in noted.items()}
    return {
        address: now + timedelta(seconds=min(max(waited.get(address, 0.0), SHORTEST), LONGEST)) for address in again
    }
