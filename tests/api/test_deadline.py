"""What takes too long is broken off, in the database too."""

import time

import pytest

from kequn.store.scope import Role
from tests.api.conftest import Build
from tests.api.slowing import slow_down
from tests.working import at_rest

pytestmark = pytest.mark.anyio


async def test_a_question_has_a_deadline(build: Build) -> None:
    house = await build(limit_seconds=1.5)
    await slow_down(house)
    began = time.monotonic()
    answer = await house.graphql("{ tiers { totalCount } customers { totalCount } }", Role.VIEWER)
    assert time.monotonic() - began < 20  # it would be hours
    assert answer.json()["errors"][0]["extensions"]["code"] == "TIMED_OUT"
    await at_rest(house.database)
    assert (await house.graphql("{ tiers { totalCount } }", Role.VIEWER)).json() == {
        "data": {"tiers": {"totalCount": 0}}
    }


async def test_an_edit_has_a_longer_one(build: Build) -> None:
    house = await build(limit_seconds=0.1, limit_edit_seconds=2.0)
    await slow_down(house)
    began = time.monotonic()
    answer = await house.graphql("mutation { findDuplicates { problems { code } } }", Role.OPERATOR)
    assert 2.0 <= time.monotonic() - began < 20
    assert answer.json()["errors"][0]["extensions"]["code"] == "TIMED_OUT"
    await at_rest(house.database)
