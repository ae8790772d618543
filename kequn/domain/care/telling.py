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
from kequn.domain import batches, interactions, standards
from kequn.domain.drafts import Item
from kequn.domain.editing import Desk, survivors
from kequn.store import tables
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.rows import Row
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
        await _note(desk, notes, {format_id("alert", id): row for id, row in still.items()}, log)
        mine = (_alerts.c.tenant_id == actor.tenant, _alerts.c.id.in_(list(still)))
        await session.execute(update(_alerts).where(*mine).values(told_at=ledger.clock.now()))
    return len(still)


async def _untold(
    session: AsyncSession, scope: Scope, ids: Sequence[UUID] | None = None
) -> Sequence[Mapping[Any, Any]]:
    """The newest first: it does not wait behind what an evaluation of everybody raises. Those with these ids are
    locked: another worker may be telling of them."""
    query = select(_alerts).where(_alerts.c.tenant_id == scope.tenant, _alerts.c.told_at.is_(None))
    if ids is not None:
        query = query.where(_alerts.c.id.in_(ids)).with_for_update()
    return (await session.execute(query.order_by(_alerts.c.id.desc()).limit(MOST))).mappings().all()


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


async def _note(desk: Desk, notes: Sequence[AlertNote], alerts: Mapping[str, Mapping[Any, Any]], log: Log) -> None:
    """As interactions of the customers, by the owners of the alerts."""
    about = [(note, alerts[note.alert]) for note in notes if note.alert in alerts]
    customers = await survivors(desk, Kind.CUSTOMER, {alert["customer_id"] for _, alert in about})
    owners = await survivors(desk, Kind.STAFF, {alert["owner_id"] for _, alert in about if alert["owner_id"]})
    items = [
        _item(desk, note, customers[alert["customer_id"]], owners.get(alert["owner_id"]))
        for note, alert in about
        if alert["customer_id"] in customers
    ]
    for start in range(0, len(items), batches.LARGEST):
        for one in await batches.edit(desk, interactions.RULES, items[start : start + batches.LARGEST]):
            if one.problems:
                log.warning("a note about an alert was refused", codes=[problem.code.value for problem in one.problems])


def _item(desk: Desk, note: AlertNote, customer: Row, owner: Row | None) -> Item:
    facts = {"subject": note.subject, "content": note.content, "channel": CHANNEL, "status": "open"}
    whose = {"customer": customer.id, "owner": owner.id if owner else None, "happened_at": desk.ledger.clock.now()}
    return Item(entered={**facts, **whose})
