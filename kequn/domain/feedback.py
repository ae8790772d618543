"""Feedback: inquiries, problems, opinions, suggestions and complaints."""

from collections.abc import Mapping
from uuid import UUID

from kequn.contracts.records import Kind
from kequn.domain import editing
from kequn.domain.checks import Entered
from kequn.domain.editing import Desk
from kequn.store.rows import Row


async def create(desk: Desk, entered: Mapping[str, Entered]) -> Row:
    return await editing.create(desk, Kind.FEEDBACK, entered)


async def change(desk: Desk, id: UUID, entered: Mapping[str, Entered], version: int | None = None) -> Row:
    return await editing.change(desk, Kind.FEEDBACK, id, entered, version)


async def delete(desk: Desk, id: UUID, version: int | None = None) -> Row:
    return await editing.delete(desk, Kind.FEEDBACK, id, version)
