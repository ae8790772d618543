"""Where people's edits are made, and how the rows that they are about are found: live ones, locked. How an edit is
checked stands in drafts.py, how it is done in batches.py."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import FIELDS, Kind
from kequn.domain.problems import Code, Problem, Refused, refuse
from kequn.store import rows
from kequn.store.database import alone
from kequn.store.journal import Cause
from kequn.store.ledger import Edit, Ledger
from kequn.store.rows import Row
from kequn.store.scope import Actor, Scope
from kequn.store.values import Fact
from kequn.store.where import live

_MERGES = 16  # a row was merged into another, that into a third, ...


@dataclass(frozen=True)
class Desk:
    """Where a person's edits are made: the open transaction, who edits, and the ledger. `rule`: what is noted with
    each edit, such as how it was learned."""

    session: AsyncSession
    actor: Actor
    ledger: Ledger
    rule: str = ""

    @property
    def scope(self) -> Scope:
        return self.actor.scope

    @property
    def cause(self) -> Cause:
        return Cause("person", self.actor.name, self.rule)

    async def alone(self) -> None:
        """What is looked up from here on, nobody adds until the end of the transaction who asks for the same."""
        await alone(self.session, self.scope.tenant)

    async def write(self, *edits: Edit) -> list[Row]:
        return await self.ledger.write(self.session, self.scope, edits)


def removal(desk: Desk, row: Row) -> Edit:
    return Edit(row, replace(row, deleted_at=desk.ledger.clock.now()), desk.cause)


async def find(desk: Desk, kind: Kind, id: UUID) -> Row:
    """The live row, locked; of a merged one the row that it went into."""
    row = await survivor(desk, kind, id)
    if row is None:
        raise refuse(Code.NOT_FOUND, "id")
    return row


async def survivor(desk: Desk, kind: Kind, id: UUID) -> Row | None:
    return (await survivors(desk, kind, {id})).get(id)


async def survivors(desk: Desk, kind: Kind, ids: Collection[UUID], *, lock: bool = True) -> dict[UUID, Row]:
    """The live rows, locked, each by the id that was asked for: of a merged one the row that it went into. Without
    `lock` for whoever only looks."""
    found: dict[UUID, Row] = {}
    way = {id: id for id in ids}
    for _ in range(_MERGES):
        if not way:
            break
        loaded = await rows.load(desk.session, desk.scope, kind, way.values(), lock=lock)
        here = {id: loaded[at] for id, at in way.items() if at in loaded}
        found.update((id, row) for id, row in here.items() if row.live)
        way = {id: row.merged_into for id, row in here.items() if row.merged_into is not None}
    return found


async def ends(desk: Desk, kind: Kind, facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """The facts with each reference pointing at a live row, which is locked. Raises Refused where there is none."""
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
    if problems:
        raise Refused(*problems)
    return found


async def referring(desk: Desk, kind: Kind, field: str, id: UUID) -> Sequence[UUID]:
    """The live rows of `kind` whose reference `field` points at this row."""
    return [row for row, _ in await referring_to(desk, kind, field, [id])]


async def referring_to(desk: Desk, kind: Kind, field: str, ids: Collection[UUID]) -> Sequence[tuple[UUID, UUID]]:
    """The live rows of `kind` whose reference `field` points at one of these, each with that one."""
    table = rows.table(kind)
    end = table.c[f"{field}_id"]
    query = select(table.c.id, end).where(table.c.tenant_id == desk.scope.tenant, end.in_(set(ids)), live(table))
    return [(row, at) for row, at in (await desk.session.execute(query.order_by(table.c.id))).all()] if ids else []
