"""`kequn sync plan` and `kequn sync apply`: what a run would do, for people to read; and a run that does exactly that.
What could not be read is told as such, never as "no change". The work is kequn/sync/proposal.py."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import files, progress
from cli.facts import readable
from cli.installation import Installation, Json, Tenant, opened
from cli.sync import (
    Deletes,
    Every,
    Full,
    How,
    Name,
    Unsafe,
    chosen,
    code_of,
    each,
    ended_by,
    require_well,
    tell,
    told_of,
)
from kequn.contracts.errors import CrmError
from kequn.contracts.records import Kind
from kequn.sync.engine import Outcome
from kequn.sync.lines import Line, WorldMoved
from kequn.sync.proposal import Proposal
from kequn.sync.remote import Remote
from kequn.terminal import Failure, note, say, say_json

SHOWN = 20  # lines that a person is shown; --json has them all


def add_to(group: typer.Typer) -> None:
    group.command()(plan)
    group.command()(apply)


@dataclass(frozen=True)
class Preview:
    """The plan of one connection. Without one: why."""

    connection: str
    proposal: Proposal | None = None
    code: str | None = None
    message: str | None = None

    @property
    def whole(self) -> bool:
        """Nothing was left out but single records that cannot be read, which a run would leave out too."""
        return self.proposal is not None and not any("id" not in one for one in self.proposal.not_previewed)

    @property
    def as_json(self) -> dict[str, Any]:
        if self.proposal is None:
            return {"connection": self.connection, "code": self.code, "message": self.message}
        plain = asdict(self.proposal)
        return plain | {"counts": self.proposal.counts, "requests": plain.pop("cost")}


def plan(
    name: Name = None,
    all: Every = False,
    out: Annotated[Path | None, typer.Option(help="Write the plan to a file that `kequn sync apply` takes.")] = None,
    full: Full = False,
    tenant: Tenant = None,
    json: Json = False,
) -> None:
    """Show what a run would do, and what it would cost. Writes nothing, here or in the CRM."""
    if all and out:
        raise Failure("--out wants one connection: what one plan changes, the next must see")
    if out:
        files.require_place(out)

    async def work() -> tuple[list[Preview], list[Exception]]:
        async with opened(tenant) as here:
            names = await chosen(here, name, every=all, only_look=True)
            with progress.shown(here.clock, quiet=json) as reports:
                return await each(names, lambda one: _preview(here, one, reports(one), full=full), _missing)

    previews, broken = asyncio.run(work())
    if out and previews[0].proposal:
        files.write(out, previews[0].proposal.dump())
    if json:
        say_json({"plans": [one.as_json for one in previews]} if all else previews[0].as_json)
    for one in [] if json else previews:
        _tell(one, out)
    _require_whole(previews, broken)


async def _preview(here: Installation, name: str, report: progress.Report, *, full: bool) -> Preview:
    try:
        async with here.switchboard.connect(here.scope, name) as remote:
            return Preview(name, await here.engine.propose(remote, full=full, report=report))
    except CrmError as error:
        return _missing(name, error)


def _missing(name: str, error: Exception) -> Preview:
    return Preview(name, code=code_of(error), message=told_of(name, error))


def _require_whole(previews: Sequence[Preview], broken: Sequence[Exception]) -> None:
    """Raises Failure. `broken`: what --debug shows."""
    if missing := [one for one in previews if not one.whole]:
        told = "; ".join(one.message or f"{one.connection}: not all of it could be read" for one in missing)
        raise Failure(f"not previewed: {told}") from (ExceptionGroup("unforeseen", broken) if broken else None)


def apply(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The plan, from `kequn sync plan --out FILE`.")],
    allow_deletes: Deletes = False,
    allow_unsafe: Unsafe = False,
    tenant: Tenant = None,
    json: Json = False,
) -> None:
    """Do exactly what a plan lists. When the world has moved meanwhile, do nothing and show the difference."""
    try:
        proposal = Proposal.parse(file.read_bytes())
    except ValueError as error:
        raise Failure(f"{file}: {error}") from error

    async def work() -> dict[str, Any]:
        async with opened(tenant) as here:
            with progress.shown(here.clock, quiet=json) as reports:
                how = How(proposal.full, allow_deletes, allow_unsafe)
                return await _apply(here, proposal, reports(proposal.connection), how)

    try:
        ended = asyncio.run(work())
    except WorldMoved as moved:
        _tell_moved(moved)
        raise Failure(f"the world has moved: {moved}") from moved
    if json:
        say_json(ended)
    else:
        tell(ended)
    require_well([ended])


async def _apply(here: Installation, proposal: Proposal, report: progress.Report, how: How) -> dict[str, Any]:
    async def work(remote: Remote) -> Outcome:
        return await here.engine.apply(
            remote, proposal, allow_deletes=how.allow_deletes, allow_unsafe=how.allow_unsafe, report=report
        )

    (name,) = await chosen(here, proposal.connection, every=False)
    return await ended_by(here, name, work)


# -- for people -------------------------------------------------------------------------------------------------------


def _tell(one: Preview, out: Path | None) -> None:
    if one.proposal is None:
        return  # why is told at the end
    _tell_plan(one.proposal, out)
    _tell_requests(one.proposal)
    for missing in one.proposal.not_previewed:
        say(f"{one.connection}: not previewed: {_where(missing)}{missing['code']} {missing['message']}")


def _tell_plan(proposal: Proposal, out: Path | None) -> None:
    for what, count in proposal.counts.items():
        verb, kind, side = what.split()
        say(f"would {verb} {count:,} {kind} {'here' if side == 'here' else f'in {proposal.connection}'}")
    if not proposal.lines:
        say(f"{proposal.connection}: nothing to do{' in what could be read' if proposal.not_previewed else ''}")
    elif out:
        note(f"{out} holds every change, with personal values; `kequn sync apply {out}` does exactly that")
    else:
        for line in proposal.lines[:SHOWN]:
            say(f"  {_told(line)}")
        note("--out FILE writes all of it to a file that `kequn sync apply` takes")


def _tell_requests(proposal: Proposal) -> None:
    """What was read for the plan is read again when it is applied."""
    cost = proposal.cost
    say(
        f"{proposal.connection}: about {cost.total:,} requests: "
        f"{cost.reads:,} to read, {cost.guards:,} to look before writing, {cost.writes:,} to write"
    )


def _where(problem: Mapping[str, Any]) -> str:
    """Of a record; a feed is named in the message."""
    named = " ".join(str(problem[key]) for key in ("object", "id", "field") if problem.get("id") and problem.get(key))
    return f"{named}: " if named else ""


def _told(line: Line) -> str:
    kind = Kind(line.kind)
    pairs = ((name, readable(kind, name, old), readable(kind, name, new)) for name, (old, new) in line.fields.items())
    moved = ", ".join(f"{name}: {old} -> {new}" for name, old, new in pairs)
    raised = f" ({'; '.join(line.conflicts)})" if line.conflicts else ""
    rule = f" [{line.rule}]" if line.rule else ""
    return f"{line.side} {line.verb} {line.kind} {line.object} {line.id or line.row} {moved}{raised}{rule}".rstrip()


def _tell_moved(moved: WorldMoved) -> None:
    for sign, lines in (("-", moved.missing), ("+", moved.added)):
        for line in lines[:SHOWN]:
            note(f"{sign} {_told(line)}")
        if len(lines) > SHOWN:
            note(f"{sign} and {len(lines) - SHOWN} more")
