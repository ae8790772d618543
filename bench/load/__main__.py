"""`python -m bench.load`: what kequn is held to under load, part by part, with a line for each round when it ends; the
medians stand in docs/performance.md. kequn has one core, the driver, the emulators and PostgreSQL the other. Exits with
1 when a bound was broken."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from bench import postgresql
from bench.load import edit, importing, rounds, soak, webhooks
from bench.load.machine import step_aside
from bench.report import machine, put

Measure = Callable[[postgresql.Server, argparse.Namespace], Awaitable[Any]]
PARTS: Mapping[str, Measure] = {
    "import": lambda server, chosen: importing.measure(server, chosen.records),
    "quiet": lambda server, chosen: rounds.measure(server.fresh(), chosen.records),
    "webhooks": lambda server, chosen: webhooks.measure(server.fresh(), chosen.events),
    "edit": lambda server, chosen: edit.measure(server.fresh(), chosen.edits),
    "soak": lambda server, chosen: soak.measure(server.fresh(), chosen.minutes),
}
ONCE = {"soak", "quiet"}
"""Parts that repeat themselves within one round."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.load")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="which of them (all unless given)")
    parser.add_argument("--records", type=int, default=100_000, help="of the first import, and of the quiet round")
    parser.add_argument("--events", type=int, default=2000, help="webhooks in ten seconds")
    parser.add_argument("--edits", type=int, default=30)
    parser.add_argument("--minutes", type=float, default=10.0, help="of the soak")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, help="write the lines there, as docs/performance.md has them")
    chosen = parser.parse_args()
    step_aside()
    well = True
    with postgresql.server() as server:
        for part in chosen.parts or PARTS:
            well &= _part(part, server, chosen)
    sys.exit(0 if well else 1)


def _part(name: str, server: postgresql.Server, chosen: argparse.Namespace) -> bool:
    """Each of its rounds; the middle one, by what its bound is about, stands for it."""
    found = []
    for number in range(1 if name in ONCE else chosen.rounds):
        found.append(asyncio.run(_awaited(PARTS[name](server, chosen))))
        print(f"{name} {number + 1}: {found[-1]}", flush=True)
    middle = sorted(found, key=lambda one: one.order)[len(found) // 2]
    if chosen.out:
        sizes = " ".join(f"--{size} {getattr(chosen, size)}" for size in ("records", "events", "edits", "minutes"))
        command = f"python -m bench.load {name} {sizes} --rounds {chosen.rounds}"
        bounds = "within its bounds" if middle.holds else "**over its bounds**"
        put(chosen.out, f"load, {name}", [command, machine(), "", f"{middle}; {bounds}."])
    return bool(middle.holds)


async def _awaited(measuring: Awaitable[Any]) -> Any:
    return await measuring


if __name__ == "__main__":
    main()
