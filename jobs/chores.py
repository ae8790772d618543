"""What is done for every tenant now and then, whether or not anything was synced: one line for each. Time is cut into
slots (by jobs/pace.py); a slot's errand has one name on all machines, so that it is done once however many of them
think of it."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from jobs.classifying import classify
from jobs.doorbell import keep_all_subscribed
from kequn.contracts.hooks import AlertListener, FeedbackJudge, NoticeSender
from kequn.contracts.host import Log
from kequn.domain import requests
from kequn.domain.benefits import announcing, lapsing, running_out
from kequn.domain.care import reminding, telling
from kequn.domain.care.planning import plan_care
from kequn.domain.community import admission, arrivals, attending, checking, posts, prompting
from kequn.domain.editing import Desk
from kequn.domain.notices import sending
from kequn.domain.privacy import retention
from kequn.domain.quality import flaws
from kequn.domain.segments import evaluating
from kequn.domain.service import judging, overdue, taking
from kequn.domain.surveys import inviting
from kequn.store import heard
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.scope import Actor, Role
from kequn.sync.connect import Switchboard

Work = Callable[[Database, Ledger, Actor], Awaitable[object]]
MINUTE, QUARTER, HOUR, DAY = timedelta(minutes=1), timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Chore:
    name: str
    every: timedelta
    work: Work


@dataclass(frozen=True)
class Errand:
    """The chores of one pace for one tenant, in one slot of time. One for all of them: the engine's queue has a row for
    each errand, and a minute comes for a thousand tenants at once. `every`: seconds."""

    every: int
    tenant: UUID
    slot: int

    @property
    def id(self) -> str:
        return f"{self.every}/{self.tenant.hex}/{self.slot}"

    @property
    def actor(self) -> Actor:
        return Actor(self.tenant, Role.OPERATOR, "system")

    @property
    def begins(self) -> datetime:
        return BEGAN + self.slot * timedelta(seconds=self.every)

    @classmethod
    def named(cls, id: str) -> "Errand":
        every, tenant, slot = id.split("/")
        return cls(int(every), UUID(tenant), int(slot))


def at_desk(work: Callable[[Desk], Awaitable[object]]) -> Work:
    """What is done in one transaction."""

    async def done(database: Database, ledger: Ledger, actor: Actor) -> None:
        async with database.writing() as session:
            await work(Desk(session, actor, ledger))

    return done


async def _forget_webhooks(desk: Desk) -> None:
    await heard.forget(desk.session, desk.scope, desk.ledger.clock.now())


CHORES = (
    Chore("requests", MINUTE, requests.carry_out),
    Chore("posts", MINUTE, at_desk(posts.publish_due)),
    Chore("tickets", MINUTE, taking.take_on),
    Chore("escalation", QUARTER, overdue.escalate_all),
    Chore("waves", QUARTER, inviting.hold_all_due),
    Chore("key nodes", QUARTER, at_desk(inviting.trigger)),
    Chore("end of waves", QUARTER, at_desk(inviting.close_due)),
    Chore("end of claims", HOUR, lapsing.expire_all),
    Chore("reminders of claims", HOUR, lapsing.remind_all),
    Chore("days of benefits", HOUR, announcing.announce),
    Chore("reminders of points", DAY, running_out.remind),
    Chore("classification", HOUR, classify),
    Chore("care", HOUR, plan_care),
    Chore("reviews of rules", HOUR, at_desk(reminding.remind)),
    Chore("checks for violations", HOUR, at_desk(checking.remind)),
    Chore("reminders of events", HOUR, at_desk(attending.remind)),
    Chore("low activity", DAY, prompting.remind),
    Chore("retention", DAY, retention.carry_out_all),
    Chore("segments", HOUR, evaluating.evaluate_all),
    Chore("members", HOUR, arrivals.catch_up),
    Chore("admission", HOUR, admission.admit_all),
    Chore("quality", DAY, flaws.find),
    Chore("repeats of webhooks", HOUR, at_desk(_forget_webhooks)),
)


def tidings(listeners: Mapping[str, AlertListener], log: Log) -> Chore:
    """Those who listen are told of alerts, whoever had them raised."""

    async def work(database: Database, ledger: Ledger, actor: Actor) -> None:
        await telling.tell(database, ledger, actor, listeners, log)

    return Chore("tidings", MINUTE, work)


def post(senders: Mapping[str, NoticeSender], log: Log) -> Chore:
    """Notices to customers go out, as far as the contact policy allows."""

    async def work(database: Database, ledger: Ledger, actor: Actor) -> None:
        await sending.send_due(database, ledger, actor, log, tuple(senders.values()))

    return Chore("notices", MINUTE, work)


def opinions(judges: Mapping[str, FeedbackJudge], log: Log) -> Chore:
    """Plugins say how feedback is meant of which no rating tells."""

    async def work(database: Database, ledger: Ledger, actor: Actor) -> None:
        await judging.judge(database, ledger, actor, judges, log)

    return Chore("opinions", MINUTE, work)


def bells(board: Switchboard, public_url: str, log: Log) -> Chore:
    """CRMs go on ringing, however seldom their connections are synced."""

    async def work(database: Database, ledger: Ledger, actor: Actor) -> None:
        await keep_all_subscribed(board, actor.scope, public_url, log)

    return Chore("webhooks", HOUR, work)


def errands(chores: Iterable[Chore], tenants: Iterable[UUID], now: datetime) -> Iterator[Errand]:
    """Of this moment."""
    paces = sorted({chore.every for chore in chores})
    for tenant in tenants:
        yield from (Errand(int(every.total_seconds()), tenant, (now - BEGAN) // every) for every in paces)
