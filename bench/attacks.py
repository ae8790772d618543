"""`python -m bench.attacks`: how soon `kequn serve` refuses what would be too much, and how long another client, who
asks all the while, waits for an answer. Exits with 1 when a bound is broken."""

import argparse
import asyncio
import gc
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import orjson

from bench import report
from kequn.clock import SystemRandom
from kequn.contracts.secrets import new_key

REFUSED, WAITS = 50.0, 500.0
"""Bounds in milliseconds: of the refusal of an attack, and of another client's answer."""

DOCUMENTS: Mapping[str, str] = {
    "spreads that double": " ".join(
        [
            "{ ...f0 }",
            *(f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }}" for n in range(80)),
            "fragment f80 on Query { a: __typename }",
        ]
    ),
    "a circle": "{ ...f } fragment f on Query { ...g } fragment g on Query { ...f }",
    "aliases": "{" + " ".join(f"a{n}: customers {{ totalCount }}" for n in range(150)) + "}",
    "the same field": "{" + "__typename " * 900 + "}",
    "unheard of": "{" + " ".join(f"custumer{n}" for n in range(900)) + "}",
    "brackets": "{ a " * 5000,
    "lists": "{ customers(where: " + "{and: [" * 200 + "]}" * 200 + ") { totalCount } }",
    "product of pages": "{ customers(first: 100) { edges { node { groups(first: 100) { edges { node { "
    "members(first: 100) { totalCount } } } } } } } }",
    "directives": "{ __typename " + "@include(if: true) " * 150 + "}",
    "unclosed text": '{ customers(after: """' + "a" * 14_000,
}
FILTER = "query($w: PurchaseWhere) { purchases(where: $w) { totalCount } }"
FILTERS: Mapping[str, dict[str, Any]] = {
    "an amount with a great exponent": {"amount": {"eq": "1E+999990"}},
    "conditions": {"or": [{"amount": {"gte": "1"}}] * 9_000},
    "empty conditions": {"and": [{}] * 100_000},
}
"""Values of $w: what stands in variables is no part of a document's length."""
BATCH = "mutation($i: [CustomerInput!]!) { createCustomers(input: $i) { done } }"
ATTACKS: Mapping[str, tuple[str, dict[str, Any]]] = {
    **{name: (text, {}) for name, text in DOCUMENTS.items()},
    **{name: (FILTER, {"w": where}) for name, where in FILTERS.items()},
    "items of a batch": (BATCH, {"i": [{"name": "a"}] * 14_000}),
}
USUAL = "{ customers(first: 20) { totalCount edges { node { name tier { name } } } } }"
TABLE = """| attack | refused in ms, median | at most | another client's answer in ms, median | at most |
| --- | --- | --- | --- | --- |"""


@dataclass(frozen=True)
class Result:
    """Milliseconds: of each refusal, and of what another client asked meanwhile."""

    attack: str
    refusals: list[float]
    waits: list[float]

    @property
    def holds(self) -> bool:
        return max(self.refusals) < REFUSED and max(self.waits) < WAITS

    def __str__(self) -> str:
        figures = (median(self.refusals), max(self.refusals), median(self.waits), max(self.waits))
        return f"| {self.attack} | {' | '.join(f'{one:.1f}' for one in figures)} |"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.attacks", description=__doc__)
    parser.add_argument("--times", type=int, default=50, help="how often each attack is sent (default 50)")
    parser.add_argument("--out", type=Path, default=Path("docs/performance.md"))
    chosen = parser.parse_args()
    gc.collect()
    gc.freeze()  # a walk of the driver's own collector is no wait for the server
    with tempfile.TemporaryDirectory() as folder, _served(Path(folder)) as (url, issue):
        results = asyncio.run(_measure(url, issue(), issue(), chosen.times))
    command = f"python -m bench.attacks --times {chosen.times}"
    bounds = f"Bounds: {REFUSED:g} ms until each refusal, {WAITS:g} ms until each answer to another client."
    report.put(chosen.out, "attacks", [command, report.machine(), "", bounds, "", TABLE, *map(str, results)])
    print(TABLE, *results, sep="\n")
    print(f"written to {chosen.out}")
    sys.exit(0 if all(one.holds for one in results) else 1)


@contextmanager
def _served(folder: Path) -> Iterator[tuple[str, Callable[[], str]]]:
    """Where a server is, and what gives out a viewer's token."""
    kequn = str(Path(sys.executable).with_name("kequn"))
    ours = {"DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'kequn.db'}", "RATE_REQUESTS": "0", "RATE_ROWS": "0"}
    ours["SECRET_KEY"] = new_key(SystemRandom()).reveal()
    environment = {**os.environ, **{f"KEQUN_{name}": value for name, value in ours.items()}}

    def run(*words: str) -> str:
        done = subprocess.run([kequn, *words], env=environment, check=True, capture_output=True, text=True)  # noqa: S603
        return done.stdout.strip()

    run("db", "upgrade")
    serve = [kequn, "serve", "--port", "0", "--no-worker"]
    with subprocess.Popen(serve, env=environment, stderr=subprocess.PIPE, text=True) as server:  # noqa: S603
        assert server.stderr is not None
        yield server.stderr.readline().split()[2].rstrip(";"), lambda: run("token", "create", "--role", "viewer")
        server.terminate()


async def _measure(url: str, attacker: str, other: str, times: int) -> list[Result]:
    async with httpx.AsyncClient(timeout=60) as http:

        async def took(token: str, query: str, **variables: Any) -> tuple[float, dict[str, Any]]:
            body = orjson.dumps({"query": query, "variables": variables})
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            began = time.perf_counter()
            answer = await http.post(url, content=body, headers=headers)
            return (time.perf_counter() - began) * 1000, answer.json()

        async def attack(text: str, variables: dict[str, Any]) -> list[float]:
            """Each time another text: one that was parsed before is known."""
            found = [await took(attacker, f"{text} # {number}", **variables) for number in range(times)]
            assert all("errors" in answer for _, answer in found), "an attack was not refused"
            return [one for one, _ in found]

        async def ask(until: asyncio.Task[list[float]]) -> list[float]:
            waits = [(await took(other, USUAL))[0]]
            while not until.done():
                waits.append((await took(other, USUAL))[0])
            return waits

        for _ in range(20):
            await took(other, USUAL)
        results = []
        for name, (text, variables) in ATTACKS.items():
            task = asyncio.create_task(attack(text, variables))
            results.append(Result(name, waits=await ask(task), refusals=await task))
        return results


if __name__ == "__main__":
    main()
