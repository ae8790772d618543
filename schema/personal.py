"""What tells who or where a person is: said once for each noun, and marked by words.py on every field, input field and
order that shows it or asks about it. Who is refused it stands in permissions.py."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from graphql import GraphQLEnumValue, GraphQLField, GraphQLInputField
from strawberry.types.enum import EnumValue
from strawberry.types.field import StrawberryField

_KEY = "kequn-personal"
MARK: Mapping[Any, Any] = {_KEY: True}
"""The metadata of a field that is personal, or may hold what is."""

FIELDS: Mapping[str, frozenset[str]] = {
    "customer": frozenset(
        {"phone", "email", "union_id", "uscc", "reference", "birthday", "age", "street", "postcode", "notes"}
        | {"identities"}
    ),
    "staff": frozenset({"phone", "email"}),
    "identity": frozenset({"value"}),
    "alert": frozenset({"note"}),
    "application": frozenset({"reason"}),
    "benefit_claim": frozenset({"note"}),
    "case_step": frozenset({"note"}),
    "feedback": frozenset({"content", "solution"}),
    "interaction": frozenset({"content"}),
    "member_event": frozenset({"reason"}),
    "member_standing": frozenset({"exempt", "ended_reason"}),
    "moment": frozenset({"value"}),
    "notice": frozenset({"subject", "body"}),
    "purpose_consent": frozenset({"evidence"}),
    "service_case": frozenset({"note"}),
    "survey_invitation": frozenset({"answers", "note"}),
    "suspicion": frozenset({"evidence", "note"}),
    "task": frozenset({"content", "outcome", "note"}),
    "ticket": frozenset({"result", "plan"}),
    "ticket_step": frozenset({"note"}),
    "violation": frozenset({"evidence", "note", "appeal"}),
    "violation_check": frozenset({"note"}),
}
"""By noun; of rows about somebody also what was written of them, to them, or by them, but no heading: a `subject` is
seen like a name. Types that are no nouns, and fields that may hold values of these, such as `extra`, are marked where
they are declared."""


class Named(EnumValue):
    """The name of a personal field, to order or group by."""


def mark(noun: str, field: StrawberryField) -> None:
    """Says so of a field or an input field, where it is personal."""
    if field.python_name in FIELDS.get(noun, ()):
        field.metadata = MappingProxyType({**field.metadata, **MARK})


def named(noun: str, value: EnumValue) -> EnumValue:
    """The same of a value of an enum of fields."""
    return Named(**vars(value)) if value.value in FIELDS.get(noun, ()) else value


def is_personal(part: GraphQLField | GraphQLInputField | GraphQLEnumValue | None) -> bool:
    definition = part.extensions.get("strawberry-definition") if part else None
    return isinstance(definition, Named) or (isinstance(definition, StrawberryField) and _KEY in definition.metadata)
