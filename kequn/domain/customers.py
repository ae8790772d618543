"""Customers: persons and organisations."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from kequn.contracts.records import Kind
from kequn.domain import batches, editing
from kequn.domain.batches import Rules
from kequn.domain.checks import Entered
from kequn.domain.drafts import Draft, Item
from kequn.domain.editing import Desk
from kequn.domain.problems import Code
from kequn.store import rows
from kequn.store.rows import Row

ORGANISATION = "organisation"


async def _check(desk: Desk, drafts: Sequence[Draft]) -> None:
    """A parent is an organisation, and nobody is their own, over however many steps."""
    moving = [draft for draft in drafts if draft.row.live and draft.moves("parent", "type")]
    known = await _with_ancestors(desk, moving)
    for draft in moving:
        if not _fits(draft.row, known):
            draft.refuse(Code.BAD_PARENT, "parent")
    leaving = {draft.row.id: draft for draft in moving if draft.before and draft.row.facts["type"] != ORGANISATION}
    for member, parent in await editing.referring_to(desk, Kind.CUSTOMER, "parent", leaving):
        stays = member not in known or known[member].facts["parent"] == parent
        if stays and leaving[parent].good:
            leaving[parent].refuse(Code.BAD_PARENT, "type")


async def _with_ancestors(desk: Desk, drafts: Sequence[Draft]) -> dict[UUID, Row]:
    """The customers of the drafts as they would be, and whoever they belong to, by the ids that they are named by."""
    known = {draft.row.id: draft.row for draft in drafts}
    sought: set[UUID] = set()
    while above := {row.facts["parent"] for row in known.values()} - known.keys() - sought - {None}:
        parents = {parent for parent in above if isinstance(parent, UUID)}
        sought |= parents
        found = await editing.survivors(desk, Kind.CUSTOMER, parents)
        known |= {id: known.get(row.id, row) for id, row in found.items()}
    return known


def _fits(row: Row, known: Mapping[UUID, Row]) -> bool:
    seen = {row.id}
    above = row.facts["parent"]
    while isinstance(above, UUID) and (parent := known.get(above)):
        if parent.id in seen or parent.facts["type"] != ORGANISATION:
            return False
        seen.add(parent.id)
        above = parent.facts["parent"]
    return True


async def _memberships(desk: Desk, customers: Sequence[Row]) -> Sequence[Row]:
    found = await editing.referring_to(desk, Kind.MEMBERSHIP, "customer", [customer.id for customer in customers])
    loaded = await rows.load(desk.session, desk.scope, Kind.MEMBERSHIP, {id for id, _ in found}, lock=True)
    return list(loaded.values())


RULES = Rules(Kind.CUSTOMER, usual={"type": "person"}, check=_check, along=_memberships)


async def create(desk: Desk, entered: Mapping[str, Entered]) -> Row:
    return await batches.one(desk, RULES, Item(entered=entered))


async def change(desk: Desk, id: UUID, entered: Mapping[str, Entered], version: int | None = None) -> Row:
    return await batches.one(desk, RULES, Item(id, entered, version))


async def delete(desk: Desk, id: UUID, version: int | None = None) -> Row:
    """The customer and its memberships. What it bought and said stays, as the history of the business."""
    return await batches.one(desk, RULES, Item(id, version=version))
