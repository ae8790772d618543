"""What kequn gives to a connection, in memory: tokens, a budget, a log. They note what they are asked for, so that a
case can look at it afterwards."""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from kequn.contracts.errors import RetryLater
from kequn.contracts.hooks import Limit
from kequn.contracts.host import Clock, Token

MINUTE = 60.0
LEAST = 0.001
"""Seconds: a clock has no room for what rounding leaves."""


class Tokens:
    """A TokenStore. `kept`: each access token that was ever stored, and how many requests had been sent by then.
    `renewed`: how often one was stored."""

    def __init__(self, sent: Callable[[], int]) -> None:
        self.token: Token | None = None
        self.kept: dict[str, int] = {}
        self.held = False
        self.renewed = 0
        self._sent = sent
        self._lock = asyncio.Lock()

    async def load(self) -> Token | None:
        return self.token

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[None]:
        async with self._lock:
            self.held = True
            try:
                yield
            finally:
                self.held = False

    async def replace(self, token: Token) -> None:
        self.token = token
        self.renewed += 1
        self.kept.setdefault(token.access, self._sent())


class Purse:
    """A Budget of these limits, which the plugin declares, and of so many units in any minute (None: any number).
    Connections may share it."""

    def __init__(self, clock: Clock, units: int | None = None, limits: Sequence[Limit] = ()) -> None:
        self.paid = 0
        self._limits = [*limits, *([] if units is None else [Limit("minute", MINUTE, units)])]
        self._clock = clock
        self._spent = defaultdict[str, deque[tuple[float, int]]](deque)

    async def acquire(self, cost: int = 1, *, of: str = "") -> None:
        kept = {name: limit for limit in self._limits if (name := limit.account(of))}
        waited = 0.0
        while wait := max((self._wait(name, limit, cost) for name, limit in kept.items()), default=0.0):
            waited += wait
            if waited > MINUTE:
                raise RetryLater("the budget of this connection is spent", wait_seconds=wait)
            await self._clock.sleep(wait)
        for name in kept:
            self._spent[name].append((self._clock.monotonic(), cost))
        self.paid += cost

    def _wait(self, name: str, limit: Limit, cost: int) -> float:
        """Seconds until `cost` more fits."""
        spent, now = self._spent[name], self._clock.monotonic()
        while spent and spent[0][0] + limit.seconds <= now:
            spent.popleft()
        if sum(units for _, units in spent) + cost <= limit.units:
            return 0.0
        return max(spent[0][0] + limit.seconds - now, LEAST)


@dataclass
class Events:
    """A Log that keeps what it is told."""

    seen: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def info(self, event: str, **facts: Any) -> None:
        self.seen.append((event, facts))

    def warning(self, event: str, **facts: Any) -> None:
        self.seen.append((event, facts))
