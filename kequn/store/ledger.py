"""The one way in which business rows change: row, change log and outbox in one transaction. Sync and domain
both use it; neither writes a business table itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from kequn.clock import Clock, Random, uuid7
from kequn.contracts.records import Kind
from kequn.store import journal, outbox, rows, tenants
from kequn.store.rows import Row
from kequn.store.scope import Scope
from kequn.store.values import EMPTY, Fact
from kequn.store.vault import Vault, subject


@dataclass(frozen=True)
class Edit:
    """A row before (None: it is new) and after. `agrees`: connections that know this state already."""

    before: Row | None
    after: Row
    cause: journal.Cause
    agrees: frozenset[UUID] = frozenset()

    @property
    def moved(self) -> dict[str, tuple[Fact, Fact]]:
        empty, new = EMPTY[self.after.kind], self.after.facts
        old = self.before.facts if self.before else empty
        pairs = ((name, old.get(name, none), new.get(name, none)) for name, none in empty.items())
        return {name: (was, now) for name, was, now in pairs if was != now}

    @property
    def op(self) -> str | None:
        """create, update, delete, restore, merge, unmerge; None when nothing that a person would call a change."""
        if self.before is None:
            return "create"
        if self.before.merged_into != self.after.merged_into:
            return "merge" if self.after.merged_into else "unmerge"
        if (self.before.deleted_at is None) != (self.after.deleted_at is None):
            return "restore" if self.after.deleted_at is None else "delete"
        return "update" if self.moved else None


@dataclass(frozen=True)
class Ledger:
    """Writes edits. Holds what that needs; no state of its own."""

    vault: Vault
    clock: Clock
    random: Random
    sends: frozenset[Kind] = field(default_factory=lambda: frozenset(Kind) - {Kind.STAFF})

    def new_id(self) -> UUID:
        return uuid7(self.clock, self.random)

    async def write(self, session: AsyncSession, scope: Scope, edits: Sequence[Edit]) -> list[Row]:
        """Write the edits and return the rows as they now are. The caller holds the lock of every row it read."""
        now = self.clock.now()
        changed = [edit for edit in edits if edit.op or edit.before is None or edit.before.extra != edit.after.extra]
        new = {edit.after.id for edit in changed if edit.before is None}
        latest = {edit.after.id: edit for edit in changed}.values()  # a row may be edited twice; the log keeps both
        fresh = [edit.after for edit in latest if edit.after.id in new]
        stale = [
            replace(edit.after, version=edit.before.version + 1)
            for edit in latest
            if edit.before and edit.after.id not in new
        ]
        entries = [entry for edit in changed if (entry := self._entry(scope, edit, now))]
        pairs = await self._pairs(session, scope, [edit for edit in changed if edit.op])
        keys = await self.vault.keys_for_writing(session, scope, {whose for _, whose in entries})
        if any(edit.after.kind is Kind.CUSTOMER for edit in changed):
            await tenants.place(session, scope)  # their identities want it
        await rows.add(session, scope, fresh, now)  # nothing is asked from here on: it would wait for what is written
        await rows.change(session, scope, stale, now)
        await journal.write(session, scope, keys, entries)
        people = {edit.after.id for edit in changed if edit.cause.source == "person"}
        await outbox.queue(session, scope, pairs, now, urgent=people)
        return [*fresh, *stale]

    def _entry(self, scope: Scope, edit: Edit, now: datetime) -> tuple[journal.Entry, UUID] | None:
        """In the log, and whose key covers it."""
        op, row = edit.op, edit.after
        if op is None:
            return None
        entry = journal.Entry(self.new_id(), row.kind, row.id, op, now, edit.cause, edit.moved)
        return entry, subject(scope, row.kind, row.id, row.facts)

    async def _pairs(self, session: AsyncSession, scope: Scope, edits: Sequence[Edit]) -> list[tuple[UUID, Kind, UUID]]:
        """Which rows are to go to which connections."""
        sent = [edit for edit in edits if edit.after.kind in self.sends]
        everywhere = await outbox.connections(session, scope) if sent else []
        return [
            (edit.after.id, edit.after.kind, connection)
            for edit in sent
            for connection in everywhere
            if connection not in edit.agrees
        ]
