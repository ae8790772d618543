"""What people write about in a history: which kinds, how a record of each is named (its key, which nobody changes), and
what they fill in. A key tells its kind; a membership's is `customer|group`."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from kequn.contracts.records import FIELDS, Kind, Money, Type

PERSON = Kind.CUSTOMER
BEGINNINGS: Mapping[str, Kind] = MappingProxyType(
    {"k": Kind.CUSTOMER, "g": Kind.GROUP, "f": Kind.FEEDBACK, "p": Kind.PURCHASE, "i": Kind.INTERACTION}
)
NAMED_BY: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.CUSTOMER: "email",
        Kind.GROUP: "name",
        Kind.FEEDBACK: "subject",
        Kind.PURCHASE: "name",
        Kind.INTERACTION: "subject",
    }
)
WRITTEN: Mapping[Kind, tuple[str, ...]] = MappingProxyType(
    {
        Kind.CUSTOMER: ("notes", "city", "street", "occupation", "interests"),
        Kind.GROUP: ("description", "purpose"),
        Kind.FEEDBACK: ("content", "solution", "customer"),
        Kind.PURCHASE: ("amount", "customer"),
        Kind.INTERACTION: ("content", "customer"),
        Kind.MEMBERSHIP: (),
    }
)
KNOWN_BY: Mapping[Kind, tuple[str, ...]] = MappingProxyType({Kind.CUSTOMER: ("email", "name", "last_name")})
"""Fields by which people are known; nobody writes tokens there."""


def kind_of(key: str) -> Kind:
    return Kind.MEMBERSHIP if "|" in key else BEGINNINGS[key[0]]


def key_for(kind: Kind, number: int) -> str:
    """The key of the record with this number."""
    if kind is PERSON:
        return f"k{number}@example.org"
    return f"{next(letter for letter, one in BEGINNINGS.items() if one is kind)}{number}"


def texts_of(kind: Kind, names: Sequence[str]) -> list[str]:
    """Those of these fields where a token can stand by itself."""
    return [name for name in names if type_of(kind, name) in {Type.TEXT, Type.MONEY}]


def said(money: Money) -> str:
    """As the number that somebody entered."""
    return f"{money.amount:f}"


def type_of(kind: Kind, name: str) -> Type:
    return FIELDS[kind][name].type


def element(name: str, value: str) -> str:
    """An element of a set, as a field."""
    return f"{name}/{value}"
