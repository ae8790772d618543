"""What a sheet did, or would do, shown to people and to machines: columns, counts, what each field was and becomes,
what it asks of each CRM, and what is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any

from cli.acting import words
from cli.facts import readable
from cli.foreseeing import Foreseen
from cli.sheets import Sheet
from kequn.contracts.identity import format_id
from kequn.domain.sheets.columns import Columns
from kequn.domain.sheets.importing import Moved, Plan, Wrong
from kequn.terminal import Failure, say

SHOWN = 20  # rows that a person is shown; --json and --errors have them all


@dataclass(frozen=True)
class Asked:
    """What somebody wants to be brought in, and how."""

    kind: str
    by: str | None
    said: Mapping[str, str]
    sheet: Sheet
    apply: bool = False
    clear: bool = False
    unsafe: bool = False


@dataclass(frozen=True)
class Brought:
    """What was made of it, or would be. `zone`: the tenant's, in which its moments are told."""

    asked: Asked
    plan: Plan
    mapping: Columns
    foreseen: Sequence[Foreseen]
    zone: tzinfo = UTC

    def number(self, one: Wrong | Moved) -> int:
        """Which row of the file it is."""
        return self.asked.sheet.numbers[one.row - 1]


def errors(brought: Brought) -> list[list[str]]:
    """The rows that are wrong, as they are in the sheet, with what is wrong."""
    headers, rows = brought.asked.sheet.headers, brought.asked.sheet.rows
    lines = [["row", "column", "code", "problem", *headers]]
    for one in brought.plan.wrong:
        cells = [rows[one.row - 1].get(header, "") for header in headers]
        lines.append([str(brought.number(one)), one.column, one.problem.code.value, words(one.problem), *cells])
    return lines


def require_whole(brought: Brought, sheet: Path | None) -> None:
    """Raises Failure when rows were refused, or would be. `sheet`: the one that holds them."""
    if refused := brought.plan.counts.get("refused", 0):
        rows = f"{refused:,} of {len(brought.asked.sheet.rows):,} rows"
        told = f"{rows} {'were' if brought.asked.apply else 'would be'} refused and left out; "
        raise Failure(
            told + (f"{sheet} holds them, to be mended" if sheet else "--errors FILE writes them, to be mended")
        )


def as_json(brought: Brought) -> dict[str, Any]:
    plan = brought.plan
    wrong = [{"row": brought.number(one), "column": one.column, "code": one.problem.code.value} for one in plan.wrong]
    return {
        "applied": brought.asked.apply,
        "counts": dict(plan.counts),
        "blanked": plan.blanked,
        "replaced": plan.replaced,
        "columns": dict(brought.mapping.fields),
        "ignored": list(brought.mapping.ignored),
        "changes": [_change(brought, one) for one in plan.moved],
        "connections": [one.as_json for one in brought.foreseen],
        "wrong": wrong,
    }


def _change(brought: Brought, one: Moved) -> dict[str, Any]:
    """A row that would be new has no id that lasts."""
    plan = brought.plan
    id = format_id(plan.kind.value, one.id) if plan.kind and not one.new else None
    return {"row": brought.number(one), "id": id, "fields": {name: list(pair) for name, pair in one.fields.items()}}


def tell(brought: Brought) -> None:
    plan = brought.plan
    for header, name in brought.mapping.fields.items():
        say(f"  {header} -> {name}")
    for header in brought.mapping.ignored:
        say(f"  {header} is not read; --map '{header}=FIELD' says what it is")
    counts = ", ".join(f"{count:,} {what}" for what, count in sorted(plan.counts.items()) if count)
    lost = "".join(f", {count:,} {what}" for what, count in _lost(plan) if count)
    say(f"{len(brought.asked.sheet.rows):,} rows: {counts or 'nothing'}{lost}")
    _some([_moved(brought, one) for one in plan.moved], "--json lists them")
    _some([_wrong(brought, one) for one in plan.wrong], "--errors FILE lists them")
    for foreseen in brought.foreseen:
        say(foreseen.words)
    if not brought.asked.apply:
        say("nothing was written; --apply does it")


def _lost(plan: Plan) -> list[tuple[str, int]]:
    return [("blanked", plan.blanked), ("replaced", plan.replaced)]


def _moved(brought: Brought, one: Moved) -> str:
    fields = []
    for name, pair in one.fields.items():
        old, new = (readable(brought.plan.kind, name, side, brought.zone) for side in pair)
        fields.append(f"{name}: {new}" if one.new else f"{name}: {old} -> {new}")
    return f"row {brought.number(one)}, {'new' if one.new else 'changed'}: {', '.join(fields)}"


def _wrong(brought: Brought, one: Wrong) -> str:
    return f"row {brought.number(one)}, {one.column or 'whole row'}: {words(one.problem)}"


def _some(lines: Sequence[str], whole: str) -> None:
    for line in lines[:SHOWN]:
        say(f"  {line}")
    if len(lines) > SHOWN:
        say(f"  and {len(lines) - SHOWN:,} more; {whole}")
