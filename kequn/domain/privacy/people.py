"""Which rows are one person's: the customer, whoever was merged into them, and the business rows that name them. Finds
them deleted or not; decides nothing about what is done with them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Table, select

from kequn.contracts.records import FIELDS, Kind
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.store import rows
from kequn.store.pairs import one_of
from kequn.store.rows import Row

_customers: Table = rows.table(Kind.CUSTOMER)
NAMING = tuple(kind for kind in rows.MODELS if "customer" in FIELDS[kind])
"""The kinds whose rows name a customer."""


@dataclass(frozen=True)
class People:
    """The rows of some people, locked; and of each the one of the same person that stands first."""

    rows: Mapping[UUID, Row]
    first: Mapping[UUID, UUID]


async def same(desk: Desk, id: UUID) -> People:
    """The rows of this person, the one that stands first before the others. Raises Refused."""
    found = await rows.load(desk.session, desk.scope, Kind.CUSTOMER, [id], lock=True)
    if id not in found:
        raise refuse(Code.NOT_FOUND, "id")
    while (into := found[id].merged_into) is not None:
        found = await rows.load(desk.session, desk.scope, Kind.CUSTOMER, [into], lock=True)
        id = into
    return await each(desk, found)


async def each(desk: Desk, first: Mapping[UUID, Row]) -> People:
    """Those who stand first, and whoever was merged into them."""
    found, whose = dict(first), {id: id for id in first}
    fresh: Collection[UUID] = first.keys()
    while fresh:
        merged = (_customers.c.tenant_id == desk.scope.tenant, one_of(_customers.c.merged_into, fresh))
        query = select(_customers.c.id, _customers.c.merged_into).where(*merged)
        into = {id: at for id, at in await desk.session.execute(query) if id not in found}
        found |= await rows.load(desk.session, desk.scope, Kind.CUSTOMER, into, lock=True)
        whose |= {id: whose[at] for id, at in into.items()}
        fresh = into.keys()
    return People(found, whose)


async def naming(desk: Desk, people: Collection[UUID]) -> Mapping[Kind, Mapping[UUID, Row]]:
    """The business rows that name one of these, locked."""
    found = {}
    for kind in NAMING:
        table = rows.table(kind)
        mine = (table.c.tenant_id == desk.scope.tenant, one_of(table.c.customer_id, people))
        ids = (await desk.session.execute(select(table.c.id).where(*mine))).scalars().all()
        found[kind] = await rows.load(desk.session, desk.scope, kind, ids, lock=True)
    return found
