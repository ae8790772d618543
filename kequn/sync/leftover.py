"""Leftovers: creates whose row was deleted before their answer was seen, where records carry no kequn id (tags), and so
show in a listing at best. Says where to look again, and for how long they are waited for; which record is one of them
is decided in candidates.py."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kequn.contracts.changes import Op
from kequn.store.intents import Intent
from kequn.store.links import Address
from kequn.sync.decide import BELIEVED_AFTER
from kequn.sync.job import Job
from kequn.sync.outgoing import Standing, Waiting
from kequn.sync.remote import Remote

AWAITED = Waiting("UNANSWERED", "it may have been created there before it was deleted here: the next listing shows it")


@dataclass(frozen=True)
class Leftovers:
    """`awaited`: deleted rows that may yet turn out to stand there; `moot`: the intents of those that do not."""

    awaited: frozenset[UUID] = frozenset()
    moot: tuple[UUID, ...] = ()


def carriers(remote: Remote, at: Standing) -> set[Address]:
    """The records on which leftovers would stand (the contact that bears a tag): to be read again."""
    rows = {one.values.get(remote.can(one.object).owner or "") for one in _unheard(remote, at)}
    return {address for row in rows if isinstance(row, UUID) for address in at.places.get(row, ())}


def _unheard(remote: Remote, at: Standing) -> list[Intent]:
    dead = [row.id for row in at.rows.values() if row.deleted_at and not at.links.get(row.id)]
    sent = [one for row in dead for one in at.sent.get(row, ()) if one.op is Op.CREATE]
    return [one for one in sent if not remote.can(one.object).carries_id]


def look_back(job: Job, at: Standing) -> Leftovers:
    """What is known of them once this run has read all that it reads."""
    sent = _unheard(job.remote, at)
    awaited = [one for one in sent if not _would_show(job, one)]
    return Leftovers(frozenset(one.row_id for one in awaited), tuple(one.id for one in sent if one not in awaited))


def _would_show(job: Job, sent: Intent) -> bool:
    """Whether this run would have met it. What stands on another record was looked for there a moment ago; what is not
    pulled never shows."""
    read: datetime | None = job.clock.now()
    if not job.remote.can(sent.object).owner and job.remote.policy.of(sent.kind).pulls:
        feeds = {feed.name for feed in job.remote.crm.feeds() if sent.kind in feed.kinds}
        read = min(job.walked[name] for name in feeds) if feeds <= job.walked.keys() - job.resumed else None
    return read is not None and read - sent.sent_at > BELIEVED_AFTER
