"""`python -m bench`: measure the sync path and write the table to docs/performance.md. Shows each round as it ends."""

import argparse
import asyncio
import tempfile
from pathlib import Path

from bench import postgresql, report
from bench.sync import Round, measure
from kequn.clock import ManualClock, SeededRandom
from migrations import upgrade


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--records", type=int, default=2000, help="contacts in the CRM (default 2000)")
    parser.add_argument("--rounds", type=int, default=4, help="interleaved rounds on each database (default 4)")
    parser.add_argument("--out", type=Path, default=Path("docs/performance.md"))
    chosen = parser.parse_args()
    rounds: list[Round] = []
    with postgresql.server() as server, tempfile.TemporaryDirectory() as folder:
        for number in range(chosen.rounds):
            file = Path(folder) / f"bench_{number}.db"
            for name, url in (("SQLite", f"sqlite+aiosqlite:///{file}"), ("PostgreSQL", server.fresh())):
                rounds.append(asyncio.run(_round(name, url, chosen.records, number)))
                print(report.line(rounds[-1]), flush=True)
    report.write(chosen.out, rounds, f"python -m bench --records {chosen.records} --rounds {chosen.rounds}")
    print(f"written to {chosen.out}")


async def _round(name: str, url: str, records: int, seed: int) -> Round:
    await upgrade(url, ManualClock(), SeededRandom())
    return await measure(name, url, records, seed)


if __name__ == "__main__":
    main()
