"""`kequn import` and `kequn export`: rows from a sheet and into one. An import is shown first, and done with --apply;
what is wrong stands in a sheet of its own. The columns that were chosen are kept for the next time."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import sheets
from cli.acting import actor, told, words
from cli.installation import Installation, Json, Tenant, opened
from kequn.contracts.records import FIELDS, Kind
from kequn.domain.editing import Desk
from kequn.domain.sheets import columns, exporting, importing
from kequn.domain.sheets.columns import Columns
from kequn.domain.sheets.importing import ACTIVITY, BY, RULES, Plan
from kequn.store import mappings
from kequn.terminal import Failure, say, say_json
from schema.words import WORDS

KINDS = (*(kind.value for kind in RULES), "activity")
_ACTIVITY = {
    "group": "群 客户群",
    "member": "成员 手机 电话 phone",
    "day": "日期",
    "messages": "发言数 消息数",
    "interactions": "互动数",
}
File = Annotated[Path, typer.Argument(help="A .csv or .xlsx file; the first row holds the headers.")]
OfKind = Annotated[str, typer.Option("--kind", help=f"What its rows are: {', '.join(KINDS)}.")]


class _Thrown(Exception):
    """The plan was made, and is thrown away."""


def bring_in(
    file: File,
    kind: OfKind = "customer",
    by: Annotated[str | None, typer.Option("--by", help="The identity: phone, email, reference, ...")] = None,
    chosen: Annotated[list[str] | None, typer.Option("--map", help="HEADER=field, or HEADER= to leave it out.")] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Do it; else it is only shown.")] = False,
    clear: Annotated[bool, typer.Option("--clear", help="An empty cell empties the field.")] = False,
    allow_blanking: Annotated[bool, typer.Option("--allow-blanking", help="However many it blanks.")] = False,
    errors: Annotated[Path | None, typer.Option("--errors", help="A sheet for the rows that are wrong.")] = None,
    tenant: Tenant = None,
    json: Json = False,
) -> None:
    """Bring the rows of a sheet in: change those that are known by an identity, add the others."""
    if kind not in KINDS:
        raise Failure(f"there is no kind {kind} in sheets; there are {', '.join(KINDS)}")
    headers, rows = sheets.read(file)

    async def work() -> tuple[Plan, Columns]:
        async with opened(tenant) as here:
            return await _work(here, kind, by, _pairs(chosen or []), headers, rows, apply, clear, allow_blanking)

    plan, mapping = asyncio.run(work())
    if errors is not None:
        sheets.write(errors, _errors(plan, headers, rows))
    if json:
        say_json(_shown(plan, mapping, applied=apply))
        return
    _tell(plan, mapping, rows, applied=apply)


async def _work(
    here: Installation, kind: str, by: str | None, said: Mapping[str, str], headers: list[str],
    rows: list[dict[str, str]], apply: bool, clear: bool, allow_blanking: bool,
) -> tuple[Plan, Columns]:  # fmt: skip
    made: tuple[Plan, Columns] | None = None
    try:
        async with here.database.writing() as session:
            desk = Desk(session, actor(here), here.ledger)
            with told():
                kept = {**await mappings.read(session, here.scope, kind), **said}
                allowed = list(ACTIVITY) if kind == "activity" else columns.fields_of(Kind(kind))
                mapping = columns.match(headers, _known(kind), kept, allowed)
                if kind == "activity":
                    plan = await importing.activity(desk, mapping, rows)
                else:
                    plan = await importing.bring_in(desk, Kind(kind), by or BY[Kind(kind)], mapping, rows, clear=clear)
                if not allow_blanking:
                    importing.guard(plan, len(rows))
            made = plan, mapping
            await mappings.write(session, here.scope, kind, kept)
            if not apply:
                raise _Thrown
    except _Thrown:
        pass
    assert made is not None  # noqa: S101 - a refusal has left before
    return made


def _known(kind: str) -> dict[str, str]:
    """What columns are called: the fields' own names, and the words for them in both languages."""
    if kind == "activity":
        return {word: name for name, said in _ACTIVITY.items() for word in (name, *said.split())}
    found: dict[str, str] = {}
    for name in FIELDS[Kind(kind)]:
        said = WORDS[kind].get(name, "")
        for word in (name, name.replace("_", " "), *said.replace("/", " ").split(), *_pieces(said)):
            found.setdefault(word.lower().strip(":,;"), name)
    return found


def _pieces(said: str) -> list[str]:
    """The Chinese words, apart."""
    chinese = said.rpartition(" ")[2]
    return [chinese, *chinese.split("/")]


def _pairs(chosen: list[str]) -> dict[str, str]:
    found = {}
    for pair in chosen:
        header, equals, name = pair.rpartition("=")
        if not equals or not header:
            raise Failure("--map wants HEADER=field")
        found[header] = name
    return found


def _errors(plan: Plan, headers: list[str], rows: list[dict[str, str]]) -> list[list[str]]:
    """The rows that are wrong, as they are in the sheet, with what is wrong."""
    lines = [["row", "column", "code", "problem", *headers]]
    for one in plan.wrong:
        cells = [rows[one.row - 1].get(header, "") for header in headers]
        lines.append([str(one.row + 1), one.column, one.problem.code.value, words(one.problem), *cells])
    return lines


def _shown(plan: Plan, mapping: Columns, *, applied: bool) -> dict[str, Any]:
    wrong = [{"row": one.row + 1, "column": one.column, "code": one.problem.code.value} for one in plan.wrong]
    return {
        "applied": applied,
        "counts": dict(plan.counts),
        "blanked": plan.blanked,
        "columns": dict(mapping.fields),
        "ignored": list(mapping.ignored),
        "wrong": wrong,
    }


def _tell(plan: Plan, mapping: Columns, rows: list[dict[str, str]], *, applied: bool) -> None:
    for header, name in mapping.fields.items():
        say(f"  {header} -> {name}")
    for header in mapping.ignored:
        say(f"  {header} is not read; --map '{header}=FIELD' says what it is")
    counts = ", ".join(f"{count:,} {what}" for what, count in sorted(plan.counts.items()))
    say(f"{len(rows):,} rows: {counts or 'nothing'}{f', {plan.blanked:,} blanked' if plan.blanked else ''}")
    for one in plan.wrong[:20]:
        say(f"  row {one.row + 1}, {one.column or 'whole row'}: {words(one.problem)}")
    if len(plan.wrong) > 20:
        say(f"  and {len(plan.wrong) - 20:,} more; --errors FILE lists them")
    if not applied:
        say("nothing was written; --apply does it")


def export(
    file: Annotated[Path, typer.Argument(help="A .csv or .xlsx file to be written.")],
    kind: Annotated[str, typer.Option("--kind", help="Which rows: any kind of record.")] = "customer",
    tenant: Tenant = None,
) -> None:
    """Write all live rows of a kind into a sheet, which can be brought in again."""
    if kind not in [one.value for one in Kind]:
        raise Failure(f"there is no kind {kind}; there are {', '.join(Kind)}")

    async def work() -> list[list[str]]:
        async with opened(tenant) as here, here.database.reading() as session:
            return [line async for line in exporting.texts(session, here.scope, Kind(kind))]

    lines = asyncio.run(work())
    sheets.write(file, lines)
    say(f"{len(lines) - 1:,} rows written to {file}")
