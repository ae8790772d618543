"""Apply: do what a plan says, inside the caller's transaction - rows and change log, links, tombstones, conflicts,
hints, intents, outbox. Decides nothing. The cursor is written last, by the caller, in the same transaction."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.store import conflicts, hints, intents, links, outbox
from kequn.store.conflicts import Conflict
from kequn.store.journal import Cause
from kequn.store.ledger import Edit, Ledger
from kequn.store.links import Address, Link
from kequn.store.links import Tombstone as Grave
from kequn.store.scope import Scope
from kequn.store.tables import Tombstone
from kequn.store.vault import Keys, subject
from kequn.sync.carried import buried_with, follow, memberships_of_deleted, refer_anew, wake
from kequn.sync.plan import Decision, Plan, Verb
from kequn.sync.remote import Remote

_graves = Tombstone.__table__  # type: ignore[attr-defined]


async def apply(session: AsyncSession, ledger: Ledger, remote: Remote, plan: Plan, run: UUID | None) -> None:
    """Write everything that the plan decided. The number of statements does not grow with the plan."""
    decisions = plan.decisions
    edits = [_edit(remote, decision, run) for decision in decisions if decision.after]
    edits += await memberships_of_deleted(session, remote.scope, edits)
    await ledger.write(session, remote.scope, edits)
    carried = await _links(session, ledger, remote, decisions)
    await _revive(session, remote.scope, edits)
    now = ledger.clock.now()
    looks = [look for decision in decisions for look in decision.recheck]
    await hints.note(session, remote.scope, remote.id, looks, now)
    await hints.wake(session, remote.scope, remote.id, _arrived(remote, decisions), now)
    await intents.remove(session, remote.scope, [one for decision in decisions for one in decision.answered])
    sends = {
        (row, decision.seen.kind, remote.id) for decision in decisions if decision.send for row in _rows_of(decision)
    }
    sends |= {(stone.row_id, stone.kind, remote.id) for stone in carried}
    met = _met(decisions)
    customers = {row for row, kind in met.items() if kind is Kind.CUSTOMER}
    await follow(session, remote.scope, remote.id, customers, now)
    back = customers & _back(decisions)
    await refer_anew(session, ledger, remote, back | (customers & _linked(decisions)), back, now)
    await wake(session, remote.scope, remote.id, met, now)
    await outbox.queue(session, remote.scope, sends | await _elsewhere_here(session, remote, edits), now)


def _arrived(remote: Remote, decisions: Collection[Decision]) -> list[tuple[Kind, Address]]:
    """Records that have come into the scope of their kind."""
    scoped = {kind for kind in Kind if remote.policy.of(kind).is_scoped}
    return [(one.link.kind, one.link.address) for one in decisions if one.link and one.link.kind in scoped]


def _back(decisions: Collection[Decision]) -> set[UUID]:
    """The rows whose records were dead there. Who lived on, and was dead here alone, never let go of anything."""
    return {one.link.row_id for one in decisions if one.link and one.revive}


def _linked(decisions: Collection[Decision]) -> set[UUID]:
    return {one.link.row_id for one in decisions if one.link and one.verb is Verb.LINK}


def _met(decisions: Collection[Decision]) -> dict[UUID, Kind]:
    """The rows that were here, and turn out to stand in the CRM."""
    linked = (one.link for one in decisions if one.verb in {Verb.LINK, Verb.RESTORE})
    return {link.row_id: link.kind for link in linked if link and link.primary}


def _edit(remote: Remote, decision: Decision, run: UUID | None) -> Edit:
    assert decision.after  # noqa: S101 - the caller chose decisions with a row
    cause = Cause("sync", remote.name, decision.rule, run, remote.id)
    return Edit(decision.before, decision.after, cause, frozenset({remote.id}))


async def _elsewhere_here(
    session: AsyncSession, remote: Remote, edits: Collection[Edit]
) -> set[tuple[UUID, Kind, UUID]]:
    """Changed rows that stand in this CRM more than once: the record that told us is not the only one to be told."""
    changed = {edit.after.id: edit for edit in edits if edit.before and edit.op}
    places = await links.addresses_of(session, remote.scope, remote.id, changed)
    left = {row: len(addresses) - (changed[row].op != "delete") for row, addresses in places.items()}
    return {(row, changed[row].after.kind, remote.id) for row, others in left.items() if others > 0}


async def _links(session: AsyncSession, ledger: Ledger, remote: Remote, decisions: Collection[Decision]) -> list[Grave]:
    """Links, tombstones and conflicts: all that is sealed under the key of a customer. Returns the tombstones of what
    stood on records that are gone, but whose rows go on in this CRM."""
    scope, now = remote.scope, ledger.clock.now()
    news = [_under(one.link, _whose(scope, one)) for one in decisions if one.link]
    dead = [(one, replace(one.bury, whose=one.bury.whose or _whose(scope, one))) for one in decisions if one.bury]
    going_on = [stone for one, stone in dead if stone.again or one.link]
    carried = await buried_with(session, ledger, remote, going_on)
    ended = await buried_with(session, ledger, remote, [stone for _, stone in dead if stone not in going_on])
    stones = [stone for _, stone in dead] + carried + ended
    raised = [replace(conflict, whose=_whose(scope, one)) for one in decisions for conflict in one.conflicts]
    subjects = {whose or scope.tenant for whose in _all_whose(news, stones, raised)}
    keys: Keys = await ledger.vault.keys_for_writing(session, scope, subjects) if subjects else Keys({})
    await links.bury(session, scope, keys, stones, now)  # before new links: a double may take the primary's place
    await links.put(session, scope, keys, news, now)
    await links.raise_up(session, scope, remote.id, [one.link.address for one in decisions if one.revive and one.link])
    await conflicts.put(session, scope, keys, raised, now)
    return carried


def _under(link: Link, whose: UUID) -> Link:
    return link if link.whose == whose else replace(link, whose=whose)


def _all_whose(news: Iterable[Link], stones: Iterable[Grave], raised: Iterable[Conflict]) -> set[UUID | None]:
    return {one.whose for one in news} | {one.whose for one in stones} | {one.whose for one in raised}


def _whose(scope: Scope, decision: Decision) -> UUID:
    row = decision.after or decision.before
    if row is None:
        sealed = decision.link or decision.bury
        return sealed.whose if sealed and sealed.whose else scope.tenant
    return subject(scope, row.kind, row.id, row.facts)


def _rows_of(decision: Decision) -> set[UUID]:
    row = decision.after or decision.before
    return {one for one in (row and row.id, decision.link and decision.link.row_id) if one}


async def _revive(session: AsyncSession, scope: Scope, edits: Collection[Edit]) -> None:
    """A row that lives again is to be created anew wherever its record was deleted with it."""
    alive = [edit.after.id for edit in edits if edit.op == "restore"]
    if alive:
        await session.execute(
            update(_graves).where(_graves.c.tenant_id == scope.tenant, _graves.c.row_id.in_(alive)).values(again=True)
        )
