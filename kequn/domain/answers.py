"""What customers answer when asked how satisfied they are. Appended, never altered."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Table, insert

from kequn.contracts.records import Kind
from kequn.domain import editing, rights
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.store import tables

_answers: Table = tables.Answer.__table__  # type: ignore[attr-defined]
SCALES = {"csat": range(1, 6), "nps": range(11)}
ABOUT = ("overall", "response", "attitude", "product")


async def note(
    desk: Desk, customer: UUID, score: int, *, scale: str, about: str, given_at: datetime | None, source: str
) -> UUID:
    """Note an answer; 0 of 10 is one. Raises Refused. Gives back the customer."""
    rights.require(desk.actor, rights.EDIT)
    now = desk.ledger.clock.now()
    if scale not in SCALES or about not in ABOUT:
        raise refuse(Code.BAD_CHOICE, "scale" if scale not in SCALES else "about")
    if score not in SCALES[scale]:
        raise refuse(Code.BAD_NUMBER, "score")
    if given_at is not None and given_at > now:
        raise refuse(Code.BAD_DATE, "given_at")
    row = await editing.find(desk, Kind.CUSTOMER, customer)
    said = {"customer_id": row.id, "scale": scale, "score": score, "about": about, "source": source[:255]}
    noted = {"given_at": given_at or now, "noted_at": now, "noted_by": desk.actor.name}
    values = {"tenant_id": desk.scope.tenant, "id": desk.ledger.new_id(), **said, **noted}
    await desk.session.execute(insert(_answers).values(values))
    return row.id
