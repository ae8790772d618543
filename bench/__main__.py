"""`python -m bench`: count requests, measure the sync path, and write both to docs/performance.md. Shows each step when
it ends. Exits with 1 when a bound on requests is broken."""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from itertools import product
from pathlib import Path

from bench import postgresql, report
from bench.requests import CRMS, Count, Crm, count
from bench.sync import Round, measure
from kequn.clock import ManualClock, SeededRandom
from migrations import upgrade


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--records", type=int, nargs="+", default=[500, 10_000], help="contacts in the CRM, each size")
    parser.add_argument("--rounds", type=int, default=4, help="interleaved rounds of each size (default 4)")
    parser.add_argument("--only", choices=("requests", "sync"), help="one of the two")
    parser.add_argument("--out", type=Path, default=Path("docs/performance.md"))
    chosen = parser.parse_args()
    holds = True
    with tempfile.TemporaryDirectory() as folder:
        if chosen.only != "sync":
            holds = _requests(Path(folder), chosen.out)
        if chosen.only != "requests":
            _sync(Path(folder), chosen.records, chosen.rounds, chosen.out)
    print(f"written to {chosen.out}")
    sys.exit(0 if holds else 1)


def _requests(folder: Path, out: Path) -> bool:
    counts: list[Count] = []
    for crm in CRMS:
        counts.append(asyncio.run(_count(crm, f"sqlite+aiosqlite:///{folder / crm.name}.db")))
        print(report.requests_line(counts[-1]), flush=True)
    report.write_requests(out, counts, "python -m bench --only requests")
    return all(one.holds for one in counts)


async def _count(crm: Crm, url: str) -> Count:
    await upgrade(url, ManualClock(), SeededRandom())
    return await count(crm, url)


def _sync(folder: Path, sizes: Sequence[int], number: int, out: Path) -> None:
    rounds: list[Round] = []
    with postgresql.server() as server:
        for seed, records in product(range(number), sizes):
            file = folder / f"bench_{seed}_{records}.db"
            for name, url in (("SQLite", f"sqlite+aiosqlite:///{file}"), ("PostgreSQL", server.fresh())):
                rounds.append(asyncio.run(_round(name, url, records, seed)))
                print(report.line(rounds[-1]), flush=True)
    said = " ".join(str(records) for records in sizes)
    report.write(out, rounds, f"python -m bench --only sync --records {said} --rounds {number}")


async def _round(name: str, url: str, records: int, seed: int) -> Round:
    await upgrade(url, ManualClock(), SeededRandom())
    return await measure(name, url, records, seed)


if __name__ == "__main__":
    main()
