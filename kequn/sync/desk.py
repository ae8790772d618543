"""What every decision about a record needs: its normal form, a hint, a tombstone, a conflict. Makes values only."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from kequn.contracts.records import Gone, Record
from kequn.store.conflicts import Conflict
from kequn.store.hints import Look
from kequn.store.links import Link, Tombstone
from kequn.store.rows import Row
from kequn.store.values import Fact
from kequn.sync.match import Observation
from kequn.sync.remote import Form, Remote, normal_form

WAIT = timedelta(minutes=1)


@dataclass(frozen=True)
class Desk:
    """Decides for one connection. `now` and `new_id` are given, so that the same observations give the same plan."""

    remote: Remote
    now: datetime
    new_id: Callable[[], UUID]

    def form(self, at: Observation, seen: Record | Gone, row: Row) -> Form:
        return normal_form(self.remote, seen.object, seen.kind, row.facts, at.places)

    def owner(self, seen: Record) -> str | None:
        """The id of the record that carries this one."""
        name = self.remote.can(seen.object).owner
        ref = seen.fields.get(name) if name else None
        return getattr(ref, "id", None)

    def look(self, seen: Record | Gone, code: str, after: timedelta = timedelta()) -> Look:
        return Look(seen.object, seen.id, seen.kind, code, after=self.now + after)

    def stone(self, at: Observation, seen: Gone, link: Link) -> Tombstone:
        version = max(seen.version, link.version)
        return Tombstone(
            self.remote.id,
            seen.object,
            seen.id,
            seen.kind,
            link.row_id,
            link.base,
            version,
            seen.into,
            whose=link.whose,
        )

    def conflict(
        self,
        at: Observation,
        seen: Record | Gone,
        type: str,
        row: UUID | None,
        *,
        base: Mapping[str, Fact] | None = None,
        ours: Mapping[str, Fact] | None = None,
        theirs: Mapping[str, Fact] | None = None,
        candidates: tuple[UUID, ...] = (),
        name: str = "",
    ) -> Conflict:
        """A conflict, or the one that is open already, with today's values."""
        known = next((one for one in at.conflicts if one.type == type and one.field == name), None)
        return Conflict(
            known.id if known else self.new_id(),
            self.remote.id,
            seen.object,
            seen.id,
            seen.kind,
            row,
            type,
            name,
            base or {},
            ours or {},
            theirs or {},
            candidates,
            getattr(seen, "modified_at", None),
            opened_at=known.opened_at if known else None,
        )

    def close(self, conflict: Conflict, choice: str, by: str = "sync") -> Conflict:
        return replace(conflict, state="settled", choice=choice, settled_by=by, settled_at=self.now)
