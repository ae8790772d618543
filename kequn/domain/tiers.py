"""Tiers. They belong to the tenant; a tier that customers are in cannot go."""

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

from kequn.contracts.records import Kind
from kequn.domain import batches, editing, names
from kequn.domain.batches import Rules
from kequn.domain.checks import Entered
from kequn.domain.drafts import Draft, Item
from kequn.domain.editing import Desk
from kequn.domain.problems import Code
from kequn.store.rows import Row


async def _check(desk: Desk, drafts: Sequence[Draft]) -> None:
    await names.check(desk, drafts)
    going = {draft.row.id: draft for draft in drafts if not draft.row.live}
    inside = Counter(tier for _, tier in await editing.referring_to(desk, Kind.CUSTOMER, "tier", going))
    for tier, count in inside.items():
        going[tier].refuse(Code.TIER_IN_USE, "id", count=count)


RULES = Rules(Kind.TIER, check=_check, named=True)


async def create(desk: Desk, entered: Mapping[str, Entered]) -> Row:
    return await batches.one(desk, RULES, Item(entered=entered))


async def change(desk: Desk, id: UUID, entered: Mapping[str, Entered], version: int | None = None) -> Row:
    return await batches.one(desk, RULES, Item(id, entered, version))


async def delete(desk: Desk, id: UUID, version: int | None = None) -> Row:
    return await batches.one(desk, RULES, Item(id, version=version))
