"""What a connection may still ask of its CRM: limits of so many units in so many seconds, shared by all workers.

A limit holds for any stretch of that length, not only from full hour to full hour, as CRMs count that way. Its window
is kept in cells (rows of `budget`) of a tenth of the length; a cell counts until all of it lies a whole window back.
One that begins in the future was spent before our clock was set back, or by a machine whose clock is ahead of ours: it
counts for a window from when that was first seen, unless its own time comes before."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.clock import Clock
from kequn.contracts.errors import RetryLater
from kequn.contracts.hooks import EACH
from kequn.contracts.hooks import Limit as Declared
from kequn.store.database import Database
from kequn.store.scope import Scope
from kequn.store.tables import Budget
from kequn.store.upsert import insert_or_update

CELLS = 10
PATIENCE_SECONDS = 60.0

_budgets = Budget.__table__  # type: ignore[attr-defined]
_HERE = (_budgets.c.tenant_id == bindparam("tenant"), _budgets.c.connection_id == bindparam("connection"))
_SPENT = select(_budgets.c.name, _budgets.c.began_at, _budgets.c.spent, _budgets.c.met_at).where(*_HERE)
RESERVED = 0.1
"""The share that bulk work leaves for what people change, of each limit on which these would wait too long."""


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

    def narrowed(self, of: str) -> "Limit | None":
        """What a call of this sort has to keep to."""
        name = self.account(of)
        return None if name is None else replace(self, name=name, of="")

    def sort(self, account: str) -> str | None:
        """The sort of call that counts under this name; None: it is not of this limit."""
        if self.of == EACH:
            return account.removeprefix(f"{self.name} ") if account.startswith(f"{self.name} ") else None
        return self.of if account == self.name else None

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

    def end(self, one: "Cell", now: datetime) -> datetime:
        """Until when it counts."""
        window = timedelta(seconds=self.seconds)
        if one.began > now:
            return min(one.met or now, now) + window
        return one.began + self.cell + window

    def left(self, spent: "Spent", now: datetime) -> int:
        return self.units - sum(one.units for one in spent if self.end(one, now) > now)

    def wait(self, spent: "Spent", cost: int, now: datetime, *, bulk: bool = False) -> float:
        """Seconds until `cost` more fits; 0 when it does now. `bulk`: some is to be left (but one request always fits
        into a window that is empty)."""
        ends = sorted((self.end(one, now), one.units) for one in spent)
        spare = int(self.units * RESERVED) if bulk and self.seconds > PATIENCE_SECONDS else 0
        mine = max(self.units - spare, cost)
        left = mine - sum(units for end, units in ends if end > now)
        until = now
        for end, units in ends:
            if left >= cost:
                break
            if end > now:
                left += units
                until = end
        return (until - now).total_seconds()

    def filled(self, spent: "Spent", cost: int, now: datetime) -> "Cell":
        """The cell of this moment with `cost` more in it. One that is ahead of our clock and still counts keeps its row
        and its time: whoever is there counts on it."""
        row, began = self.row(now), self.began(now)
        for one in spent:
            if one.row == row and one.began >= began:
                return Cell(row, one.began, one.units + cost)
        return Cell(row, began, cost)


@dataclass(frozen=True)
class Cell:
    """What was spent from `began` on, in the row of this name. `met`: when somebody first saw it whose clock had not
    come so far."""

    row: str
    began: datetime
    units: int
    met: datetime | None = None

    def is_new(self, now: datetime) -> bool:
        """It begins in the future, and nobody has noted that yet (or our clock was set back once more)."""
        return self.began > now and (self.met is None or self.met > now)


Spent = Sequence[Cell]


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
        self._here = {"tenant": scope.tenant, "connection": connection}
        self._limits = tuple(Limit(one.name, one.seconds, one.units, one.of) for one in limits)
        self._clock = clock
        self._pace = pace or Pace()

    async def acquire(self, cost: int = 1, *, of: str = "") -> None:
        """Raises ValueError when `cost` is more than a whole limit."""
        if any(limit.of for limit in self._limits):
            await self._for([of]).acquire(cost)
            return
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
        """What may still be spent of each limit now; where it holds for each sort of call, of what has least left."""
        async with self._database.reading() as session:
            every = self._for(await self._sorts(session))
            spent, now = await every._spent(session), self._clock.now()
        left = {limit.name: limit.left(spent[limit], now) for limit in every._limits}
        return {
            one.name: min((units for name, units in left.items() if one.sort(name) is not None), default=one.units)
            for one in self._limits
        }

    def _for(self, sorts: Iterable[str]) -> "SharedBudget":
        """What calls of these sorts have to keep to."""
        limits = dict.fromkeys(one for of in sorts for limit in self._limits if (one := limit.narrowed(of)))
        scope = Scope(self._tenant)
        return SharedBudget(self._database, scope, self._connection, tuple(limits), clock=self._clock, pace=self._pace)

    async def _sorts(self, session: AsyncSession) -> set[str]:
        """The sorts of call of which something was spent, whenever; those that have a limit of their own; and none."""
        rows = (await session.execute(select(_budgets.c.name).where(*_HERE), self._here)).scalars().all()
        found = {limit.sort(row.rpartition("/")[0]) for row in rows for limit in self._limits}
        return {"", *(limit.of for limit in self._limits if limit.of != EACH)} | {
            one for one in found if one is not None
        }

    async def _spend(self, cost: int) -> float:
        """Spend `cost` of each limit and return 0, or spend nothing and return the seconds to wait."""
        if not self._limits:
            return 0.0
        async with self._database.writing() as session:
            await self._database.alone(session, self._connection)
            now = self._clock.now()
            spent = await self._ahead(session, await self._spent(session), now)
            wait = max(limit.wait(spent[limit], cost, now, bulk=self._pace.bulk) for limit in self._limits)
            if wait == 0:
                await self._write(session, spent, cost, now)
            return wait

    async def _spent(self, session: AsyncSession) -> dict[Limit, Spent]:
        rows = [Cell(*row) for row in (await session.execute(_SPENT, self._here)).all()]
        return {limit: [one for one in rows if one.row.rpartition("/")[0] == limit.name] for limit in self._limits}

    async def _ahead(self, session: AsyncSession, spent: dict[Limit, Spent], now: datetime) -> dict[Limit, Spent]:
        """Note what begins in the future, and forget what no longer counts of it: its time would come once more."""
        new = [one.row for cells in spent.values() for one in cells if one.is_new(now)]
        if new:
            met = update(_budgets).where(*_HERE, _budgets.c.name.in_(new)).values(met_at=now)
            await session.execute(met, self._here)
        over = [one for limit, cells in spent.items() for one in cells if limit.end(one, now) <= now < one.began]
        if over:
            rows = [one.row for one in over]
            await session.execute(delete(_budgets).where(*_HERE, _budgets.c.name.in_(rows)), self._here)
        return {limit: [one for one in cells if one not in over] for limit, cells in spent.items()}

    async def _write(self, session: AsyncSession, spent: dict[Limit, Spent], cost: int, now: datetime) -> None:
        cells = [limit.filled(spent[limit], cost, now) for limit in self._limits]
        mine = {"tenant_id": self._tenant, "connection_id": self._connection, "met_at": None}
        rows = [mine | {"name": one.row, "began_at": one.began, "spent": one.units} for one in cells]
        await session.execute(insert_or_update(session, _budgets, "began_at", "spent", "met_at"), rows)
