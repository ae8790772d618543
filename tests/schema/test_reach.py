"""Nothing is out of reach: what a type shows can be asked about, ordered by, and reached from where it hangs."""

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLScalarType,
    build_schema,
    get_named_type,
    get_nullable_type,
)

from schema.execution import sdl
from schema.lists import MODULES
from tests.schema.conftest import Client

SCHEMA = build_schema(sdl())
JSON = "JSON of a form of its own, which no operator knows"
KEPT = {
    "extra": "asked about by connection and key; a list in no order",
    "asOf": "takes a moment: rows as they were are opened one by one",
    "provenance": "takes a field",
}
NOT_ASKED = {
    "Connection": {"policy": JSON},
    "Customer": {
        "age": "is another every day, and in each time zone; `birthday` is asked about by its distance from now"
    },
    "SyncRun": {"counts": JSON},
    "Conflict": {
        **dict.fromkeys(["base", "ours", "theirs", "theirsAt", "lost"], "sealed under the customer's key"),
        "choices": "follows from `type`",
    },
    "Alert": {"inputs": JSON},
    "Segment": {"where": JSON},
    "ServiceFlow": {"steps": JSON, "flowChart": "drawn from `steps`"},
    "ServiceCase": {"gantt": "drawn from its steps"},
    "Flaw": {"fields": JSON, "action": "follows from `kind`"},
    "SegmentStay": {"enteredHeld": JSON, "leftHeld": JSON},
    "Link": {
        "url": "the plugin says it, of `object` and `externalId`",
        "pendingFields": "what was agreed on is sealed; `state` says whether there are any",
    },
    "Benefit": {"asked": JSON},
    "Incentive": {"basis": JSON},
    "CrisisPlan": {"team": JSON, "steps": JSON, "roster": JSON},
    "CrisisRun": {"done": JSON},
    "Survey": {"welcome": JSON, "questions": JSON},
    "SurveyInvitation": {"answers": JSON},
    "Charter": {"asked": JSON, "ladder": JSON, "topics": JSON, "forbidden": JSON},
    "RulesVersion": {"items": JSON},
    "ViolationCheck": {"forbidden": JSON},
    "Application": {"held": JSON, "missing": JSON},
    "Draw": {"entrants": JSON, "winners": JSON},
    "Review": {"figures": JSON},
    "TemplateUse": {"made": JSON},
    "PrivacyAct": {"counts": JSON},
}
"""Scalars that no filter asks about, and why."""
NOT_RELATED = {
    "Customer": dict.fromkeys(["mergedInto", "mergedFrom"], "who was merged into another is in no list"),
    "Conflict": {"oursChange": "the last of many; `history` of the row is asked about"},
    "Duplicate": {"link": "one of those of `customer`, whose `links` are asked about"},
}
"""Relations that no filter asks about, and why."""
NOT_ORDERED = {"Link": {"state": "works out what waits for each row of the table before the first page"}}
"""Those by which nothing is ordered beside, and why. A list of texts has no order either."""
ROOTLESS = {"PurchaseLine", "Identity", "Change", "Link", "Duplicate", "Moment"}


def upper(name: str) -> str:
    return "".join(f"_{letter}" if letter.isupper() else letter.upper() for letter in name)


def scalars(title: str) -> Iterator[tuple[str, bool]]:
    """The scalar fields of a type, and whether each is a list."""
    type = SCHEMA.type_map[title]
    assert isinstance(type, GraphQLObjectType)
    for name, field in type.fields.items():
        plain = isinstance(get_named_type(field.type), GraphQLScalarType | GraphQLEnumType)
        if plain and name not in KEPT.keys() | NOT_ASKED.get(title, {}).keys():
            yield name, isinstance(get_nullable_type(field.type), GraphQLList)


@pytest.mark.parametrize("title", MODULES)
def test_every_scalar_is_a_filter(title: str) -> None:
    where = SCHEMA.type_map[f"{title}Where"]
    assert isinstance(where, GraphQLInputObjectType)
    assert {name for name, _ in scalars(title)} - set(where.fields) == set()


@pytest.mark.parametrize("title", sorted(MODULES.keys() - {"PurchaseLine", "Identity"}))
def test_every_scalar_is_an_order(title: str) -> None:
    order: Any = SCHEMA.type_map[f"{title}OrderField"]
    there = {name for name, listed in scalars(title) if not listed} - NOT_ORDERED.get(title, {}).keys()
    assert {upper(name) for name in there} - set(order.values) == set()


@pytest.mark.parametrize("title", MODULES)
def test_every_relation_is_a_filter(title: str) -> None:
    type, where = SCHEMA.type_map[title], SCHEMA.type_map[f"{title}Where"]
    assert isinstance(type, GraphQLObjectType)
    assert isinstance(where, GraphQLInputObjectType)
    there = {name for name, field in type.fields.items() if far(field) in MODULES}
    assert there - NOT_RELATED.get(title, {}).keys() - set(where.fields) == set()


def test_the_exceptions_are_some() -> None:
    """What can be asked about by now is none any more."""
    for title, reasons in (*NOT_ASKED.items(), *NOT_RELATED.items()):
        type, where = SCHEMA.type_map[title], SCHEMA.type_map[f"{title}Where"]
        assert isinstance(type, GraphQLObjectType)
        assert isinstance(where, GraphQLInputObjectType)
        assert reasons.keys() <= type.fields.keys() - where.fields.keys()


def far(field: Any) -> str:
    """The type that a field leads to, through pages or not."""
    target: str = get_named_type(field.type).name
    return target.removesuffix("Connection") if target != "Connection" else target


def leads_to(type: Any) -> set[str]:
    return {far(field) for field in type.fields.values()}


def test_who_leads_somewhere_is_led_back_to() -> None:
    """A polymorphic field (`row`) leads to any of them."""
    ways = {title: leads_to(SCHEMA.type_map[title]) for title in MODULES}
    one_way = {
        (near, far)
        for near in MODULES
        for far in ways[near] & MODULES.keys()
        if near not in ways[far] and "Node" not in ways[far]
    }
    assert one_way == set()


@pytest.mark.anyio
@pytest.mark.parametrize("title", sorted(MODULES.keys() - ROOTLESS))
async def test_every_order_is_one(client: Client, title: str) -> None:
    order: Any = SCHEMA.type_map[f"{title}OrderField"]
    root = {"Staff": "staff", "SyncRun": "syncRuns"}.get(title, f"{title[0].lower()}{title[1:]}s")
    keys = ", ".join(f"{{field: {name}, direction: DESC}}" for name in order.values)
    data = await client.ask(f"{{ {root}(orderBy: [{keys}]) {{ edges {{ cursor }} }} }}")
    assert data[root]["edges"] == []
