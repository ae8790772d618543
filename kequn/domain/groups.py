"""Customer groups."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from kequn.contracts.records import Kind
from kequn.domain import batches, editing, names
from kequn.domain.batches import Rules
from kequn.domain.checks import Entered
from kequn.domain.drafts import Item
from kequn.domain.editing import Desk
from kequn.store import rows
from kequn.store.rows import Row


async def _memberships(desk: Desk, groups: Sequence[Row]) -> Sequence[Row]:
    found = await editing.referring_to(desk, Kind.MEMBERSHIP, "group", [group.id for group in groups])
    loaded = await rows.load(desk.session, desk.scope, Kind.MEMBERSHIP, {id for id, _ in found}, lock=True)
    return list(loaded.values())


RULES = Rules(Kind.GROUP, check=names.check, along=_memberships, named=True)


async def create(desk: Desk, entered: Mapping[str, Entered]) -> Row:
    return await batches.one(desk, RULES, Item(entered=entered))


async def change(desk: Desk, id: UUID, entered: Mapping[str, Entered], version: int | None = None) -> Row:
    return await batches.one(desk, RULES, Item(id, entered, version))


async def delete(desk: Desk, id: UUID, version: int | None = None) -> Row:
    """The group and its memberships; the customers stay."""
    return await batches.one(desk, RULES, Item(id, version=version))
