"""The figures as tables, in docs/performance.md between two marks. Medians over the rounds; ratios of medians."""

import argparse
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import geometric_mean, median

from bench import page
from bench.graphql import pages
from bench.graphql.load import Figures
from bench.graphql.pages import Far
from bench.graphql.queries import TITLES


@dataclass(frozen=True)
class Stretch:
    peer: str
    query: str
    connections: int
    figures: Figures


def line(one: Stretch) -> str:
    """One stretch, for the person who waits."""
    shown = one.figures
    asked = f"{one.connections:3} connections  {one.query}  {one.peer:20}"
    return f"{asked} {shown.rate:8,.0f}/s  p99 {shown.p99 * 1000:.1f} ms"


def write(path: Path, stretches: Sequence[Stretch], chosen: argparse.Namespace) -> None:
    """Put the tables between the marks."""
    tables = "\n\n".join(
        f"{_table(stretches, number, chosen.queries)}\n\n{_waits(stretches, number, chosen.queries)}"
        for number in chosen.connections
    )
    page.put(path, f"graphql on {_database(chosen)}", f"{_caption(chosen)}\n\n{tables}")


def write_pages(path: Path, found: Sequence[Far], chosen: argparse.Namespace) -> None:
    caption = (
        f"{_ran(chosen)} Requests a second over {pages.CONNECTIONS} connections, medians of {chosen.rounds} rounds."
    )
    page.put(path, f"graphql pages on {_database(chosen)}", f"{caption}\n\n{pages.table(found)}")


def _database(chosen: argparse.Namespace) -> str:
    return "SQLite" if chosen.sqlite else "PostgreSQL"


def _ran(chosen: argparse.Namespace) -> str:
    flags = f"{' --sqlite' if chosen.sqlite else ''}{' --pages' if chosen.pages else ''}"
    sizes = f"--customers {chosen.customers} --rounds {chosen.rounds} --seconds {chosen.seconds:g}"
    command = f"python -m bench.graphql {sizes}{flags}"
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("strawberry-graphql", "starlette", "uvicorn", "sqlalchemy", "psycopg")
    )
    return f"`{command}`, Python {platform.python_version()}, {packages}."


def _caption(chosen: argparse.Namespace) -> str:
    asked = "; ".join(f"{name}: {TITLES[name]}" for name in chosen.queries)
    meant = f"Requests a second, medians of {chosen.rounds} rounds; in brackets, how many times that kequn gives"
    return f"{_ran(chosen)} {meant}. {asked}."


def _table(stretches: Sequence[Stretch], connections: int, queries: Sequence[str]) -> str:
    peers = list(dict.fromkeys(one.peer for one in stretches))
    rates = {
        (peer, query): median(
            one.figures.rate
            for one in stretches
            if (one.peer, one.query, one.connections) == (peer, query, connections)
        )
        for peer in peers
        for query in queries
    }
    titles = [f"{connections} connections", *queries, "geometric mean of kequn's ratios to it"]
    rows = [titles, ["---"] * len(titles), *(_row(peer, queries, rates) for peer in peers)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def _waits(stretches: Sequence[Stretch], connections: int, queries: Sequence[str]) -> str:
    """Seconds under which 99 of 100 answers came, in the middle round."""
    peers = list(dict.fromkeys(one.peer for one in stretches))
    rows = [
        [peer, *(f"{_p99(stretches, (peer, query, connections)) * 1000:,.1f}" for query in queries)] for peer in peers
    ]
    titles = [f"p99 in ms, {connections} connections", *queries]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [titles, ["---"] * len(titles), *rows])


def _p99(stretches: Sequence[Stretch], which: tuple[str, str, int]) -> float:
    return median(one.figures.p99 for one in stretches if (one.peer, one.query, one.connections) == which)


def _row(peer: str, queries: Sequence[str], rates: Mapping[tuple[str, str], float]) -> list[str]:
    if peer == "kequn" or ("kequn", queries[0]) not in rates:
        return [peer, *(f"{rates[peer, query]:,.0f}" for query in queries), ""]
    ratios = [rates["kequn", query] / rates[peer, query] for query in queries]
    cells = [f"{rates[peer, query]:,.0f} ({ratio:.2f})" for query, ratio in zip(queries, ratios, strict=True)]
    return [peer, *cells, f"{geometric_mean(ratios):.2f}"]
