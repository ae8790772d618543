"""What a connection may still ask of its CRM: limits of so many units in so many seconds, shared by all workers.

A limit holds for any stretch of that length, not only from full hour to full hour, as CRMs count that way. Its window
is kept in cells (rows of `budget`) of a tenth of the length; a cell counts until all of it lies a whole window back."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.clock import Clock
from kequn.contracts.errors import RetryLater
from kequn.contracts.hooks import Limit as Declared
from kequn.store.database import Database
from kequn.store.scope import Scope
from kequn.store.tables import Budget
from kequn.store.upsert import insert_or_update

CELLS = 10
PATIENCE_SECONDS = 60.0

_budgets = Budget.__table__  # type: ignore[attr-defined]
Spent = dict[datetime, int]
RESERVED = 0.1
"""The share of each limit that bulk work leaves for what people change."""


@dataclass
class Pace:
    """How a run spends the budget of its connection. `bulk`: what it does now can wait; `spent`: units so far;
    `requests`: how many were made so far; `after_wait`: asked when it had to wait, whether it may still go on: a minute
    is long."""

    bulk: bool = False
    spent: int = 0
    requests: Callable[[], int] = lambda: 0
    after_wait: Callable[[], Awaitable[None]] | None = None


@dataclass(frozen=True)
class Limit(Declared):
    """A limit that a plugin declares, and its cells."""

    @property
    def cell(self) -> timedelta:
        return timedelta(seconds=self.seconds / CELLS)

    def number(self, now: datetime) -> int:
        return (now - datetime.min.replace(tzinfo=UTC)) // self.cell

    def began(self, now: datetime) -> datetime:
        """When the cell of `now` began."""
        return datetime.min.replace(tzinfo=UTC) + self.number(now) * self.cell

    def row(self, now: datetime) -> str:
        """The name of the row of that cell. Rows are used in turns, one more than count at a time."""
        return f"{self.name}/{self.number(now) % (CELLS + 2)}"

    def left(self, spent: Spent, now: datetime) -> int:
        window = self.cell + timedelta(seconds=self.seconds)
        return self.units - sum(units for began, units in spent.items() if began + window > now)

    def wait(self, spent: Spent, cost: int, now: datetime, *, bulk: bool = False) -> float:
        """Seconds until `cost` more fits; 0 when it does now. `spent`: by the beginning of the cell. `bulk`: some is to
        be left (but one request always fits into a window that is empty)."""
        ends = {began + self.cell + timedelta(seconds=self.seconds): units for began, units in spent.items()}
        mine = max(self.units - int(self.units * RESERVED), cost) if bulk else self.units
        left = mine - sum(units for end, units in ends.items() if end > now)
        until = now
        for end in sorted(end for end in ends if end > now):
            if left >= cost:
                break
            left += ends[end]
            until = end
        return (until - now).total_seconds()


class SharedBudget:
    """A Budget (contracts/host.py)."""

    def __init__(
        self,
        database: Database,
        scope: Scope,
        connection: UUID,
        limits: Sequence[Declared],
        *,
        clock: Clock,
        pace: Pace | None = None,
    ) -> None:
        self._database = database
        self._tenant = scope.tenant
        self._connection = connection
        self._limits = tuple(Limit(one.name, one.seconds, one.units) for one in limits)
        self._clock = clock
        self._pace = pace or Pace()

    async def acquire(self, cost: int = 1) -> None:
        """Raises ValueError when `cost` is more than a whole limit."""
        for limit in self._limits:
            if cost > limit.units:
                raise ValueError(f"{cost} units never fit the limit {limit.name} of {limit.units}")
        patience = PATIENCE_SECONDS
        while wait := await self._spend(cost):
            patience -= wait
            if patience < 0:
                raise RetryLater("the budget of this connection is spent", wait_seconds=wait)
            await self._clock.sleep(wait)
        self._pace.spent += cost
        if patience < PATIENCE_SECONDS and self._pace.after_wait:
            await self._pace.after_wait()

    async def left(self) -> dict[str, int]:
        """What may still be spent of each limit now."""
        async with self._database.reading() as session:
            spent, now = await self._spent(session), self._clock.now()
        return {limit.name: limit.left(spent[limit], now) for limit in self._limits}

    async def _spend(self, cost: int) -> float:
        """Spend `cost` of each limit and return 0, or spend nothing and return the seconds to wait."""
        if not self._limits:
            return 0.0
        async with self._database.writing() as session:
            await self._database.alone(session, self._connection)
            now = self._clock.now()
            spent = await self._spent(session)
            wait = max(limit.wait(spent[limit], cost, now, bulk=self._pace.bulk) for limit in self._limits)
            if wait == 0:
                await self._write(session, spent, cost, now)
            return wait

    async def _spent(self, session: AsyncSession) -> dict[Limit, Spent]:
        query = select(_budgets.c.name, _budgets.c.began_at, _budgets.c.spent).where(
            _budgets.c.tenant_id == self._tenant, _budgets.c.connection_id == self._connection
        )
        rows = (await session.execute(query)).all()
        return {
            limit: {began: units for name, began, units in rows if name.rpartition("/")[0] == limit.name}
            for limit in self._limits
        }

    async def _write(self, session: AsyncSession, spent: dict[Limit, Spent], cost: int, now: datetime) -> None:
        cells = [
            {
                "tenant_id": self._tenant,
                "connection_id": self._connection,
                "name": limit.row(now),
                "began_at": limit.began(now),
                "spent": spent[limit].get(limit.began(now), 0) + cost,
            }
            for limit in self._limits
        ]
        await session.execute(insert_or_update(session, _budgets, "began_at", "spent"), cells)
