"""How notices go out: sifted a piece at a time, each of those that may go claimed in one transaction, handed to the
plugins that send (hook `send_notice`), settled in another. Half of what goes at a time is what fell due last. What no
plugin takes is sent by kequn itself: into the log, and as an interaction into the CRMs."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from kequn.contracts.hooks import NoticeSender, SentNotice
from kequn.contracts.host import Log
from kequn.domain.editing import Desk
from kequn.domain.notices import outbox, sifting
from kequn.domain.notices.outbox import LARGEST, Outgoing
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.scope import Actor


@dataclass(frozen=True)
class Sent:
    """How many went out, and how many failed."""

    sent: int
    failed: int


async def send_due(
    database: Database,
    ledger: Ledger,
    actor: Actor,
    log: Log,
    senders: Sequence[NoticeSender] = (),
    most: int = LARGEST,
) -> Sent:
    """Send what is due and may go, so many at most. Raises Refused."""
    desks = _Desks(database, ledger, actor)
    causes: list[str | None] = []
    async for id in _chosen(desks, most):
        async with desks.open() as desk:
            one = await outbox.claim(desk, id)
        if one is not None:
            causes.append(await _send(one, senders, log))
            async with desks.open() as desk:
                await outbox.settle(desk, one, causes[-1])
    sent = causes.count(None)
    return Sent(sent, len(causes) - sent)


@dataclass(frozen=True)
class _Desks:
    """A desk for each transaction."""

    database: Database
    ledger: Ledger
    actor: Actor

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Desk]:
        async with self.database.writing() as session:
            yield Desk(session, self.actor, self.ledger)


async def _chosen(desks: _Desks, left: int) -> AsyncIterator[UUID]:
    """Half of them what fell due last, the others what did first."""
    for newest in (True, False):
        behind, share = None, left // 2 if newest else left
        while share:
            async with desks.open() as desk:
                sifted = await sifting.sift(desk, behind, newest=newest)
            some = sifted.may[-share:] if newest else sifted.may[:share]
            for id in some:
                yield id
            share, left, behind = share - len(some), left - len(some), sifted.last
            if behind is None and len(some) == len(sifted.may):
                return  # nothing else is due


async def _send(one: Outgoing, senders: Sequence[NoticeSender], log: Log) -> str | None:
    """Why it could not be sent; None when it was. The first plugin that takes it has it."""
    whom = {"customer": str(one.customer or ""), "staff": str(one.staff or "")}
    notice = SentNotice(id=str(one.id), occasion=one.occasion, subject=one.subject, body=one.body, **whom)
    for sender in senders:
        try:
            if await sender.send(notice):
                return None
        except Exception as error:  # a plugin's failure is its own; its words may quote the notice
            log.warning("notice not sent", sender=sender.name, type=type(error).__name__)
            return f"{sender.name}: {type(error).__name__}"
    log.info("notice", id=str(one.id), occasion=one.occasion)
    return None
