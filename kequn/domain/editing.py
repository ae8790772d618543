"""How a person's edit of one row is made, whatever its kind: rights, checks, references, version, then the ledger.
What is special to a noun stands in its own file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import FIELDS, Kind
from kequn.domain import checks, rights
from kequn.domain.checks import Entered
from kequn.domain.problems import Code, Problem, Refused, refuse
from kequn.store import rows
from kequn.store.journal import Cause
from kequn.store.ledger import Edit, Ledger
from kequn.store.rows import Row
from kequn.store.scope import Actor, Scope
from kequn.store.values import Fact
from kequn.store.where import live

_MERGES = 16  # a row was merged into another, that into a third, ...


@dataclass(frozen=True)
class Desk:
    """Where a person's edits are made: the open transaction, who edits, and the ledger."""

    session: AsyncSession
    actor: Actor
    ledger: Ledger

    @property
    def scope(self) -> Scope:
        return self.actor.scope

    @property
    def cause(self) -> Cause:
        return Cause("person", self.actor.name)

    async def write(self, *edits: Edit) -> list[Row]:
        return await self.ledger.write(self.session, self.scope, edits)


async def create(desk: Desk, kind: Kind, entered: Mapping[str, Entered]) -> Row:
    rights.require(desk.actor, rights.EDIT)
    facts = await _checked(desk, kind, entered, {})
    [row] = await desk.write(Edit(None, Row(kind, desk.ledger.new_id(), facts), desk.cause))
    return row


async def change(desk: Desk, kind: Kind, id: UUID, entered: Mapping[str, Entered], version: int | None = None) -> Row:
    """Set the entered fields; those that are left out stay. `version`: what the row's must still be."""
    rights.require(desk.actor, rights.EDIT)
    row = await find(desk, kind, id, version)
    facts = await _checked(desk, kind, entered, row.facts)
    written = await desk.write(Edit(row, replace(row, facts=facts), desk.cause))
    return written[0] if written else row


async def _checked(
    desk: Desk, kind: Kind, entered: Mapping[str, Entered], before: Mapping[str, Fact]
) -> dict[str, Fact]:
    """What the row is to hold. Raises Refused with everything that is wrong, so that people see it at once."""
    facts, problems = checks.clean(kind, entered, desk.ledger.clock.now().date())
    facts, unknown = await _with_references(desk, kind, facts)
    after = {**before, **facts}
    problems += unknown
    problems += checks.missing(kind, after, problems)
    if problems:
        raise Refused(*problems)
    return after


async def delete(desk: Desk, kind: Kind, id: UUID, version: int | None = None) -> Row:
    """Mark the row as deleted."""
    rights.require(desk.actor, rights.EDIT)
    row = await find(desk, kind, id, version)
    [gone] = await desk.write(removal(desk, row))
    return gone


def removal(desk: Desk, row: Row) -> Edit:
    return Edit(row, replace(row, deleted_at=desk.ledger.clock.now()), desk.cause)


async def find(desk: Desk, kind: Kind, id: UUID, version: int | None = None) -> Row:
    """The live row, locked; of a merged one the row that it went into."""
    row = await survivor(desk, kind, id)
    if row is None:
        raise refuse(Code.NOT_FOUND, "id")
    if version is not None and row.version != version:
        raise refuse(Code.STALE_VERSION, "version", version=row.version)
    return row


async def survivor(desk: Desk, kind: Kind, id: UUID) -> Row | None:
    for _ in range(_MERGES):
        row = (await rows.load(desk.session, desk.scope, kind, [id], lock=True)).get(id)
        if row is None or row.merged_into is None:
            return row if row and row.live else None
        id = row.merged_into
    return None


async def ends(desk: Desk, kind: Kind, facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """The facts with each reference pointing at a live row, which is locked. Raises Refused where there is none."""
    found, problems = await _with_references(desk, kind, facts)
    if problems:
        raise Refused(*problems)
    return found


async def _with_references(desk: Desk, kind: Kind, facts: Mapping[str, Fact]) -> tuple[dict[str, Fact], list[Problem]]:
    found = dict(facts)
    problems: list[Problem] = []
    for name, fact in facts.items():
        target = FIELDS[kind][name].to
        if isinstance(fact, UUID) and target is not None:
            row = await survivor(desk, target, fact)
            if row is None:
                problems.append(Problem(Code(f"UNKNOWN_{target.name}"), (name,)))
            else:
                found[name] = row.id
    return found, problems


async def referring(desk: Desk, kind: Kind, field: str, id: UUID) -> Sequence[UUID]:
    """The live rows of `kind` whose reference `field` points at this row."""
    return await _select(desk, kind, rows.table(kind).c[f"{field}_id"] == id)


async def free_name(desk: Desk, kind: Kind, entered: Mapping[str, Entered], but: UUID | None = None) -> None:
    """Raise Refused when another live row of this kind has the name that was entered."""
    name = entered.get("name")
    if isinstance(name, str) and set(await _select(desk, kind, rows.table(kind).c.name == name.strip())) - {but}:
        raise refuse(Code.NAME_TAKEN, "name")


async def _select(desk: Desk, kind: Kind, condition: ColumnElement[bool]) -> Sequence[UUID]:
    table = rows.table(kind)
    query = select(table.c.id).where(table.c.tenant_id == desk.scope.tenant, condition, live(table))
    return (await desk.session.execute(query.order_by(table.c.id))).scalars().all()
