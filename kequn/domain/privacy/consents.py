"""Consent 同意: what a customer agreed that their data are used for, by purpose, since when and how it is known.
Withdrawing is as easy as agreeing, and holds at once: who withdraws marketing is told nothing any more, here and in the
CRMs."""

from uuid import UUID

from sqlalchemy import Table, insert, select, update

from kequn.contracts.records import Kind
from kequn.domain import customers, editing, keeping, rights
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.store import tables

_consents: Table = tables.PurposeConsent.__table__  # type: ignore[attr-defined]
PURPOSES = ("service", "marketing", "profiling", "sharing")
"""To serve them; to tell them of offers; to judge them by rules; to hand their data to others."""

LONGEST = 2000


async def give(desk: Desk, customer_id: UUID, purpose: str, evidence: str) -> UUID:
    """The customer agrees; who has agreed already agrees anew. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    if purpose not in PURPOSES:
        raise refuse(Code.BAD_CHOICE, "purpose")
    known = keeping.text(evidence, "evidence", LONGEST, required=True)
    row = await editing.find(desk, Kind.CUSTOMER, customer_id)
    await _end(desk, row.id, purpose)
    id, now = desk.ledger.new_id(), desk.ledger.clock.now()
    values = {"tenant_id": desk.scope.tenant, "id": id, "customer_id": row.id, "purpose": purpose, "evidence": known}
    await desk.session.execute(insert(_consents).values(**values, given_at=now, noted_by=desk.actor.name))
    if purpose == "marketing":
        await customers.change(desk, row.id, {"opted_out": False})
    return id


async def withdraw(desk: Desk, id: UUID) -> UUID:
    """Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    query = select(_consents).where(_consents.c.tenant_id == desk.scope.tenant, _consents.c.id == id)
    found = (await desk.session.execute(query.with_for_update())).mappings().first()
    if found is None:
        raise refuse(Code.NOT_FOUND, "id")
    if found["withdrawn_at"] is not None:
        raise refuse(Code.WRONG_STATE, "id", state="withdrawn")
    row = await editing.find(desk, Kind.CUSTOMER, found["customer_id"])
    await _end(desk, found["customer_id"], found["purpose"])
    if found["purpose"] == "marketing":
        await customers.change(desk, row.id, {"opted_out": True})
    return id


async def _end(desk: Desk, customer: UUID, purpose: str) -> None:
    mine = (_consents.c.tenant_id == desk.scope.tenant, _consents.c.customer_id == customer)
    standing = (_consents.c.purpose == purpose, _consents.c.withdrawn_at.is_(None))
    ended = {"withdrawn_at": desk.ledger.clock.now(), "withdrawn_by": desk.actor.name}
    await desk.session.execute(update(_consents).where(*mine, *standing).values(**ended))
