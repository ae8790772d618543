"""`python -m bench.scaling`: 1,000 tenants over 100 workers for some minutes of a simulated clock, calibrated by one
round without news that is measured first; the figures stand in docs/scaling.md."""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from statistics import quantiles

from bench.report import machine, put
from bench.scaling.yard import Told, Work, Yard
from bench.site import opened
from kequn.clock import ManualClock, SeededRandom
from kequn.store.budgets import Limit
from kequn.store.database import Database
from migrations import upgrade

HEAD = """| workers | runs a minute | begun after their time, p50 / p99 / most | the same, but for the large tenant | cores busy | of runs of killed workers: gone on after, p50 / most | fenced, doubled |
| --- | --- | --- | --- | --- | --- | --- |"""  # fmt: skip # noqa: E501
DAY = 86_400


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.scaling")
    parser.add_argument("--tenants", type=int, default=1000)
    parser.add_argument("--connections", type=int, default=3, help="of each tenant")
    parser.add_argument("--heavy", type=int, default=300, help="connections of one tenant more")
    parser.add_argument("--workers", type=int, nargs="+", default=[10, 30, 100])
    parser.add_argument("--minutes", type=float, default=4.0)
    parser.add_argument("--latency", type=float, default=0.2, help="seconds of a request to a CRM")
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = asyncio.run(_measured(_url(Path(folder), "measured"), chosen.latency))
        print(f"measured: {work.requests} requests, {work.seconds * 1000:.0f} ms of a core", flush=True)
        lines = [asyncio.run(_row(Path(folder), number, work, chosen)) for number in chosen.workers]
    if chosen.out:
        numbers = " ".join(str(number) for number in chosen.workers)
        sizes = f"--tenants {chosen.tenants} --connections {chosen.connections} --heavy {chosen.heavy}"
        command = f"python -m bench.scaling {sizes} --workers {numbers} --minutes {chosen.minutes:g}"
        told = (
            f"A round without news: {work.requests} requests of {work.latency:g} s (assumed), "
            f"{work.seconds * 1000:.0f} ms of a core (measured)."
        )
        put(chosen.out, "scaling", [command, machine(), "", told, "", HEAD, *lines])


def _url(folder: Path, name: str) -> str:
    return f"sqlite+aiosqlite:///{folder / name}.db"


async def _measured(url: str, latency: float) -> Work:
    """A round without news of an emulated Zoho, in one process; the emulator's part is in it."""
    await upgrade(url, ManualClock(), SeededRandom())
    async with opened("zoho", url, 500, 1) as site:
        await site.sync()
        found = []
        for _ in range(3):
            site.clock.move(60)
            before, began = len(site.emulator.requests), time.process_time()
            await site.sync()
            found.append(Work(len(site.emulator.requests) - before, time.process_time() - began, latency))
        return min(found, key=lambda one: one.seconds)


async def _row(folder: Path, workers: int, work: Work, chosen: argparse.Namespace) -> str:
    url = _url(folder, f"yard_{workers}")
    await upgrade(url, ManualClock(), SeededRandom())
    database = Database(url)
    try:
        yard = Yard(database, work, Limit("credits", DAY, 50_000), workers=workers, seconds=60.0)
        heavy = await yard.fill(chosen.tenants, chosen.connections, chosen.heavy)
        await yard.go(chosen.minutes * 60, deaths=workers // 10)
    finally:
        await database.close()
    told = yard.told
    others = [wait for tenant, wait in told.waits if tenant != heavy]
    busy = sum(worker.busy for worker in yard.workers) / (chosen.minutes * 60)
    cells = [
        str(workers), f"{told.ended / chosen.minutes:,.0f}", _waits([wait for _, wait in told.waits]), _waits(others),
        f"{busy:.1f} of {workers}", _adopted(told), f"{told.lost}, {told.doubled}",
    ]  # fmt: skip
    print(" | ".join(cells), flush=True)
    return "| " + " | ".join(cells) + " |"


def _waits(waits: list[float]) -> str:
    cut = quantiles(waits, n=100)
    return f"{cut[49]:.1f} / {cut[98]:.1f} / {max(waits):.1f} s"


def _adopted(told: Told) -> str:
    if len(told.adopted) < 2:
        return "none were held"
    return f"{quantiles(told.adopted, n=2)[0]:.0f} / {max(told.adopted):.0f} s"


if __name__ == "__main__":
    main()
