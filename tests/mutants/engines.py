"""Wrong engines that a whole history must give away: each is one phase, changed as a tired engineer might have. They
exist here alone; a test hands one in by replacing names for its own time."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.crm import Feed
from kequn.contracts.identity import format_id
from kequn.contracts.records import Gone, Kind, Record
from kequn.store import intents, links, outbox
from kequn.store.cursors import Place
from kequn.store.database import Database
from kequn.store.hints import Look
from kequn.store.links import Link
from kequn.store.scope import Scope
from kequn.store.values import pack
from kequn.store.vault import Keys, subject_of
from kequn.sync import burial, look, merge, outgoing, prepare, pull
from kequn.sync.burial import Burial
from kequn.sync.decide import Planner
from kequn.sync.job import Job
from kequn.sync.match import Observation
from kequn.sync.merge import Merged
from kequn.sync.outgoing import Outgoing
from kequn.sync.page import Seen
from kequn.sync.plan import Decision
from kequn.sync.scope import Leaving
from plugins.zoho.adapter import walking
from tests.mutants import wrong

Patch = pytest.MonkeyPatch


def cursor_before_merges(patch: Patch) -> None:
    """The cursor is safe before the page is."""
    patch.setattr(pull, "_walk", wrong.cursor_first)


def blind_retry_of_create(patch: Patch) -> None:
    """What was sent without an answer is sent again as something new, and nobody looks first."""
    tries = count(1)

    def another(kind: Kind, row: UUID) -> str:
        return format_id(kind.value, UUID(int=next(tries)))

    patch.setattr(prepare, "read_first", wrong.nothing_is_read_first)
    patch.setattr(outgoing, "reference_of", another)


def no_base_after_adoption(patch: Patch) -> None:
    """Whoever is known here and turns up there is linked, and what both say is not written down. That alone is mended
    by the next push, which reads the record and writes all of it; so what differs is taken for their edit, too."""
    agreed = Planner._agreed

    def forgetful(self: Planner, at: Observation, seen: Record, link: Link, merged: Merged) -> Link:
        known = agreed(self, at, seen, link, merged)
        return known if at.link else replace(known, base={})

    patch.setattr(Planner, "_agreed", forgetful)
    patch.setattr(merge, "_first_meeting", wrong.first_meeting_takes_theirs)


def unconditional_delete(patch: Patch) -> None:
    """Whatever was deleted here is deleted there, unread and in any version."""
    read_first, delete = prepare.read_first, outgoing._delete

    async def only_what_lives(job: Job, kind: Kind, claimed: Sequence[UUID]) -> list[Seen]:
        async with job.database.reading() as session:
            at = await outgoing.look_up(session, job.ledger, job.remote, kind, claimed, lock=False)
        return await read_first(job, kind, [row for row in claimed if row in at.rows and not at.rows[row].deleted_at])

    def at_once(*given: Any) -> Outgoing:
        ask = delete(*given)
        return replace(ask, change=replace(ask.change, version=None)) if ask.change else ask

    patch.setattr(prepare, "read_first", only_what_lives)
    patch.setattr(outgoing, "_delete", at_once)


def no_note_of_unanswered_writes(patch: Patch) -> None:
    patch.setattr(intents, "write", wrong.no_intents)


def tombstones_forgotten(patch: Patch) -> None:
    patch.setattr(links, "tombstones", wrong.no_tombstones)


def base_shared_by_all_links(patch: Patch) -> None:
    """One base for a row, wherever it stands."""
    put, table = links.put, links._links

    async def everywhere(
        session: AsyncSession, scope: Scope, keys: Keys, news: Sequence[Link], seen_at: datetime | None = None
    ) -> None:
        await put(session, scope, keys, news, seen_at)
        bases = {link.row_id: link.base for link in news}
        mine = {(link.connection, *link.address) for link in news}
        query = select(table).where(table.c.tenant_id == scope.tenant, table.c.row_id.in_(bases))
        for row in (await session.execute(query)).mappings().all():
            if (row["connection_id"], row["object"], row["external_id"]) not in mine:
                sealed = keys.seal(subject_of(row["base"]), pack(bases[row["row_id"]]), links._bind("link", row))
                here = (table.c[name] == row[name] for name in ("connection_id", "object", "external_id"))
                await session.execute(update(table).where(*here).values(base=sealed))

    patch.setattr(links, "put", everywhere)


def exclusive_cursor(patch: Patch) -> None:
    """The next walk begins behind the latest change that was seen."""
    patch.setattr(walking, "before", lambda seconds: None if seconds is None else seconds + 1)


def partial_scan_taken_as_complete(patch: Patch) -> None:
    """What a scan did not list is deleted."""
    end, fetch = pull._end_of_walk, look._fetch

    async def complete(session: AsyncSession, job: Job, feed: Feed, place: Place, *, partial: bool) -> Place:
        return await end(session, job, feed, place, partial=False)

    async def believed(job: Job, object: str, chunk: list[Look]) -> list[tuple[list[Look], list[Seen]]]:
        absent = [one for one in chunk if one.code == "ABSENT"]
        others = [one for one in chunk if one.code != "ABSENT"]
        seen = await wrong.a_hint_is_the_truth(job, object, absent) if absent else []
        return [*seen, *(await fetch(job, object, others) if others else [])]

    patch.setattr(pull, "_end_of_walk", complete)
    patch.setattr(look, "_fetch", believed)


def scope_exit_taken_as_delete(patch: Patch) -> None:
    """Who leaves the scope of a connection is gone."""

    def bury(self: Leaving, at: Observation, seen: Record) -> Decision:
        gone = Gone(seen.kind, seen.object, seen.id, seen.version)
        return Burial(self.remote, self.now, self.new_id).decide(replace(at, verified=True), gone)

    patch.setattr(Leaving, "decide", bury)


def merge_taken_as_delete(patch: Patch) -> None:
    """Who was merged into another record is gone."""
    patch.setattr(Burial, "_row_lost_its_record", wrong.merge_is_a_delete)


def outbox_outside_the_transaction(patch: Patch) -> None:
    """Rows are queued once their change is committed, in a transaction of its own."""
    late: list[Callable[[AsyncSession], Awaitable[None]]] = []
    writing, queue = Database.writing, outbox.queue

    async def note(_: AsyncSession, scope: Scope, pairs: Iterable[Any], *given: Any, **named: Any) -> None:
        some = list(pairs)
        late.append(lambda session: queue(session, scope, some, *given, **named))

    @asynccontextmanager
    async def and_then(database: Database) -> AsyncIterator[AsyncSession]:
        late.clear()
        async with writing(database) as session:
            yield session
        if late:
            async with writing(database) as session:
                for queued in late:
                    await queued(session)

    patch.setattr(outbox, "queue", note)
    patch.setattr(Database, "writing", and_then)


def delete_without_looking(patch: Patch) -> None:
    """A delete there is a delete here, whatever was edited here since."""
    patch.setattr(burial, "unsent", wrong.nothing_is_unsent)


def silent_conflicts(patch: Patch) -> None:
    """Where both sides moved, the CRM wins and nobody is told."""
    patch.setattr(merge, "_clash", wrong.clash_takes_theirs)
