"""Calls, meetings, tasks and notes."""

from collections.abc import Mapping
from uuid import UUID

from kequn.contracts.records import Kind
from kequn.domain import batches
from kequn.domain.batches import Rules
from kequn.domain.checks import Entered
from kequn.domain.drafts import Item
from kequn.domain.editing import Desk
from kequn.store.rows import Row

RULES = Rules(Kind.INTERACTION)


async def create(desk: Desk, entered: Mapping[str, Entered]) -> Row:
    return await batches.one(desk, RULES, Item(entered=entered))


async def change(desk: Desk, id: UUID, entered: Mapping[str, Entered], version: int | None = None) -> Row:
    return await batches.one(desk, RULES, Item(id, entered, version))


async def delete(desk: Desk, id: UUID, version: int | None = None) -> Row:
    return await batches.one(desk, RULES, Item(id, version=version))
