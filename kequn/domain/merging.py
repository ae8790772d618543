"""Two customers who are one: merging them, and taking that back. The loser's row stays, marked; whatever names it - its
purchases, memberships, tasks, points, claims, ... -, its links and its open conflicts go to the winner."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from kequn.contracts.records import FIELDS, Kind
from kequn.domain import editing, rights, undo
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.domain.undo import Kept
from kequn.store import conflicts, duplicates, handing, merges, outbox, rows, tables, tenants
from kequn.store.journal import Cause
from kequn.store.ledger import Edit
from kequn.store.merges import Merge
from kequn.store.rows import Row
from kequn.store.values import Fact, is_empty

_conflicts = tables.Conflict.__table__  # type: ignore[attr-defined]
_REFERRING = tuple(
    (kind, name) for kind in Kind for name, spec in FIELDS.get(kind, {}).items() if spec.to is Kind.CUSTOMER
)


@dataclass(frozen=True)
class Unmerged:
    """Two customers again. `kept`: what was edited since the merge and therefore stays as it is."""

    winner: Row
    loser: Row
    kept: tuple[Kept, ...]


async def merge(desk: Desk, winner_id: UUID, loser_id: UUID, take: Collection[str] = ()) -> Row:
    """Merge `loser` into `winner` and return the winner. `take`: the fields whose value comes from the loser; elsewhere
    the winner's stands, an empty one yields, and sets unite. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    if any(name not in FIELDS[Kind.CUSTOMER] for name in take):
        raise refuse(Code.BAD_VALUE, "take")
    await tenants.hold(desk.session, desk.scope)  # points, alerts and care are not given to the loser meanwhile
    winner, loser = await _both(desk, winner_id, loser_id)
    done = Merge(desk.ledger.new_id(), winner.id, loser.id)
    cause = undo.cause_of(desk, done.id, "customers merged")
    facts = {**_survivors(winner, loser, take), "parent": await _parent(desk, winner, loser, take)}
    edits = [
        Edit(winner, replace(winner, facts=facts), cause),
        Edit(loser, replace(loser, merged_into=winner.id), cause),
    ]
    for kind, name in _REFERRING:
        edits += await _repointed(desk, kind, name, done, cause)
    await desk.write(*edits)
    await _hand_over(desk, done)
    await _send(desk, winner.id)
    return await editing.find(desk, Kind.CUSTOMER, winner.id)


async def _both(desk: Desk, winner_id: UUID, loser_id: UUID) -> tuple[Row, Row]:
    """The rows, locked; always in one order, so that two merges never wait for each other."""
    wanted = sorted((("winner", winner_id), ("loser", loser_id)), key=lambda one: one[1])
    found = {name: (await editing.survivor(desk, Kind.CUSTOMER, id), name) for name, id in wanted}
    winner, loser = (_there(*found[name]) for name in ("winner", "loser"))
    if winner.id == loser.id:
        raise refuse(Code.SAME_CUSTOMER, "loser")
    if winner.facts["type"] != loser.facts["type"]:
        raise refuse(Code.OTHER_TYPE, "loser")
    return winner, loser


def _there(row: Row | None, name: str) -> Row:
    if row is None:
        raise refuse(Code.NOT_FOUND, name)
    return row


def _survivors(winner: Row, loser: Row, take: Collection[str]) -> dict[str, Fact]:
    return {name: _survivor(fact, loser.facts.get(name), taken=name in take) for name, fact in winner.facts.items()}


def _survivor(ours: Fact, theirs: Fact, *, taken: bool) -> Fact:
    if taken or is_empty(ours):
        return theirs
    if isinstance(ours, frozenset) and isinstance(theirs, frozenset):
        return ours | theirs
    return ours


async def _parent(desk: Desk, winner: Row, loser: Row, take: Collection[str]) -> UUID | None:
    """The organisation above both, by the same rule; never one of the two, nor one that belongs to them."""
    sides = (loser, winner) if "parent" in take else (winner, loser)
    for side in sides:
        parent = side.facts.get("parent")
        if isinstance(parent, UUID) and not await _below(desk, parent, {winner.id, loser.id}):
            return parent
    return None


async def _below(desk: Desk, id: UUID, tops: Collection[UUID]) -> bool:
    """Whether this customer is, or belongs to, one of `tops`."""
    seen: set[UUID] = set()
    above: Fact = id
    while isinstance(above, UUID) and above not in seen:
        row = await editing.survivor(desk, Kind.CUSTOMER, above)
        if row is None:
            return False
        if row.id in tops:
            return True
        seen |= {above, row.id}
        above = row.facts.get("parent")
    return False


async def _hand_over(desk: Desk, done: Merge) -> None:
    """Links, what else names the loser, open conflicts and suggestions. What was asked about the loser's record alone -
    deleted, or merged into another? - is answered by this merge, and so is the question whether these two are one."""
    session, scope, now = desk.session, desk.scope, desk.ledger.clock.now()
    await merges.record(session, scope, done, desk.actor.name, now)
    await handing.hand_over(session, scope, done)
    about = (_conflicts.c.state == "open", _conflicts.c.row_id.in_((done.winner, done.loser)))
    asked = await conflicts.load(session, scope, desk.ledger.vault, *about, _conflicts.c.type.in_(("merge", "delete")))
    answered = [
        one.id for one in asked if one.row_id == done.loser or (one.type == "merge" and done.loser in one.candidates)
    ]
    await merges.move_conflicts(session, scope, done, answered, desk.actor.name, now)
    await duplicates.decide(session, scope, (done.winner, done.loser), "merged", desk.actor.name, now)


async def _send(desk: Desk, *ids: UUID) -> None:
    """Whatever their own fields did: a link that changed hands may differ from its new row."""
    everywhere = await outbox.connections(desk.session, desk.scope)
    pairs = [(id, Kind.CUSTOMER, connection) for id in ids for connection in everywhere]
    await outbox.queue(desk.session, desk.scope, pairs, desk.ledger.clock.now(), urgent=ids)


async def _repointed(desk: Desk, kind: Kind, name: str, done: Merge, cause: Cause) -> list[Edit]:
    """The rows that refer to the loser refer to the winner. A group that both were in keeps one membership."""
    ids = await editing.referring(desk, kind, name, done.loser)
    found = (await rows.load(desk.session, desk.scope, kind, ids, lock=True)).values()
    groups = await _groups(desk, done.winner) if kind is Kind.MEMBERSHIP else set()
    pointed = []
    for row in found:
        if row.facts.get(name) != done.loser:  # somebody gave it to another customer meanwhile
            continue
        if row.facts.get("group") in groups and kind is Kind.MEMBERSHIP:
            pointed.append(Edit(row, replace(row, deleted_at=desk.ledger.clock.now()), cause))
        elif row.id != done.winner:
            pointed.append(Edit(row, replace(row, facts={**row.facts, name: done.winner}), cause))
    return pointed


async def _groups(desk: Desk, customer: UUID) -> set[Fact]:
    ids = await editing.referring(desk, Kind.MEMBERSHIP, "customer", customer)
    found = await rows.load(desk.session, desk.scope, Kind.MEMBERSHIP, ids)
    return {row.facts["group"] for row in found.values()}


async def unmerge(desk: Desk, loser_id: UUID) -> Unmerged:
    """Take the merge of this customer back: both customers, every link and every row that was moved. What was edited
    since stays, and is named. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    session, scope, now = desk.session, desk.scope, desk.ledger.clock.now()
    done = await merges.latest_into(session, scope, loser_id)
    if done is None:
        raise refuse(Code.NOT_FOUND, "id")
    winner = (await _load(desk, done.winner))[done.winner]
    if winner.merged_into is not None:  # what was moved has moved on, and nobody noted from whom it came
        raise refuse(Code.MERGED_AGAIN, "id")
    back = await undo.compensate(desk, done.id, "merge taken back")
    await undo.carry_out(desk, back)
    await merges.take_back(session, scope, done, desk.actor.name, now)
    await handing.take_back(session, scope, done)
    await duplicates.decide(session, scope, (done.winner, done.loser), "dismissed", desk.actor.name, now)
    await _send(desk, done.winner, done.loser)
    both = await _load(desk, done.winner, done.loser)
    return Unmerged(both[done.winner], both[done.loser], back.kept)


async def _load(desk: Desk, *ids: UUID) -> Mapping[UUID, Row]:
    return await rows.load(desk.session, desk.scope, Kind.CUSTOMER, ids, lock=True)
