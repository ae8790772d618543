"""Settling conflicts: what a person's choice does to the row, to the base and to the outbox. The losing value stays in
the conflict. Which conflicts arise is decided elsewhere (decide.py, burial.py)."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.identity import parse_id
from kequn.contracts.records import FIELDS, Kind
from kequn.store import conflicts, hints, links, outbox, rows, tables
from kequn.store.conflicts import Conflict
from kequn.store.hints import Look
from kequn.store.journal import Cause
from kequn.store.ledger import Edit, Ledger
from kequn.store.links import Link
from kequn.store.rows import Row
from kequn.store.scope import Actor, Role, Scope
from kequn.store.values import EMPTY, Fact
from kequn.store.vault import subject
from kequn.sync.carried import follow, memberships_of_deleted

_conflicts = tables.Conflict.__table__  # type: ignore[attr-defined]
_graves = tables.Tombstone.__table__  # type: ignore[attr-defined]

MERGE = "merge"
"""To make one row of two: that is the domain's to do (schema/settling.py), and closes the conflict."""

CHOICES: Mapping[str, tuple[str, ...]] = {
    "field": ("ours", "theirs", "value"),
    "delete": ("keep", "delete"),
    "match": ("row", "new"),
    "merge": ("keep", "delete"),
    "double": ("keep", "new"),
}
"""What can be chosen, by type of conflict."""

LOSES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("field", "ours"): ("theirs",),
    ("field", "theirs"): ("ours",),
    ("field", "value"): ("ours", "theirs"),
    ("delete", "delete"): ("ours",),
    ("double", "keep"): ("theirs",),
}
"""Which sides a choice does not take, by type of conflict."""


class NotSettled(Exception):
    """The choice cannot be carried out. `code`: FORBIDDEN, NOT_FOUND, ALREADY_SETTLED, BAD_CHOICE or BAD_VALUE."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Settling:
    """One choice, being carried out. Everything happens in the caller's transaction."""

    session: AsyncSession
    ledger: Ledger
    actor: Actor
    conflict: Conflict
    choice: str
    value: Fact = None

    @property
    def scope(self) -> Scope:
        return self.actor.scope

    @property
    def cause(self) -> Cause:
        return Cause("person", self.actor.name, f"conflict settled: {self.choice}")


async def settle(
    session: AsyncSession, ledger: Ledger, actor: Actor, conflict_id: UUID, choice: str, value: Fact = None
) -> Conflict:
    """Carry out a person's choice and close the conflict.

    field: `ours`, `theirs`, or `value` (of the field's type). delete and merge: `keep` the row everywhere, or `delete`
    it everywhere. match: `row` with `value` naming the row (cus_...), or `new`. double: `keep` it as the second record
    of the row, or `new` for a row of its own. Raises NotSettled."""
    if not actor.may(Role.OPERATOR):
        raise NotSettled("FORBIDDEN", "settling a conflict needs the role operator")
    at = Settling(session, ledger, actor, await _open_conflict(session, ledger, actor, conflict_id), choice, value)
    if choice not in CHOICES[at.conflict.type]:
        offered = ", ".join(CHOICES[at.conflict.type])
        raise NotSettled("BAD_CHOICE", f"a conflict of type {at.conflict.type} takes {offered}, not {choice}")
    at = replace(at, conflict=await _as_it_stands(at))
    await _CARRY_OUT[at.conflict.type](at)
    return await _close(at)


async def _as_it_stands(at: Settling) -> Conflict:
    """Ours may have been edited since the conflict arose: what is chosen against is kept in the conflict."""
    if at.conflict.type != "field":
        return at.conflict
    row = await _row(at)
    return replace(at.conflict, ours={at.conflict.field: row.facts.get(at.conflict.field)})


async def _open_conflict(session: AsyncSession, ledger: Ledger, actor: Actor, conflict_id: UUID) -> Conflict:
    await session.execute(
        select(_conflicts.c.id)
        .where(_conflicts.c.tenant_id == actor.tenant, _conflicts.c.id == conflict_id)
        .with_for_update()
    )
    found = await conflicts.load(session, actor.scope, ledger.vault, _conflicts.c.id == conflict_id)
    if not found:
        raise NotSettled("NOT_FOUND", "there is no such conflict")
    if found[0].state != "open":
        raise NotSettled("ALREADY_SETTLED", f"this conflict was settled by {found[0].settled_by}")
    return found[0]


async def _close(at: Settling) -> Conflict:
    now = at.ledger.clock.now()
    closed = replace(at.conflict, state="settled", choice=at.choice, settled_by=at.actor.name, settled_at=now)
    keys = await at.ledger.vault.keys_for_writing(at.session, at.scope, {closed.whose or at.scope.tenant})
    await conflicts.put(at.session, at.scope, keys, [closed], now)
    return closed


async def _row(at: Settling) -> Row:
    row_id = at.conflict.row_id
    found = await rows.load(at.session, at.scope, at.conflict.kind, [row_id] if row_id else [], lock=True)
    if row_id not in found:
        raise NotSettled("NOT_FOUND", "the row of this conflict was erased")
    return found[row_id]


async def _link(at: Settling) -> Link | None:
    found = await links.at(at.session, at.scope, at.ledger.vault, at.conflict.connection, [at.conflict.address])
    return found.get(at.conflict.address)


async def _put_link(at: Settling, link: Link, row: Row) -> None:
    whose = subject(at.scope, row.kind, row.id, row.facts)
    keys = await at.ledger.vault.keys_for_writing(at.session, at.scope, {whose})
    await links.put(at.session, at.scope, keys, [replace(link, whose=whose)])


async def _queue(at: Settling, row: Row) -> None:
    now = at.ledger.clock.now()
    await outbox.queue(at.session, at.scope, [(row.id, row.kind, at.conflict.connection)], now, urgent=[row.id])


# -- by type ----------------------------------------------------------------------------------------------------------


async def _field(at: Settling) -> None:
    """Both sides have now seen the CRM's value: it becomes the base, and the row takes what was chosen."""
    name, row, link = at.conflict.field, await _row(at), await _link(at)
    theirs = at.conflict.theirs.get(name)
    chosen = {"ours": row.facts.get(name), "theirs": theirs, "value": at.value}[at.choice]
    try:
        if at.choice == "value" and not isinstance(chosen, UUID):
            FIELDS[row.kind][name].check(chosen)
    except TypeError as error:
        raise NotSettled("BAD_VALUE", str(error)) from None
    after = replace(row, facts={**row.facts, name: chosen})
    if link:
        await _put_link(at, replace(link, base={**link.base, name: theirs}), after)
    await at.ledger.write(at.session, at.scope, [Edit(row, after, at.cause)])
    await _queue(at, row)


async def _delete(at: Settling) -> None:
    row = await _row(at)
    now = at.ledger.clock.now()
    gone = at.choice == "delete"
    await at.session.execute(
        update(_graves).where(_graves.c.tenant_id == at.scope.tenant, _graves.c.row_id == row.id).values(again=not gone)
    )
    after = replace(row, deleted_at=(row.deleted_at or now) if gone else None)
    edits = [Edit(row, after, at.cause)]
    edits += await memberships_of_deleted(at.session, at.scope, edits)
    await at.ledger.write(at.session, at.scope, edits)
    await _queue(at, row)
    if not gone and row.kind is Kind.CUSTOMER:  # what stood on the record that is gone goes where the customer goes
        await follow(at.session, at.scope, at.conflict.connection, {row.id}, now)


async def _match(at: Settling) -> None:
    if at.choice == "new":
        await _new_row(at)
        return
    row_id = _row_named(at)
    found = await rows.load(at.session, at.scope, at.conflict.kind, [row_id], lock=True)
    if row_id not in found or not found[row_id].live:
        raise NotSettled("BAD_VALUE", "there is no such row (any more)")
    conflict = at.conflict
    link = Link(conflict.connection, conflict.object, conflict.external_id, conflict.kind, row_id, {})
    stands = await links.of_rows(at.session, at.scope, at.ledger.vault, conflict.connection, [row_id])
    primary = not any(one.primary and one.object == conflict.object for one in stands)
    await _put_link(at, replace(link, primary=primary), found[row_id])
    if conflict.kind is Kind.CUSTOMER:
        await follow(at.session, at.scope, conflict.connection, {row_id}, at.ledger.clock.now())
    await _look_again(at)


def _row_named(at: Settling) -> UUID:
    try:
        return at.value if isinstance(at.value, UUID) else parse_id(str(at.value), at.conflict.kind.value)[1]
    except ValueError as error:
        raise NotSettled("BAD_VALUE", str(error)) from None


async def _double(at: Settling) -> None:
    if at.choice == "new":
        await _new_row(at)


async def _new_row(at: Settling) -> None:
    """The record gets a row of its own, with what it said when the conflict arose; then it is read again."""
    conflict = at.conflict
    known = await _link(at)
    facts = {**EMPTY[conflict.kind], **(known.base if known else conflict.theirs)}
    row = Row(conflict.kind, at.ledger.new_id(), facts)
    cause, agrees = replace(at.cause, connection=conflict.connection), frozenset({conflict.connection})
    await at.ledger.write(at.session, at.scope, [Edit(None, row, cause, agrees)])
    base = known.base if known else conflict.theirs
    link = Link(conflict.connection, conflict.object, conflict.external_id, conflict.kind, row.id, base)
    await _put_link(at, link, row)
    await _look_again(at)


async def _look_again(at: Settling) -> None:
    conflict, now = at.conflict, at.ledger.clock.now()
    looks = [Look(conflict.object, conflict.external_id, conflict.kind, "SETTLED", "a conflict was settled")]
    await hints.note(at.session, at.scope, conflict.connection, looks, now)


_CARRY_OUT: Mapping[str, Callable[[Settling], Awaitable[None]]] = {
    "field": _field,
    "delete": _delete,
    "merge": _delete,
    "match": _match,
    "double": _double,
}
