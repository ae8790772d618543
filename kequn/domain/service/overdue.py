"""What nobody answers or solves in time goes to those above 超时升级, once each: to the one of those who lead the
department who has fewest tickets open. Many are read, decided and written together."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, update

from kequn.domain import keeping, pieces, rights
from kequn.domain.editing import Desk
from kequn.domain.service import owners
from kequn.domain.service.owners import Owners
from kequn.domain.service.tickets import STEPS, TICKETS, enter
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.pairs import one_of
from kequn.store.scope import Actor

PIECE = 500
TO = STEPS["open", "escalate"].to


async def escalate(desk: Desk, most: int = PIECE) -> int:
    """What was opened last comes first. How many. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    late = (await desk.session.execute(_late(desk, most))).all()
    if not late:
        return 0
    for chief, ids in _given(late, await owners.read(desk.session, desk.scope)).items():
        await _raise(desk, ids, {"owner_id": chief} if chief else {})
    await enter(desk, [one.id for one in late], "escalate", TO, "overdue 超时")
    return len(late)


async def escalate_all(database: Database, ledger: Ledger, actor: Actor, piece: int = PIECE) -> int:
    """The same, piece by piece until nothing is left. How many. Raises Refused."""
    return await pieces.all_of(database, ledger, actor, escalate, piece)


def _late(desk: Desk, most: int) -> Select[Any]:
    """Not what a person sees to just now."""
    now = keeping.now(desk)
    late = (TICKETS.c.solve_by <= now) | (TICKETS.c.responded_at.is_(None) & (TICKETS.c.respond_by <= now))
    mine = (TICKETS.c.tenant_id == desk.scope.tenant, TICKETS.c.state.in_(("open", "answered")), TICKETS.c.level == 0)
    query = select(TICKETS.c.id, TICKETS.c.department, TICKETS.c.owner_id).where(*mine, late)
    newest = (TICKETS.c.opened_at.desc(), TICKETS.c.id.desc())
    return query.order_by(*newest).limit(most).with_for_update(skip_locked=True)


def _given(late: Sequence[Any], staff: Owners) -> dict[UUID | None, list[UUID]]:
    """Whose they are now; None: nobody leads the department, and they stay with whom they are."""
    found: dict[UUID | None, list[UUID]] = {}
    for one in late:
        chief = staff.pick(one.department, chief=True)
        if chief is not None:
            staff.give(chief, one.owner_id)
        found.setdefault(chief, []).append(one.id)
    return found


async def _raise(desk: Desk, ids: Sequence[UUID], whose: dict[str, Any]) -> None:
    mine = (TICKETS.c.tenant_id == desk.scope.tenant, one_of(TICKETS.c.id, ids))
    made = {"changed_at": keeping.now(desk), "changed_by": desk.actor.name, **whose}
    raised = update(TICKETS).where(*mine).values(state=TO, level=TICKETS.c.level + 1, **made)
    await desk.session.execute(raised)
