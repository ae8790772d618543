"""`python -m bench.graphql`: fill a database, start the peers, ask each in turn, and write the table to
docs/performance.md. Each line it prints is one stretch of load."""

import argparse
import asyncio
import sqlite3
import tempfile
from pathlib import Path
from uuid import UUID

import psycopg

from bench import postgresql
from bench.graphql import answers, data, load, pages, report
from bench.graphql.queries import TITLES
from bench.graphql.report import Stretch
from bench.graphql.servers import STARTERS, Peer, Place, running
from kequn.clock import ManualClock, SeededRandom
from migrations import upgrade

ON_SQLITE = ("kequn", "ordinary", "resolvers")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.graphql", description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=3, help="of each stretch of load")
    parser.add_argument("--connections", type=_numbers, default=[1, 16, 64])
    parser.add_argument("--peers", type=lambda text: text.split(","), default=list(STARTERS))
    parser.add_argument("--queries", type=lambda text: text.split(","), default=list(TITLES))
    parser.add_argument("--sqlite", action="store_true", help="read from SQLite, with the peers that can")
    parser.add_argument("--pages", action="store_true", help="and pages far into a list, of the first peer")
    parser.add_argument("--out", type=Path, default=Path("docs/performance.md"))
    chosen = parser.parse_args()
    load.find()
    with postgresql.server() as server, tempfile.TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{folder}/bench.db" if chosen.sqlite else server.fresh()
        place = _filled(url, data.Size(chosen.customers))
        _measured(place, chosen)
    print(f"written to {chosen.out}")


def _measured(place: Place, chosen: argparse.Namespace) -> None:
    names = [name for name in chosen.peers if not chosen.sqlite or name in ON_SQLITE]
    with running(names, place) as peers:
        answers.compare(peers)
        stretches = [one for _ in range(chosen.rounds) for one in _round(peers, chosen)]
        report.write(chosen.out, stretches, chosen)
        if chosen.pages:
            report.write_pages(chosen.out, pages.measure(peers[0], chosen), chosen)


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _filled(url: str, size: data.Size) -> Place:
    print(f"filling {size.customers:,} customers, {size.groups:,} groups and what belongs to them", flush=True)
    asyncio.run(upgrade(url, ManualClock(), SeededRandom()))
    tenant = _tenant(url)
    crowd = data.Crowd(tenant, size)
    data.fill(url, crowd)
    return Place(url, tenant, crowd)


def _tenant(url: str) -> UUID:
    statement = "SELECT id FROM tenant"
    if url.startswith("sqlite"):
        return UUID(sqlite3.connect(url.partition("///")[2]).execute(statement).fetchone()[0])
    with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://")) as connection:
        row = connection.execute(statement).fetchone()
        assert row
        return UUID(str(row[0]))


def _round(peers: list[Peer], chosen: argparse.Namespace) -> list[Stretch]:
    found = []
    for connections in chosen.connections:
        for name in chosen.queries:
            for peer in peers:
                figures = load.drive(peer.url, peer.headers, peer.operations[name], connections, chosen.seconds)
                found.append(Stretch(peer.name, name, connections, figures))
                print(report.line(found[-1]), flush=True)
    return found


if __name__ == "__main__":
    main()
