"""Of whom figures are: all customers, those whom a department looks after, those of a segment, or of both."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, Table, and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.domain.segments import membership
from kequn.store import rows
from kequn.store.departments import is_department
from kequn.store.scope import Scope
from kequn.store.where import live

_customers: Table = rows.table(Kind.CUSTOMER)
_staff: Table = rows.table(Kind.STAFF)


@dataclass(frozen=True)
class Whose:
    """`department`: that of the customers' owners, as the CRMs name it, or by our word."""

    department: str | None = None
    segment: UUID | None = None


async def among(session: AsyncSession, scope: Scope, whose: Whose, now: datetime) -> Select[tuple[UUID]] | None:
    """The ids of these customers; None: all. Raises Refused."""
    if whose == Whose():
        return None
    query = select(_customers.c.id).where(_customers.c.tenant_id == scope.tenant, live(_customers))
    if whose.department is not None:
        owner = and_(_staff.c.tenant_id == _customers.c.tenant_id, _staff.c.id == _customers.c.owner_id)
        query = query.join(_staff, owner).where(is_department(_staff.c.department, whose.department))
    if whose.segment is not None:
        members = await membership.members(session, scope, whose.segment, now)
        query = query.where(_customers.c.id.in_(members))
    return query
