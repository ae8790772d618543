"""The figures of a benchmark as a table, in docs/performance.md between two marks. Medians over the rounds."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median

from bench.sync import Round

BEGIN, END = "<!-- bench: sync -->", "<!-- end of bench: sync -->"
HEAD = """| database | records | first load, records/s | nothing new, records/s | 5 % changed, records/s | bare insert of the customers, rows/s | first load to bare insert | GET requests | least possible |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |"""  # fmt: skip # noqa: E501


def line(one: Round) -> str:
    """One round, for the person who waits."""
    return (
        f"{one.database}: {one.records} records, first load {one.records / one.first:,.0f}/s, "
        f"nothing new {one.records / one.quiet:,.0f}/s, 5 % changed {one.records / one.changed:,.0f}/s, "
        f"{one.requests} requests of at least {one.least}"
    )


def write(path: Path, rounds: Sequence[Round], command: str) -> None:
    """Put the table between the marks; the rest of the page stays."""
    page = path.read_text() if path.exists() else f"# Performance\n\n{BEGIN}\n{END}\n"
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    table = "\n".join([HEAD, *(_row(rounds, name) for name in dict.fromkeys(one.database for one in rounds))])
    path.write_text(f"{before}{BEGIN}\n`{command}`\n\n{table}\n{END}{after}")


def _row(rounds: Sequence[Round], name: str) -> str:
    some = [one for one in rounds if one.database == name]
    records = some[0].records

    def rate(part: str, count: int = records) -> str:
        return f"{median(count / getattr(one, part) for one in some):,.0f}"

    share = median(one.bare / one.customers / (one.first / one.records) for one in some)
    cells = [name, f"{records:,}", rate("first"), rate("quiet"), rate("changed"), rate("bare", some[0].customers)]
    return "| " + " | ".join([*cells, f"{share:.2f}", str(some[0].requests), str(some[0].least)]) + " |"
