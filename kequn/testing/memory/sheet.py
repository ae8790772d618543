"""What a memory CRM can and cannot do: its options, and the capabilities that follow from them. Decides no state."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from kequn.contracts.crm import Capabilities, Conditional, Feed, ObjectCapability, Walk
from kequn.contracts.errors import Rejected
from kequn.contracts.records import FIELDS, Kind, Value

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "staff": Kind.STAFF,
        "tiers": Kind.TIER,
        "groups": Kind.GROUP,
        "companies": Kind.CUSTOMER,
        "people": Kind.CUSTOMER,
        "leads": Kind.CUSTOMER,
        "purchases": Kind.PURCHASE,
        "interactions": Kind.INTERACTION,
        "feedback": Kind.FEEDBACK,
        "memberships": Kind.MEMBERSHIP,
    }
)
"""The objects of a memory CRM, in the order in which they should be pulled."""

TYPES: Mapping[str, str] = MappingProxyType({"people": "person", "companies": "organisation", "leads": "person"})
"""The objects of customers, and who stands in each. A person may stand in `leads` as well as in `people`."""

OBJECTS: Mapping[Kind, str] = MappingProxyType(
    {**{kind: object for object, kind in KINDS.items()}, Kind.CUSTOMER: "people"}
)
"""Where records of a kind are created, unless their type says otherwise."""

USUAL = frozenset(KINDS) - {"leads"}

Lossy = Callable[[Value], Value]


def trimmed(value: Value) -> Value:
    """No spaces around a text."""
    return value.strip() if isinstance(value, str) else value


def folded(value: Value) -> Value:
    """A text in lower case."""
    return value.casefold() if isinstance(value, str) else value


def whole_seconds(value: Value) -> Value:
    """A time without its fraction of a second."""
    return value.replace(microsecond=0) if isinstance(value, datetime) else value


@dataclass(frozen=True)
class Options:
    """What this memory CRM is like.

    `conditional`: how it guards writes; `SECONDS` guards as `EXACT` does. `delete_feed`: whether feeds tell of deletes;
    without, every feed is a scan. `rosters`: memberships stand on the customer instead of in an object of their own.
    `merges_told`: whether a record that was merged away says into which. `silent`: whether a record that lets go of one
    that is deleted does not show as changed. `settle_seconds`: how long reads lag behind
    writes. `unique_reference`: whether a second record with the same kequn id is refused. `unmarked`: objects whose
    records take no kequn id. `page`: records in one page; `batch`: changes in one request. `objects`: those that it has
    (no leads, unless they are named). `hidden`: fields that it has not; `read_only`: fields that cannot be written.
    `lossy`: what becomes of a value; it must change nothing the second time. `longest`: how long a text may be. Fields
    are named as (kind, field)."""

    conditional: Conditional = Conditional.EXACT
    delete_feed: bool = True
    rosters: bool = False
    merges_told: bool = True
    silent: bool = False
    settle_seconds: float = 0.0
    unique_reference: bool = True
    unmarked: frozenset[str] = frozenset()
    page: int = 200
    batch: int = 100
    objects: frozenset[str] = USUAL
    hidden: frozenset[tuple[Kind, str]] = frozenset()
    read_only: frozenset[tuple[Kind, str]] = frozenset()
    lossy: Mapping[tuple[Kind, str], Lossy] = field(default_factory=dict)
    longest: Mapping[tuple[Kind, str], int] = field(default_factory=dict)

    def fields(self, object: str) -> frozenset[str]:
        """The fields that can be read."""
        kind = KINDS[object]
        return frozenset(name for name in FIELDS[kind] if (kind, name) not in self.hidden)

    def writable(self, object: str) -> frozenset[str]:
        kind = KINDS[object]
        if kind is Kind.STAFF:
            return frozenset()
        fixed = {"type"} if object in TYPES else set()
        return frozenset(name for name in self.fields(object) - fixed if (kind, name) not in self.read_only)

    def capabilities(self) -> Capabilities:
        objects = {object: self._object(object) for object in KINDS if object in self.objects}
        return Capabilities(objects, self.settle_seconds, webhooks=True)

    def _object(self, object: str) -> ObjectCapability:
        kind = KINDS[object]
        writes = kind is not Kind.STAFF
        carried = kind is Kind.MEMBERSHIP and self.rosters
        return ObjectCapability(
            kind,
            self.fields(object),
            self.writable(object),
            create=writes,
            update=writes and kind is not Kind.MEMBERSHIP,
            delete=writes,
            conditional=Conditional.NONE if carried else self.conditional,
            batch=self.batch,
            owner="customer" if carried else None,
            carries_id=not carried and object not in self.unmarked,
        )

    def feeds(self) -> tuple[Feed, ...]:
        """One for each object, by its name; memberships on rosters come with the customers who carry them."""
        return tuple(self._feed(object) for object in KINDS if object in self.objects and not self.carried(object))

    def carried(self, object: str) -> bool:
        """Whether these records stand on others."""
        return object == "memberships" and self.rosters

    def _feed(self, object: str) -> Feed:
        kinds = {KINDS[object]}
        if self.rosters and object in TYPES:
            kinds.add(Kind.MEMBERSHIP)
        return Feed(object, frozenset(kinds), Walk.CHANGES if self.delete_feed else Walk.SCAN, object)

    def stored(self, object: str, fields: Mapping[str, Value]) -> dict[str, Value]:
        """What would be stored of these fields. Raises Rejected, naming the field, for a text that is too long."""
        kind = KINDS[object]
        kept = {}
        for name, value in fields.items():
            longest = self.longest.get((kind, name))
            if longest is not None and isinstance(value, str) and len(value) > longest:
                raise Rejected(f"{name} may have {longest} characters", field=name)
            loss = self.lossy.get((kind, name))
            kept[name] = loss(value) if loss else value
        return kept
