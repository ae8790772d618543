"""Edits by people, one or up to a thousand at once: rights, drafts, the rules of the noun, then the ledger. All in the
caller's transaction. One that fails keeps no other from being done, unless that is asked for."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from uuid import UUID

from kequn.contracts.identity import Key, keys
from kequn.contracts.records import Kind
from kequn.domain import drafts, rights
from kequn.domain.checks import Entered
from kequn.domain.drafts import Draft, Item, good
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, Problem, Refused, refuse
from kequn.store import identities, tenants
from kequn.store.ledger import Edit
from kequn.store.rows import Row

LARGEST = 1000
Check = Callable[[Desk, Sequence[Draft]], Awaitable[None]]
Along = Callable[[Desk, Sequence[Row]], Awaitable[Sequence[Row]]]


async def _unchecked(desk: Desk, drafts: Sequence[Draft]) -> None:
    pass


async def _alone(desk: Desk, gone: Sequence[Row]) -> Sequence[Row]:
    return ()


@dataclass(frozen=True)
class Rules:
    """What is special to a noun. `usual`: what a new row has unless told. `check`: notes what is wrong with drafts that
    are good by themselves. `along`: the rows that go when these are deleted. `named`: no two rows have the same name,
    so that they are edited by one at a time."""

    kind: Kind
    usual: Mapping[str, Entered] = field(default_factory=dict)
    check: Check = _unchecked
    along: Along = _alone
    named: bool = False


class Done(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DELETED = "deleted"
    REFUSED = "refused"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Outcome:
    """What became of one item."""

    done: Done
    id: UUID | None = None
    problems: tuple[Problem, ...] = ()


async def edit(desk: Desk, rules: Rules, items: Sequence[Item], *, whole: bool = False) -> list[Outcome]:
    """Do the items. `whole`: all of them or none. Raises Refused when nobody may do any of them."""
    rights.require(desk.actor, rights.EDIT)
    if len(items) > LARGEST:
        raise refuse(Code.TOO_MANY, "input", limit=LARGEST)
    some = await _work_out(desk, rules, items)
    while fine := good(some):
        await rules.check(desk, fine)
        if len(good(fine)) == len(fine):  # what one draft was allowed for may not come about
            break
    if whole and len(fine) < len(some):
        return [_refused(draft) for draft in some]
    written = await _write(desk, rules, fine)
    return [_outcome(draft, draft.row.id in written) if draft.good else _refused(draft) for draft in some]


async def one(desk: Desk, rules: Rules, item: Item) -> Row:
    """Do one item, and return the row as it now is. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    [draft] = await _work_out(desk, rules, [item])
    if draft.good:
        await rules.check(desk, [draft])
    if draft.problems:
        raise Refused(*draft.problems)
    return (await _write(desk, rules, [draft])).get(draft.row.id, draft.row)


async def _work_out(desk: Desk, rules: Rules, items: Sequence[Item]) -> list[Draft]:
    if rules.named:
        await desk.alone()
    return await drafts.work_out(desk, rules.kind, [_with_usual(rules, item) for item in items])


def _with_usual(rules: Rules, item: Item) -> Item:
    if item.id is not None or item.entered is None:
        return item
    return replace(item, entered={**rules.usual, **item.entered})


async def _write(desk: Desk, rules: Rules, drafts: Sequence[Draft]) -> dict[UUID, Row]:
    gone = await rules.along(desk, [draft.row for draft in drafts if draft.item.entered is None])
    edits = [Edit(draft.before, draft.row, desk.cause) for draft in drafts]
    now = desk.ledger.clock.now()
    edits += [Edit(row, replace(row, deleted_at=now), desk.cause) for row in gone]
    return {row.id: row for row in await desk.write(*edits)} if edits else {}


def _outcome(draft: Draft, written: bool) -> Outcome:
    done = Done.UPDATED if written else Done.UNCHANGED
    if draft.before is None:
        done = Done.CREATED
    elif draft.item.entered is None:
        done = Done.DELETED
    return Outcome(done, draft.row.id)


def _refused(draft: Draft) -> Outcome:
    id = draft.before.id if draft.before else None
    return Outcome(Done.REFUSED if draft.problems else Done.SKIPPED, id, tuple(draft.problems))


async def matched(desk: Desk, kind: Kind, entered: Sequence[Mapping[str, Entered]], by: str) -> list[Item]:
    """For each of these the item that changes the one row which has the same `by`, or makes a new one."""
    rights.require(desk.actor, rights.EDIT)
    region = (await tenants.place(desk.session, desk.scope)).region
    sought = [_key(kind, fields, by, region) for fields in entered]
    found = await identities.rows_with(desk.session, desk.scope, kind, {key for key in sought if key})
    items: list[Item] = []
    for place, (fields, key) in enumerate(zip(entered, sought, strict=True)):
        rows = found.get(key, []) if key else []
        wrong: list[Problem] = []
        if key is None and not fields.get(by):
            wrong.append(Problem(Code.REQUIRED, (by,)))
        if len(rows) > 1:
            wrong.append(Problem(Code.AMBIGUOUS, (by,), {"count": len(rows)}))
        if key and key in sought[:place]:
            wrong.append(Problem(Code.REPEATED, (by,)))
        items.append(Item(rows[0] if len(rows) == 1 else None, fields, wrong=tuple(wrong)))
    return items


def _key(kind: Kind, entered: Mapping[str, Entered], by: str, region: str) -> Key | None:
    """The normal form; None when it is no valid one, which the checks then tell."""
    return next(iter(keys(kind, {by: entered.get(by)}, region)), None)
