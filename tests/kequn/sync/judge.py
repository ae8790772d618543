"""The judge of a history: knows what people wrote, saw and deleted, and what stands at the end; knows nothing of the
engine. Every value that a person writes is a token of its own, so that a lost or an invented one shows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

Records = Mapping[str, Mapping[str, str]]
"""By key of the customer, by field. An element of a set is a field of its own (`interests/<x>`), and so is a group
(`group/<x>`)."""


@dataclass(frozen=True)
class Write:
    """`seen`: what stood there before, as the person saw it. `value` is empty where an element or a group was taken
    away."""

    system: str
    key: str
    field: str
    value: str
    seen: str = ""


@dataclass(frozen=True)
class Delete:
    """A person deleted a record that looked like `saw`."""

    system: str
    key: str
    saw: Mapping[str, str]


@dataclass(frozen=True)
class Shown:
    """A conflict as people see it."""

    key: str
    field: str
    values: frozenset[str]
    open: bool
    delete: bool


@dataclass
class History:
    """What happened, and what stands at the end."""

    writes: list[Write] = field(default_factory=list)
    deletes: list[Delete] = field(default_factory=list)
    restored: set[str] = field(default_factory=set)
    final: dict[str, Records] = field(default_factory=dict)
    copies: dict[str, Mapping[str, int]] = field(default_factory=dict)
    conflicts: Sequence[Shown] = ()
    quiet_writes: int = 0
    writes_made: int = 0
    bound: int = 0

    def breaches(self) -> list[str]:
        """Every promise that this history breaks."""
        checks = (self._lost, self._invented, self._disagreeing, self._half_deleted, self._undead, self._many)
        found = [breach for check in checks for breach in check()]
        if self.quiet_writes:
            found.append(f"P6: {self.quiet_writes} writes in rounds that should have been quiet")
        if self.writes_made > self.bound:
            found.append(f"P7: {self.writes_made} writes, more than {self.bound}")
        return found

    # -- P1, P2 -------------------------------------------------------------------------------------------------------

    def _lost(self) -> Iterator[str]:
        for number, write in enumerate(self.writes):
            if not self._accounted(number, write):
                yield f"P1: {write} is lost"

    def _accounted(self, number: int, write: Write) -> bool:
        """Current, or shown in a conflict, or replaced by somebody who saw it, or deleted by somebody who saw it."""
        if "/" in write.field:
            return self._element(number, write)
        return (
            any(records.get(write.key, {}).get(write.field) == write.value for records in self.final.values())
            or any(write.value in shown.values for shown in self.conflicts if shown.key == write.key)
            or any(other.seen == write.value for other in self._about(write))
            or any(one.saw.get(write.field) == write.value for one in self.deletes if one.key == write.key)
        )

    def _element(self, number: int, write: Write) -> bool:
        """The last word about an element counts; before that anybody may change their mind. A group ends with its
        customer."""
        if any(other != write for other in self._about(write)) or any(one.key == write.key for one in self.deletes):
            return True
        stands = [write.field in records.get(write.key, {}) for records in self.final.values()]
        return all(stands) if write.value else not any(stands)

    def _about(self, write: Write) -> list[Write]:
        return [one for one in self.writes if (one.key, one.field) == (write.key, write.field)]

    def _invented(self) -> Iterator[str]:
        written = {(write.key, write.field, write.value) for write in self.writes}
        for system, records in self.final.items():
            for key, fields in records.items():
                for name, value in fields.items():
                    if value and (key, name, value) not in written:
                        yield f"P2: {system} says {name} = {value} of {key}, which nobody wrote"

    # -- P3, P4, P5, P8 -----------------------------------------------------------------------------------------------

    def _disagreeing(self) -> Iterator[str]:
        held = {(shown.key, shown.field) for shown in self.conflicts if shown.open}
        for key in {key for records in self.final.values() for key in records}:
            sides = {system: records[key] for system, records in self.final.items() if key in records}
            for name in sorted({name for fields in sides.values() for name in fields}):
                values = {system: fields.get(name, "") for system, fields in sides.items()}
                if len(set(values.values())) > 1 and (key, name) not in held:
                    yield f"P5: {key} {name}: {values}"

    def _half_deleted(self) -> Iterator[str]:
        for key in {write.key for write in self.writes}:
            stands = {system: key in records for system, records in self.final.items()}
            if len(set(stands.values())) > 1:
                yield f"P4: {key} stands only here and there: {stands}"

    def _undead(self) -> Iterator[str]:
        for delete in self.deletes:
            alive = any(delete.key in records for records in self.final.values())
            if delete.key in self.restored or not alive:
                continue
            about = [one for one in self.writes if one.key == delete.key]
            shown = any(one.delete and one.key == delete.key for one in self.conflicts)
            if all(self._saw(delete, one) is True for one in about):
                yield f"P3: {delete.key} was deleted by somebody who had seen everything, and is alive"
            elif any(self._saw(delete, one) is False for one in about) and not shown:
                yield f"P4: {delete.key} was deleted and lives on, and no conflict says so"

    def _saw(self, delete: Delete, write: Write) -> bool | None:
        """Whether whoever deleted knew what was written, or what has come of it; None when nobody can say."""
        if "/" in write.field:
            return (write.field in delete.saw) == bool(write.value) if len(self._about(write)) == 1 else None
        later = [one for one in self._about(write) if one.seen == write.value]
        return delete.saw.get(write.field) == write.value or any(self._saw(delete, one) for one in later)

    def _many(self) -> Iterator[str]:
        for system, copies in self.copies.items():
            for key, count in copies.items():
                if count > 1:
                    yield f"P8: {key} stands {count} times in {system}"
