"""Purchases and returns, with their lines."""

from collections.abc import Mapping
from uuid import UUID

from kequn.contracts.records import Kind
from kequn.domain import editing
from kequn.domain.checks import Entered
from kequn.domain.editing import Desk
from kequn.store.rows import Row


async def create(desk: Desk, entered: Mapping[str, Entered]) -> Row:
    return await editing.create(desk, Kind.PURCHASE, {"kind": "sale", **entered})


async def change(desk: Desk, id: UUID, entered: Mapping[str, Entered], version: int | None = None) -> Row:
    return await editing.change(desk, Kind.PURCHASE, id, entered, version)


async def delete(desk: Desk, id: UUID, version: int | None = None) -> Row:
    return await editing.delete(desk, Kind.PURCHASE, id, version)
