"""What one connection must be told about some rows: row against base, now. Pure apart from reading in sets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar, cast
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.changes import Change, Op
from kequn.contracts.records import FIELDS, Kind, Ref, Value
from kequn.store import conflicts, intents, links, rows, tables
from kequn.store.conflicts import Conflict
from kequn.store.holds import Ends, holds
from kequn.store.intents import Intent
from kequn.store.ledger import Ledger
from kequn.store.links import Link, Tombstone
from kequn.store.rows import Row
from kequn.store.values import Fact, Facts, is_empty
from kequn.sync.candidates import has_moved
from kequn.sync.merge import held, unsent
from kequn.sync.policy import Create, Delete
from kequn.sync.remote import Form, Places, Remote, normal_form, reference_of, targets

T = TypeVar("T", Link, Tombstone, Conflict)
_conflicts = tables.Conflict.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Waiting:
    """A row that cannot go out (yet): why, which field, when to try again."""

    code: str
    cause: str
    field: str | None = None
    after: timedelta = timedelta(minutes=1)


@dataclass(frozen=True)
class Outgoing:
    """What one row asks of the connection. `change` and `values` (as they would be read back) go together; `link`: the
    link that the change goes to; `waiting`: what stays behind; `question`: a person must agree to the delete;
    `unlink`: deletes are not followed, so the link ends quietly; `again`: what is deleted is made anew afterwards."""

    row: Row | None
    change: Change | None = None
    values: Facts = field(default_factory=dict, repr=False)
    link: Link | None = None
    waiting: Waiting | None = None
    question: Link | None = None
    unlink: Link | None = None
    blanks: tuple[str, ...] = ()
    again: bool = False


@dataclass(frozen=True)
class Standing:
    """What we know at a connection about some rows. `sent`: writes whose answer was not seen."""

    rows: Mapping[UUID, Row]
    links: Mapping[UUID, Sequence[Link]]
    stones: Mapping[UUID, Sequence[Tombstone]]
    conflicts: Mapping[UUID, Sequence[Conflict]]
    agreed_deletes: frozenset[tuple[str, str]]
    places: Places
    sent: Mapping[UUID, Sequence[Intent]]
    ends: Ends


async def look_up(
    session: AsyncSession, ledger: Ledger, remote: Remote, kind: Kind, ids: Sequence[UUID], *, lock: bool
) -> Standing:
    """All that `outgoing` needs, in a constant number of statements."""
    scope, vault = remote.scope, ledger.vault
    found = await rows.load(session, scope, kind, ids, lock=lock)
    known = _by_row(await links.of_rows(session, scope, vault, remote.id, ids))
    stones = _by_row(await links.tombstones(session, scope, vault, remote.id, row_ids=ids))
    opened = _by_row(await conflicts.open_of_rows(session, scope, vault, remote.id, ids))
    wanted = {target for row in found.values() for target in targets(kind, row.facts)}
    places = await links.addresses_of(session, scope, remote.id, wanted)
    dead = [row.id for row in found.values() if row.deleted_at]
    agreed = await _agreed_deletes(session, remote, dead)
    sent = await intents.of_rows(session, scope, vault, remote.id, ids)
    follows = remote.policy.of(kind).follows
    ends = await rows.ends(session, scope, kind, follows, [row.facts for row in found.values()])
    return Standing(found, known, stones, opened, agreed, places, sent, ends)


def _by_row(things: Sequence[T]) -> dict[UUID, list[T]]:
    grouped: dict[UUID, list[T]] = {}
    for thing in things:
        if thing.row_id is not None:
            grouped.setdefault(thing.row_id, []).append(thing)
    return grouped


async def _agreed_deletes(session: AsyncSession, remote: Remote, ids: Sequence[UUID]) -> frozenset[tuple[str, str]]:
    """The records of deleted rows whose deletion there a person has agreed to."""
    if not ids:
        return frozenset()
    query = select(_conflicts.c.object, _conflicts.c.external_id).where(
        _conflicts.c.tenant_id == remote.scope.tenant,
        _conflicts.c.connection_id == remote.id,
        _conflicts.c.row_id.in_(ids),
        _conflicts.c.type == "delete",
        _conflicts.c.choice == "delete",
    )
    return frozenset((row[0], row[1]) for row in (await session.execute(query)).all())


def outgoing(remote: Remote, kind: Kind, row_id: UUID, at: Standing) -> list[Outgoing]:
    """What this row asks of the connection; nothing when both agree."""
    row = at.rows.get(row_id)
    if row is None or row.merged_into or not remote.policy.of(kind).writes:
        return []
    primary = [link for link in at.links.get(row_id, ()) if link.primary]
    doubles = _doubles(remote, row, at)
    if row.deleted_at:
        resting = [link for link in primary if link.parted or not link.in_scope]
        followed = [link for link in primary if link not in resting and remote.can(link.object).delete]
        return [*(_delete(remote, row, link, at) for link in followed), *doubles]
    if primary:
        scoped = remote.policy.of(kind).is_scoped
        awake = [link for link in primary if not link.erased and (link.in_scope or not scoped)]
        return [*(update for link in awake if (update := _update(remote, row, link, at))), *doubles]
    created = _create(remote, row, at)
    return [created] if created else []


def _doubles(remote: Remote, row: Row, at: Standing) -> list[Outgoing]:
    """Somebody is in a group or not: of two memberships that came to one pair (their customers became one in the CRM)
    the second is taken away. One that people made beside another is theirs."""
    if row.kind is not Kind.MEMBERSHIP or remote.policy.of(row.kind).delete is not Delete.PROPAGATE:
        return []
    others = [link for link in at.links.get(row.id, ()) if not link.primary and link.in_scope and not link.parted]
    same = [link for link in others if not has_moved(link, row.facts)]
    return [_delete(remote, row, link, at) for link in same if remote.can(link.object).delete]


def _delete(remote: Remote, row: Row, link: Link, at: Standing) -> Outgoing:
    policy = remote.policy.of(row.kind).delete
    if policy is Delete.IGNORE:
        return Outgoing(row, unlink=link)
    if policy is Delete.ASK and link.address not in at.agreed_deletes:
        return Outgoing(row, question=link)
    reference = reference_of(row.kind, row.id)
    change = Change(Op.DELETE, row.kind, link.object, reference, link.external_id, link.version)
    return Outgoing(row, change, {}, link)


def _update(remote: Remote, row: Row, link: Link, at: Standing) -> Outgoing | None:
    can = remote.can(link.object)
    if not can.update:
        return _move(remote, row, link, at)
    form = normal_form(remote, link.object, row.kind, row.facts, at.places)
    resting = held(one.field for one in at.conflicts.get(row.id, ()) if one.address == link.address)
    news = unsent(row.facts, link.base, form.facts, can.writable, resting)
    waiting = _left_behind(form, row, link.base, resting)
    if not news:
        return Outgoing(row, waiting=waiting) if waiting else None
    reference = reference_of(row.kind, row.id)
    fields = _values(row.kind, news, at.places)
    change = Change(Op.UPDATE, row.kind, link.object, reference, link.external_id, link.version, fields)
    blanks = tuple(name for name, fact in news.items() if is_empty(fact) and not is_empty(link.base.get(name)))
    return Outgoing(row, change, {name: form.facts[name] for name in news}, link, waiting, blanks=blanks)


def _move(remote: Remote, row: Row, link: Link, at: Standing) -> Outgoing | None:
    """What can be made and taken away there, but not changed (a tag on a contact): where it belongs to others by now,
    it is taken away from those, and made anew by the next run."""
    can, follows = remote.can(link.object), remote.policy.of(row.kind).delete is Delete.PROPAGATE
    if not (can.create and can.delete and follows) or link.stale or at.conflicts.get(row.id):
        return None
    ends = [name for name, spec in FIELDS[row.kind].items() if spec.required and spec.to and name in link.base]
    if all(row.facts.get(name) == link.base[name] for name in ends):
        return None
    reference = reference_of(row.kind, row.id)
    change = Change(Op.DELETE, row.kind, link.object, reference, link.external_id, link.version)
    waiting = Waiting("MOVED", "it belongs to others by now, and is made anew there")
    return Outgoing(row, change, {}, link, waiting, again=True)


def _left_behind(form: Form, row: Row, base: Facts, held: frozenset[str]) -> Waiting | None:
    """A field that the CRM refuses to hold, or that refers to a row which is not there."""
    for name, error in form.refused.items():
        if row.facts.get(name) != base.get(name) and name not in held:
            return Waiting("REJECTED", error.message, name, timedelta(hours=1))
    for name in form.waiting:
        if row.facts.get(name) != base.get(name) and name not in held:
            return Waiting("WAITS", f"{name} refers to a record that is not in this CRM", name)
    return None


def _create(remote: Remote, row: Row, at: Standing) -> Outgoing | None:
    object = remote.object_for(row.kind, row.facts)
    if object is None or not remote.can(object).create or not _may_create(remote, row, object, at):
        return None
    form = normal_form(remote, object, row.kind, row.facts, at.places)
    for name, spec in FIELDS[row.kind].items():
        if spec.required and name in form.waiting:
            return Outgoing(row, waiting=Waiting("WAITS", f"its {name} is not in this CRM", name))
        if spec.required and name in form.refused:
            error = form.refused[name]
            return Outgoing(row, waiting=Waiting("REJECTED", error.message, name, timedelta(hours=1)))
    wanted = {name: row.facts[name] for name in form.facts if name in row.facts and not is_empty(row.facts[name])}
    fields = _values(row.kind, wanted, at.places)
    change = Change(Op.CREATE, row.kind, object, reference_of(row.kind, row.id), fields=fields)
    return Outgoing(row, change, form.facts, waiting=_left_behind(form, row, {}, frozenset()))


def _may_create(remote: Remote, row: Row, object: str, at: Standing) -> bool:
    policy = remote.policy.of(row.kind)
    create = policy.create
    meant = create is not Create.WHERE or holds(policy.where, rows.columns(row.kind, row.facts), at.ends)
    stones = [stone for stone in at.stones.get(row.id, ()) if stone.object == object]
    if stones:  # it was there and is gone: only a decision brings it back
        last = max(stone.died_at for stone in stones if stone.died_at)
        return meant and any(stone.again for stone in stones if stone.died_at == last)
    asked = {one.type for one in at.conflicts.get(row.id, ())} & {"delete", "merge"}
    if asked or create is Create.NEVER:
        return False
    if create in {Create.ALWAYS, Create.WHERE}:
        return meant
    customer = row.facts.get("customer")
    return isinstance(customer, UUID) and bool(at.places.get(customer))


def _values(kind: Kind, facts: Mapping[str, Fact], places: Places) -> dict[str, Value]:
    """The facts in the words of the CRM: rows become its records."""
    known = FIELDS[kind]
    return {name: _value(known[name].to, fact, places) for name, fact in facts.items()}


def _value(to: Kind | None, fact: Fact, places: Places) -> Value:
    if isinstance(fact, UUID) and to:
        object, external_id = sorted(places[fact])[0]
        return Ref(to, object, external_id)
    return cast(Value, fact)
