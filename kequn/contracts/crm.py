"""The protocol that a plugin implements for one connection to its CRM, and the values that it returns.

Words: an *object* is a module, form or object type of the CRM; a *feed* is what can be pulled with one cursor; a
*record* is one canonical value (records.py). The engine never asks which CRM it talks to: everything it must know
stands in `Capabilities`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Protocol, runtime_checkable

from kequn.contracts.changes import Batch, Receipt
from kequn.contracts.errors import CrmError
from kequn.contracts.records import FIELDS, Gone, Kind, Left, Record, Roster, Value

Cursor = Mapping[str, Any]
"""Where a feed stands: a small JSON object that only the plugin reads. Made of the CRM's own clock and ids."""


class Conditional(StrEnum):
    """How a CRM guards a write against a newer state: by exact version, by whole seconds, or not at all."""

    EXACT = "exact"
    SECONDS = "seconds"
    NONE = "none"


@dataclass(frozen=True)
class ObjectCapability:
    """What can be done with one object.

    `fields`: ours that can be read; `writable`: ours that can be written (a subset).
    `conditional`: see Conditional. `batch`: the most changes in one request.
    `owner`: the reference field whose record carries this one (memberships that are tags of a contact), so that the
    engine looks up the members of one owner. `carries_id`: a record takes the kequn id that a create brings, so that it
    is found by it; tags and the like do not."""

    kind: Kind
    fields: frozenset[str]
    writable: frozenset[str] = frozenset()
    create: bool = False
    update: bool = False
    delete: bool = False
    conditional: Conditional = Conditional.NONE
    batch: int = 100
    owner: str | None = None
    carries_id: bool = True


LACKING: Mapping[str, str] = MappingProxyType(
    {
        "expiry": "credentials that expire and are renewed",
        "scopes": "scopes or permissions that a credential may lack",
        "custom_fields": "fields that a tenant adds",
        "required": "a description that tells required fields",
        "read_only": "a description that tells read-only fields",
        "options": "a description that tells the options of a picklist",
        "references": "a description that tells what a reference points at",
    }
)
"""What `Capabilities.lacks` may name."""


@dataclass(frozen=True)
class Capabilities:
    """What this connection can do, by object.

    `settle_seconds`: how long a read may lag behind a write. `webhooks`: whether `subscribe` works (Rejected if not).
    `webhook_window_seconds`: how old a webhook may be (infinite: webhooks do not say when they were sent).
    `lacks`: what this CRM does not have at all, of LACKING. The conformance kit leaves out what follows from it, and
    shows that it is true."""

    objects: Mapping[str, ObjectCapability]
    settle_seconds: float = 0.0
    webhooks: bool = False
    webhook_window_seconds: float = 300.0
    lacks: frozenset[str] = frozenset()


class Walk(StrEnum):
    """How a feed is walked: from the last cursor on (`changes`), or from the start each time (`scan`)."""

    CHANGES = "changes"
    SCAN = "scan"


@dataclass(frozen=True)
class Feed:
    """Something that can be pulled. Feeds are pulled in the order in which `Crm.feeds` lists them: what others refer
    to comes first. `object`: whose absence from a complete scan means deletion (None: absence means nothing).
    `every_seconds`: a walk starts at most this often."""

    name: str
    kinds: frozenset[Kind]
    walk: Walk = Walk.CHANGES
    object: str | None = None
    every_seconds: float = 0.0


@dataclass(frozen=True)
class Problem:
    """Something that could not be translated: listed for people, never dropped silently. `id` may be empty."""

    object: str
    id: str
    message: str
    field: str | None = None


@dataclass(frozen=True)
class Page:
    """A part of a feed. `next_cursor` covers everything in this page; the engine stores it with the page's records in
    one transaction, and the next walk begins with the last one (of a scan: None, or what the plugin wants to remember).
    `complete`: there is nothing more for now. `partial`, on the last page of a scan: this time not everything was
    listed, only what is new, so that absence means nothing. `total`: the CRM's own count, if it has one. `left`: where
    such a record is linked and newer than what is known, it is fetched."""

    records: Sequence[Record] = ()
    gone: Sequence[Gone] = ()
    rosters: Sequence[Roster] = ()
    problems: Sequence[Problem] = ()
    next_cursor: Cursor | None = None
    complete: bool = True
    total: int | None = None
    partial: bool = False
    left: Sequence[Left] = ()


@dataclass(frozen=True)
class FieldSchema:
    """A field as the CRM describes it. `maps_to`: our field, when it is mapped. `options`: of a picklist. `unique`: the
    CRM refuses a second record with the same value."""

    name: str
    label: str
    type: str
    required: bool = False
    read_only: bool = False
    custom: bool = False
    options: tuple[str, ...] = ()
    refers_to: str | None = None
    maps_to: str | None = None
    unique: bool = False


@dataclass(frozen=True)
class ObjectSchema:
    """An object as the CRM describes it. `problems`: mapped fields that have vanished, options that appeared, ..."""

    name: str
    label: str
    kind: Kind | None
    fields: tuple[FieldSchema, ...]
    problems: tuple[Problem, ...] = ()

    @classmethod
    def plain(cls, name: str, label: str, can: ObjectCapability, *, unique: str | None = None) -> "ObjectSchema":
        """Of what the CRM has no description of: our fields. `unique`: the one of which it takes no second value."""
        known = FIELDS[can.kind]
        fields = (
            FieldSchema(
                field, field, str(known[field].type), required=known[field].required,
                read_only=field not in can.writable, maps_to=field, unique=field == unique,
            )
            for field in sorted(can.fields)
        )  # fmt: skip
        return cls(name, label, can.kind, tuple(fields))


@dataclass(frozen=True)
class Subscription:
    """A standing order for webhooks. `state`: what the plugin needs to renew or verify it; stored encrypted."""

    expires_at: datetime | None
    state: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class WebhookRequest:
    """A request that arrived at a connection's door, unread."""

    method: str
    query: Mapping[str, str] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    subscription: Subscription | None = None


@dataclass(frozen=True)
class Hint:
    """Where to look: objects and ids that may have changed. `reply`: the body that the CRM expects. `once`: what only
    repeats of this webhook share and nobody can change: its signature, the id of a message that is signed. kequn keeps
    a digest of it as long as the webhook may come again, and then answers the same and looks no more. Empty: a repeat
    cannot be told from news."""

    refs: Sequence[tuple[str, str]] = ()
    reply: bytes = b""
    content_type: str = "text/plain"
    once: bytes = field(default=b"", repr=False)


class Crm(Protocol):
    """One connection to a CRM. Methods raise the errors of errors.py and nothing else."""

    @property
    def capabilities(self) -> Capabilities: ...

    async def open(self) -> None:
        """Called once before anything else: discover what the mapping needs (fields, options, own custom field)."""

    async def check(self) -> Sequence[Problem]:
        """Raise NeedsLogin when credentials or scopes do not do; return what a person should mend."""

    async def describe(self) -> Sequence[ObjectSchema]:
        """Every mapped object, with all its fields."""

    def feeds(self) -> Sequence[Feed]:
        """In the order in which they should be pulled."""

    async def pull(self, feed: str, cursor: Cursor | None) -> Page:
        """The next page after `cursor` (None: from the start). It may be asked for while the one before is written."""

    async def fetch(self, object: str, ids: Sequence[str]) -> Sequence[Record | Gone | Roster]:
        """The present state of these records. For each id one Record or Gone; a Roster beside it where the record
        carries memberships. For an object of memberships: the Rosters of the owners that the ids name."""

    async def find(self, object: str, references: Sequence[str]) -> Sequence[Record]:
        """The records that carry these kequn ids, as of now (not from an index that lags)."""

    def place(self, kind: Kind, fields: Mapping[str, Value]) -> str | None:
        """The object in which such a record would be created. None: this connection cannot hold it. Pure."""

    def normal(self, object: str, fields: Mapping[str, Value]) -> Mapping[str, Value]:
        """What would be read back, were these fields written: of the writable fields, in normal form. Pure.
        Raises Rejected, naming the field, when a value cannot be held (nothing is ever cut silently)."""

    async def push(self, batch: Batch) -> Sequence[Receipt | CrmError]:
        """Write the changes; one answer for each, in order. An error that may have been applied says so."""

    async def subscribe(self, url: str, current: Subscription | None) -> Subscription:
        """Ask for webhooks to `url`, or renew `current`."""

    async def read_webhook(self, request: WebhookRequest) -> Hint:
        """Verify a webhook and say where to look. Raises Rejected when it is not genuine."""

    async def aclose(self) -> None: ...


@dataclass(frozen=True)
class ExchangeRate:
    """From `since` on one unit of `currency` is worth `rate` units of `home`, the CRM's own money (ISO 4217)."""

    currency: str
    home: str
    rate: Decimal
    since: datetime


@runtime_checkable
class Rates(Protocol):
    """What a `Crm` of many currencies may have besides."""

    async def exchange_rates(self) -> Sequence[ExchangeRate]:
        """What each other currency is worth there now. Asked after every run: keep the answer in the notebook."""
