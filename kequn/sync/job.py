"""One run's right to work, and its tally. Every transaction of the run goes through `writing`, which renews the lease
and refuses a worker that was replaced."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.clock import Clock
from kequn.store import runs
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.loads import Stock
from kequn.store.runs import Claim
from kequn.store.tables import Link
from kequn.sync.plan import Plan
from kequn.sync.remote import Remote

_links = Link.__table__  # type: ignore[attr-defined]
_LINKED = select(func.count()).where(
    _links.c.tenant_id == bindparam("tenant"), _links.c.connection_id == bindparam("connection")
)


@dataclass(frozen=True)
class Progress:
    """How far a run is. `phase`: pull, look or push; `name`: the feed or kind; `total`: where it is known."""

    phase: str
    name: str
    done: int
    total: int | None = None


COUNTED = ("pulled", "pushed", "deletes", "blanks", "conflicts")
COSTS = ("planned", "requests", "spent")


@dataclass
class Tally:
    """What a run has done so far. `verbs`: decisions by verb; `problems`: what people should know; `planned`: requests
    that the plan reckoned which it carries out; `requests`, `spent`: of the workers that had this run before."""

    pulled: int = 0
    pushed: int = 0
    deletes: int = 0
    blanks: int = 0
    deletes_out: int = 0
    blanks_out: int = 0
    conflicts: int = 0
    planned: int = 0
    requests: int = 0
    spent: int = 0
    verbs: dict[str, int] = field(default_factory=dict)
    problems: list[dict[str, Any]] = field(default_factory=list)

    def add(self, plan: Plan) -> None:
        self.deletes += plan.deletes
        self.blanks += plan.blanks
        self.conflicts += sum(one.state == "open" for decision in plan.decisions for one in decision.conflicts)
        for verb, count in plan.counts.items():
            self.verbs[verb] = self.verbs.get(verb, 0) + count

    @property
    def left_out(self) -> list[str]:
        """The feeds, kinds and objects that failed as a whole; of what could be read, single records may have."""
        whole = [one for one in self.problems if "id" not in one and "record" not in one]
        named = (one.get("feed") or one.get("kind") or one.get("object") for one in whole)
        return list(dict.fromkeys(str(name) for name in named if name))

    def resume(self, counts: Mapping[str, Any]) -> None:
        """Go on from the counts of the worker before. (What it would delete counted against its brakes, too.)"""
        plain = {name: count for name, count in counts.items() if isinstance(count, int)}
        for name in (*COUNTED, *COSTS):
            setattr(self, name, plain.pop(name, 0))
        self.verbs = plain
        self.problems = list(counts.get("problems", ()))

    def problem(self, code: str, message: str, **facts: Any) -> None:
        self.problems.append({"code": code, "message": message, **facts})

    @property
    def counts(self) -> dict[str, Any]:
        plain = {name: getattr(self, name) for name in COUNTED}
        return {**plain, **self.verbs, "problems": self.problems[:200]}


@dataclass
class Job:
    """The work of one run, or a rehearsal of it (then without a claim, and rolled back). `only`: the writes that a
    reviewed plan lists; no other may be sent. `walked`: the feeds that it has read to their ends, and when;
    `resumed`: those of which it found the first part read."""

    database: Database
    ledger: Ledger
    remote: Remote
    claim: Claim | None
    clock: Clock
    allow_unsafe: bool = False
    report: Callable[[Progress], None] = lambda progress: None
    tally: Tally = field(default_factory=Tally)
    stock: Stock = field(default_factory=Stock)
    linked: int = 0
    only: frozenset[bytes] | None = None
    held_at: datetime | None = None
    walked: dict[str, datetime] = field(default_factory=dict)
    resumed: set[str] = field(default_factory=set)

    @property
    def counts(self) -> dict[str, Any]:
        """All that is noted of the run: what it has done, and what that took."""
        pace, tally = self.remote.pace, self.tally
        took = (tally.planned, tally.requests + pace.requests(), tally.spent + pace.spent)
        return tally.counts | {name: count for name, count in zip(COSTS, took, strict=True) if count}

    @property
    def run(self) -> UUID | None:
        return self.claim.run if self.claim else None

    @property
    def is_held(self) -> bool:
        """The lease was renewed a short while ago."""
        return self.held_at is not None and self.clock.now() - self.held_at < runs.LEASE / 3

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """A transaction of this run, alone among the writers of its tenant. Raises Fenced."""
        async with self.database.writing() as session:
            await self.database.alone(session, self.remote.scope.tenant)
            if self.claim:
                await runs.hold(session, self.claim, self.clock.now(), self.counts)
            yield session
        self.held_at = self.clock.now()

    async def check(self) -> None:
        """Before each page and batch. Raises Fenced: who was stopped for long may have been replaced, and what goes out
        does not go through `writing`. Raises Paused; `writing` does not, so that what was done is noted."""
        if self.claim:
            async with self.database.reading() as session:
                await runs.check(session, self.claim)

    async def count_linked(self) -> None:
        """How many records of this connection are linked: what the brakes measure against."""
        asked = {"tenant": self.remote.scope.tenant, "connection": self.remote.id}
        async with self.database.reading() as session:
            self.linked = (await session.execute(_LINKED, asked)).scalar_one()
