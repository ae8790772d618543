"""Tiers. They belong to the tenant; a tier that customers are in cannot go."""

from collections.abc import Mapping
from uuid import UUID

from kequn.contracts.records import Kind
from kequn.domain import editing
from kequn.domain.checks import Entered
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.store.rows import Row


async def create(desk: Desk, entered: Mapping[str, Entered]) -> Row:
    await editing.free_name(desk, Kind.TIER, entered)
    return await editing.create(desk, Kind.TIER, entered)


async def change(desk: Desk, id: UUID, entered: Mapping[str, Entered], version: int | None = None) -> Row:
    await editing.free_name(desk, Kind.TIER, entered, id)
    return await editing.change(desk, Kind.TIER, id, entered, version)


async def delete(desk: Desk, id: UUID, version: int | None = None) -> Row:
    row = await editing.delete(desk, Kind.TIER, id, version)
    customers = await editing.referring(desk, Kind.CUSTOMER, "tier", row.id)
    if customers:
        raise refuse(Code.TIER_IN_USE, "id", count=len(customers))
    return row
