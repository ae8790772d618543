"""Customer groups."""

from collections.abc import Mapping
from uuid import UUID

from kequn.contracts.records import Kind
from kequn.domain import editing
from kequn.domain.checks import Entered
from kequn.domain.editing import Desk
from kequn.store import rows
from kequn.store.rows import Row


async def create(desk: Desk, entered: Mapping[str, Entered]) -> Row:
    await editing.free_name(desk, Kind.GROUP, entered)
    return await editing.create(desk, Kind.GROUP, entered)


async def change(desk: Desk, id: UUID, entered: Mapping[str, Entered], version: int | None = None) -> Row:
    await editing.free_name(desk, Kind.GROUP, entered, id)
    return await editing.change(desk, Kind.GROUP, id, entered, version)


async def delete(desk: Desk, id: UUID, version: int | None = None) -> Row:
    """The group and its memberships; the customers stay."""
    row = await editing.delete(desk, Kind.GROUP, id, version)
    ids = await editing.referring(desk, Kind.MEMBERSHIP, "group", row.id)
    memberships = await rows.load(desk.session, desk.scope, Kind.MEMBERSHIP, ids, lock=True)
    await desk.write(*(editing.removal(desk, membership) for membership in memberships.values()))
    return row
