"""Prepare: read the records that are about to be written, merge what is news there, and note as intents what is still
to be said. All of the latter in one transaction; nothing is sent from here."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import cast
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.changes import Change, Op
from kequn.contracts.records import Gone, Kind, Record
from kequn.store import conflicts, intents, links, outbox, tables
from kequn.store.conflicts import Conflict
from kequn.store.intents import Intent
from kequn.store.links import Address, Link, Tombstone
from kequn.store.vault import subject
from kequn.sync import brakes, leftover, receipts
from kequn.sync.decide import BELIEVED_AFTER
from kequn.sync.emptied import let_go
from kequn.sync.job import Job
from kequn.sync.outgoing import Outgoing, Standing, Waiting, look_up, outgoing
from kequn.sync.page import Reader, Seen
from kequn.sync.receipts import Sent

_outbox = tables.Outbox.__table__  # type: ignore[attr-defined]


async def read_first(job: Job, kind: Kind, claimed: Sequence[UUID]) -> list[Seen]:
    """The present state of every record that is about to be written, and of every one that a write without an answer
    may have changed or left. Nothing is written over what was not read."""
    async with job.database.reading() as session:
        at = await look_up(session, job.ledger, job.remote, kind, claimed, lock=False)
    asks = [ask for row in claimed for ask in outgoing(job.remote, kind, row, at)]
    changes: list[Change | Intent] = [ask.change for ask in asks if ask.change]
    linked = {link.address for some in at.links.values() for link in some}
    changes += [one for some in at.sent.values() for one in some if one.op is Op.CREATE or _address(one) in linked]
    ids = {_address(one) for one in changes if _address(one)[1]}
    ids |= {one.address for ask in asks for one in _beside(ask, at)} | leftover.carriers(job.remote, at)
    references = {(one.object, one.reference) for one in changes if not _address(one)[1]}
    seen: list[Seen] = []
    for object, some in _by_object(ids).items():
        seen += await job.remote.crm.fetch(object, some)
    for object, some in _by_object(references).items():
        seen += await job.remote.crm.find(object, some)
    return [*seen, *await let_go(job, seen)]


def _beside(ask: Outgoing, at: Standing) -> Sequence[Link | Tombstone]:
    """Before a record is created anew: has somebody restored the old one? Before one of two is taken away: does the
    other one stand?"""
    if ask.row is None or ask.change is None or ask.change.op is Op.UPDATE:
        return []
    if ask.change.op is Op.DELETE:
        return at.links.get(ask.row.id, ())
    return [stone for stone in at.stones.get(ask.row.id, ()) if stone.object == ask.change.object and not stone.into]


def _address(one: Change | Intent) -> Address:
    return one.object, (one.id if isinstance(one, Change) else one.external_id) or ""


def _by_object(addresses: Iterable[Address]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for object, id in sorted(addresses):
        grouped.setdefault(object, []).append(id)
    return grouped


async def prepare(job: Job, kind: Kind, claimed: Sequence[UUID], seen: Sequence[Seen]) -> list[Sent]:
    """In one transaction: merge what was read, work out what is still to be said, and note it as intents."""
    reader = Reader(job.ledger, job.remote, job.clock, job.run)
    async with job.writing() as session:
        plan = await reader.take(session, seen, verified=True)
        brakes.brake(job, "deleted here", job.tally.deletes + plan.deletes)
        brakes.brake(job, "blanked here", job.tally.blanks + plan.blanks)
        at = await look_up(session, job.ledger, job.remote, kind, claimed, lock=True)
        generations = await _generations(session, job, claimed)
        asks = {row: outgoing(job.remote, kind, row, at) for row in claimed if row in generations}
        asks = {row: [_unless_taken(ask, seen, at.stones.get(row, ())) for ask in some] for row, some in asks.items()}
        await _part_quietly(session, job, asks, at)
        await _leave_waiting(session, job, asks, generations, at)
        sent = _sent(job, asks, generations, at)
        brakes.refuse_unplanned(job, sent)
        brakes.before_blanks(job, sent)
        keys = await job.ledger.vault.keys_for_writing(
            session, job.remote.scope, {cast(UUID, one.intent.whose) for one in sent}
        )
        await intents.write(session, job.remote.scope, keys, [one.intent for one in sent])
    job.tally.add(plan)
    return sent


def _unless_taken(ask: Outgoing, seen: Sequence[Seen], stones: Sequence[Tombstone]) -> Outgoing:
    """A record that carries this row's id, and is another row's: to create it would be to overwrite that one. A CRM may
    tell of a record in its bin as well; the row's own grave is in nobody's way, unless it seems to be empty."""
    change = ask.change
    if change is None or change.op is not Op.CREATE:
        return ask
    graves = {stone.address: stone for stone in stones}
    gone = {one.address for one in seen if isinstance(one, Gone)} | {one for one in graves if graves[one].into}
    for one in (one for one in seen if isinstance(one, Record) and one.address not in gone):
        grave = graves.get(one.address)
        if grave and one.version == grave.version:
            cause = f"{one.object} {one.id} was deleted, and seems to be there again"
            return Outgoing(ask.row, waiting=Waiting("RESTORED", cause))
        if one.reference == change.reference and not (grave and one.version < grave.version):
            cause = f"{one.object} {one.id} carries the id of this row; empty that field there, or merge the two"
            return Outgoing(ask.row, waiting=Waiting("REFERENCE_TAKEN", cause, after=timedelta(hours=1)))
    return ask


async def _generations(session: AsyncSession, job: Job, claimed: Collection[UUID]) -> dict[UUID, int]:
    query = select(_outbox.c.row_id, _outbox.c.generation).where(
        _outbox.c.tenant_id == job.remote.scope.tenant,
        _outbox.c.connection_id == job.remote.id,
        _outbox.c.row_id.in_(claimed),
    )
    return {row[0]: row[1] for row in (await session.execute(query)).all()}


async def _part_quietly(session: AsyncSession, job: Job, asks: Mapping[UUID, Sequence[Outgoing]], at: Standing) -> None:
    """Deletes that are not followed end their link; deletes that a person must agree to become a question."""
    scope = job.remote.scope
    unlinked = [replace(ask.unlink, parted=True) for some in asks.values() for ask in some if ask.unlink]
    questions = [_question(job, ask, at) for some in asks.values() for ask in some if ask.question]
    fresh = [one for one in questions if one is not None]
    subjects = {cast(UUID, one.whose) for one in unlinked} | {cast(UUID, one.whose) for one in fresh}
    if subjects:
        keys = await job.ledger.vault.keys_for_writing(session, scope, subjects)
        await links.put(session, scope, keys, unlinked)
        await conflicts.put(session, scope, keys, fresh, job.clock.now())


def _question(job: Job, ask: Outgoing, at: Standing) -> Conflict | None:
    link, row = ask.question, ask.row
    if link is None or row is None:
        return None
    if any(one.type == "delete" and one.address == link.address for one in at.conflicts.get(row.id, ())):
        return None
    return Conflict(
        job.ledger.new_id(),
        job.remote.id,
        link.object,
        link.external_id,
        link.kind,
        row.id,
        "delete",
        "",
        base=link.base,
        whose=link.whose,
    )


def _sent(
    job: Job, asks: Mapping[UUID, Sequence[Outgoing]], generations: Mapping[UUID, int], at: Standing
) -> list[Sent]:
    return [
        Sent(ask, _intent(job, row, ask), generations[row], _moot(job, ask.change, at.sent.get(row, ())))
        for row, some in asks.items()
        for ask in some
        if ask.change and ask.row
    ]


def _moot(job: Job, change: Change, sent: Sequence[Intent]) -> tuple[UUID, ...]:
    """What was sent to a record that is deleted now can come back no more, nor can what was sent long ago and is not
    to be seen in the record, which was read just now."""
    mine = [one for one in sent if one.object == change.object and one.external_id in {change.id, None}]
    now = job.clock.now()
    return tuple(one.id for one in mine if change.op is Op.DELETE or now - one.sent_at > BELIEVED_AFTER)


def _intent(job: Job, row_id: UUID, ask: Outgoing) -> Intent:
    change, row = ask.change, ask.row
    assert change and row  # noqa: S101, PT018 - the caller chose asks with both
    return Intent(
        job.ledger.new_id(),
        job.remote.id,
        "",
        row.kind,
        row_id,
        change.object,
        change.id,
        change.op,
        change.reference,
        job.clock.now(),
        ask.values,
        subject(job.remote.scope, row.kind, row.id, row.facts),
    )


async def _leave_waiting(
    session: AsyncSession,
    job: Job,
    asks: Mapping[UUID, Sequence[Outgoing]],
    generations: Mapping[UUID, int],
    at: Standing,
) -> None:
    """Rows with nothing to send: those that wait say why, the others leave the outbox."""
    silent = {row: some for row, some in asks.items() if not any(ask.change for ask in some)}
    waiting = {row: ask.waiting for row, some in silent.items() for ask in some if ask.waiting}
    left = leftover.look_back(job, at)
    await intents.remove(session, job.remote.scope, left.moot)
    waiting |= dict.fromkeys(left.awaited & silent.keys(), leftover.AWAITED)
    await receipts.note_waiting(session, job, {row: (generations[row], one) for row, one in waiting.items()})
    settled = {row: generations[row] for row in silent if row not in waiting}
    await outbox.drop(session, job.remote.scope, job.remote.id, settled)
