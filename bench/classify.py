"""Classification: `python -m bench.classify` fills a PostgreSQL with customers and purchases, evaluates all of them,
then those of whom something changed, and compares with what a bare GROUP BY over the same purchases costs.
`--out docs/performance.md` writes its part of that page."""

import argparse
import asyncio
import os
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, text

from bench import postgresql, report
from kequn.clock import ManualClock, SeededRandom
from kequn.contracts.records import Kind, Money
from kequn.contracts.secrets import Keyring
from kequn.domain import classifying
from kequn.store import rows, tenants
from kequn.store.database import Database
from kequn.store.journal import Cause
from kequn.store.ledger import Edit, Ledger
from kequn.store.rows import Row
from kequn.store.scope import Actor, Role
from kequn.store.values import Fact
from kequn.store.vault import Vault
from migrations import upgrade

AS_OF = datetime(2026, 1, 5, 16, 0, tzinfo=UTC)
BEGIN, END = "<!-- bench: classify -->", "<!-- end of bench: classify -->"
BATCH = 20_000
CUSTOMER, PURCHASE = rows.table(Kind.CUSTOMER), rows.table(Kind.PURCHASE)


@dataclass(frozen=True)
class Spent:
    """Seconds on the clock, and seconds that processors worked for it, in this process and in PostgreSQL's."""

    clock: float
    work: float


@dataclass(frozen=True)
class Figures:
    """Each the median of the rounds."""

    first: Spent
    whole: Spent
    changed: Spent
    bare: Spent


class Shop:
    """A tenant whose customers buy as the models say customers do: each at a rate of their own, some of them gone."""

    def __init__(self, database: Database, tenant: UUID, seed: int = 4) -> None:
        self.database, self.draw = database, random.Random(seed)
        self.actor = Actor(tenant, Role.ADMIN, "bench")
        self.clock, chance = ManualClock(), SeededRandom(seed)
        self.ledger = Ledger(Vault(Keyring([b"k" * 32], chance)), self.clock, chance)
        self.customers: list[UUID] = []

    async def fill(self, customers: int, purchases: int) -> None:
        self.customers = [self.ledger.new_id() for _ in range(customers)]
        usual = {"type": "person", "interests": [], "product_preferences": []}
        named = ({"id": id, "name": f"customer {place}", **usual} for place, id in enumerate(self.customers))
        await self._insert(CUSTOMER, named)
        await self._insert(PURCHASE, self._purchases(purchases))
        async with self.database.engine.connect() as connection:
            options = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await options.execute(text("VACUUM ANALYZE"))

    def _purchases(self, count: int) -> Iterator[dict[str, Any]]:
        rates = [self.draw.gammavariate(0.8, 1.0) for _ in self.customers]
        gone = [self.draw.uniform(0, 900) if self.draw.random() < 0.5 else 0.0 for _ in self.customers]
        for place in self.draw.choices(range(len(rates)), rates, k=count):
            back = gone[place] + self.draw.uniform(0, 1000 - gone[place])
            yield {
                "id": self.ledger.new_id(), "name": "order", "kind": "sale", "customer_id": self.customers[place],
                "amount_micros": round(self.draw.lognormvariate(4, 0.8) * 100) * 10_000, "amount_currency": "CNY",
                "paid_at": AS_OF - timedelta(days=back),
            }  # fmt: skip

    async def _insert(self, table: Any, values: Iterator[dict[str, Any]]) -> None:
        now = self.clock.now()
        usual = {"tenant_id": self.actor.tenant, "version": 1, "created_at": now, "updated_at": now, "extra": {}}
        while batch := [{**usual, **one} for _, one in zip(range(BATCH), values, strict=False)]:
            async with self.database.writing() as session:
                await session.execute(insert(table), batch)

    async def change(self, count: int) -> None:
        """So many customers buy something, as a sync would write it."""
        cause, edits = Cause("sync", "crm"), []
        for customer in self.draw.sample(self.customers, count):
            order: dict[str, Fact] = {"name": "order", "kind": "sale", "amount": Money(80_000_000, "CNY")}
            facts = {**order, "customer": customer, "paid_at": AS_OF - timedelta(hours=1)}
            edits.append(Edit(None, Row(Kind.PURCHASE, self.ledger.new_id(), facts), cause))
        async with self.database.writing() as session:
            await self.ledger.write(session, self.actor.scope, edits)

    async def evaluate(self, *, whole: bool) -> None:
        self.clock.move(3600)
        found = await classifying.evaluate(self.database, self.ledger, self.actor, as_of=AS_OF, whole=whole)
        assert found.whole is whole

    async def bare(self) -> None:
        """The least that looking at the purchases costs: one GROUP BY, its answer left in the database."""
        grouped = (
            select(
                PURCHASE.c.customer_id, func.count(), func.sum(PURCHASE.c.amount_micros), func.max(PURCHASE.c.paid_at)
            )
            .where(PURCHASE.c.tenant_id == self.actor.tenant)
            .group_by(PURCHASE.c.customer_id)
            .subquery()
        )
        async with self.database.reading() as session:
            await session.execute(select(func.count()).select_from(grouped))


def worked() -> float:
    """Processor seconds of this process and of the backends of its PostgreSQL; of Linux alone for the latter."""
    ticks = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cmdline").read_bytes().startswith(b"postgres: postgres bench_"):
                ticks += sum(int(one) for one in (process / "stat").read_text().rpartition(")")[2].split()[11:13])
        except OSError:  # it has ended meanwhile
            continue
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


async def timed(work: Callable[[], Awaitable[None]]) -> Spent:
    began, before = time.perf_counter(), worked()
    await work()
    return Spent(time.perf_counter() - began, worked() - before)


def middle(rounds: Sequence[Spent]) -> Spent:
    return Spent(median(one.clock for one in rounds), median(one.work for one in rounds))


async def measure(url: str, customers: int, purchases: int, changed: int, rounds: int) -> Figures:
    await upgrade(url, ManualClock(), SeededRandom())
    database = Database(url)
    try:
        async with database.reading() as session:
            shop = Shop(database, (await tenants.get(session)).id)
        await shop.fill(customers, purchases)
        first = await timed(lambda: shop.evaluate(whole=True))
        print(f"first evaluation: {first}", flush=True)
        wholes, some, bares = [], [], []
        for number in range(rounds):
            bares.append(await timed(shop.bare))
            shop.clock.move(3600)
            await shop.change(changed)
            some.append(await timed(lambda: shop.evaluate(whole=False)))
            wholes.append(await timed(lambda: shop.evaluate(whole=True)))
            print(f"round {number}: whole {wholes[-1]}, changed {some[-1]}, bare {bares[-1]}", flush=True)
        return Figures(first, middle(wholes), middle(some), middle(bares))
    finally:
        await database.close()


def table(figures: Figures, command: str) -> str:
    rows_ = [
        ("first evaluation of all (every row is new, models are fitted)", figures.first),
        ("evaluation of all", figures.whole),
        ("evaluation of what changed", figures.changed),
        ("bare `GROUP BY` over the purchases", figures.bare),
    ]
    lines = [
        f"| {name} | {spent.clock:.2f} | {spent.work:.2f} | {spent.work / figures.bare.work:.1f} |"
        for name, spent in rows_
    ]
    head = ["| PostgreSQL | seconds | processor seconds | to the bare `GROUP BY` |", "| --- | --- | --- | --- |"]
    return "\n".join([f"`{command}` ({report.machine()})", "", *head, *lines])


def write(path: Path, table: str) -> None:
    before, _, rest = path.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    path.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.classify")
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--purchases", type=int, default=1_000_000)
    parser.add_argument("--changed", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--out", type=Path, default=None, help="the page to write the table into")
    chosen = parser.parse_args()
    sizes = (chosen.customers, chosen.purchases, chosen.changed, chosen.rounds)
    with postgresql.server() as server:
        figures = asyncio.run(measure(server.fresh(), *sizes))
    asked = "--customers {} --purchases {} --changed {} --rounds {}".format(*sizes)
    shown = table(figures, f"python -m bench.classify {asked}")
    print(shown)
    if chosen.out:
        write(chosen.out, shown)


if __name__ == "__main__":
    main()
