"""Telling of alerts: once they are written, whoever listens is told of them, and what is to be known in the CRMs is
noted with the customer as an interaction. Each at least once, also when a worker dies in between."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.hooks import AlertListener, AlertNote, AlertRaised
from kequn.contracts.host import Log
from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from kequn.domain import interactions, standards
from kequn.domain.editing import Desk, survivor
from kequn.domain.problems import Refused
from kequn.store import tables
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.scope import Actor, Scope

_alerts: Table = tables.Alert.__table__  # type: ignore[attr-defined]
MOST = 500
PATIENCE_SECONDS = 30.0
CHANNEL = "notice"
WORDS: Mapping[str, str] = {
    "churn": "churn alert 流失预警",
    "satisfaction": "satisfaction alert 满意度预警",
    "service": "service quality alert 服务质量预警",
    "product": "product quality alert 产品质量预警",
}


async def tell(
    database: Database,
    ledger: Ledger,
    actor: Actor,
    listeners: Mapping[str, AlertListener],
    log: Log,
    *,
    patience: float = PATIENCE_SECONDS,
) -> int:
    """Tell of what nobody was told of. How many alerts that were. `patience`: with each listener, in seconds."""
    async with database.reading() as session:
        waiting = await _untold(session, actor.scope)
        noted = (await standards.in_force(session, actor.scope)).thresholds.alerts.noted
    if not waiting:
        return 0
    raised = [_raised(row) for row in waiting]
    notes = [*(_usual(raised) if noted else ()), *await _heard(raised, listeners.values(), log, patience)]
    async with database.writing() as session:
        desk = Desk(session, actor, ledger)
        still = {row["id"]: row for row in await _untold(session, actor.scope, [row["id"] for row in waiting])}
        for note in notes:
            await _note(desk, note, {format_id("alert", id): row for id, row in still.items()}, log)
        mine = (_alerts.c.tenant_id == actor.tenant, _alerts.c.id.in_(list(still)))
        await session.execute(update(_alerts).where(*mine).values(told_at=ledger.clock.now()))
    return len(still)


async def _untold(
    session: AsyncSession, scope: Scope, ids: Sequence[UUID] | None = None
) -> Sequence[Mapping[Any, Any]]:
    """The oldest first. Those with these ids are locked: another worker may be telling of them."""
    query = select(_alerts).where(_alerts.c.tenant_id == scope.tenant, _alerts.c.told_at.is_(None))
    if ids is not None:
        query = query.where(_alerts.c.id.in_(ids)).with_for_update()
    return (await session.execute(query.order_by(_alerts.c.id).limit(MOST))).mappings().all()


def _raised(row: Mapping[Any, Any]) -> AlertRaised:
    return AlertRaised(
        format_id("alert", row["id"]),
        row["kind"],
        tuple(row["reasons"]),
        format_id(Kind.CUSTOMER, row["customer_id"]),
        format_id(Kind.STAFF, row["owner_id"]) if row["owner_id"] else None,
        row["raised_at"],
        row["due_at"],
    )


def _usual(raised: Iterable[AlertRaised]) -> list[AlertNote]:
    """Words that people who know the CRM alone understand."""
    return [
        AlertNote(one.id, WORDS[one.kind], f"{', '.join(one.reasons)}; until {one.due_at.date().isoformat()}")
        for one in raised
    ]


async def _heard(
    raised: Sequence[AlertRaised], listeners: Iterable[AlertListener], log: Log, seconds: float
) -> list[AlertNote]:
    """What listeners want noted. One that fails, or takes too long, keeps no other from being told."""
    notes: list[AlertNote] = []
    for listener in listeners:
        try:
            async with asyncio.timeout(seconds):
                given: Sequence[object] = await listener.hear(raised)
            notes += [note for note in given if isinstance(note, AlertNote)]
        except Exception as error:  # the words may quote data
            log.warning("a listener to alerts failed", listener=listener.name, type=type(error).__name__)
    return notes


async def _note(desk: Desk, note: AlertNote, alerts: Mapping[str, Mapping[Any, Any]], log: Log) -> None:
    """As an interaction of the customer, by the owner of the alert."""
    alert = alerts.get(note.alert)
    customer = await survivor(desk, Kind.CUSTOMER, alert["customer_id"]) if alert else None
    if alert is None or customer is None:
        return
    owner = await survivor(desk, Kind.STAFF, alert["owner_id"]) if alert["owner_id"] else None
    facts = {"subject": note.subject, "content": note.content, "channel": CHANNEL, "status": "open"}
    whose = {"customer": customer.id, "owner": owner.id if owner else None, "happened_at": desk.ledger.clock.now()}
    try:
        await interactions.create(desk, {**facts, **whose})
    except Refused as refused:
        log.warning("a note about an alert was refused", codes=[problem.code.value for problem in refused.problems])
