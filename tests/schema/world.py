"""A small world of customers, tiers, groups and purchases, in the database and as plain values beside it: what a filter
or an order must give is worked out on the plain values, by other means."""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from hypothesis import given, settings
from hypothesis.strategies import SearchStrategy

from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind, Money
from tests.schema.conftest import Client

NAMES = ["li", "Li", "Wang", "wang", "王芳", "李雷", "Ångström", "a_b", "a%b", "a\\b", "", "zz"]
CITIES = [None, "Beijing", "beijing", "上海", "Xi'an"]
TAGS = ["tea", "go", "茶", "Tea"]
Plain = dict[str, Any]
T = TypeVar("T")


def examples(strategy: SearchStrategy[T], count: int) -> list[T]:
    """What hypothesis would try. The tests of a database await, and fill their world once."""
    cases: list[T] = []

    @settings(max_examples=count)
    @given(strategy)
    def collect(case: T) -> None:
        cases.append(case)

    collect()
    return cases


@dataclass
class World:
    client: Client
    tiers: list[Plain] = field(default_factory=list)
    groups: list[Plain] = field(default_factory=list)
    customers: list[Plain] = field(default_factory=list)
    purchases: list[Plain] = field(default_factory=list)

    def seen(self, id: str) -> Plain:
        return next(customer for customer in self.customers if customer["id"] == id)


async def fill(client: Client, size: int = 40) -> World:
    draw = random.Random(5)
    world = World(client)
    world.tiers = await _add(client, Kind.TIER, [{"name": name, "rank": rank} for rank, name in enumerate("ABC")])
    world.groups = await _add(client, Kind.GROUP, [{"name": f"group {name}"} for name in "xyz"])
    world.customers = await _add(client, Kind.CUSTOMER, [_customer(draw, world) for _ in range(size)])
    pairs = [(one, group) for one in world.customers for group in world.groups if draw.random() < 0.4]
    await _add(client, Kind.MEMBERSHIP, [{"customer": one["uuid"], "group": group["uuid"]} for one, group in pairs])
    for one in world.customers:
        one["groups"] = [group for owner, group in pairs if owner is one]
    world.purchases = await _add(client, Kind.PURCHASE, [_purchase(draw, world) for _ in range(3 * size)])
    for one in world.customers:
        one["purchases"] = [purchase for purchase in world.purchases if purchase["customer"] == one["uuid"]]
        one["tier"] = next((tier for tier in world.tiers if tier["uuid"] == one["tier"]), None)
    return world


async def _add(client: Client, kind: Kind, rows: list[Plain]) -> list[Plain]:
    ids = await client.add(kind, *rows)
    return [{**row, "uuid": id, "id": format_id(kind, id)} for row, id in zip(rows, ids, strict=True)]


def _customer(draw: random.Random, world: World) -> Plain:
    tier: UUID | None = draw.choice([None, *(tier["uuid"] for tier in world.tiers)])
    return {
        "name": draw.choice(NAMES) + draw.choice(["", "", "x"]),
        "type": draw.choice(["person", "organisation"]),
        "city": draw.choice(CITIES),
        "birthday": draw.choice([None, date(1980, 1, 1) + timedelta(days=draw.randrange(5))]),
        "opted_out": draw.choice([None, True, False]),
        "interests": frozenset(draw.sample(TAGS, draw.randrange(3))),
        "tier": tier,
    }


def _purchase(draw: random.Random, world: World) -> Plain:
    return {
        "name": draw.choice(["tea", "cup"]),
        "kind": draw.choice(["sale", "return", None]),
        "amount": draw.choice([None, Money.of(draw.randrange(4), draw.choice(["CNY", "USD"]))]),
        "paid_at": draw.choice([None, datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=draw.randrange(6))]),
        "customer": draw.choice(world.customers)["uuid"],
    }
