"""Receipts: what the CRM answered to a batch, turned into bases, tombstones, and rows that wait with their cause.
What is unknown keeps its intent. Reads no record and sends nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.changes import Op, Receipt
from kequn.contracts.errors import (
    BrokenReply,
    ChangedMeanwhile,
    CrmError,
    MissingReference,
    NotThere,
    Rejected,
    RetryLater,
)
from kequn.contracts.records import Kind, Ref
from kequn.store import intents, links, outbox, tables
from kequn.store.intents import Intent
from kequn.store.links import Address, Link
from kequn.sync.carried import buried_with, follow, refer_anew, wake
from kequn.sync.job import Job
from kequn.sync.outgoing import Outgoing, Waiting
from kequn.sync.remote import reference_of

_outbox = tables.Outbox.__table__  # type: ignore[attr-defined]
SOON = frozenset({RetryLater.code, ChangedMeanwhile.code, NotThere.code})
RARELY, SOME_MINUTES = timedelta(days=1), timedelta(minutes=5)
AT_MOST = {BrokenReply.code: SOME_MINUTES}
"""How long what mends itself waits: a gateway that is out of order must not keep a row for hours after it works."""


@dataclass(frozen=True)
class Sent:
    """What one row asks, with the intent that covers it and the outbox generation that it stands for. `moot`: older
    intents that nobody need wait for once this one has succeeded."""

    ask: Outgoing
    intent: Intent
    generation: int
    moot: tuple[UUID, ...] = ()


async def learn(session: AsyncSession, job: Job, answered: Sequence[tuple[Sent, Receipt | CrmError]]) -> None:
    """Receipts become bases; refusals stay in the outbox with their cause; what is unknown keeps its intent."""
    took = [(one, answer) for one, answer in answered if isinstance(answer, Receipt)]
    failed = [(one, answer) for one, answer in answered if isinstance(answer, CrmError)]
    scope, now = job.remote.scope, job.clock.now()
    stones = [_stone(job, *pair) for pair in took if pair[0].intent.op is Op.DELETE]
    stones += await buried_with(session, job.ledger, job.remote, stones)
    whose = {cast(UUID, one.intent.whose) for one, _ in took} | {cast(UUID, stone.whose) for stone in stones}
    keys = await job.ledger.vault.keys_for_writing(session, scope, whose)
    await links.bury(session, scope, keys, stones, now)
    known = await links.at(session, scope, job.ledger.vault, job.remote.id, _addresses(took))
    await links.put(session, scope, keys, [_link(job, *pair, known) for pair in took if pair[0].intent.op != Op.DELETE])
    created = [one.intent for one, _ in took if one.intent.op is Op.CREATE]
    customers = {one.row_id for one in created if one.kind is Kind.CUSTOMER}
    await follow(session, scope, job.remote.id, customers, now)
    await refer_anew(session, job.ledger, job.remote, customers, frozenset(), now)
    settled = [id for one, _ in took for id in (one.intent.id, *one.moot)]
    settled += [one.intent.id for one, error in failed if not error.maybe_applied]
    await intents.remove(session, scope, settled)
    await outbox.drop(session, scope, job.remote.id, _finished(took, failed))
    waiting = {one.intent.row_id: (one.generation, one.ask.waiting) for one, _ in took if one.ask.waiting}
    waiting |= {one.intent.row_id: (one.generation, _waiting(error)) for one, error in failed}
    await note_waiting(session, job, waiting)
    await wake(session, scope, job.remote.id, {one.row_id: one.kind for one in created}, now)
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


def _addresses(took: Sequence[tuple[Sent, Receipt]]) -> set[Address]:
    return {one.ask.link.address for one, _ in took if one.ask.link}


def _link(job: Job, sent: Sent, receipt: Receipt, known: Mapping[Address, Link]) -> Link:
    """What was written is what both sides agree on from now on. A link may have changed while the request was under
    way: somebody settled a conflict."""
    now, change, intent = job.clock.now(), sent.ask.change, sent.intent
    if sent.ask.link:
        link = known.get(sent.ask.link.address, sent.ask.link)
        version = link.version if receipt.version is None else receipt.version
        base = {**link.base, **intent.values}
        return replace(link, base=base, version=version, parted=False, pushed_at=now, whose=intent.whose)
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
        again=sent.ask.again,
        whose=intent.whose,
    )


def _waiting(error: CrmError) -> Waiting:
    match error:
        case MissingReference():
            return Waiting(error.code, error.message, error.field, SOME_MINUTES)
        case Rejected():  # where no field is named, it may be the CRM that is out of order
            return Waiting(error.code, error.message, error.field, timedelta(hours=1) if error.field else SOME_MINUTES)
        case RetryLater():
            return Waiting(error.code, error.message, after=timedelta(seconds=error.wait_seconds))
        case ChangedMeanwhile() | NotThere():
            return Waiting(error.code, error.message, after=timedelta())
        case _:
            return Waiting(error.code, error.message)


async def note_waiting(session: AsyncSession, job: Job, waiting: Mapping[UUID, tuple[int, Waiting]]) -> None:
    """By row: its generation, and why it waits. A row that has changed meanwhile is tried anew at once."""
    if not waiting:
        return
    mine = (_outbox.c.tenant_id == job.remote.scope.tenant, _outbox.c.connection_id == job.remote.id)
    query = select(_outbox.c.row_id, _outbox.c.attempts).where(*mine, _outbox.c.row_id.in_(waiting))
    attempts = {row[0]: row[1] for row in (await session.execute(query)).all()}
    now = job.clock.now()
    values = [
        {
            "at_row": row,
            "at_generation": generation,
            "code": one.code,
            "cause": one.cause,
            "field": one.field,
            "next_try_at": now + _pause(one, attempts[row]),
        }
        for row, (generation, one) in waiting.items()
        if row in attempts
    ]
    if values:
        columns: dict[str, Any] = {name: bindparam(name) for name in ("code", "cause", "field", "next_try_at")}
        here = (_outbox.c.row_id == bindparam("at_row"), _outbox.c.generation == bindparam("at_generation"))
        statement = update(_outbox).where(*mine, *here).values(**columns, attempts=_outbox.c.attempts + 1)
        connection = await session.connection()
        await connection.execute(statement, values)


def _pause(waiting: Waiting, attempts: int) -> timedelta:
    """What only a person or another record can mend is tried less and less often."""
    if waiting.code in SOON:
        return waiting.after
    factor: int = 2 ** min(attempts, 12)
    return min(waiting.after * factor, max(AT_MOST.get(waiting.code, RARELY), waiting.after))
