"""Who is in which group: one live row per customer and group."""

from uuid import UUID

from kequn.contracts.records import Kind
from kequn.domain import editing, rights
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.store import rows
from kequn.store.rows import Row


async def add(desk: Desk, group: UUID, customer: UUID) -> Row:
    if await _find(desk, group, customer):
        raise refuse(Code.ALREADY_MEMBER, "customer")
    return await editing.create(desk, Kind.MEMBERSHIP, {"group": group, "customer": customer})


async def remove(desk: Desk, group: UUID, customer: UUID) -> Row:
    found = await _find(desk, group, customer)
    if not found:
        raise refuse(Code.NOT_A_MEMBER, "customer")
    return (await desk.write(*(editing.removal(desk, row) for row in found)))[0]


async def _find(desk: Desk, group: UUID, customer: UUID) -> list[Row]:
    """The membership, with the group locked: who adds the same customer at the same time waits here."""
    rights.require(desk.actor, rights.EDIT)
    ends = await editing.ends(desk, Kind.MEMBERSHIP, {"group": group, "customer": customer})
    ids = await editing.referring(desk, Kind.MEMBERSHIP, "customer", UUID(str(ends["customer"])))
    memberships = await rows.load(desk.session, desk.scope, Kind.MEMBERSHIP, ids, lock=True)
    return [row for row in memberships.values() if row.facts["group"] == ends["group"]]
