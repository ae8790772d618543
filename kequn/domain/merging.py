"""Two customers who are one: merging them, and taking that back. The loser's row stays, marked; its purchases,
memberships, feedback, interactions and links go to the winner."""

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from kequn.contracts.records import FIELDS, Kind
from kequn.domain import editing, rights, undo
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.domain.undo import Kept
from kequn.store import merges, rows
from kequn.store.journal import Cause
from kequn.store.ledger import Edit
from kequn.store.merges import Merge
from kequn.store.rows import Row
from kequn.store.values import Fact, is_empty

_REFERRING = (
    (Kind.MEMBERSHIP, "customer"),
    (Kind.PURCHASE, "customer"),
    (Kind.INTERACTION, "customer"),
    (Kind.FEEDBACK, "customer"),
    (Kind.CUSTOMER, "parent"),
)


async def merge(desk: Desk, winner_id: UUID, loser_id: UUID, take: Collection[str] = ()) -> Row:
    """Merge `loser` into `winner` and return the winner. `take`: the fields whose value comes from the loser; elsewhere
    the winner's stands, an empty one yields, and sets unite. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    unknown = [name for name in take if name not in FIELDS[Kind.CUSTOMER]]
    if unknown:
        raise refuse(Code.BAD_VALUE, "take")
    first, second = sorted((winner_id, loser_id))  # always locked in one order
    found = {id: await editing.find(desk, Kind.CUSTOMER, id) for id in (first, second)}
    winner, loser = found[winner_id], found[loser_id]
    if winner.id == loser.id:
        raise refuse(Code.BAD_VALUE, "loser")
    if winner.facts["type"] != loser.facts["type"]:
        raise refuse(Code.BAD_PARENT, "loser")
    done = Merge(desk.ledger.new_id(), winner.id, loser.id)
    cause = undo.cause_of(desk, done.id, "customers merged")
    after = replace(winner, facts=_survivors(winner, loser, take))
    edits = [Edit(winner, after, cause), Edit(loser, replace(loser, merged_into=winner.id), cause)]
    for kind, name in _REFERRING:
        edits += await _repointed(desk, kind, name, done, cause)
    await desk.write(*edits)
    await merges.record(desk.session, desk.scope, done, desk.actor.name, desk.ledger.clock.now())
    return await editing.find(desk, Kind.CUSTOMER, winner.id)


def _survivors(winner: Row, loser: Row, take: Collection[str]) -> dict[str, Fact]:
    return {name: _survivor(fact, loser.facts.get(name), taken=name in take) for name, fact in winner.facts.items()}


def _survivor(ours: Fact, theirs: Fact, *, taken: bool) -> Fact:
    if taken or is_empty(ours):
        return theirs
    if isinstance(ours, frozenset) and isinstance(theirs, frozenset):
        return ours | theirs
    return ours


async def _repointed(desk: Desk, kind: Kind, name: str, done: Merge, cause: Cause) -> list[Edit]:
    """The rows that refer to the loser refer to the winner. A group that both were in keeps one membership."""
    ids = await editing.referring(desk, kind, name, done.loser)
    found = await rows.load(desk.session, desk.scope, kind, ids, lock=True)
    groups = await _groups(desk, done.winner) if kind is Kind.MEMBERSHIP else set()
    pointed = []
    for row in found.values():
        if row.facts.get("group") in groups and kind is Kind.MEMBERSHIP:
            pointed.append(Edit(row, replace(row, deleted_at=desk.ledger.clock.now()), cause))
        elif row.id != done.winner:
            pointed.append(Edit(row, replace(row, facts={**row.facts, name: done.winner}), cause))
    return pointed


async def _groups(desk: Desk, customer: UUID) -> set[Fact]:
    ids = await editing.referring(desk, Kind.MEMBERSHIP, "customer", customer)
    found = await rows.load(desk.session, desk.scope, Kind.MEMBERSHIP, ids)
    return {row.facts["group"] for row in found.values()}


async def unmerge(desk: Desk, loser_id: UUID) -> tuple[Row, Row, tuple[Kept, ...]]:
    """Take the merge of this customer back: both customers, every link and every row that was moved. What was edited
    since stays, and is named. Returns (winner, loser, kept). Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    done = await merges.latest_into(desk.session, desk.scope, loser_id)
    if done is None:
        raise refuse(Code.NOT_FOUND, "id")
    back = await undo.compensate(desk, done.id, "merge taken back")
    await undo.carry_out(desk, back)
    await merges.take_back(desk.session, desk.scope, done, desk.ledger.clock.now())
    winner = await editing.find(desk, Kind.CUSTOMER, done.winner)
    return winner, await editing.find(desk, Kind.CUSTOMER, loser_id), back.kept
