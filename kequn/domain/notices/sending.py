"""How notices go out: each claimed in one transaction, handed to the plugins that send (hook `send_notice`), settled in
another. What no plugin takes is sent by kequn itself: into the log, and as an interaction into the CRMs."""

from collections.abc import Sequence
from dataclasses import dataclass

from kequn.contracts.hooks import NoticeSender, SentNotice
from kequn.contracts.host import Log
from kequn.domain.editing import Desk
from kequn.domain.notices import outbox
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
    database: Database, ledger: Ledger, actor: Actor, log: Log, senders: Sequence[NoticeSender] = ()
) -> Sent:
    """Send what is due and may go, so many at most. Raises Refused."""
    causes: list[str | None] = []
    while len(causes) < LARGEST:
        async with database.writing() as session:
            one = await outbox.claim(Desk(session, actor, ledger))
        if one is None:
            break
        causes.append(await _send(one, senders, log))
        async with database.writing() as session:
            await outbox.settle(Desk(session, actor, ledger), one, causes[-1])
    sent = causes.count(None)
    return Sent(sent, len(causes) - sent)


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
