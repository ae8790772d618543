"""Push: tell one connection what it does not know yet. Claim rows of the outbox, read their records and note intents
(prepare.py), write, turn receipts into bases (receipts.py).

What a crash leaves behind: before the intents are committed, nothing was sent and the outbox still holds the row.
After, the row is still in the outbox and the intent says what may be out there: the next run reads the record first
(by id, or by the kequn id that a create carries), takes what was sent for the base, and sends what is still missing."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from uuid import UUID

from sqlalchemy import Integer, bindparam, select

from kequn.contracts.changes import Batch, Receipt
from kequn.contracts.errors import (
    CrmError,
    NeedsLogin,
    UnsafePlan,
)
from kequn.contracts.records import Kind
from kequn.store import intents, outbox, tables
from kequn.store.runs import Paused
from kequn.sync import brakes, prepare, receipts
from kequn.sync.job import Job, Progress
from kequn.sync.match import ORDER
from kequn.sync.receipts import Sent

_outbox = tables.Outbox.__table__  # type: ignore[attr-defined]
CLAIM = 100
_DUE = (
    select(_outbox.c.row_id, _outbox.c.urgent)
    .where(
        _outbox.c.tenant_id == bindparam("tenant"),
        _outbox.c.connection_id == bindparam("connection"),
        _outbox.c.kind == bindparam("kind"),
        _outbox.c.next_try_at <= bindparam("now"),
    )
    .order_by(_outbox.c.urgent.desc(), _outbox.c.queued_at, _outbox.c.row_id)
    .limit(bindparam("most", type_=Integer))
)
TRIES = 3  # times that one row is tried in one run, when somebody else keeps changing its record


async def push(job: Job) -> AsyncIterator[Progress]:
    """Empty the outbox of this connection as far as it goes, some rows at a time. Rows that others refer to go first;
    deletes go last."""
    await brakes.before_deletes(job)
    await _silence(job)
    tried: dict[UUID, int] = {}
    for kind in (kind for kind in ORDER if job.remote.policy.of(kind).writes):
        try:
            async for some in _push_kind(job, kind, tried):
                yield some
        except (NeedsLogin, UnsafePlan):
            raise
        except CrmError as error:  # the other kinds go on; what was not sent stays in the outbox
            job.tally.problem(error.code, f"{kind}: {error.message}", kind=kind.value)


async def _silence(job: Job) -> None:
    """What is never written waits for nothing. (A policy that writes it later tells all of it: revise.py.)"""
    silent = [kind for kind in ORDER if not job.remote.policy.of(kind).writes]
    async with job.database.reading() as session:
        waiting = await outbox.kinds(session, job.remote.scope, job.remote.id)
    if waiting.intersection(silent):
        async with job.writing() as session:
            await outbox.silence(session, job.remote.scope, job.remote.id, silent)


async def _push_kind(job: Job, kind: Kind, tried: dict[UUID, int]) -> AsyncIterator[Progress]:
    others = len(tried)
    while True:
        claimed, urgent = await _claim(job, kind, tried)
        if not claimed:
            return
        await job.check()
        for row in claimed:
            tried[row] = tried.get(row, 0) + 1
        job.remote.pace.bulk = not urgent
        await _push(job, kind, claimed)
        yield Progress("push", kind.value, len(tried) - others)


async def _claim(job: Job, kind: Kind, tried: Mapping[UUID, int]) -> tuple[list[UUID], bool]:
    """The rows whose time has come: the urgent ones, and the others once there are none. No other worker claims them:
    one run at a time works on a connection."""
    asked = {
        "tenant": job.remote.scope.tenant,
        "connection": job.remote.id,
        "kind": kind.value,
        "now": job.clock.now(),
        "most": CLAIM + len(tried),
    }
    async with job.database.reading() as session:
        found = (await session.execute(_DUE, asked)).all()
    due = [(row, urgent) for row, urgent in found if tried.get(row, 0) < TRIES]
    urgent = bool(due) and due[0][1]
    return [row for row, hurries in due if hurries is urgent][:CLAIM], urgent


async def _push(job: Job, kind: Kind, claimed: Sequence[UUID]) -> None:
    seen = await prepare.read_first(job, kind, claimed)
    sent = await prepare.prepare(job, kind, claimed, seen)
    batches = list(_batches(job, sent))
    for number, batch in enumerate(batches):
        try:
            await job.check()
        except Paused:
            await _forget(job, batches[number:])
            raise
        try:
            answers = await _send(job, batch)
        except CrmError as error:  # where it surely did nothing, nothing is out there
            await _forget(job, batches[number + 1 :] if error.maybe_applied else batches[number:])
            raise
        for answer in answers:
            if isinstance(answer, NeedsLogin):
                await _forget(job, batches[number + 1 :])
                raise answer


def _batches(job: Job, sent: Sequence[Sent]) -> Iterator[list[Sent]]:
    for object in sorted({one.intent.object for one in sent}):
        some = [one for one in sent if one.intent.object == object]
        size = max(job.remote.can(object).batch, 1)
        yield from (some[start : start + size] for start in range(0, len(some), size))


async def _send(job: Job, sent: Sequence[Sent]) -> Sequence[Receipt | CrmError]:
    batch = Batch(sent[0].intent.id.hex, [one.ask.change for one in sent if one.ask.change])
    answers = await job.remote.crm.push(batch)
    if len(answers) != len(sent):
        raise CrmError(f"{job.remote.name} answered {len(answers)} of {len(sent)} changes", maybe_applied=True)
    async with job.writing() as session:
        await receipts.learn(session, job, list(zip(sent, answers, strict=True)))
    job.tally.pushed += sum(isinstance(answer, Receipt) for answer in answers)
    return answers


async def _forget(job: Job, batches: Sequence[Sequence[Sent]]) -> None:
    """These were not sent after all."""
    ids = [one.intent.id for batch in batches for one in batch]
    if ids:
        async with job.writing() as session:
            await intents.remove(session, job.remote.scope, ids)
