"""The version of the contracts: what is taken, what is refused, and a plugin that nobody has touched since 1.0."""

import pytest

from kequn.clock import ManualClock, SeededRandom
from kequn.contracts.crm import Crm
from kequn.contracts.host import CrmHost
from kequn.contracts.http import BoundClient
from kequn.contracts.version import CONTRACT_VERSION, refusal
from kequn.registry import Registry
from kequn.testing.conformance.office import Events, Purse, Tokens
from kequn.testing.conformance.reading import Reading
from tests.kequn.testing.conformance import frozen

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("theirs", "ours", "said"),
    [
        ("1.1", "1.1", None),
        ("1.0", "1.1", None),
        ("1.0", "1.2", "takes 1.1 to 1.2: install a newer plugin"),
        ("1.2", "1.1", "install a newer kequn"),
        ("2.0", "1.9", "install a newer kequn"),
        ("1.9", "2.0", "takes 2.0 to 2.0: install a newer plugin"),
        ("1", "1.1", "is not of the form"),
        ("1.01", "1.1", "is not of the form"),
        (1.1, "1.1", "is not of the form"),
    ],
)
def test_which_plugins_are_taken(theirs: object, ours: str, said: str | None) -> None:
    refused = refusal(theirs, ours)
    assert refused is None if said is None else said in str(refused)


@pytest.mark.parametrize("ours", ["1.0", "1.1", CONTRACT_VERSION])
def test_the_frozen_plugin_loads_within_grace(ours: str) -> None:
    found = Registry.load([frozen], entry_points=False, contract=ours)
    assert found.problems == ()
    assert list(found.crms) == ["frozen"]


@pytest.mark.parametrize("ours", ["1.2", "2.0"])
def test_the_frozen_plugin_is_refused_after_grace_with_what_to_do(ours: str) -> None:
    found = Registry.load([frozen], entry_points=False, contract=ours)
    assert list(found.crms) == []
    (problem,) = found.problems
    assert "written for contract 1.0" in problem.message
    assert "install a newer plugin" in problem.message


async def test_the_frozen_plugin_still_works() -> None:
    clock = ManualClock()
    async with BoundClient() as http:
        host = CrmHost("frozen", http, Tokens(lambda: 0), Purse(clock), clock, SeededRandom(), Events())
        crm: Crm = Registry.load([frozen], entry_points=False).build("frozen", {"key": "k"}, host)
        await crm.open()
        reading = Reading(crm)
        walked = [await reading.round() for _ in range(2)]
    assert [len(one.records) for one in walked] == [1, 0]
    assert [schema.fields[0].unique for schema in await crm.describe()] == [False]
    assert crm.capabilities.lacks == frozenset()
