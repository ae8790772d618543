"""What people write about in a history: which things, how a record of each is named (its key, which nobody changes),
and what they fill in. A key tells its thing; a membership's is `customer|group`. Of what kequn alone decides, the
fields are what CRMs are told."""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, Literal

from kequn.contracts.records import FIELDS, Kind, Money, Type

PERSON = Kind.CUSTOMER
ORGANISATION: Final = "organisation"
"""A customer that persons belong to. All other customers of a history are persons."""
Thing = Kind | Literal["organisation"]
BEGINNINGS: Mapping[str, Thing] = MappingProxyType(
    {
        "k": PERSON,
        "o": ORGANISATION,
        "g": Kind.GROUP,
        "f": Kind.FEEDBACK,
        "p": Kind.PURCHASE,
        "i": Kind.INTERACTION,
        "b": Kind.BENEFIT_CLAIM,
        "s": Kind.SURVEY_ANSWER,
        "t": Kind.TIER,
    }
)
NAMED_BY: Mapping[Thing, str] = MappingProxyType(
    {
        PERSON: "email",
        ORGANISATION: "name",
        Kind.GROUP: "name",
        Kind.FEEDBACK: "subject",
        Kind.PURCHASE: "name",
        Kind.INTERACTION: "subject",
        Kind.BENEFIT_CLAIM: "name",
        Kind.SURVEY_ANSWER: "survey",
        Kind.TIER: "name",
    }
)
WRITTEN: Mapping[Thing, tuple[str, ...]] = MappingProxyType(
    {
        PERSON: ("notes", "city", "street", "occupation", "interests", "parent", "tier"),
        ORGANISATION: ("notes",),
        Kind.GROUP: ("description", "purpose"),
        Kind.FEEDBACK: ("content", "solution", "customer"),
        Kind.PURCHASE: ("amount", "customer"),
        Kind.INTERACTION: ("content", "customer"),
        Kind.MEMBERSHIP: (),
        Kind.BENEFIT_CLAIM: ("code", "state", "customer"),
        Kind.SURVEY_ANSWER: ("question", "score", "customer"),
        Kind.TIER: (),
    }
)
CHANGED: Mapping[Thing, tuple[str, ...]] = MappingProxyType({Kind.BENEFIT_CLAIM: ("state",), Kind.SURVEY_ANSWER: ()})
"""Where not every field can be changed afterwards."""
TARGETS: Mapping[str, Thing] = MappingProxyType({"customer": PERSON, "parent": ORGANISATION, "tier": Kind.TIER})
"""What a reference leads to."""
TIERS = ("t1", "t2")
"""The tiers that are there from the start, everywhere."""
KNOWN_BY: Mapping[Kind, tuple[str, ...]] = MappingProxyType({Kind.CUSTOMER: ("email", "name", "last_name")})
"""Fields by which people are known; nobody writes tokens there."""


def thing_of(key: str) -> Thing:
    return Kind.MEMBERSHIP if "|" in key else BEGINNINGS[key[0]]


def kind_of(thing: Thing) -> Kind:
    """As what kequn keeps it."""
    return Kind.CUSTOMER if thing == ORGANISATION else thing


def written(things: Collection[Thing]) -> Mapping[Thing, Sequence[str]]:
    """What people fill in where there are these things: a reference leads to one of them."""
    return {thing: [name for name in WRITTEN[thing] if TARGETS.get(name, thing) in things] for thing in things}


def changed(thing: Thing, names: Sequence[str]) -> Sequence[str]:
    """Those of these fields that people change."""
    return [name for name in names if name in CHANGED.get(thing, names)]


def key_for(thing: Thing, number: int) -> str:
    """The key of the record with this number."""
    if thing is PERSON:
        return f"k{number}@example.org"
    return f"{next(letter for letter, one in BEGINNINGS.items() if one == thing)}{number}"


def name_in(kind: Kind, facts: Mapping[str, Any]) -> Any:
    """By which a row or a record of this kind is named."""
    return facts.get(NAMED_BY[ORGANISATION if facts.get("type") == ORGANISATION else kind])


def texts_of(thing: Thing, names: Sequence[str]) -> list[str]:
    """Those of these fields where a token can stand by itself."""
    return [name for name in names if type_of(thing, name) in {Type.TEXT, Type.MONEY}]


def said(money: Money) -> str:
    """As the number that somebody entered."""
    return f"{money.amount:f}"


def type_of(thing: Thing, name: str) -> Type:
    return FIELDS[kind_of(thing)][name].type


def element(name: str, value: str) -> str:
    """An element of a set, as a field."""
    return f"{name}/{value}"
