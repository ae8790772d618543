"""A tenant with customers who buy, bring back, talk and answer at random, told to the database and to plain Python."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Table, event, insert, select

from kequn.clock import ManualClock, SeededRandom
from kequn.contracts.records import Kind, Money
from kequn.contracts.secrets import Keyring
from kequn.domain import classifying
from kequn.domain.classifying import Evaluation
from kequn.domain.editing import Desk
from kequn.store import rows, tables
from kequn.store.database import Database
from kequn.store.journal import Cause
from kequn.store.ledger import Edit, Ledger
from kequn.store.rows import Row
from kequn.store.scope import Actor, Role
from kequn.store.vault import Vault
from tests.kequn.domain.reckoning import Told
from tests.working import held_up

AS_OF = datetime(2026, 1, 5, 16, 0, tzinfo=UTC)  # midnight in Shanghai
standings: Table = tables.Standing.__table__  # type: ignore[attr-defined]
answers: Table = tables.Answer.__table__  # type: ignore[attr-defined]
points: Table = tables.PointEntry.__table__  # type: ignore[attr-defined]
pins: Table = tables.Pin.__table__  # type: ignore[attr-defined]
CAUSE = Cause("sync", "crm")
Work = Callable[[Desk], Awaitable[Any]]


class Crash(BaseException):
    """The process dies."""


class Mortal:
    """The database of a process that dies when it begins to write once too often."""

    def __init__(self, database: Database, transactions: int) -> None:
        self.reading, self._writing, self._left = database.reading, database.writing, transactions

    def writing(self) -> Any:
        self._left -= 1
        if self._left < 0:
            raise Crash
        return self._writing()


class Market:
    """`told`: what plain Python knows of each customer."""

    def __init__(self, database: Database, tenant: UUID, seed: int = 1) -> None:
        self.database, self.draw = database, random.Random(seed)
        self.actor = Actor(tenant, Role.ADMIN, "ops")
        self.clock, chance = ManualClock(), SeededRandom(seed)
        self.ledger = Ledger(Vault(Keyring([b"k" * 32], chance)), self.clock, chance)
        self.told: dict[UUID, Told] = {}
        self._waiting: list[Edit] = []

    async def write(self, *edits: Edit) -> None:
        async with self.database.writing() as session:
            await self.ledger.write(session, self.actor.scope, edits)

    async def live(self, *ids: UUID) -> None:
        """Something happens to each of these customers."""
        for id in ids:
            await self._live(id)
        waiting, self._waiting = self._waiting, []
        await self.write(*waiting)

    def _wait(self, kind: Kind, facts: dict[str, Any]) -> None:
        self._waiting.append(Edit(None, Row(kind, self.ledger.new_id(), facts), CAUSE))

    async def add(self, kind: Kind, *facts: dict[str, Any]) -> list[UUID]:
        made = [Row(kind, self.ledger.new_id(), one) for one in facts]
        await self.write(*(Edit(None, row, CAUSE) for row in made))
        return [row.id for row in made]

    async def edit(self, kind: Kind, id: UUID, facts: dict[str, Any] | None = None, **attributes: Any) -> None:
        async with self.database.reading() as session:
            row = (await rows.load(session, self.actor.scope, kind, [id]))[id]
        await self.write(Edit(row, replace(row, facts={**row.facts, **(facts or {})}, **attributes), CAUSE))

    async def insert(self, table: Table, *values: dict[str, Any]) -> None:
        if values:
            async with self.database.writing() as session:
                known = {"tenant_id": self.actor.tenant}
                await session.execute(insert(table), [{**known, "id": self.ledger.new_id(), **one} for one in values])

    async def people(self, count: int) -> list[UUID]:
        ids = await self.add(Kind.CUSTOMER, *({"type": "person", "name": f"c{place}"} for place in range(count)))
        self.told |= {id: Told() for id in ids}
        return ids

    def moment(self) -> datetime:
        """Of the last 500 days, and sometimes on an edge."""
        back = self.draw.choice([0, 60, 90, 180, 182, 360, 364, 365, *(self.draw.uniform(-20, 500) for _ in range(16))])
        return AS_OF - timedelta(days=back)

    def buy(self, id: UUID, at: datetime, amount: int, *, back: bool = False) -> None:
        """Is written when `live` ends."""
        (self.told[id].returns if back else self.told[id].sales).append((at, amount))
        facts = {"name": "p", "kind": "return" if back else "sale", "amount": Money(amount, "CNY"), "customer": id}
        self._wait(Kind.PURCHASE, {**facts, "paid_at": at})

    def talk(self, id: UUID, at: datetime) -> None:
        """Is written when `live` ends."""
        self.told[id].talks.append(at)
        self._wait(Kind.INTERACTION, {"subject": "t", "happened_at": at, "customer": id})

    async def answer(self, id: UUID, at: datetime, score: int, scale: str = "csat", about: str = "overall") -> None:
        self.told[id].answers.append((at, score * 10 if scale == "nps" else (score - 1) * 25))
        noted = {"noted_at": self.clock.now(), "noted_by": "x"}
        await self.insert(
            answers,
            {"customer_id": id, "scale": scale, "score": score, "about": about, "source": "", "given_at": at, **noted},
        )

    async def award(self, id: UUID, count: int) -> None:
        self.told[id].points += count
        noted = {"at": AS_OF - timedelta(days=1), "noted_at": self.clock.now(), "reason": "", "rule": "", "actor": "x"}
        await self.insert(points, {"customer_id": id, "kind": "award", "points": count, "inputs": {}, **noted})

    async def approve(self, id: UUID) -> None:
        self.told[id].approved = True
        made = {"since": self.clock.now(), "made_by": "x", "reason": "known"}
        await self.insert(pins, {"customer_id": id, "approval": True, **made})

    async def _live(self, id: UUID) -> None:
        for _ in range(self.draw.choice([0, 1, 1, 2, 4, 8])):
            self.buy(id, self.moment(), self.draw.choice([0, 5_000_000, 10_000_000, self.draw.randrange(10**8)]))
        for _ in range(self.draw.choice([0, 0, 1, 3])):
            self.talk(id, self.moment())
        if self.draw.random() < 0.2:
            self.buy(id, self.moment(), self.draw.randrange(10**7), back=True)
        if self.draw.random() < 0.4:
            await self.answer(id, self.moment(), self.draw.randint(1, 5))
        if self.draw.random() < 0.2:
            await self.answer(id, self.moment(), self.draw.randint(0, 10), "nps")
        if self.draw.random() < 0.1:
            await self.award(id, self.draw.choice([10, 5000]))
        if self.draw.random() < 0.3:
            await self.approve(id)

    async def evaluate(self, *, whole: bool = True, as_of: datetime | None = AS_OF) -> Evaluation:
        return await classifying.evaluate(self.database, self.ledger, self.actor, as_of=as_of, whole=whole)

    async def standings(self) -> dict[UUID, dict[str, Any]]:
        async with self.database.reading() as session:
            found = (await session.execute(select(standings))).mappings().all()
        return {one["id"]: dict(one) for one in found}

    async def do(self, work: Any, *given: Any, **named: Any) -> Any:
        async with self.database.writing() as session:
            return await work(Desk(session, self.actor, self.ledger), *given, **named)

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """Every one that is sent meanwhile; one for many rows counts once."""
        sent: list[str] = []

        def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
            sent.append(statement)

        event.listen(self.database.engine.sync_engine, "before_cursor_execute", note)
        try:
            yield sent
        finally:
            event.remove(self.database.engine.sync_engine, "before_cursor_execute", note)

    async def dies_after(self, transactions: int, chore: Any, *given: Any) -> None:
        """The process that does this dies when it has written so many."""
        with suppress(Crash):
            await chore(Mortal(self.database, transactions), self.ledger, self.actor, *given)
            raise AssertionError("it was done before")

    async def meanwhile(self, first: Work, *others: Work) -> list[Any]:
        """What others give who begin, one after the other, when `first` is done and not yet committed: on PostgreSQL,
        where they may."""
        async with self.database.writing() as session:
            await first(Desk(session, self.actor, self.ledger))
            tasks: list[asyncio.Task[Any]] = []
            for work in others:
                tasks.append(asyncio.create_task(self.do(work)))
                await held_up(self.database, *tasks)
        return await asyncio.gather(*tasks)
