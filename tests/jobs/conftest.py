"""What the tests of the worker share: a shop."""

from collections.abc import AsyncIterator

import pytest

from kequn.store.database import Database
from kequn.store.scope import Scope
from tests.jobs.shop import Shop


@pytest.fixture
async def shop(database: Database, scope: Scope) -> AsyncIterator[Shop]:
    shop = Shop(database, scope)
    yield shop
    await shop.light.settle()
