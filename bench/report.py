"""The figures of a benchmark as tables, in docs/performance.md between marks. Medians over the rounds."""

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median

from bench import page
from bench.requests import Count
from bench.sync import Round

SYNC = """| database | records | first load, records/s | a day later, records/s | 5 % changed, records/s | bare insert of the customers, rows/s | first load to bare insert |
| --- | --- | --- | --- | --- | --- | --- |"""  # fmt: skip # noqa: E501
REQUESTS = """| CRM | linked records | to know the CRM, once | first load | least | ratio (bound 1.05) | round without news | bound | a day later |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |"""  # fmt: skip # noqa: E501


def line(one: Round) -> str:
    """One round, for the person who waits."""
    return (
        f"{one.database}: {one.records} records, first load {one.records / one.first:,.0f}/s, "
        f"a day later {one.records / one.quiet:,.0f}/s, 5 % changed {one.records / one.changed:,.0f}/s"
    )


def requests_line(one: Count) -> str:
    return (
        f"{one.crm.name}: {one.linked} linked records; first load {one.first} requests of at least {one.least}, ratio "
        f"{one.ratio:.3f} (bound 1.05); round without news {one.quiet} (bound {one.crm.bound}); "
        f"{'within' if one.holds else 'OVER'} the bounds"
    )


def machine() -> str:
    """What the figures were taken on. A load that is not near 0 says that others used the machine too."""
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    parts = ", ".join(f"{name} {version(name)}" for name in ("sqlalchemy", "aiosqlite", "psycopg"))
    return f"Python {platform.python_version()}, {parts}; {os.cpu_count()} cores, load {load}"


def write(path: Path, rounds: Sequence[Round], command: str) -> None:
    groups: dict[tuple[int, str], list[Round]] = {}
    for one in rounds:
        groups.setdefault((one.contacts, one.database), []).append(one)
    put(path, "sync", [command, machine(), "", SYNC, *(_row(groups[key]) for key in sorted(groups))])


def write_requests(path: Path, counts: Sequence[Count], command: str) -> None:
    put(path, "requests", [command, machine(), "", REQUESTS, *map(_requests_row, counts)])


def put(path: Path, part: str, lines: Sequence[str]) -> None:
    """Put them between the marks; the rest of the page stays."""
    command, machine, *table = lines
    page.put(path, part, "\n".join([f"`{command}` ({machine})", *table]))


def _row(some: Sequence[Round]) -> str:
    """The medians of rounds of one size on one database."""

    def rate(part: str) -> str:
        return f"{median(one.records / getattr(one, part) for one in some):,.0f}"

    bare = median(one.customers / one.bare for one in some)
    share = median(one.bare / one.customers / (one.first / one.records) for one in some)
    records = median(one.records for one in some)
    cells = [some[0].database, f"{records:,.0f}", rate("first"), rate("quiet"), rate("changed"), f"{bare:,.0f}"]
    return "| " + " | ".join([*cells, f"{share:.2f}"]) + " |"


def _requests_row(one: Count) -> str:
    cells = [one.crm.name, f"{one.linked:,}", one.connected, one.first, one.least, f"{one.ratio:.3f}"]
    return "| " + " | ".join(str(cell) for cell in [*cells, one.quiet, one.crm.bound, one.later]) + " |"
