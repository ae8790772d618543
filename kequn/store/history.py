"""What a row was at some moment, and who made a field what it is: read from the change log. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from kequn.store.journal import Entry
from kequn.store.values import EMPTY, Facts


@dataclass(frozen=True)
class Snapshot:
    """A row as it was. `change`: the last entry until then."""

    change: UUID
    facts: Facts = field(repr=False)
    deleted: bool = False
    merged: bool = False


_ENDS = {"delete": (True, False), "restore": (False, False), "merge": (False, True), "unmerge": (False, False)}


def as_of(entries: Sequence[Entry], moment: datetime) -> Snapshot | None:
    """`entries`: of one row, oldest first. None when it was not there yet."""
    known = [entry for entry in entries if entry.at <= moment]
    if not known:
        return None
    facts = dict(EMPTY[known[0].kind])
    deleted = merged = False
    for entry in known:
        facts |= {name: new for name, (_, new) in entry.moved.items()}
        deleted, merged = _ENDS.get(entry.op, (deleted, merged))
    return Snapshot(known[-1].id, facts, deleted, merged)


def author(entries: Sequence[Entry], name: str) -> Entry | None:
    """The entry that gave the field the value that it has; None when it never had another than none."""
    return next((entry for entry in reversed(entries) if name in entry.moved), None)
