"""Taking back what one run, or one merge, has changed: a compensating edit for every row, worked out from the change
log. What somebody changed afterwards stays as it is, and is reported."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from kequn.contracts.records import Kind
from kequn.domain import rights
from kequn.domain.editing import Desk
from kequn.store import journal, rows
from kequn.store.journal import Cause, Entry
from kequn.store.ledger import Edit
from kequn.store.rows import Row
from kequn.store.values import Fact


@dataclass(frozen=True)
class Kept:
    """Something that is not taken back, since it was changed again. `field` is empty for the row as a whole."""

    kind: Kind
    row_id: UUID
    field: str = ""


@dataclass(frozen=True)
class Compensation:
    """What would take a run back."""

    edits: tuple[Edit, ...]
    kept: tuple[Kept, ...] = ()


@dataclass
class _Story:
    """What a run did to one row: per field the value before and after, and whether it came, went or was merged."""

    kind: Kind
    before: dict[str, Fact] = field(default_factory=dict)
    after: dict[str, Fact] = field(default_factory=dict)
    ops: list[str] = field(default_factory=list)

    def add(self, entry: Entry) -> None:
        self.ops.append(entry.op)
        for name, (old, new) in entry.moved.items():
            self.before.setdefault(name, old)
            self.after[name] = new


async def compensate(desk: Desk, run: UUID, rule: str) -> Compensation:
    """The edits that take `run` back. Writes nothing. Raises Refused when the actor may not edit."""
    rights.require(desk.actor, rights.EDIT)
    stories: dict[UUID, _Story] = {}
    for entry in await journal.of_run(desk.session, desk.scope, desk.ledger.vault, run):
        stories.setdefault(entry.row_id, _Story(entry.kind)).add(entry)
    edits: list[Edit] = []
    kept: list[Kept] = []
    for kind in Kind:
        some = {row: story for row, story in stories.items() if story.kind is kind}
        found = await rows.load(desk.session, desk.scope, kind, some, lock=True)
        for row in found.values():
            after, left = _taken_back(row, some[row.id], desk.ledger.clock.now())
            edits.append(Edit(row, after, replace(desk.cause, rule=rule)))
            kept += left
    return Compensation(tuple(edit for edit in edits if edit.op), tuple(kept))


def _taken_back(row: Row, story: _Story, now: datetime) -> tuple[Row, list[Kept]]:
    """The row as it was, as far as nobody changed it since."""
    changed = [name for name, value in story.after.items() if row.facts.get(name) != value]
    kept = [Kept(row.kind, row.id, name) for name in changed]
    if "create" in story.ops:  # it came with the run: it goes, unless somebody has made it theirs
        gone = row.deleted_at or now
        return (row, [Kept(row.kind, row.id)]) if changed else (replace(row, deleted_at=gone), [])
    facts = {**row.facts, **{name: old for name, old in story.before.items() if name not in changed}}
    after = replace(row, facts=facts)
    if "delete" in story.ops:
        after = replace(after, deleted_at=None)
    if "restore" in story.ops:
        after = replace(after, deleted_at=row.deleted_at or now)
    if "merge" in story.ops:
        after = replace(after, merged_into=None)
    return after, kept


async def carry_out(desk: Desk, compensation: Compensation) -> Sequence[Row]:
    """Write the edits. They go out to the CRMs like any other."""
    return await desk.write(*compensation.edits)


def cause_of(desk: Desk, run: UUID, rule: str) -> Cause:
    return replace(desk.cause, run=run, rule=rule)
