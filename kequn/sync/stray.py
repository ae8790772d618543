"""Strays: records that carry the kequn id of a row that is not known here, because an old backup took the place of the
database. kequn made them, of a row that it had, and whose original may stand in another CRM without any id: says which
row that could be, and whether it is too early to say. What is then done is decided in decide.py."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import FIELDS, Kind, Record, Ref, Type
from kequn.store import hints, identities, links, rows, runs
from kequn.store.ledger import Ledger
from kequn.store.links import Address
from kequn.store.rows import Row
from kequn.store.values import Fact, Facts, is_empty
from kequn.sync.candidates import own_reference
from kequn.sync.remote import Remote

CODE, CAUSE = "STRAY", "it carries the id of a row that is not known here, and its original may stand in another CRM"
LONG_ENOUGH = timedelta(days=1)
"""Who waits longer than that for the other CRMs to be read is taken for an original."""

Told = Mapping[Address, tuple[dict[str, Fact], dict[str, Ref]]]


@dataclass(frozen=True)
class Strays:
    """By record: the id that it carries, and the rows whose copy it could be. `early`: of these, not all other CRMs
    have been read since they were first seen."""

    ids: Mapping[Address, UUID] = field(default_factory=dict)
    alike: Mapping[Address, list[UUID]] = field(default_factory=dict)
    early: frozenset[Address] = frozenset()


async def strays(
    session: AsyncSession, ledger: Ledger, remote: Remote, kind: Kind, strangers: Sequence[Record], theirs: Told
) -> Strays:
    """`strangers`: records that no key and no link says anything of."""
    carried = {(one.object, one.id): id for one in strangers if (id := own_reference(kind, one))}
    known = await identities.existing(session, remote.scope, kind, set(carried.values()))
    ids = {address: id for address, id in carried.items() if id not in known}
    keyless = [one for one in ids if kind is not Kind.MEMBERSHIP and not remote.policy.keys(kind, theirs[one][0])]
    if not keyless:
        return Strays(ids)
    alike = await _alike(session, remote, kind, {one: theirs[one][0] for one in keyless})
    unlike = [one for one in keyless if not alike[one]]
    return Strays(ids, alike, await _early(session, ledger, remote, unlike) if unlike else frozenset())


async def _alike(
    session: AsyncSession, remote: Remote, kind: Kind, told: Mapping[Address, Facts]
) -> dict[Address, list[UUID]]:
    """Rows of the same name that have no record here, about the same others; those that say all the same, if any do."""
    name = next(spec.name for spec in FIELDS[kind].values() if spec.required and spec.type is Type.TEXT)
    if kind is Kind.CUSTOMER:
        name = "name"
    found = await rows.named(session, remote.scope, kind, name, {str(facts.get(name)) for facts in told.values()})
    here = await links.addresses_of(session, remote.scope, remote.id, found)
    free = [row for id, row in sorted(found.items()) if id not in here]
    alike = {one: [row for row in free if row.facts[name] == facts.get(name)] for one, facts in told.items()}
    return {one: _most_like(kind, told[one], some) for one, some in alike.items()}


def _most_like(kind: Kind, told: Facts, some: Sequence[Row]) -> list[UUID]:
    about = [name for name, spec in FIELDS[kind].items() if spec.type is Type.REF and spec.to is Kind.CUSTOMER]
    fitting = [row.id for row in some if _agree(told, row.facts, about)]
    same = [row.id for row in some if _agree(told, row.facts, told)]
    return same or fitting


def _agree(some: Facts, others: Facts, names: Collection[str]) -> bool:
    """Nothing that both sides say differs."""
    pairs = [(some.get(name), others.get(name)) for name in names]
    return all(one == other or is_empty(one) or is_empty(other) for one, other in pairs)


async def _early(
    session: AsyncSession, ledger: Ledger, remote: Remote, addresses: Collection[Address]
) -> frozenset[Address]:
    now, read = ledger.clock.now(), await runs.others_read(session, remote.scope, remote.id)
    noted = await hints.noted(session, remote.scope, remote.id, addresses)
    return frozenset(one for one in addresses if _is_early(noted.get(one, now), now, read))


def _is_early(noted: datetime, now: datetime, read: Collection[datetime | None]) -> bool:
    return now - noted < LONG_ENOUGH and not all(one is not None and one > noted for one in read)
