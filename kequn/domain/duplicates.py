"""Customers that may be there twice: searching all data for them, or only what changed, and saying that two are two.
That two are one is said by merging.merge. How alike customers are is decided in likeness.py."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Table, select, update

from kequn.domain import likeness, rights
from kequn.domain.editing import Desk
from kequn.domain.likeness import Likeness
from kequn.domain.problems import Code, refuse
from kequn.store import duplicates, tables
from kequn.store.database import Database
from kequn.store.duplicates import Scan, Suggestion
from kequn.store.ledger import Ledger
from kequn.store.scope import Actor

_duplicates: Table = tables.Duplicate.__table__  # type: ignore[attr-defined]
_OVERLAP = timedelta(minutes=5)  # an edit is dated before it can be seen


@dataclass(frozen=True)
class Tally:
    """How many suggestions a search brought and took away."""

    came: int
    went: int


@dataclass(frozen=True)
class Found:
    """What a search found, and until when it saw."""

    likeness: Likeness
    doubles: tuple[Suggestion, ...]
    seen_until: datetime


async def search(database: Database, ledger: Ledger, actor: Actor, *, full: bool) -> Tally:
    """Look for duplicates among all customers, or (not `full`) among those that changed since the last time. Reads,
    compares and writes one after the other, so that nobody waits while it compares. Raises Refused."""
    rights.require(actor, rights.EDIT)
    found = await _look(database, ledger, actor, full=full)
    async with database.writing() as session:
        return await keep(Desk(session, actor, ledger), found)


async def _look(database: Database, ledger: Ledger, actor: Actor, *, full: bool) -> Found:
    now = ledger.clock.now()
    async with database.reading() as session:
        last = None if full else await duplicates.last_scan(session, actor.scope)
        since = last if last and last.rules == likeness.RULES else None
        changed = await duplicates.changed_since(session, actor.scope, since.seen_until) if since else None
        profiles = await duplicates.profiles(session, actor.scope)
        shared = await duplicates.shared_keys(session, actor.scope)
        second = await duplicates.second_records(session, actor.scope)
    before = since.common if since else frozenset()
    like = await asyncio.to_thread(likeness.compare, profiles, shared, changed, before)
    doubles = tuple(Suggestion(row, None, 1000, (), (at, object, id)) for row, at, object, id in second)
    return Found(like, doubles, now - _OVERLAP)


async def keep(desk: Desk, found: Found) -> Tally:
    """Write down what a search found."""
    rights.require(desk.actor, rights.EDIT)
    like, now = found.likeness, desk.ledger.clock.now()
    suggestions = [*like.suggestions, *found.doubles]
    came, went = await duplicates.put(desk.session, desk.scope, suggestions, like.touched, now)
    await duplicates.note_scan(desk.session, desk.scope, Scan(found.seen_until, likeness.RULES, like.common))
    return Tally(came, went)


async def dismiss(desk: Desk, id: UUID) -> UUID:
    """These are two. They are not suggested again."""
    rights.require(desk.actor, rights.EDIT)
    which = (_duplicates.c.tenant_id == desk.scope.tenant, _duplicates.c.id == id)
    state = (await desk.session.execute(select(_duplicates.c.state).where(*which).with_for_update())).scalar()
    if state is None:
        raise refuse(Code.NOT_FOUND, "id")
    if state == "merged":
        raise refuse(Code.ALREADY_MERGED, "id")
    decided = {"state": "dismissed", "decided_at": desk.ledger.clock.now(), "decided_by": desk.actor.name}
    await desk.session.execute(update(_duplicates).where(*which, _duplicates.c.state == "open").values(decided))
    return id
