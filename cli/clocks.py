"""Whether this machine's clock can be right: no run ended and no worker was heard after now, and the clocks of others
(PostgreSQL's, the CRMs') say the same. Decides what a person is told; sets nothing."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
from sqlalchemy import Table, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from cli.installation import Installation
from kequn.clock import Clock
from kequn.store import tables
from kequn.store.runs import LEASE
from kequn.store.scope import Scope

_runs: Table = tables.Run.__table__  # type: ignore[attr-defined]
_workers: Table = tables.Worker.__table__  # type: ignore[attr-defined]
RELEASED = datetime(2026, 1, 1, tzinfo=UTC)  # no clock that is right is before this
SLACK = timedelta(seconds=5)  # clocks that are set by NTP agree to much less
HEADER_SLACK = timedelta(minutes=1)  # an answer is some seconds old when it is here


@dataclass(frozen=True)
class Sign:
    """So much our clock is ahead of `what` (behind it: less than nothing). `past`: that may be long ago."""

    what: str
    ahead: timedelta
    slack: timedelta = SLACK
    past: bool = False

    @property
    def wrong(self) -> bool:
        return self.ahead < -self.slack or (not self.past and self.ahead > self.slack)


@dataclass
class Dates:
    """What the answers of CRMs say of the time, by connection: the best that was heard."""

    clock: Clock
    by_name: dict[str, timedelta] = field(default_factory=dict)

    def hear(self, name: str, reply: httpx.Response) -> None:
        try:
            ahead = self.clock.now() - parsedate_to_datetime(reply.headers["date"])
        except (KeyError, ValueError, TypeError):  # none, or one that cannot be read
            return
        self.by_name[name] = min(ahead, self.by_name.get(name, ahead), key=abs)

    @property
    def signs(self) -> list[Sign]:
        return [Sign(f"the clock of {name}", ahead, HEADER_SLACK) for name, ahead in self.by_name.items()]


async def wrong(here: Installation, dates: Dates) -> str | None:
    """What is wrong with it, if anything is."""
    async with here.database.reading() as session:
        stored = [one async for one in _stored(session, here.scope, here.clock)]
    return judged(here.clock.now(), [*stored, *dates.signs])


def judged(now: datetime, signs: Iterable[Sign]) -> str | None:
    """By the sign that tells most."""
    says = f"it says {now:%Y-%m-%d %H:%M}Z"
    if now < RELEASED:
        return f"{says}, which cannot be; set this machine's clock"
    worst = max((one for one in signs if one.wrong), key=lambda one: abs(one.ahead), default=None)
    if worst is None:
        return None
    side = "ahead of" if worst.ahead > timedelta() else "behind"
    other = "; if it is right, another one was ahead, and what waits by that one goes on when its time has come"
    return (
        f"{says}, {told(abs(worst.ahead))} {side} {worst.what}; set this machine's clock{other if worst.past else ''}"
    )


def told(length: timedelta) -> str:
    seconds = round(length.total_seconds())
    units = ((2 * 86_400, 86_400, "days"), (2 * 3600, 3600, "hours"), (120, 60, "minutes"))
    return next((f"{seconds // one} {name}" for least, one, name in units if seconds >= least), f"{seconds} seconds")


async def _stored(session: AsyncSession, scope: Scope, clock: Clock) -> AsyncIterator[Sign]:
    mine = _runs.c.tenant_id == scope.tenant
    for what, latest, early in (
        ("the beginning of the newest run", select(func.max(_runs.c.started_at)).where(mine), timedelta()),
        ("the end of the newest run", select(func.max(_runs.c.finished_at)).where(mine), timedelta()),
        ("the last sign of a run under way", select(func.max(_runs.c.lease_until)), LEASE),
        ("the heartbeat of a worker", select(func.max(_workers.c.beat_at)), timedelta()),
    ):
        at: datetime | None = (await session.execute(latest)).scalar_one()
        if at is not None:
            yield Sign(what, clock.now() - (at - early), past=True)
    if session.get_bind().dialect.name == "postgresql":
        at = (await session.execute(select(func.clock_timestamp()))).scalar_one()
        yield Sign("the clock of the database", clock.now() - at)
