"""Functions of the domain ask for rights themselves: whoever calls them with a viewer is refused."""

import inspect
from collections.abc import Awaitable, Callable
from types import ModuleType
from uuid import UUID

import pytest

from kequn.clock import ManualClock, SeededRandom
from kequn.contracts.secrets import Keyring
from kequn.domain import (
    connections,
    customers,
    duplicates,
    feedback,
    groups,
    interactions,
    memberships,
    merging,
    purchases,
    runs,
    tiers,
)
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, Refused
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.scope import Actor, Role
from kequn.store.vault import Vault

pytestmark = pytest.mark.anyio
MODULES: list[ModuleType] = [
    customers,
    groups,
    tiers,
    feedback,
    purchases,
    interactions,
    memberships,
    runs,
    connections,
    merging,
    duplicates,
]
SOME = UUID(int=7)


def doors() -> list[Callable[..., Awaitable[object]]]:
    """Every public function that takes a desk, but those that only read."""
    return [
        function
        for module in MODULES
        for name, function in inspect.getmembers(module, inspect.iscoroutinefunction)
        if function.__module__ == module.__name__ and not name.startswith("_") and name != "find"
        if "desk" in inspect.signature(function).parameters
    ]


@pytest.mark.parametrize("door", doors(), ids=lambda door: f"{door.__module__.rpartition('.')[2]}.{door.__name__}")
async def test_a_viewer_is_refused_at_every_door(
    door: Callable[..., Awaitable[object]], database: Database, tenant: UUID
) -> None:
    chance = SeededRandom()
    ledger = Ledger(Vault(Keyring([b"k" * 32], chance)), ManualClock(), chance)
    taken = list(inspect.signature(door).parameters.values())[1:]
    given = [
        {"name": "x", "subject": "x"} if one.name == "entered" else SOME for one in taken if one.default is one.empty
    ]
    async with database.writing() as session:
        desk = Desk(session, Actor(tenant, Role.VIEWER, "reader"), ledger)
        with pytest.raises(Refused) as refused:
            await door(desk, *given)
    assert refused.value.problems[0].code is Code.FORBIDDEN
