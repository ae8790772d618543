"""Points that run out soon 积分到期提醒: who has them is told once a month at most. Which those are: points.py. There
may be as many as there are customers: so many are told in one transaction."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import Table, select

from kequn.domain import keeping, points, rights
from kequn.domain.editing import Desk
from kequn.domain.notices import outbox
from kequn.domain.notices.outbox import Message
from kequn.domain.points import Expiry
from kequn.store import tables, tenants
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.scope import Actor

_notices: Table = tables.Notice.__table__  # type: ignore[attr-defined]
PIECE = 500


async def remind(database: Database, ledger: Ledger, actor: Actor, piece: int = PIECE) -> int:
    """How many are told. Raises Refused."""
    rights.require(actor, rights.EDIT)
    async with database.reading() as session:
        desk = Desk(session, actor, ledger)
        due = await _due(desk)
        told = await _told(desk, {_occasion(day) for _, day in due})
    fresh = [one.customer for one, day in due if (one.customer, _occasion(day)) not in told]
    count = 0
    for start in range(0, len(fresh), piece):
        async with database.writing() as session:
            count += await _tell(Desk(session, actor, ledger), fresh[start : start + piece])
    return count


async def _due(desk: Desk, among: Collection[UUID] | None = None) -> list[tuple[Expiry, date]]:
    """Whose points run out soon, and on which day of the tenant's."""
    local = await tenants.zone(desk.session, desk.scope)
    found = await points.running_out(desk.session, desk.scope, keeping.now(desk), among=among)
    return [(one, one.at.astimezone(local).date()) for one in found]


async def _tell(desk: Desk, some: Collection[UUID]) -> int:
    """By what they have now: some may have redeemed them since it was read who is due."""
    said = [
        Message(
            one.customer, _occasion(day), "积分到期提醒",
            f"您有{one.points}积分将于{day}前到期。 {one.points} of your points run out by {day}.",
        )
        for one, day in await _due(desk, some)
    ]  # fmt: skip
    return len(await outbox.tell_each(desk, said))


def _occasion(day: date) -> str:
    return f"points {day:%Y-%m}"


async def _told(desk: Desk, occasions: set[str]) -> set[tuple[UUID, str]]:
    query = select(_notices.c.customer_id, _notices.c.occasion).where(_notices.c.tenant_id == desk.scope.tenant)
    return {(row[0], row[1]) for row in await desk.session.execute(query.where(_notices.c.occasion.in_(occasions)))}
