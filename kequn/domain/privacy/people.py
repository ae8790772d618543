"""Which rows are one person's: the customer, whoever was merged into them, and the business rows that name them. Finds
them deleted or not; decides nothing about what is done with them."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import Table, select

from kequn.contracts.records import FIELDS, Kind
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.store import rows
from kequn.store.rows import Row

_customers: Table = rows.table(Kind.CUSTOMER)
NAMING = tuple(kind for kind in rows.MODELS if "customer" in FIELDS[kind])
"""The kinds whose rows name a customer."""


async def same(desk: Desk, id: UUID) -> dict[UUID, Row]:
    """The rows of this person, locked, the one that stands first. Raises Refused."""
    found = await rows.load(desk.session, desk.scope, Kind.CUSTOMER, [id], lock=True)
    if id not in found:
        raise refuse(Code.NOT_FOUND, "id")
    while (into := found[id].merged_into) is not None:
        found = await rows.load(desk.session, desk.scope, Kind.CUSTOMER, [into], lock=True)
        id = into
    fresh = {id}
    while fresh:
        into_them = _customers.c.merged_into.in_(fresh)
        query = select(_customers.c.id).where(_customers.c.tenant_id == desk.scope.tenant, into_them)
        fresh = set((await desk.session.execute(query)).scalars()) - found.keys()
        found |= await rows.load(desk.session, desk.scope, Kind.CUSTOMER, fresh, lock=True)
    return found


async def naming(desk: Desk, people: Collection[UUID]) -> Mapping[Kind, Mapping[UUID, Row]]:
    """The business rows that name one of these, locked."""
    found = {}
    for kind in NAMING:
        table = rows.table(kind)
        mine = (table.c.tenant_id == desk.scope.tenant, table.c.customer_id.in_(set(people)))
        ids = (await desk.session.execute(select(table.c.id).where(*mine))).scalars().all()
        found[kind] = await rows.load(desk.session, desk.scope, kind, ids, lock=True)
    return found
