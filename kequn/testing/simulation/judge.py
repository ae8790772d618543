"""The judge: says what is wrong with a history. Pure, and knows nothing but the history: no engine, no CRM, no clock.

A field that a CRM has no place for is missing in its final records, and is not judged there. A key that stands in an
open conflict about the whole record may differ between systems until a person has chosen; one field in an open conflict
may differ in that field. What a connection leaves out is not judged there. A membership is a key `customer|group`: what
becomes of it when people delete or argue about either of the two is not judged, nor is a reference to such a record,
unless it lives on. What kequn alone decides is about a customer as a membership is."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kequn.testing.simulation.history import HUB, Delete, Field, History, Shown, Write


@dataclass(frozen=True)
class Verdict:
    """One broken promise. `promise`: P1, P2, ... ; `what`: in words."""

    promise: str
    what: str


def judge(history: History) -> list[Verdict]:
    """Everything that is wrong; empty when the promises held."""
    checks = (
        _converged,
        _nothing_lost,
        _nothing_invented,
        _nobody_rose,
        _nothing_returned,
        _nothing_vanished,
        _merges_are_shown,
        _one_record,
        _quiet,
        _bounded,
    )
    return [verdict for check in checks for verdict in check(history)]


def false_conflicts(history: History) -> int:
    """Conflicts about fields that nobody wrote at the same time (each write saw the one before it), and records that
    came back as a conflict though whoever deleted them had seen everything. Fields of records that were deleted, or one
    with another inside a CRM by now, do not count: there the question is which of two records. Nor do references that
    lead to the other one by now: who made one record of two has moved them, too."""
    gone = {delete.key for delete in history.deletes} | _disputed_keys(history)
    chains: dict[Field, list[tuple[str, str | None]]] = {}
    for write in history.writes:
        chains.setdefault((write.key, write.field), []).append((write.value, write.prev))
    fields = sum(
        1
        for shown in history.conflicts
        if shown.field in history.fields
        and not shown.delete
        and shown.key not in gone
        and not _was_moved(history, shown)
        and _is_chain(chains.get((shown.key, str(shown.field)), []))
    )
    return fields + len(_came_back(history))


def _was_moved(history: History, shown: Shown) -> bool:
    """A reference to what is gone shows a target that nobody wrote there."""
    written = {write.value for write in history.writes if (write.key, write.field) == (shown.key, shown.field)}
    gone = written.intersection(delete.key for delete in history.deletes)
    return shown.field in history.references and bool(gone) and not written.issuperset(shown.values)


def _came_back(history: History) -> set[str]:
    """What a CRM fills in by itself (a default, a name in two parts) is an edit, too, that nobody may have seen."""
    written = {(write.key, write.value) for write in history.writes}
    asked = {
        shown.key
        for shown in history.conflicts
        if shown.open and shown.delete and all((shown.key, value) in written for value in shown.values)
    }
    return {
        delete.key
        for delete in history.deletes
        if not (delete.unmet or delete.outside or delete.lost)
        and delete.sys != HUB
        and delete.key in asked & history.final[delete.sys].keys()
        and not _unseen(history, delete)
    }


def _is_chain(writes: list[tuple[str, str | None]]) -> bool:
    return all(prev == before for (_, prev), (before, _) in zip(writes[1:], writes, strict=False))


def _keys(history: History) -> list[str]:
    return sorted({key for records in history.final.values() for key in records})


def _unsteady(history: History) -> set[str]:
    """The keys that somebody deleted somewhere, that are argued about, or that some connection leaves out."""
    left_out = {key for keys in history.outside.values() for key in keys}
    return {delete.key for delete in history.deletes} | _disputed_keys(history) | left_out


def _loose(history: History) -> set[str]:
    """The memberships whose customer or group is unsteady, and what was told about such a customer, or forgotten with a
    backup: nobody reads it where it was told."""
    unsteady = _unsteady(history)
    known = {write.key for write in history.writes} | set(_keys(history))
    members = {key for key in known if "|" in key and unsteady & set(key.split("|"))}
    gone = unsteady - _survivors(history)
    return members | {write.key for write in _about(history) if write.lost or write.value in gone}


def _about(history: History) -> list[Write]:
    """Of what kequn alone decides."""
    return [write for write in history.writes if write.key in history.told]


def _astray(history: History) -> set[Field]:
    """The references that ever led to an unsteady record, unless it lives on."""
    unsteady = _unsteady(history) - _survivors(history)
    return {(one.key, one.field) for one in history.writes if one.field in history.references and one.value in unsteady}


def _survivors(history: History) -> set[str]:
    """Who lives everywhere, though somebody deleted them: somebody else had edited them. Another record of theirs, that
    kequn met after the delete, is somebody new."""
    left = {key for keys in history.outside.values() for key in keys}
    merged = {delete.key for delete in history.deletes if delete.into}
    asked = {shown.key for shown in history.conflicts if shown.open and shown.field is None and not shown.delete}
    return (
        set.intersection(*(set(records) for records in history.final.values()))
        - left
        - merged
        - asked
        - set(history.reborn)
    )


def _names(history: History, key: str) -> list[str]:
    """The fields of this record, and the elements of its sets."""
    shown = {name for records in history.final.values() for name in records.get(key, ())}
    return sorted({*history.fields, *(name for name in shown if "/" in name)})


def _disputed_keys(history: History) -> set[str]:
    return {shown.key for shown in history.conflicts if shown.open and shown.field is None}


def _disputed_fields(history: History) -> set[Field]:
    return {(shown.key, shown.field) for shown in history.conflicts if shown.open and shown.field}


def _inside(history: History, key: str) -> list[str]:
    """The systems that must agree about this key."""
    return [system for system in history.systems if key not in history.outside.get(system, ())]


def _converged(history: History) -> Iterator[Verdict]:
    """P5, P4: all systems agree, and no record is half deleted."""
    disputed, loose, astray = _disputed_keys(history), _loose(history), _astray(history)
    disputed_fields = _disputed_fields(history)
    for key in _keys(history):
        inside = _inside(history, key)
        there = [system for system in inside if key in history.final[system]]
        if not there or key in disputed | loose:
            continue
        if there != inside:
            yield Verdict("P4", f"{key} is live in {there} but not in {sorted(set(inside) - set(there))}")
            continue
        for name in _names(history, key):
            stands = {
                system: history.final[system][key].get(name)
                for system in there
                if name in history.final[system][key] or "/" in name
            }
            excused = {(key, name), (key, name.partition("/")[0])} & (disputed_fields | astray)
            if len({value or None for value in stands.values()}) > 1 and not excused:
                yield Verdict("P5", f"{key} {name} differs: {stands}")


def _nothing_lost(history: History) -> Iterator[Verdict]:
    """P1: every value is current, or stands in a conflict, or somebody who saw it replaced or deleted it."""
    for write in _lost(history):
        if not write.raced:
            yield Verdict("P1", f"{write.value}, written to {write.key} {write.field} in {write.sys}, is lost")


def losses(history: History) -> Mapping[str, int]:
    """By CRM: what was written in the window between a read and a write of kequn's, and is lost."""
    return Counter(write.sys for write in _lost(history) if write.raced)


def _lost(history: History) -> Iterator[Write]:
    current = {
        (key, name, value)
        for records in history.final.values()
        for key, fields in records.items()
        for name, value in fields.items()
    }
    shown = {(conflict.key, value) for conflict in history.conflicts for value in conflict.values}
    replaced = {(write.key, write.field, write.prev) for write in history.writes}
    deleted = {(delete.key, name, value) for delete in history.deletes for name, value in delete.saw.items()}
    astray = _astray(history)
    for write in history.writes:
        if write.lost or not write.value or not write.field or (write.key, write.field) in astray:
            continue
        here = (write.key, write.field, write.value)
        known = here in current or here in replaced or here in deleted or _let_go(history, write)
        if not known and (write.key, write.value) not in shown:
            yield write


def _let_go(history: History, write: Write) -> bool:
    """A reference that is let go of, with whom it leads to, where nobody can know of it any more: kequn had not read
    it, or somebody who saw nobody there has written somebody else or deleted the record."""
    deletes = [one for one in history.deletes if one.key == write.value]
    if write.field not in history.references or not deletes:
        return False
    here = [write.key, write.field]
    unread = write.sys != HUB and any(here not in one.referring for one in deletes)
    later = history.writes[history.writes.index(write) + 1 :]
    gone = any(one.key == write.key and one.saw.get(write.field, write.value) is None for one in history.deletes)
    return unread or gone or any([one.key, one.field] == here and one.prev is None for one in later)


def _nothing_invented(history: History) -> Iterator[Verdict]:
    """P2: every value was written by somebody, to that field of that record."""
    written = {(write.key, write.field, write.value) for write in history.writes}
    astray = _astray(history)
    for system, records in history.final.items():
        for key, fields in records.items():
            for name, value in fields.items():
                if value and (key, name, value) not in written and (key, name) not in astray:
                    yield Verdict("P2", f"{value} in {key} {name} of {system} was written by nobody")


def _nobody_rose(history: History) -> Iterator[Verdict]:
    """P3: what was deleted by somebody who had seen everything is gone everywhere; where people are asked first, it is
    gone at least where it was deleted. What was deleted before kequn knew that it had arrived may be created again: the
    window that every README of a plugin states."""
    disputed, loose = _disputed_keys(history), _loose(history)
    speaking = {write.key for write in history.writes if write.field}  # the others have no values that could be shown
    argued = {
        shown.key
        for shown in history.conflicts
        if shown.open and shown.field is None and (shown.values or shown.key not in speaking)
    }
    for delete in history.deletes:
        if delete.unmet or delete.outside or delete.lost or delete.key in loose or _unseen(history, delete):
            continue
        alive = [system for system in _inside(history, delete.key) if delete.key in history.final[system]]
        if alive and delete.key not in disputed:
            yield Verdict("P3", f"{delete.key} was deleted in {delete.sys} and lives in {alive}")
        elif delete.sys in alive and delete.key not in argued:
            yield Verdict("P3", f"{delete.key} came back to {delete.sys} before anybody had chosen")


def _unseen(history: History, delete: Delete) -> set[tuple[str, str]]:
    """The values that stood, that nobody replaced, and that whoever deleted did not see."""
    mine = [write for write in history.writes if write.key == delete.key]
    replaced = {(write.field, write.prev) for write in mine}
    standing = {(write.field, write.value) for write in mine if write.value} - replaced
    return {(name, value) for name, value in standing if delete.saw.get(name) != value}


def _nothing_returned(history: History) -> Iterator[Verdict]:
    """P3, of an element of a set: what somebody took out is out, unless people argue about the record."""
    disputed = _disputed_keys(history) | {delete.key for delete in history.deletes}
    for write in history.writes:
        if write.value or write.lost or write.raced or write.key in disputed:
            continue
        there = [
            system for system in _inside(history, write.key) if write.field in history.final[system].get(write.key, ())
        ]
        if there:
            yield Verdict("P3", f"{write.field} of {write.key} was taken out in {write.sys} and is in {there}")


def _nothing_vanished(history: History) -> Iterator[Verdict]:
    """P16: what nobody deleted is there, wherever it is pulled and created."""
    deleted = {delete.key for delete in history.deletes} | _loose(history)
    first = {write.key: write for write in reversed(history.writes)}
    for key, write in first.items():
        inside = _inside(history, key)
        there = any(key in history.final[system] for system in inside)
        if key not in deleted and write.sys in inside and not write.lost and not there:
            yield Verdict("P16", f"{key} is gone, and nobody deleted it")


def _merges_are_shown(history: History) -> Iterator[Verdict]:
    """P17: two records that people made one in a CRM are a question, not a delete; unless more became of them."""
    asked = {shown.key for shown in history.conflicts if shown.field is None}
    for merge in history.merges:
        also = {delete.key for delete in history.deletes if delete.key == merge.winner or delete.sys != merge.sys}
        back = all(merge.loser in history.final[system] for system in _inside(history, merge.loser))
        if not back and not {merge.winner, merge.loser} & (asked | also):
            yield Verdict("P17", f"{merge.loser} was merged into {merge.winner} in {merge.sys}, and nobody is asked")


def _one_record(history: History) -> Iterator[Verdict]:
    """P8: nothing stands twice; but a record whose delete people are asked about may stand beside its successor, and so
    may one that somebody took out of the bin there, if people are asked about that."""
    asked = {shown.key for shown in history.conflicts if shown.open and shown.delete and shown.field is None}
    disputed = _disputed_keys(history)
    for system, counts in history.copies.items():
        back = disputed.intersection(history.restored.get(system, ()))
        for key, count in counts.items():
            if count > 1 + (key in asked | back):
                yield Verdict("P8", f"{key} stands {count} times in {system}")


def _quiet(history: History) -> Iterator[Verdict]:
    """P6: two more rounds write nothing."""
    if history.quiet_writes:
        yield Verdict("P6", f"{history.quiet_writes} writes in quiet rounds")


def _bounded(history: History) -> Iterator[Verdict]:
    """P7: not more writes than people's edits explain."""
    if history.writes_made > history.bound:
        yield Verdict("P7", f"{history.writes_made} writes, bound {history.bound}")
