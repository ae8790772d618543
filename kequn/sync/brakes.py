"""The brakes of a push: what would be deleted, blanked, or done beside a reviewed plan, asked before anything is sent.
The limits themselves stand in guard.py."""

from collections.abc import Sequence
from functools import cache

from sqlalchemy import Select, bindparam, func, select

from kequn.contracts.records import FIELDS, Kind
from kequn.store import rows, tables
from kequn.sync.guard import raise_if_unsafe
from kequn.sync.job import Job
from kequn.sync.lines import WorldMoved, is_planned, there
from kequn.sync.policy import Delete
from kequn.sync.receipts import Sent

_outbox = tables.Outbox.__table__  # type: ignore[attr-defined]
_links = tables.Link.__table__  # type: ignore[attr-defined]


async def before_deletes(job: Job) -> None:
    """How many records would be deleted there? Counted before the first one is."""
    scope, count = job.remote.scope, 0
    async with job.database.reading() as session:
        for kind in FIELDS:
            policy = job.remote.policy.of(kind)
            if not policy.writes or policy.delete is not Delete.PROPAGATE:
                continue
            asked = {"tenant": scope.tenant, "connection": job.remote.id}
            count += (await session.execute(_deletes(kind), asked)).scalar_one()
    brake(job, f"deleted in {job.remote.name}", count)


@cache
def _deletes(kind: Kind) -> Select[int]:
    """How many rows of this kind are dead here, and stand there."""
    row = rows.table(kind)
    return (
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
            _outbox.c.tenant_id == bindparam("tenant"),
            _outbox.c.connection_id == bindparam("connection"),
            _outbox.c.kind == kind.value,
            row.c.deleted_at.is_not(None),
            _links.c.in_scope,
            ~_links.c.parted,
        )
    )


def before_blanks(job: Job, sent: Sequence[Sent]) -> None:
    blanks = job.tally.blanks_out + sum(bool(one.ask.blanks) for one in sent)
    brake(job, f"blanked in {job.remote.name}", blanks)
    job.tally.blanks_out = blanks


def refuse_unplanned(job: Job, sent: Sequence[Sent]) -> None:
    """A reviewed plan is carried out to the letter: a write that it does not list means that the world has moved."""
    if job.only is not None:
        changes = [(one.intent.kind, one.ask.change) for one in sent if one.ask.change]
        added = [there(kind, "", change) for kind, change in changes if not is_planned(job.only, kind, change)]
        if added:
            raise WorldMoved([], added)


def brake(job: Job, what: str, count: int) -> None:
    if not job.allow_unsafe:
        raise_if_unsafe(what, count, job.linked, job.remote.policy.limits)
