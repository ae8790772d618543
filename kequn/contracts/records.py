"""Canonical records: what a CRM's contact, tag or case is once a plugin has translated it.
Frozen and checked when made. Decides which kinds and fields exist; knows no CRM and no table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any

MICRO = 1_000_000
MONEY_LIMIT = 2**63 - 1
_SIX_PLACES = Decimal("0.000001")
_LARGEST = 12  # the power of ten of MONEY_LIMIT millionths: what is beyond would take for ever to be written out


class Kind(StrEnum):
    """What a record is about."""

    CUSTOMER = "customer"
    STAFF = "staff"
    TIER = "tier"
    GROUP = "group"
    MEMBERSHIP = "membership"
    PURCHASE = "purchase"
    INTERACTION = "interaction"
    FEEDBACK = "feedback"
    BENEFIT_CLAIM = "benefit_claim"
    SURVEY_ANSWER = "survey_answer"


@dataclass(frozen=True, order=True)
class Money:
    """An amount in millionths of the currency's unit (ISO 4217). `Money.of("12.50", "CNY")`."""

    micros: int
    currency: str

    def __post_init__(self) -> None:
        if abs(self.micros) > MONEY_LIMIT:
            raise OverflowError(f"{self.amount} {self.currency} is more than a money field can hold")

    @classmethod
    def of(cls, amount: Decimal | int | str, currency: str) -> "Money":
        """Raises ValueError when `amount` is not a number or has more than six decimal places, OverflowError when it is
        too much."""
        exact = Decimal(amount)
        if exact.is_finite() and exact.adjusted() > _LARGEST:
            raise OverflowError("the amount is more than a money field can hold")
        if not exact.is_finite() or exact != exact.quantize(_SIX_PLACES):
            raise ValueError("the amount has more decimal places than a money field can hold")
        return cls(int(exact * MICRO), currency.upper())

    @property
    def amount(self) -> Decimal:
        return Decimal(self.micros) / MICRO


@dataclass(frozen=True, order=True)
class Ref:
    """A record of a CRM, named by kind, the CRM's object and the CRM's id."""

    kind: Kind
    object: str
    id: str


@dataclass(frozen=True)
class Line:
    """One line of a purchase."""

    product: str
    category: str | None = None
    quantity: Decimal = Decimal(1)
    amount: Money | None = None
    cost: Money | None = None
    returned: bool = False


Value = None | str | int | bool | date | datetime | Money | Ref | frozenset[str] | tuple[Line, ...]
"""What a field may hold. Numbers are whole; decimals are Money. Sets merge by element."""


class Type(StrEnum):
    """The type of a field, and so of its values."""

    TEXT = "text"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    MONEY = "money"
    REF = "ref"
    SET = "set"
    LINES = "lines"


_PYTHON: Mapping[Type, type] = {
    Type.TEXT: str,
    Type.INTEGER: int,
    Type.BOOLEAN: bool,
    Type.DATE: date,
    Type.DATETIME: datetime,
    Type.MONEY: Money,
    Type.REF: Ref,
    Type.SET: frozenset,
    Type.LINES: tuple,
}


@dataclass(frozen=True)
class Field:
    """One field of a kind. `to` names the kind that a reference points at. `usual`: what a text holds where nobody said
    anything. A set's empty value is `frozenset()`."""

    name: str
    type: Type = Type.TEXT
    required: bool = False
    to: Kind | None = None
    usual: str | None = None

    @cached_property
    def empty(self) -> Value:
        if self.type is Type.SET:
            return frozenset()
        return () if self.type is Type.LINES else self.usual

    def check(self, value: Value) -> None:
        """Raise TypeError when `value` is not of this field's type."""
        if value is None and self.empty is None:
            return
        wanted = _PYTHON[self.type]
        exact = type(value) is wanted or (self.type not in {Type.INTEGER, Type.DATE} and isinstance(value, wanted))
        if not exact:
            raise TypeError(f"field {self.name} holds {self.type}, not {type(value).__name__}")
        if isinstance(value, datetime) and value.utcoffset() != timedelta(0):
            raise TypeError(f"field {self.name} holds a time in UTC")


def _fields(*fields: Field) -> Mapping[str, Field]:
    return MappingProxyType({field.name: field for field in fields})


def _text(*names: str) -> list[Field]:
    return [Field(name) for name in names]


FIELDS: Mapping[Kind, Mapping[str, Field]] = MappingProxyType(
    {
        Kind.CUSTOMER: _fields(
            Field("type", required=True),  # "person" or "organisation"
            Field("name", required=True),
            *_text("first_name", "last_name", "phone", "email", "union_id", "uscc", "reference", "gender"),
            Field("birthday", Type.DATE),
            *_text("occupation", "industry", "website", "country", "region", "city", "street", "postcode"),
            *_text("language", "currency", "source", "needs", "notes"),
            Field("interests", Type.SET),
            Field("product_preferences", Type.SET),
            Field("opted_out", Type.BOOLEAN),
            Field("tier", Type.REF, to=Kind.TIER),
            Field("parent", Type.REF, to=Kind.CUSTOMER),
            Field("owner", Type.REF, to=Kind.STAFF),
        ),
        Kind.STAFF: _fields(
            Field("name", required=True),
            *_text("email", "phone", "department", "role"),
            Field("active", Type.BOOLEAN),
        ),
        Kind.TIER: _fields(Field("name", required=True), Field("rank", Type.INTEGER), Field("description")),
        Kind.GROUP: _fields(
            Field("name", required=True),
            *_text("platform", "purpose", "description", "colour"),
            Field("owner", Type.REF, to=Kind.STAFF),
        ),
        Kind.MEMBERSHIP: _fields(
            Field("customer", Type.REF, required=True, to=Kind.CUSTOMER),
            Field("group", Type.REF, required=True, to=Kind.GROUP),
            Field("role", usual="member"),  # "owner", "administrator", "service" or "member"
            Field("joined_at", Type.DATETIME),
        ),
        Kind.PURCHASE: _fields(
            Field("name", required=True),
            Field("kind"),  # "sale" or "return"
            Field("status"),
            Field("amount", Type.MONEY),
            Field("ordered_at", Type.DATETIME),
            Field("paid_at", Type.DATETIME),
            Field("lines", Type.LINES),
            Field("customer", Type.REF, to=Kind.CUSTOMER),
            Field("owner", Type.REF, to=Kind.STAFF),
        ),
        Kind.INTERACTION: _fields(
            Field("subject", required=True),
            *_text("channel", "direction", "content", "status"),
            Field("happened_at", Type.DATETIME),
            Field("customer", Type.REF, to=Kind.CUSTOMER),
            Field("owner", Type.REF, to=Kind.STAFF),
        ),
        Kind.FEEDBACK: _fields(
            Field("subject", required=True),
            *_text("kind", "channel", "status", "priority", "content", "solution"),
            Field("happened_at", Type.DATETIME),  # when it was given, not when anybody wrote it down
            Field("customer", Type.REF, to=Kind.CUSTOMER),
            Field("owner", Type.REF, to=Kind.STAFF),
        ),
        Kind.BENEFIT_CLAIM: _fields(
            Field("name", required=True),  # of the benefit, as it was claimed
            *_text("code", "state", "note"),  # state: "claimed", "redeemed", "expired" or "cancelled"
            Field("points", Type.INTEGER),
            Field("claimed_at", Type.DATETIME),
            Field("expires_at", Type.DATETIME),
            Field("redeemed_at", Type.DATETIME),
            Field("customer", Type.REF, required=True, to=Kind.CUSTOMER),
        ),
        Kind.SURVEY_ANSWER: _fields(
            Field("survey", required=True),
            *_text("question", "scale", "channel"),  # scale: "rating" (1 to 5), "nps" (0 to 10) or "ces" (1 to 7)
            Field("score", Type.INTEGER),
            Field("answered_at", Type.DATETIME),
            Field("customer", Type.REF, required=True, to=Kind.CUSTOMER),
        ),
    }
)
"""Every field of every kind. A plugin fills those that its CRM has; a field left out of a record is not touched."""

OUTBOUND = frozenset({Kind.BENEFIT_CLAIM, Kind.SURVEY_ANSWER})
"""What kequn alone decides and CRMs are told: whether a claim still holds is decided here, under a lock, and an answer
is what the customer said. Never pulled."""


def check_fields(kind: Kind, fields: Mapping[str, Value]) -> None:
    """Raise KeyError for a field that `kind` does not have, TypeError for a value of the wrong type."""
    known = FIELDS[kind]
    for name, value in fields.items():
        if name not in known:
            raise KeyError(f"{kind} has no field {name}")
        known[name].check(value)


@dataclass(frozen=True)
class Record:
    """One record of a CRM, translated.

    `version` orders the states of this one record inside its CRM (for instance its modified time in milliseconds);
    equal versions may still differ in content. `reference` is the kequn id that kequn left on the record, if any.
    `fields` holds the mapped fields alone: left out means not mapped, None means empty. `extra` holds what the CRM has
    and kequn has no field for (JSON values, by the CRM's own names). `modified_at`: on the CRM's clock, for people and
    for the policy `newest` alone.
    Raises KeyError or TypeError when a field is unknown or of the wrong type."""

    kind: Kind
    object: str
    id: str
    version: int
    fields: Mapping[str, Value] = field(repr=False)
    reference: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)
    modified_at: datetime | None = None

    def __post_init__(self) -> None:
        check_fields(self.kind, self.fields)

    @property
    def ref(self) -> Ref:
        return Ref(self.kind, self.object, self.id)

    @property
    def address(self) -> tuple[str, str]:
        """Object and id."""
        return self.object, self.id


@dataclass(frozen=True)
class Gone:
    """A record that is no longer there. `into`: the id of the record it was merged into, where the CRM says so."""

    kind: Kind
    object: str
    id: str
    version: int
    into: str | None = None

    @property
    def ref(self) -> Ref:
        return Ref(self.kind, self.object, self.id)

    @property
    def address(self) -> tuple[str, str]:
        """Object and id."""
        return self.object, self.id


@dataclass(frozen=True)
class Left:
    """A record that is there and that its feed no longer brings: it has left what is pulled (a deal that is no longer
    won). `version`: as it stands now."""

    kind: Kind
    object: str
    id: str
    version: int


@dataclass(frozen=True)
class Roster:
    """All memberships of one customer, as the CRM lists them on the customer itself (tags on a contact).

    A membership that is linked and not in `members` is gone. `version` is the customer's."""

    owner: Ref
    object: str
    version: int
    members: tuple[Record, ...]
