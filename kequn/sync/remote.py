"""One connection as the engine sees it, and the normal form of a row there. Decides nothing."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import cast
from uuid import UUID

from kequn.contracts.crm import Crm, ObjectCapability
from kequn.contracts.errors import Rejected
from kequn.contracts.identity import format_id
from kequn.contracts.records import FIELDS, Kind, Type, Value
from kequn.store.budgets import Pace
from kequn.store.links import Address
from kequn.store.scope import Scope
from kequn.store.values import Fact, Facts
from kequn.sync.policy import Policy

Places = Mapping[UUID, Collection[Address]]
"""Where rows stand at a connection."""


@dataclass(frozen=True)
class Remote:
    """A connection: its CRM, what it may do there, and at what pace."""

    id: UUID
    name: str
    scope: Scope
    crm: Crm = field(repr=False)
    policy: Policy = field(repr=False)
    pace: Pace = field(default_factory=Pace, compare=False)

    def can(self, object: str) -> ObjectCapability:
        """What the CRM lets be done, and the policy too. Raises KeyError for an object that is not declared."""
        can = self.crm.capabilities.objects[object]
        unwritten = self.policy.of(can.kind).unwritten
        return replace(can, writable=can.writable - unwritten) if unwritten else can

    def object_for(self, kind: Kind, facts: Facts) -> str | None:
        """Where such a row would be created. References do not count."""
        return self.crm.place(kind, _values(kind, facts))


@dataclass(frozen=True)
class Form:
    """A row in the normal form of one object: what would be read back, were it written. `refused`: fields that the CRM
    cannot hold, with its reason; `waiting`: references to rows that are not there."""

    facts: Facts = field(repr=False)
    refused: Mapping[str, Rejected] = field(default_factory=dict)
    waiting: Mapping[str, UUID] = field(default_factory=dict)


def normal_form(remote: Remote, object: str, kind: Kind, facts: Facts, places: Places) -> Form:
    """Pure, as `Crm.normal` is. A field that is refused or waits is left out of the form."""
    writable = remote.can(object).writable
    values = {name: value for name, value in _values(kind, facts).items() if name in writable}
    refused: dict[str, Rejected] = {}
    while True:
        try:
            normal = remote.crm.normal(object, values)
            break
        except Rejected as error:
            if error.field not in values:
                raise
            refused[error.field] = error
            del values[error.field]
    references = {name: facts.get(name) for name, spec in FIELDS[kind].items() if spec.type is Type.REF}
    references = {name: fact for name, fact in references.items() if name in writable}
    waiting = {name: fact for name, fact in references.items() if isinstance(fact, UUID) and not places.get(fact)}
    placed = {name: fact for name, fact in references.items() if name not in waiting}
    return Form({**cast(Facts, normal), **placed}, refused, waiting)


def _values(kind: Kind, facts: Facts) -> dict[str, Value]:
    """The facts that are no references."""
    known = FIELDS[kind]
    return {name: cast(Value, fact) for name, fact in facts.items() if known[name].type is not Type.REF}


def reference_of(kind: Kind, row_id: UUID) -> str:
    """The kequn id that a record of this row carries in a CRM."""
    return format_id(kind.value, row_id)


def targets(kind: Kind, facts: Mapping[str, Fact]) -> set[UUID]:
    """The rows that a row refers to."""
    known = FIELDS[kind]
    return {fact for name, fact in facts.items() if known[name].type is Type.REF and isinstance(fact, UUID)}
