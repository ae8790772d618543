"""The records of a memory CRM and their history. Decides versions, what a delete or merge takes along, and what a read
that lags behind still sees. Knows nothing of kequn: the adapter and the other people both write here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from kequn.clock import Clock
from kequn.contracts.records import FIELDS, Kind, Ref, Value
from kequn.testing.memory.sheet import KINDS, TYPES, Options

Address = tuple[str, str]
"""(object, id)"""


@dataclass(frozen=True)
class Entry:
    """One state of one record. `version` counts the changes of the whole CRM, so that no two states share one."""

    object: str
    id: str
    version: int
    at: datetime
    fields: Mapping[str, Value] = field(repr=False)
    reference: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)
    gone: bool = False
    into: str | None = None

    @property
    def address(self) -> Address:
        return self.object, self.id

    @property
    def ref(self) -> Ref:
        return Ref(KINDS[self.object], self.object, self.id)


class Book:
    """A CRM in memory. It outlives the connections to it, as a CRM outlives a crash of kequn."""

    def __init__(self, clock: Clock, options: Options | None = None) -> None:
        self.options = options or Options()
        self._clock = clock
        self._versions = count(1)
        self._ids = count(1)
        self._states: dict[str, dict[str, list[Entry]]] = {object: {} for object in KINDS}

    # -- reading ------------------------------------------------------------------------------------------------------

    def now(self, object: str, id: str) -> Entry | None:
        """The record as it is, or was when it went; None when there never was one."""
        states = self._states[object].get(id)
        return states[-1] if states else None

    def live(self, object: str, id: str) -> Entry | None:
        entry = self.now(object, id)
        return entry if entry and not entry.gone else None

    def seen(self, object: str, id: str) -> Entry | None:
        """The record as a read shows it, which may lag behind."""
        moment = self._clock.now() - timedelta(seconds=self.options.settle_seconds)
        states = self._states[object].get(id, ())
        return next((entry for entry in reversed(states) if entry.at <= moment), None)

    def all(self, object: str) -> Iterator[Entry]:
        """The latest state of every record of `object`, gone ones too, in the order in which they were made."""
        return (states[-1] for states in list(self._states[object].values()))

    def members(self, owner: str) -> list[Entry]:
        """The live memberships of a customer."""
        return [entry for entry in self.all("memberships") if not entry.gone and _id(entry, "customer") == owner]

    def history(self) -> list[Entry]:
        """Every state of every record, oldest first."""
        states = (states for some in self._states.values() for states in some.values())
        return sorted((entry for some in states for entry in some), key=lambda entry: entry.version)

    # -- writing ------------------------------------------------------------------------------------------------------

    def create(
        self,
        object: str,
        fields: Mapping[str, Value],
        *,
        reference: str | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> Entry:
        """A new record. Fields left out are empty."""
        kind = KINDS[object]
        known = {name: FIELDS[kind][name].empty for name in self.options.fields(object)}
        if object in TYPES:
            known["type"] = TYPES[object]
        stored = {**known, **self.options.stored(object, fields)}
        entry = Entry(object, self._new_id(object, stored), 0, self._clock.now(), stored, reference, extra or {})
        return self._write(entry)

    def change(self, object: str, id: str, fields: Mapping[str, Value], **news: Any) -> Entry:
        """Set these fields. `news`: `reference` and `extra`. Raises KeyError when the record is not there."""
        entry = self._there(object, id)
        stored = {**entry.fields, **self.options.stored(object, fields)}
        return self._write(replace(entry, fields=stored, **news))

    def remove(self, object: str, id: str, into: str | None = None) -> Entry:
        """Delete it, or merge it `into` another. Records that cannot be without it go too; the others let go of it, or
        follow it to the other. Raises KeyError when the record is not there."""
        gone = self._write(replace(self._there(object, id), gone=True, into=into))
        for entry in [one for other in KINDS for one in self.all(other) if not one.gone]:
            for name, value in entry.fields.items():
                if value == gone.ref:
                    self._let_go(entry, name, gone, into)
        return gone

    def restore(self, object: str, id: str) -> Entry:
        """Bring a deleted record back. Raises KeyError when there is none."""
        entry = self.now(object, id)
        if entry is None or not entry.gone:
            raise KeyError(f"{object} {id} is not deleted")
        return self._write(replace(entry, gone=False, into=None))

    def _let_go(self, entry: Entry, name: str, gone: Entry, into: str | None) -> None:
        heir = self.live(gone.object, into) if into else None
        if FIELDS[KINDS[entry.object]][name].required:
            self.remove(entry.object, entry.id)
            if heir and entry.object == "memberships":
                self._inherit(entry, name, heir)
        elif self.options.silent:
            left = {**entry.fields, name: heir.ref if heir else None}
            self._states[entry.object][entry.id][-1] = replace(entry, fields=left)
        else:
            self.change(entry.object, entry.id, {name: heir.ref if heir else None})

    def _inherit(self, entry: Entry, name: str, heir: Entry) -> None:
        pair = {**entry.fields, name: heir.ref}
        if not any(not other.gone and other.fields == pair for other in self.all("memberships")):
            self.create("memberships", pair)

    def _there(self, object: str, id: str) -> Entry:
        entry = self.live(object, id)
        if entry is None:
            raise KeyError(f"{object} {id} is not there")
        return entry

    def _new_id(self, object: str, fields: Mapping[str, Value]) -> str:
        if self.options.carried(object):
            return ":".join(getattr(fields[name], "id", "") for name in ("customer", "group"))
        return f"{object[:2]}{next(self._ids)}"

    def _write(self, entry: Entry) -> Entry:
        entry = replace(entry, version=next(self._versions), at=self._clock.now())
        self._states[entry.object].setdefault(entry.id, []).append(entry)
        customer = entry.fields.get("customer")
        if self.options.carried(entry.object) and isinstance(customer, Ref):
            owner = self.live(customer.object, customer.id)
            if owner:  # a roster is a part of its customer
                self._write(owner)
        return entry


def _id(entry: Entry, name: str) -> str | None:
    value = entry.fields.get(name)
    return value.id if isinstance(value, Ref) else None


def kind_of(entry: Entry) -> Kind:
    return KINDS[entry.object]
