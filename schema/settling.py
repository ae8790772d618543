"""Settling conflicts, one or many: reads what a person gave as the value, then asks the sync to carry the choice out,
or, where the rows are to be merged, the domain."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Table, and_, func, select

from kequn.contracts.records import Kind
from kequn.domain import checks, editing, merging, rights
from kequn.domain.catalogue import CATALOGUE
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, Problem, Refused, refuse
from kequn.store import conflicts, links, tenants
from kequn.store.conflicts import Conflict
from kequn.store.tables import Conflict as ConflictRow
from kequn.store.values import Fact
from kequn.store.where import Where, translate
from kequn.sync.conflicts import MERGE, NotSettled
from kequn.sync.conflicts import settle as carry_out
from schema import facts, filters

LARGEST = 200  # conflicts that one request settles at most: they are settled in one transaction
_conflicts: Table = ConflictRow.__table__  # type: ignore[attr-defined]
_CODES: Mapping[str, Problem] = {
    "FORBIDDEN": Problem(Code.FORBIDDEN, facts={"role": rights.EDIT.name.lower()}),
    "NOT_FOUND": Problem(Code.NOT_FOUND, ("id",)),
    "ALREADY_SETTLED": Problem(Code.CONFLICT_SETTLED, ("id",)),
    "BAD_CHOICE": Problem(Code.BAD_CHOICE, ("choice",)),
    "BAD_VALUE": Problem(Code.BAD_VALUE, ("value",)),
}


@dataclass
class Settled:
    """What came of settling many. `failed`: why, by conflict; `remaining`: how many open ones there still are."""

    count: int = 0
    remaining: int = 0
    failed: dict[UUID, Refused] = field(default_factory=dict)


async def settle(desk: Desk, id: UUID, choice: str, given: Any) -> UUID:
    rights.require(desk.actor, rights.EDIT)
    try:
        if choice == MERGE:
            return await _merge(desk, id, given)
        value = await _value(desk, id, choice, given)
        return (await carry_out(desk.session, desk.ledger, desk.actor, id, choice, value)).id
    except NotSettled as error:
        raise Refused(_CODES[error.code]) from None


async def settle_many(desk: Desk, where: Where, choice: str, limit: int) -> Settled:
    """Settle the oldest open conflicts for which `where` holds, all by one choice. One that cannot be settled keeps no
    other from it."""
    rights.require(desk.actor, rights.EDIT)
    if choice in {"value", "row"}:  # what is right for one is not for another
        raise refuse(Code.BAD_CHOICE, "choice")
    if not 0 < limit <= LARGEST:
        raise refuse(Code.TOO_MANY, "first", limit=LARGEST)
    condition = translate(where, "conflict", _conflicts, CATALOGUE, desk.scope)
    wanted = and_(_conflicts.c.tenant_id == desk.scope.tenant, _conflicts.c.state == "open", condition)
    query = select(_conflicts.c.id).where(wanted).order_by(_conflicts.c.id).limit(limit)
    done = Settled()
    for id in (await desk.session.execute(query)).scalars().all():
        try:
            async with desk.session.begin_nested():
                await settle(desk, id, choice, None)
            done.count += 1
        except Refused as refused:
            done.failed[id] = refused
    counted = select(func.count()).select_from(_conflicts).where(wanted)
    done.remaining = (await desk.session.execute(counted)).scalar_one()
    return done


async def _merge(desk: Desk, id: UUID, given: Any) -> UUID:
    """Two records became one in a CRM, and so do their rows: the one whose record went goes into the other. The merge
    itself closes the conflict."""
    conflict = await _find(desk, id)
    if conflict is None:
        raise refuse(Code.NOT_FOUND, "id")
    if conflict.state != "open":
        raise refuse(Code.CONFLICT_SETTLED, "id")
    if conflict.type != "merge" or conflict.kind is not Kind.CUSTOMER or conflict.row_id is None:
        raise refuse(Code.BAD_CHOICE, "choice")
    heirs = {*conflict.candidates, *await _heirs(desk, conflict)} - {conflict.row_id}
    if given is not None:
        heirs &= {filters.uuid(str(given), Kind.CUSTOMER, "value")}
    if len(heirs) != 1:
        raise refuse(Code.BAD_VALUE, "value")
    try:
        await merging.merge(desk, heirs.pop(), conflict.row_id)
    except Refused as refused:
        raise Refused(*(Problem(problem.code, ("value",), problem.facts) for problem in refused.problems)) from None
    return id


async def _heirs(desk: Desk, conflict: Conflict) -> set[UUID]:
    """The row of the record that the CRM says it went into."""
    session, scope, place = desk.session, desk.scope, [conflict.address]
    graves = await links.tombstones(session, scope, desk.ledger.vault, conflict.connection, addresses=place)
    into = [(grave.object, grave.into) for grave in graves if grave.into]
    return set((await links.rows_at(session, scope, conflict.connection, into)).values())


async def _find(desk: Desk, id: UUID) -> Conflict | None:
    found = await conflicts.load(desk.session, desk.scope, desk.ledger.vault, _conflicts.c.id == id)
    return found[0] if found else None


async def _value(desk: Desk, id: UUID, choice: str, given: Any) -> Fact:
    found = await _find(desk, id) if choice in {"value", "row"} else None
    if found is None:
        return None
    if choice == "row":
        return filters.uuid(str(given), found.kind, "value")
    return await _entered(desk, found.kind, found.field, given)


async def _entered(desk: Desk, kind: Kind, field: str, given: Any) -> Fact:
    """Held to the same rules as in any other edit."""
    try:
        here, entered = await tenants.place(desk.session, desk.scope), {field: facts.from_json(kind, field, given)}
        cleaned, problems = checks.clean(kind, entered, here.today(desk.ledger.clock.now()), here.region)
        problems += [problem for problem in checks.missing(kind, cleaned, problems) if problem.path == (field,)]
        if problems:
            raise Refused(*problems)
        return (await editing.ends(desk, kind, cleaned))[field]
    except Refused as refused:
        raise Refused(*(Problem(problem.code, ("value",), problem.facts) for problem in refused.problems)) from None
