"""What a page far into a list costs, beside the first one of the same list: the same, where an index is walked."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import httpx

from bench.graphql import load
from bench.graphql.queries import Operation
from bench.graphql.servers import Peer

ORDERS = ("ID", "NAME", "CREATED_AT", "UPDATED_AT")
SIZE, STEP = 10, 1000
CONNECTIONS = 16
PAGE = """query Page($first: Int!, $after: String, $order: CustomerOrderField!) {
  customers(first: $first, after: $after, orderBy: [{field: $order}]) { edges { cursor node { id name } } } }"""


@dataclass(frozen=True)
class Far:
    """Medians of requests a second, of the first page and of the last whole one."""

    order: str
    page: int
    first: float
    last: float


def measure(peer: Peer, chosen: argparse.Namespace) -> list[Far]:
    return [_far(peer, order, chosen) for order in ORDERS]


def _far(peer: Peer, order: str, chosen: argparse.Namespace) -> Far:
    page = chosen.customers // SIZE
    cursor = _cursor(peer, order, (page - 1) * SIZE)
    rates: dict[str | None, list[float]] = {None: [], cursor: []}
    for _ in range(chosen.rounds):
        for after, found in rates.items():
            asked = Operation(PAGE, [{"first": SIZE, "after": after, "order": order}])
            found.append(load.drive(peer.url, peer.headers, asked, CONNECTIONS, chosen.seconds).rate)
    far = Far(order, page, median(rates[None]), median(rates[cursor]))
    print(f"by {order}: page 1 {far.first:,.0f}/s, page {page:,} {far.last:,.0f}/s", flush=True)
    return far


def _cursor(peer: Peer, order: str, rows: int) -> str:
    """Behind so many rows."""
    cursor = None
    with httpx.Client(headers=peer.headers, timeout=60) as client:
        for start in range(0, rows, STEP):
            asked = {"first": min(STEP, rows - start), "after": cursor, "order": order}
            answer = client.post(peer.url, json={"query": PAGE, "variables": asked}).json()
            cursor = answer["data"]["customers"]["edges"][-1]["cursor"]
    if cursor is None:
        raise SystemExit("bench: there is but one page; give more --customers")
    return str(cursor)


def table(found: Sequence[Far]) -> str:
    titles = ["`customers` by", "page 1", f"page {found[0].page:,}", "cost of it, page 1 being 1"]
    rows = [[one.order, f"{one.first:,.0f}", f"{one.last:,.0f}", f"{one.first / one.last:.2f}"] for one in found]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [titles, ["---"] * len(titles), *rows])
