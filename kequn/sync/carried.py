"""What comes and goes with a customer or a group. Memberships end with either. Those that stand on a record (tags of a
contact) are gone when the record is; their rows live on as long as the customer does, and go where it goes. What is a
customer's may be created in a CRM once the customer stands there."""

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.errors import MissingReference
from kequn.contracts.records import FIELDS, Kind
from kequn.store import links, outbox, rows
from kequn.store.ledger import Edit, Ledger
from kequn.store.links import Tombstone
from kequn.store.rows import Row
from kequn.store.scope import Scope
from kequn.store.tables import Membership
from kequn.store.where import live
from kequn.sync.remote import Remote, targets

_memberships = Membership.__table__  # type: ignore[attr-defined]
ENDS = (Kind.CUSTOMER, Kind.GROUP)
AWAITING = ("WAITS", MissingReference.code)
"""Why a row waits for another."""


async def follow(
    session: AsyncSession, scope: Scope, connection: UUID, customers: Collection[UUID], now: datetime
) -> None:
    """These customers stand in the CRM from now on: what is theirs may have to go there too."""
    pairs = []
    for kind in (kind for kind in Kind if "customer" in FIELDS[kind]) if customers else ():
        source = rows.table(kind)
        mine = (source.c.tenant_id == scope.tenant, source.c.customer_id.in_(set(customers)), live(source))
        pairs += [
            (row, kind, connection) for row in (await session.execute(select(source.c.id).where(*mine))).scalars()
        ]
    await outbox.queue(session, scope, pairs, now)


async def refer_anew(
    session: AsyncSession, ledger: Ledger, remote: Remote, customers: Collection[UUID], back: Set[UUID], now: datetime
) -> None:
    """These customers stand in the CRM from now on. Of those who stood there before, as another record, or who are
    `back` from the dead: what referred to them refers to nobody there by now, whether or not the CRM tells, and is told
    again."""
    scope = remote.scope
    again = back | await links.with_graves(session, scope, remote.id, customers)
    theirs = await _referring(session, scope, again)
    held = await links.of_rows(session, scope, ledger.vault, remote.id, theirs) if theirs else []
    empty = [
        replace(link, base={name: None if fact in again else fact for name, fact in link.base.items()})
        for link in held
        if not again.isdisjoint(link.base.values())
    ]
    if empty:
        keys = await ledger.vault.keys_for_writing(session, scope, {link.whose or scope.tenant for link in empty})
        await links.put(session, scope, keys, empty)
    await outbox.queue(session, scope, {(link.row_id, link.kind, remote.id) for link in held}, now)


async def _referring(session: AsyncSession, scope: Scope, customers: Set[UUID]) -> set[UUID]:
    """The rows that refer to one of these; memberships aside, which come and go with them."""
    found: set[UUID] = set()
    for kind in (kind for kind in Kind if kind is not Kind.MEMBERSHIP) if customers else ():
        source = rows.table(kind)
        for name in (name for name, spec in FIELDS[kind].items() if spec.to is Kind.CUSTOMER):
            mine = (source.c.tenant_id == scope.tenant, source.c[f"{name}_id"].in_(customers), live(source))
            found |= set((await session.execute(select(source.c.id).where(*mine))).scalars())
    return found


async def wake(
    session: AsyncSession, scope: Scope, connection: UUID, arrived: Mapping[UUID, Kind], now: datetime
) -> None:
    """These rows stand in the CRM from now on: whatever waits there for one of them is tried at once."""
    if not arrived or not await outbox.awaits(session, scope, connection, AWAITING):
        return
    waiting: set[UUID] = set()
    for kind, fields in FIELDS.items():
        source = rows.table(kind)
        for name, ends in ((name, _of(arrived, spec.to)) for name, spec in fields.items() if spec.to):
            if ends:
                mine = (source.c.tenant_id == scope.tenant, source.c[f"{name}_id"].in_(ends))
                waiting |= set((await session.execute(select(source.c.id).where(*mine))).scalars())
    await outbox.wake(session, scope, connection, AWAITING, waiting, now)


def _of(arrived: Mapping[UUID, Kind], kind: Kind) -> list[UUID]:
    return [row for row, one in arrived.items() if one is kind]


async def memberships_of_deleted(session: AsyncSession, scope: Scope, edits: Collection[Edit]) -> list[Edit]:
    """A deleted customer is in no group any more, and a deleted group has no members."""
    ends = {edit.after.id: edit for edit in edits if edit.op == "delete" and edit.after.kind in ENDS}
    if not ends:
        return []
    query = select(_memberships.c.id).where(
        _memberships.c.tenant_id == scope.tenant,
        or_(*(_memberships.c[f"{kind.value}_id"].in_(ends) for kind in ENDS)),
        _memberships.c.deleted_at.is_(None),
    )
    ids = (await session.execute(query)).scalars().all()
    found = await rows.load(session, scope, Kind.MEMBERSHIP, ids, lock=True)
    return [_gone_with(row, ends) for row in found.values()]


def _gone_with(row: Row, ends: Mapping[UUID, Edit]) -> Edit:
    edit = next(ends[end] for end in targets(row.kind, row.facts) if end in ends)
    cause = replace(edit.cause, rule=f"its {edit.after.kind} was deleted")
    return Edit(row, replace(row, deleted_at=edit.after.deleted_at), cause)


async def buried_with(
    session: AsyncSession, ledger: Ledger, remote: Remote, stones: Sequence[Tombstone]
) -> list[Tombstone]:
    """The tombstones of all that these records carry. Nobody has deleted that itself: it may be created again."""
    found: list[Tombstone] = []
    for object, carrier in _carriers(remote).items():
        dead = {stone.external_id: stone.version for stone in stones if stone.kind is carrier}
        if dead:
            held = await links.owned(session, remote.scope, ledger.vault, remote.id, object, dead)
            found += [
                Tombstone(
                    remote.id,
                    link.object,
                    link.external_id,
                    link.kind,
                    link.row_id,
                    link.base,
                    max(link.version, dead[link.owner or ""]),
                    again=True,
                    whose=link.whose,
                )
                for link in held
            ]
    return found


def _carriers(remote: Remote) -> dict[str, Kind]:
    """The objects whose records stand on others, and on which kind."""
    carriers = {}
    for object, can in remote.crm.capabilities.objects.items():
        kind = FIELDS[can.kind][can.owner].to if can.owner else None
        if kind:
            carriers[object] = kind
    return carriers
