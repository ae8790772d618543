"""`kequn sync undo`: take back what one run has changed, as a plan first. kequn/domain/undo.py works it out; what is
written goes out to the CRMs like any other edit."""

import asyncio
from collections.abc import Iterable
from typing import Annotated, Any
from uuid import UUID

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from cli.facts import readable
from cli.installation import Json, Tenant, opened
from kequn.contracts.identity import format_id, parse_id
from kequn.contracts.records import FIELDS, Kind
from kequn.domain.editing import Desk
from kequn.domain.undo import Compensation, carry_out, compensate
from kequn.store import bygone
from kequn.store.ledger import Edit
from kequn.store.scope import Actor, Role, Scope
from kequn.store.values import Fact, to_json
from kequn.terminal import Failure, note, say, say_json

SHOWN = 20  # rows that a person is shown; --json has them all


def add_to(group: typer.Typer) -> None:
    group.command()(undo)


def undo(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run (run_...); `kequn sync runs` lists them.")],
    apply: Annotated[bool, typer.Option("--apply", help="Write it. The next runs bring it to the CRMs.")] = False,
    allow_deletes: Annotated[
        bool, typer.Option("--allow-deletes", help="With --apply: also delete the rows that the run created.")
    ] = False,
    tenant: Tenant = None,
    json: Json = False,
) -> None:
    """Show what would take a run back. Per row and field; with --apply it is written."""
    try:
        number = parse_id(run, "run")[1]
    except ValueError as error:
        raise Failure(str(error)) from error

    async def work() -> dict[str, Any]:
        async with opened(tenant) as here, here.database.writing() as session:
            await _require(session, here.scope, number, run)
            await here.database.alone(session, here.scope.tenant)
            desk = Desk(session, Actor(here.scope.tenant, Role.ADMIN, "command line"), here.ledger)
            back = await compensate(desk, number, f"{run} taken back")
            if apply:
                _brake(back.edits, allowed=allow_deletes)
                await carry_out(desk, back)
            return _shown(run, back, applied=apply)

    told = asyncio.run(work())
    if json:
        say_json(told)
    else:
        _tell(told)


async def _require(session: AsyncSession, scope: Scope, number: UUID, text: str) -> None:
    state = await bygone.state_of(session, scope, number)
    if state is None:
        raise Failure(f"there is no run {text}; `kequn sync runs` lists those there were")
    if state in {"queued", "running"}:
        raise Failure(f"{text} is {state}; wait until it has ended")


def _brake(edits: Iterable[Edit], *, allowed: bool) -> None:
    deletes = sum(edit.op == "delete" for edit in edits)
    if deletes and not allowed:
        raise Failure(
            f"{deletes:,} rows that the run created would be deleted, and in the CRMs as their policy says; "
            "nothing was written. If that is right, run again with --allow-deletes"
        )


def _shown(run: str, back: Compensation, *, applied: bool) -> dict[str, Any]:
    return {
        "run": run,
        "applied": applied,
        "rows": [_row(edit) for edit in back.edits],
        "kept": [
            {"kind": one.kind.value, "row": format_id(one.kind.value, one.row_id), "field": one.field or None}
            for one in back.kept
        ],
    }


def _row(edit: Edit) -> dict[str, Any]:
    kind = edit.after.kind
    fields = {name: [_side(kind, name, now), _side(kind, name, then)] for name, (now, then) in edit.moved.items()}
    return {"kind": kind.value, "row": format_id(kind.value, edit.after.id), "op": edit.op, "fields": fields}


def _side(kind: Kind, name: str, fact: Fact) -> Any:
    to = FIELDS[kind][name].to
    return format_id(to.value, fact) if to and isinstance(fact, UUID) else to_json(fact)


def _tell(told: dict[str, Any]) -> None:
    for one in told["rows"][:SHOWN]:
        say(f"{one['op']} {one['kind']} {one['row']}")
        for name, (now, then) in one["fields"].items():
            kind = Kind(one["kind"])
            say(f"  {name}: {readable(kind, name, now)} -> {readable(kind, name, then)}")
    if len(told["rows"]) > SHOWN:
        say(f"and {len(told['rows']) - SHOWN:,} more rows; --json lists them all")
    for one in told["kept"][:SHOWN]:
        say(f"kept: {one['kind']} {one['row']} {one['field'] or ''}".rstrip() + ", changed again since")
    if len(told["kept"]) > SHOWN:
        say(f"and {len(told['kept']) - SHOWN:,} more are kept; --json lists them all")
    if not told["rows"]:
        say(f"{told['run']}: there is nothing to take back")
    elif told["applied"]:
        say(f"{told['run']} is taken back: {len(told['rows']):,} rows; the next runs bring it to the CRMs")
    else:
        note("nothing is written; --apply does it")
