"""Customers: persons and organisations."""

from collections.abc import Mapping
from uuid import UUID

from kequn.contracts.records import Kind
from kequn.domain import editing
from kequn.domain.checks import Entered
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.store import rows
from kequn.store.rows import Row

ORGANISATION = "organisation"


async def create(desk: Desk, entered: Mapping[str, Entered]) -> Row:
    row = await editing.create(desk, Kind.CUSTOMER, {"type": "person", **entered})
    await _check_parent(desk, row)
    return row


async def change(desk: Desk, id: UUID, entered: Mapping[str, Entered], version: int | None = None) -> Row:
    row = await editing.change(desk, Kind.CUSTOMER, id, entered, version)
    await _check_parent(desk, row)
    if row.facts["type"] != ORGANISATION and await editing.referring(desk, Kind.CUSTOMER, "parent", row.id):
        raise refuse(Code.BAD_PARENT, "type")
    return row


async def delete(desk: Desk, id: UUID, version: int | None = None) -> Row:
    """The customer and its memberships. What it bought and said stays, as the history of the business."""
    row = await editing.delete(desk, Kind.CUSTOMER, id, version)
    ids = await editing.referring(desk, Kind.MEMBERSHIP, "customer", row.id)
    memberships = await rows.load(desk.session, desk.scope, Kind.MEMBERSHIP, ids, lock=True)
    await desk.write(*(editing.removal(desk, membership) for membership in memberships.values()))
    return row


async def _check_parent(desk: Desk, row: Row) -> None:
    """A parent is an organisation, and nobody is their own, over however many steps."""
    seen = {row.id}
    above = row.facts.get("parent")
    while isinstance(above, UUID):
        parent = await editing.survivor(desk, Kind.CUSTOMER, above)
        if parent is None:
            return
        if parent.id in seen or parent.facts["type"] != ORGANISATION:
            raise refuse(Code.BAD_PARENT, "parent")
        seen.add(parent.id)
        above = parent.facts.get("parent")
