"""Match: a page of records beside what we know of each - link, base, row, tombstone, open writes and conflicts.
Reads in sets (the number of statements does not grow with the page) and decides only which row a record could be."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.identity import keys, parse_id
from kequn.contracts.records import FIELDS, Gone, Kind, Record, Ref, Type
from kequn.store import conflicts, identities, intents, links, rows
from kequn.store.conflicts import Conflict
from kequn.store.intents import Intent
from kequn.store.ledger import Ledger
from kequn.store.links import Address, Link, Tombstone
from kequn.store.rows import Row
from kequn.store.values import Fact, Facts, can_store, is_empty
from kequn.sync.remote import Places, Remote, targets

ORDER = (
    Kind.STAFF,
    Kind.TIER,
    Kind.GROUP,
    Kind.CUSTOMER,
    Kind.PURCHASE,
    Kind.INTERACTION,
    Kind.FEEDBACK,
    Kind.MEMBERSHIP,
)
"""What others refer to comes first."""


@dataclass(frozen=True)
class Observation:
    """One record, as it was seen, beside what we know.

    `theirs`: its fields in the words of rows; `waits`: references to records that are not here yet. `row`: the row that
    it is, or must be; `rivals`: the rows that it could be, when there are several. `others`: links of that row to other
    records of this connection. `heirs`: of a record that is gone, the rows linked here that hold one of its identity
    keys; `merging`: it is asked already whether it was merged. `bears`: another row whose kequn id the record carries:
    somebody made one record of the two. `verified`: read by id just now, so that absence and age can be believed."""

    seen: Record | Gone
    verified: bool
    theirs: Facts = field(default_factory=dict, repr=False)
    waits: Mapping[str, Ref] = field(default_factory=dict)
    link: Link | None = None
    tombstone: Tombstone | None = None
    row: Row | None = None
    rivals: tuple[UUID, ...] = ()
    others: tuple[Link, ...] = ()
    heirs: tuple[UUID, ...] = ()
    merging: bool = False
    bears: UUID | None = None
    sent: tuple[Intent, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    places: Places = field(default_factory=dict, repr=False)

    @property
    def address(self) -> Address:
        return self.seen.object, self.seen.id

    @property
    def standing(self) -> Link | None:
        """The primary link that the row already has in this object."""
        return next((link for link in self.others if link.primary and link.object == self.seen.object), None)


@dataclass
class Known:
    """What a plan that is not applied has found out so far: which row each record would be."""

    rows: dict[Address, UUID] = field(default_factory=dict)
    fresh: dict[UUID, Row] = field(default_factory=dict)


async def match(
    session: AsyncSession,
    ledger: Ledger,
    remote: Remote,
    kind: Kind,
    seen: Sequence[Record | Gone],
    known: Known,
    *,
    verified: bool,
) -> list[Observation]:
    """Observations of one kind, in the order of `seen`; a record that was seen twice counts once, as it was last."""
    scope, vault = remote.scope, ledger.vault
    latest = _latest(seen)
    linked = await links.at(session, scope, vault, remote.id, latest)
    buried = {
        stone.address: stone
        for stone in await links.tombstones(session, scope, vault, remote.id, addresses=latest.keys())
    }
    fresh = [one for address, one in latest.items() if address not in linked and address not in buried]
    refs = await _resolve(session, remote, latest.values(), known.rows)
    living = await _living(session, remote, kind, refs)
    theirs = {
        address: _translate(remote, one, refs if address in linked else living) for address, one in latest.items()
    }
    found = await _candidates(session, remote, kind, fresh, theirs)
    wanted = {link.row_id for link in linked.values()} | {stone.row_id for stone in buried.values()}
    ours = await _rows(session, remote, kind, wanted.union(*found.values()), known)
    dying = [linked[address].row_id for address, one in latest.items() if isinstance(one, Gone) and address in linked]
    standing = await _standing(
        session, ledger, remote, [*(row for ids in found.values() for row in ids), *dying], buried
    )
    heirs = await _heirs(session, remote, kind, [ours[row] for row in dying if row in ours])
    opened = await conflicts.open_at(session, scope, vault, remote.id, latest)
    merging = await _merging(session, ledger, remote, dying)
    bears = await _foreign(session, ledger, remote, kind, latest, linked)
    writes = await intents.of_rows(session, scope, vault, remote.id, ours)
    places = await _places(session, remote, kind, ours.values(), theirs.values(), refs)

    def observe(address: Address, one: Record | Gone) -> Observation:
        link, stone = linked.get(address), buried.get(address)
        rivals = [] if link or stone else found.get(address, [])
        row_id = link.row_id if link else stone.row_id if stone else rivals[0] if len(rivals) == 1 else None
        row = ours.get(row_id) if row_id else None
        facts, waits = theirs[address]
        return Observation(
            seen=one,
            verified=verified,
            theirs=facts,
            waits=waits,
            link=link,
            tombstone=stone,
            row=row,
            rivals=tuple(rivals) if len(rivals) > 1 else (),
            others=tuple(other for other in standing.get(row.id, ()) if other.address != address) if row else (),
            heirs=heirs.get(row.id, ()) if row else (),
            merging=row is not None and row.id in merging,
            bears=bears.get(address),
            sent=tuple(writes.get(row.id, ())) if row else (),
            conflicts=tuple(conflict for conflict in opened if conflict.address == address),
            places=places,
        )

    return [observe(address, one) for address, one in latest.items()]


def _latest(seen: Sequence[Record | Gone]) -> dict[Address, Record | Gone]:
    latest: dict[Address, Record | Gone] = {}
    for one in seen:
        before = latest.get((one.object, one.id))
        if before is None or one.version >= before.version:
            latest[one.object, one.id] = one
    return latest


async def _resolve(
    session: AsyncSession, remote: Remote, seen: Any, known: Mapping[Address, UUID]
) -> dict[Address, UUID]:
    """The rows that the records refer to."""
    wanted = {
        (value.object, value.id)
        for one in seen
        if isinstance(one, Record)
        for value in one.fields.values()
        if isinstance(value, Ref)
    }
    found = await links.rows_at(session, remote.scope, remote.id, wanted - known.keys())
    return {**{address: known[address] for address in wanted & known.keys()}, **found}


async def _living(
    session: AsyncSession, remote: Remote, kind: Kind, refs: Mapping[Address, UUID]
) -> Mapping[Address, UUID]:
    """Without the dead ones that a new record of this kind would be nothing without: whoever is deleted here joins no
    group, unless it turns out that they live on."""
    needed = [spec.to for spec in FIELDS[kind].values() if spec.to and spec.required]
    dead = {row for to in needed for row in await identities.dead(session, remote.scope, to, set(refs.values()))}
    return {address: row for address, row in refs.items() if row not in dead}


def _translate(
    remote: Remote, one: Record | Gone, refs: Mapping[Address, UUID]
) -> tuple[dict[str, Fact], dict[str, Ref]]:
    """The record's fields in the words of rows, and the references that wait. A reference to a kind that is not pulled
    waits for nothing: it is left out."""
    fields = FIELDS[one.kind]
    facts: dict[str, Fact] = {}
    waits: dict[str, Ref] = {}
    for name, value in one.fields.items() if isinstance(one, Record) else ():
        if not isinstance(value, Ref):
            facts[name] = value
        elif (value.object, value.id) in refs:
            facts[name] = refs[value.object, value.id]
        elif fields[name].required or remote.policy.of(value.kind).pulls:
            waits[name] = value
    return facts, waits


async def _candidates(
    session: AsyncSession,
    remote: Remote,
    kind: Kind,
    unlinked: Sequence[Record | Gone],
    theirs: Mapping[Address, tuple[dict[str, Fact], dict[str, Ref]]],
) -> dict[Address, list[UUID]]:
    """For each record without a link the rows that it could be: the one whose kequn id it carries, else those that hold
    its most telling identity key, else (a membership) those of the same pair."""
    records = [one for one in unlinked if isinstance(one, Record)]
    found: dict[Address, list[UUID]] = {}
    named = {(one.object, one.id): row for one in records if (row := _own_reference(kind, one))}
    there = await identities.existing(session, remote.scope, kind, set(named.values()))
    found |= {address: [row] for address, row in named.items() if row in there}
    keyed = {(one.object, one.id): keys(kind, theirs[one.object, one.id][0]) for one in records}
    held = await identities.rows_with(session, remote.scope, kind, {key for some in keyed.values() for key in some})
    holders = {row for some in held.values() for row in some} if kind is Kind.CUSTOMER else set()
    types = await identities.types_of(session, remote.scope, holders)
    for address, some in keyed.items():
        if address not in found:
            fitting = (_of_type(held.get(key, ()), types, theirs[address][0].get("type")) for key in some)
            found[address] = next((rows for rows in fitting if rows), [])
    if kind is Kind.MEMBERSHIP:
        found |= await _pairs(session, remote, records, theirs)
    return found


def _of_type(rows: Iterable[UUID], types: Mapping[UUID, str], type: Fact) -> list[UUID]:
    """A person with the phone of a company is not the company."""
    return [row for row in rows if type is None or types.get(row, type) == type]


def _own_reference(kind: Kind, record: Record) -> UUID | None:
    try:
        return parse_id(record.reference, kind.value)[1] if record.reference else None
    except ValueError:
        return None  # somebody typed into our field; identity decides


async def _merging(session: AsyncSession, ledger: Ledger, remote: Remote, rows: Sequence[UUID]) -> set[UUID | None]:
    """Those of these rows of which it is asked already whether they were merged."""
    asked = await conflicts.open_of_rows(session, remote.scope, ledger.vault, remote.id, rows)
    return {one.row_id for one in asked if one.type == "merge"}


async def _foreign(
    session: AsyncSession,
    ledger: Ledger,
    remote: Remote,
    kind: Kind,
    seen: Mapping[Address, Record | Gone],
    linked: Mapping[Address, Link],
) -> dict[Address, UUID]:
    """Linked records that carry the kequn id of another row, unless people were asked about it before. A CRM that
    merges two records fills the gaps of the winner, this one too."""
    named = {
        address: row
        for address, link in linked.items()
        if isinstance(one := seen[address], Record) and (row := _own_reference(kind, one)) and row != link.row_id
    }
    if not named:
        return {}
    there = await identities.existing(session, remote.scope, kind, set(named.values()))
    asked = await conflicts.asked_at(session, remote.scope, ledger.vault, remote.id, "merge", named)
    return {address: row for address, row in named.items() if row in there and (address, row) not in asked}


async def _pairs(
    session: AsyncSession,
    remote: Remote,
    records: Sequence[Record],
    theirs: Mapping[Address, tuple[dict[str, Fact], dict[str, Ref]]],
) -> dict[Address, list[UUID]]:
    pairs = {}
    for record in records:
        customer, group = (theirs[record.object, record.id][0].get(name) for name in ("customer", "group"))
        if isinstance(customer, UUID) and isinstance(group, UUID):
            pairs[record.object, record.id] = (customer, group)
    held = await identities.memberships_of(session, remote.scope, set(pairs.values()))
    return {address: held.get(pair, []) for address, pair in pairs.items()}


async def _rows(session: AsyncSession, remote: Remote, kind: Kind, wanted: set[UUID], known: Known) -> dict[UUID, Row]:
    """The rows, locked; a merged one is answered by the row that it went into."""
    found = await rows.load(session, remote.scope, kind, wanted, lock=True)
    merged = {row.id: row.merged_into for row in found.values() if row.merged_into}
    heirs = await rows.load(session, remote.scope, kind, set(merged.values()), lock=True)
    found |= {gone: heirs[heir] for gone, heir in merged.items() if heir in heirs}
    return found | {row: known.fresh[row] for row in wanted if row in known.fresh}


async def _standing(
    session: AsyncSession,
    ledger: Ledger,
    remote: Remote,
    candidates: Sequence[UUID],
    buried: Mapping[Address, Tombstone],
) -> dict[UUID, list[Link]]:
    """The links at this connection of the rows that a record without a link could be."""
    wanted = {*candidates, *(stone.row_id for stone in buried.values())}
    standing: dict[UUID, list[Link]] = {}
    for link in await links.of_rows(session, remote.scope, ledger.vault, remote.id, wanted) if wanted else ():
        standing.setdefault(link.row_id, []).append(link)
    return standing


async def _heirs(
    session: AsyncSession, remote: Remote, kind: Kind, dying: Sequence[Row]
) -> dict[UUID, tuple[UUID, ...]]:
    """For each row whose record is gone: other rows that hold one of its identity keys and are linked here."""
    held_by = {row.id: keys(kind, row.facts) for row in dying} if kind is Kind.CUSTOMER else {}
    wanted = {key for some in held_by.values() for key in some}
    holders = await identities.rows_with(session, remote.scope, kind, wanted)
    others = {row for rows_ in holders.values() for row in rows_}
    here = await links.addresses_of(session, remote.scope, remote.id, others)
    return {
        row: tuple(sorted({other for key in some for other in holders.get(key, ()) if other != row and other in here}))
        for row, some in held_by.items()
    }


async def _places(
    session: AsyncSession, remote: Remote, kind: Kind, ours: Any, theirs: Any, refs: Mapping[Address, UUID]
) -> Places:
    """Where the rows stand that these rows refer to."""
    wanted = {row for one in ours for row in targets(kind, one.facts)}
    wanted |= {row for facts, _ in theirs for row in targets(kind, facts)}
    stored = await links.addresses_of(session, remote.scope, remote.id, wanted)
    return {**{row: [address] for address, row in refs.items()}, **stored}


def required_waits(observation: Observation) -> dict[str, Ref]:
    """The references without which the record means nothing."""
    fields = FIELDS[observation.seen.kind]
    return {name: ref for name, ref in observation.waits.items() if fields[name].required}


def incomplete(observation: Observation) -> str | None:
    """A field without which there can be no row, and which the record does not fill."""
    fields = FIELDS[observation.seen.kind].values()
    wanted = (spec.name for spec in fields if spec.required and spec.type is not Type.REF)
    return next((name for name in wanted if is_empty(observation.theirs.get(name))), None)


def unstorable(observation: Observation) -> str | None:
    """A field whose value no database takes."""
    return next((name for name, fact in observation.theirs.items() if not can_store(fact)), None)
