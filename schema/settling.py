"""Settling a conflict: reads what a person gave as the value, then asks the sync to carry the choice out."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from kequn.contracts.records import Kind
from kequn.domain import checks, editing, rights
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, Problem, Refused
from kequn.store import conflicts
from kequn.store.tables import Conflict
from kequn.store.values import Fact
from kequn.sync.conflicts import NotSettled
from kequn.sync.conflicts import settle as carry_out
from schema import facts, filters

_CODES: Mapping[str, Problem] = {
    "FORBIDDEN": Problem(Code.FORBIDDEN, facts={"role": rights.EDIT.name.lower()}),
    "NOT_FOUND": Problem(Code.NOT_FOUND, ("id",)),
    "ALREADY_SETTLED": Problem(Code.CONFLICT_SETTLED, ("id",)),
    "BAD_CHOICE": Problem(Code.BAD_CHOICE, ("choice",)),
    "BAD_VALUE": Problem(Code.BAD_VALUE, ("value",)),
}


async def settle(desk: Desk, id: UUID, choice: str, given: Any) -> UUID:
    rights.require(desk.actor, rights.EDIT)
    try:
        value = await _value(desk, id, choice, given)
        return (await carry_out(desk.session, desk.ledger, desk.actor, id, choice, value)).id
    except NotSettled as error:
        raise Refused(_CODES[error.code]) from None


async def _value(desk: Desk, id: UUID, choice: str, given: Any) -> Fact:
    which = Conflict.id == id
    found = await conflicts.load(desk.session, desk.scope, desk.ledger.vault, which)
    if not found or choice not in {"value", "row"}:
        return None
    kind = found[0].kind
    if choice == "row":
        return filters.uuid(str(given), kind, "value")
    return await _entered(desk, kind, found[0].field, given)


async def _entered(desk: Desk, kind: Kind, field: str, given: Any) -> Fact:
    """Held to the same rules as in any other edit."""
    try:
        cleaned, problems = checks.clean(
            kind, {field: facts.from_json(kind, field, given)}, desk.ledger.clock.now().date()
        )
        problems += [problem for problem in checks.missing(kind, cleaned, problems) if problem.path == (field,)]
        if problems:
            raise Refused(*problems)
        return (await editing.ends(desk, kind, cleaned))[field]
    except Refused as refused:
        raise Refused(*(Problem(problem.code, ("value",), problem.facts) for problem in refused.problems)) from None
