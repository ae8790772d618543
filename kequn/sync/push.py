"""Push: tell one connection what it does not know yet. Claim rows of the outbox, read their records (and merge what is
news there), note intents, write, turn receipts into bases.

What a crash leaves behind: before the intents are committed, nothing was sent and the outbox still holds the row.
After, the row is still in the outbox and the intent says what may be out there: the next run reads the record first
(by id, or by the kequn id that a create carries), takes what was sent for the base, and sends what is still missing."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import cast
from uuid import UUID

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.changes import Batch, Change, Op, Receipt
from kequn.contracts.errors import (
    ChangedMeanwhile,
    CrmError,
    MissingReference,
    NeedsLogin,
    NotThere,
    Rejected,
    RetryLater,
    UnsafePlan,
)
from kequn.contracts.records import FIELDS, Kind, Record, Ref
from kequn.store import conflicts, intents, links, outbox, rows, tables
from kequn.store.conflicts import Conflict
from kequn.store.intents import Intent
from kequn.store.links import Address, Link
from kequn.store.vault import subject
from kequn.sync.carried import buried_with
from kequn.sync.guard import raise_if_unsafe
from kequn.sync.job import Job, Progress
from kequn.sync.lines import WorldMoved, is_planned, there
from kequn.sync.match import ORDER
from kequn.sync.outgoing import Outgoing, Standing, Waiting, look_up, outgoing
from kequn.sync.page import Reader, Seen
from kequn.sync.policy import Delete
from kequn.sync.remote import reference_of

_outbox = tables.Outbox.__table__  # type: ignore[attr-defined]
_links = tables.Link.__table__  # type: ignore[attr-defined]
CLAIM = 100
TRIES = 3  # times that one row is tried in one run, when somebody else keeps changing its record


@dataclass(frozen=True)
class Sent:
    """What one row asks, with the intent that covers it and the outbox generation that it stands for. `moot`: older
    intents that nobody need wait for once this one has succeeded."""

    ask: Outgoing
    intent: Intent
    generation: int
    moot: tuple[UUID, ...] = ()


async def push(job: Job) -> None:
    """Empty the outbox of this connection as far as it goes. Rows that others refer to go first; deletes go last."""
    await _brake_deletes(job)
    tried: dict[UUID, int] = {}
    for kind in (kind for kind in ORDER if job.remote.policy.of(kind).writes):
        try:
            await _push_kind(job, kind, tried)
        except (NeedsLogin, UnsafePlan):
            raise
        except CrmError as error:  # the other kinds go on; what was not sent stays in the outbox
            job.tally.problem(error.code, f"{kind}: {error.message}", kind=kind.value)


async def _push_kind(job: Job, kind: Kind, tried: dict[UUID, int]) -> None:
    while claimed := await _claim(job, kind, tried):
        for row in claimed:
            tried[row] = tried.get(row, 0) + 1
        await _push(job, kind, claimed)
        job.report(Progress("push", kind.value, len(tried)))


async def _claim(job: Job, kind: Kind, tried: Mapping[UUID, int]) -> list[UUID]:
    """The rows whose time has come. No other worker claims them: one run at a time works on a connection."""
    query = (
        select(_outbox.c.row_id, _outbox.c.attempts)
        .where(
            _outbox.c.tenant_id == job.remote.scope.tenant,
            _outbox.c.connection_id == job.remote.id,
            _outbox.c.kind == kind.value,
            _outbox.c.next_try_at <= job.clock.now(),
        )
        .order_by(_outbox.c.queued_at, _outbox.c.row_id)
        .limit(CLAIM + len(tried))
    )
    async with job.database.reading() as session:
        due = [row[0] for row in (await session.execute(query)).all()]
    return [row for row in due if tried.get(row, 0) < TRIES][:CLAIM]


async def _push(job: Job, kind: Kind, claimed: Sequence[UUID]) -> None:
    seen = await _read_first(job, kind, claimed)
    sent = await _prepare(job, kind, claimed, seen)
    objects = sorted({one.intent.object for one in sent})
    for object in objects:
        some = [one for one in sent if one.intent.object == object]
        size = max(job.remote.can(object).batch, 1)
        for batch in (some[start : start + size] for start in range(0, len(some), size)):
            await _send(job, batch)


# -- read before writing ----------------------------------------------------------------------------------------------


async def _read_first(job: Job, kind: Kind, claimed: Sequence[UUID]) -> list[Seen]:
    """The present state of every record that is about to be written, and of every one that a write without an answer
    may have changed or left. Nothing is written over what was not read."""
    async with job.database.reading() as session:
        at = await look_up(session, job.ledger, job.remote, kind, claimed, lock=False)
    asks = [ask for row in claimed for ask in outgoing(job.remote, kind, row, at)]
    changes: list[Change | Intent] = [ask.change for ask in asks if ask.change]
    linked = {link.address for some in at.links.values() for link in some}
    changes += [one for some in at.sent.values() for one in some if one.op is Op.CREATE or _address(one) in linked]
    ids = {_address(one) for one in changes if _address(one)[1]}
    references = {(one.object, one.reference) for one in changes if not _address(one)[1]}
    seen: list[Seen] = []
    for object, some in _by_object(ids).items():
        seen += await job.remote.crm.fetch(object, some)
    for object, some in _by_object(references).items():
        seen += await job.remote.crm.find(object, some)
    return seen


def _address(one: Change | Intent) -> Address:
    return one.object, (one.id if isinstance(one, Change) else one.external_id) or ""


def _by_object(addresses: Iterable[Address]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for object, id in sorted(addresses):
        grouped.setdefault(object, []).append(id)
    return grouped


async def _prepare(job: Job, kind: Kind, claimed: Sequence[UUID], seen: Sequence[Seen]) -> list[Sent]:
    """In one transaction: merge what was read, work out what is still to be said, and note it as intents."""
    reader = Reader(job.ledger, job.remote, job.clock, job.run)
    async with job.writing() as session:
        plan = await reader.take(session, seen, verified=True)
        _brake(job, "deleted here", job.tally.deletes + plan.deletes)
        _brake(job, "blanked here", job.tally.blanks + plan.blanks)
        at = await look_up(session, job.ledger, job.remote, kind, claimed, lock=True)
        generations = await _generations(session, job, claimed)
        asks = {row: outgoing(job.remote, kind, row, at) for row in claimed if row in generations}
        asks = {row: [_unless_taken(ask, seen) for ask in some] for row, some in asks.items()}
        await _part_quietly(session, job, asks, at)
        await _leave_waiting(session, job, asks, generations)
        sent = _sent(job, asks, generations, at)
        _refuse_unplanned(job, sent)
        _brake_blanks(job, sent)
        keys = await job.ledger.vault.keys_for_writing(
            session, job.remote.scope, {cast(UUID, one.intent.whose) for one in sent}
        )
        await intents.write(session, job.remote.scope, keys, [one.intent for one in sent])
    job.tally.add(plan)
    return sent


def _unless_taken(ask: Outgoing, seen: Sequence[Seen]) -> Outgoing:
    """A record that carries this row's id, and is another row's: to create it would be to overwrite that one."""
    change = ask.change
    if change is None or change.op is not Op.CREATE:
        return ask
    holder = next((one for one in seen if isinstance(one, Record) and one.reference == change.reference), None)
    if holder is None:
        return ask
    cause = f"{holder.object} {holder.id} carries the id of this row; empty that field there, or merge the two"
    return Outgoing(ask.row, waiting=Waiting("REFERENCE_TAKEN", cause, after=timedelta(hours=1)))


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
    unlinked = [replace(ask.unlink, in_scope=False) for some in asks.values() for ask in some if ask.unlink]
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
        Sent(ask, _intent(job, row, ask), generations[row], _moot(ask.change, at.sent.get(row, ())))
        for row, some in asks.items()
        for ask in some
        if ask.change and ask.row
    ]


def _moot(change: Change, sent: Sequence[Intent]) -> tuple[UUID, ...]:
    """What was sent to a record that is deleted now can come back no more."""
    if change.op is not Op.DELETE:
        return ()
    return tuple(one.id for one in sent if one.object == change.object and one.external_id in {change.id, None})


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


# -- write and learn --------------------------------------------------------------------------------------------------


async def _send(job: Job, sent: Sequence[Sent]) -> None:
    batch = Batch(sent[0].intent.id.hex, [one.ask.change for one in sent if one.ask.change])
    try:
        answers = await job.remote.crm.push(batch)
    except CrmError as error:
        await _nothing_written(job, sent, error)
        raise
    if len(answers) != len(sent):
        raise CrmError(f"{job.remote.name} answered {len(answers)} of {len(sent)} changes", maybe_applied=True)
    async with job.writing() as session:
        await _learn(session, job, list(zip(sent, answers, strict=True)))
    job.tally.pushed += sum(isinstance(answer, Receipt) for answer in answers)
    for answer in answers:
        if isinstance(answer, NeedsLogin):
            raise answer


async def _nothing_written(job: Job, sent: Sequence[Sent], error: CrmError) -> None:
    """The request failed as a whole. Where it surely did nothing, nothing is out there."""
    if not error.maybe_applied:
        async with job.writing() as session:
            await intents.remove(session, job.remote.scope, [one.intent.id for one in sent])


async def _learn(session: AsyncSession, job: Job, answered: Sequence[tuple[Sent, Receipt | CrmError]]) -> None:
    """Receipts become bases; refusals stay in the outbox with their cause; what is unknown keeps its intent."""
    took = [(one, answer) for one, answer in answered if isinstance(answer, Receipt)]
    failed = [(one, answer) for one, answer in answered if isinstance(answer, CrmError)]
    scope, now = job.remote.scope, job.clock.now()
    stones = [_stone(job, *pair) for pair in took if pair[0].intent.op is Op.DELETE]
    stones += await buried_with(session, job.ledger, job.remote, stones)
    whose = {cast(UUID, one.intent.whose) for one, _ in took} | {cast(UUID, stone.whose) for stone in stones}
    keys = await job.ledger.vault.keys_for_writing(session, scope, whose)
    await links.bury(session, scope, keys, stones, now)
    await links.put(session, scope, keys, [_link(job, *pair) for pair in took if pair[0].intent.op is not Op.DELETE])
    settled = [id for one, _ in took for id in (one.intent.id, *one.moot)]
    settled += [one.intent.id for one, error in failed if not error.maybe_applied]
    await intents.remove(session, scope, settled)
    await outbox.drop(session, scope, job.remote.id, _finished(took, failed))
    await _note_waiting(session, job, {one.intent.row_id: _waiting(error) for one, error in failed})
    partly = {one.intent.row_id: one.ask.waiting for one, _ in took if one.ask.waiting}
    await _note_waiting(session, job, partly)
    for one, error in failed:
        reference = reference_of(one.intent.kind, one.intent.row_id)
        if not isinstance(error, ChangedMeanwhile):
            job.tally.problem(error.code, error.message, record=reference, object=one.intent.object)


def _finished(took: Sequence[tuple[Sent, Receipt]], failed: Sequence[tuple[Sent, CrmError]]) -> dict[UUID, int]:
    """Rows that have nothing more to say. A row with several records is finished when all of them are."""
    open_rows = {one.intent.row_id for one, _ in failed}
    return {
        one.intent.row_id: one.generation
        for one, _ in took
        if one.intent.row_id not in open_rows and one.ask.waiting is None
    }


def _link(job: Job, sent: Sent, receipt: Receipt) -> Link:
    """What was written is what both sides agree on from now on."""
    now, change, intent = job.clock.now(), sent.ask.change, sent.intent
    if sent.ask.link:
        link = sent.ask.link
        version = link.version if receipt.version is None else receipt.version
        base = {**link.base, **intent.values}
        return replace(link, base=base, version=version, pushed_at=now, whose=intent.whose)
    owner = job.remote.can(intent.object).owner
    carrier = change.fields.get(owner) if change and owner else None
    return Link(
        job.remote.id,
        intent.object,
        receipt.id,
        intent.kind,
        intent.row_id,
        intent.values,
        receipt.version or 0,
        owner=carrier.id if isinstance(carrier, Ref) else None,
        pushed_at=now,
        whose=intent.whose,
    )


def _stone(job: Job, sent: Sent, receipt: Receipt) -> links.Tombstone:
    link, intent = sent.ask.link, sent.intent
    assert link  # noqa: S101 - a delete goes to a link
    return links.Tombstone(
        job.remote.id,
        link.object,
        link.external_id,
        link.kind,
        intent.row_id,
        link.base,
        max(link.version, receipt.version or 0),
        whose=intent.whose,
    )


def _waiting(error: CrmError) -> Waiting:
    match error:
        case MissingReference():
            return Waiting(error.code, error.message, error.field, timedelta(minutes=5))
        case Rejected():
            return Waiting(error.code, error.message, error.field, timedelta(hours=1))
        case RetryLater():
            return Waiting(error.code, error.message, after=timedelta(seconds=error.wait_seconds))
        case ChangedMeanwhile() | NotThere():
            return Waiting(error.code, error.message, after=timedelta())
        case _:
            return Waiting(error.code, error.message)


async def _leave_waiting(
    session: AsyncSession, job: Job, asks: Mapping[UUID, Sequence[Outgoing]], generations: Mapping[UUID, int]
) -> None:
    """Rows with nothing to send: those that wait say why, the others leave the outbox."""
    silent = {row: some for row, some in asks.items() if not any(ask.change for ask in some)}
    waiting = {row: ask.waiting for row, some in silent.items() for ask in some if ask.waiting}
    await _note_waiting(session, job, waiting)
    settled = {row: generations[row] for row in silent if row not in waiting}
    await outbox.drop(session, job.remote.scope, job.remote.id, settled)


async def _note_waiting(session: AsyncSession, job: Job, waiting: Mapping[UUID, Waiting | None]) -> None:
    now = job.clock.now()
    values = [
        {"at_row": row, "code": one.code, "cause": one.cause, "field": one.field, "next_try_at": now + one.after}
        for row, one in waiting.items()
        if one
    ]
    if values:
        statement = (
            update(_outbox)
            .where(
                _outbox.c.tenant_id == job.remote.scope.tenant,
                _outbox.c.connection_id == job.remote.id,
                _outbox.c.row_id == bindparam("at_row"),
            )
            .values(
                code=bindparam("code"),
                cause=bindparam("cause"),
                field=bindparam("field"),
                next_try_at=bindparam("next_try_at"),
                attempts=_outbox.c.attempts + 1,
            )
        )
        connection = await session.connection()
        await connection.execute(statement, values)


# -- brakes -----------------------------------------------------------------------------------------------------------


async def _brake_deletes(job: Job) -> None:
    """How many records would be deleted there? Counted before the first one is."""
    scope, count = job.remote.scope, 0
    async with job.database.reading() as session:
        for kind in FIELDS:
            policy = job.remote.policy.of(kind)
            if not policy.writes or policy.delete is not Delete.PROPAGATE:
                continue
            row = rows.table(kind)
            query = (
                select(func.count())
                .select_from(_outbox)
                .join(row, (row.c.tenant_id == _outbox.c.tenant_id) & (row.c.id == _outbox.c.row_id))
                .join(
                    _links,
                    (_links.c.tenant_id == _outbox.c.tenant_id)
                    & (_links.c.connection_id == _outbox.c.connection_id)
                    & (_links.c.row_id == _outbox.c.row_id),
                )
                .where(
                    _outbox.c.tenant_id == scope.tenant,
                    _outbox.c.connection_id == job.remote.id,
                    _outbox.c.kind == kind.value,
                    row.c.deleted_at.is_not(None),
                )
            )
            count += (await session.execute(query)).scalar_one()
    _brake(job, f"deleted in {job.remote.name}", count)


def _brake_blanks(job: Job, sent: Sequence[Sent]) -> None:
    blanks = job.tally.blanks_out + sum(bool(one.ask.blanks) for one in sent)
    _brake(job, f"blanked in {job.remote.name}", blanks)
    job.tally.blanks_out = blanks


def _refuse_unplanned(job: Job, sent: Sequence[Sent]) -> None:
    """A reviewed plan is carried out to the letter: a write that it does not list means that the world has moved."""
    if job.only is not None:
        changes = [(one.intent.kind, one.ask.change) for one in sent if one.ask.change]
        added = [there(kind, "", change) for kind, change in changes if not is_planned(job.only, kind, change)]
        if added:
            raise WorldMoved([], added)


def _brake(job: Job, what: str, count: int) -> None:
    if not job.allow_unsafe:
        raise_if_unsafe(what, count, job.linked, job.remote.policy.limits)
