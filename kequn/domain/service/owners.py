"""Whose a ticket is to be: of the department the one who has fewest tickets open, or of those who lead it. They are
read once for as many tickets as are given out; each counts for the next."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Table, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.store import departments, tables
from kequn.store.rows import table
from kequn.store.scope import Scope
from kequn.store.where import fold, live

_tickets: Table = tables.Ticket.__table__  # type: ignore[attr-defined]
_staff: Table = table(Kind.STAFF)
OPEN = ("open", "answered", "escalated")
CHIEFS = ("经理", "主管", "manager", "lead")


@dataclass(frozen=True)
class Member:
    id: UUID
    department: str
    role: str = ""

    @property
    def chief(self) -> bool:
        return any(word in fold(self.role) for word in CHIEFS)


class Owners:
    """`busy`: how many tickets each has open."""

    def __init__(self, staff: Sequence[Member], busy: Mapping[UUID, int]) -> None:
        self._staff = staff
        self._busy = Counter(busy)
        self._known: dict[tuple[str, bool], Sequence[UUID]] = {}

    def pick(self, department: str, *, chief: bool = False) -> UUID | None:
        """None: there is nobody."""
        if (department, chief) not in self._known:
            self._known[department, chief] = self._among(department, chief)
        return min(self._known[department, chief], key=lambda id: (self._busy[id], id), default=None)

    def _among(self, department: str, chief: bool) -> Sequence[UUID]:
        here = (one for one in self._staff if departments.alike(one.department, department))
        return [one.id for one in here if one.chief or not chief]

    def give(self, to: UUID | None, before: UUID | None = None) -> None:
        """A ticket is theirs now; `before`: whose it was."""
        self._busy.update([to] if to else [])
        self._busy.subtract([before] if before else [])


async def read(session: AsyncSession, scope: Scope) -> Owners:
    mine = (_staff.c.tenant_id == scope.tenant, live(_staff), _staff.c.active.is_not(False))
    query = select(_staff.c.id, _staff.c.department, func.coalesce(_staff.c.role, ""))
    staff = (await session.execute(query.where(*mine, _staff.c.department.is_not(None)))).all()
    theirs = (_tickets.c.tenant_id == scope.tenant, _tickets.c.owner_id.is_not(None), _tickets.c.state.in_(OPEN))
    busy = select(_tickets.c.owner_id, func.count()).where(*theirs).group_by(_tickets.c.owner_id)
    return Owners([Member(*one) for one in staff], dict((await session.execute(busy)).all()))
