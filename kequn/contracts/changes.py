"""What kequn asks a CRM to write, and what comes back. Frozen values; no decision is made here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from kequn.contracts.records import Kind, Value


class Op(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True)
class Change:
    """One write.

    `reference`: the kequn id of the row; on a create the CRM must keep it where `Crm.find` can search it.
    `fields`: on a create all that is known, on an update the changed ones alone; None empties a field. References
    are `Ref`s of this CRM. `version`: what the record's version was when it was last read (None on a create)."""

    op: Op
    kind: Kind
    object: str
    reference: str
    id: str | None = None
    version: int | None = None
    fields: Mapping[str, Value] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Batch:
    """Changes in the order in which they must be seen to happen. `id` stands in the intents that cover them."""

    id: str
    changes: Sequence[Change]


@dataclass(frozen=True)
class Receipt:
    """The CRM took the change. `version`: the record's new version, None when the answer does not tell.
    `id`: the record's id (new after a create)."""

    id: str
    version: int | None = None
