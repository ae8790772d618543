"""Which row a record could be: its references in our words, the kequn id that it carries, the identity keys that it
shares, what was sent to create it. Reads in sets; match.py puts the answers beside what else is known."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts import identity
from kequn.contracts.identity import parse_id
from kequn.contracts.records import FIELDS, Gone, Kind, Record, Ref
from kequn.store import conflicts, identities, intents, links
from kequn.store.ledger import Ledger
from kequn.store.links import Address, Link
from kequn.store.values import Fact, Facts, is_empty
from kequn.sync.remote import Remote

NAMED = frozenset({Kind.GROUP, Kind.TIER})
PAIR = ("customer", "group")


async def resolve(
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


async def living(
    session: AsyncSession, remote: Remote, kind: Kind, refs: Mapping[Address, UUID]
) -> Mapping[Address, UUID]:
    """Without the dead ones that a new record of this kind would be nothing without: whoever is deleted here joins no
    group, unless it turns out that they live on."""
    needed = [spec.to for spec in FIELDS[kind].values() if spec.to and spec.required]
    dead = {row for to in needed for row in await identities.dead(session, remote.scope, to, set(refs.values()))}
    return {address: row for address, row in refs.items() if row not in dead}


def translate(
    remote: Remote, one: Record | Gone, refs: Mapping[Address, UUID]
) -> tuple[dict[str, Fact], dict[str, Ref]]:
    """The record's fields in the words of rows, and the references that wait. A field that is not pulled is left out,
    and so is a reference to a kind that is not: it would wait for nothing."""
    fields, unread = FIELDS[one.kind], remote.policy.of(one.kind).unread
    facts: dict[str, Fact] = {}
    waits: dict[str, Ref] = {}
    for name, value in one.fields.items() if isinstance(one, Record) else ():
        if name in unread:
            continue
        if not isinstance(value, Ref):
            facts[name] = value
        elif (value.object, value.id) in refs:
            facts[name] = refs[value.object, value.id]
        elif fields[name].required or remote.policy.of(value.kind).pulls:
            waits[name] = value
    return facts, waits


async def candidates(
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
    named = {(one.object, one.id): row for one in records if (row := own_reference(kind, one))}
    there = await identities.existing(session, remote.scope, kind, set(named.values()))
    found |= {address: [row] for address, row in named.items() if row in there}
    keyed = {(one.object, one.id): remote.policy.keys(kind, theirs[one.object, one.id][0]) for one in records}
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


async def left_behind(
    session: AsyncSession,
    ledger: Ledger,
    remote: Remote,
    kind: Kind,
    strangers: Sequence[Record],
    theirs: Mapping[Address, tuple[dict[str, Fact], dict[str, Ref]]],
) -> dict[Address, UUID]:
    """For records that could be no row, the row whose create without an answer left them: where records carry no kequn
    id, what was sent is the only trace, and the row may have been deleted or renamed since."""
    unmarked = [one for one in strangers if not remote.can(one.object).carries_id]
    sent = await intents.creates(session, remote.scope, ledger.vault, remote.id, kind) if unmarked else []
    found = {}
    for one in unmarked if sent else ():
        facts = theirs[one.object, one.id][0]
        rows = (intent.row_id for intent in sent if intent.object == one.object and _says(kind, intent.values, facts))
        if row := next(rows, None):
            found[one.object, one.id] = row
    return found


def _says(kind: Kind, sent: Facts, shown: Facts) -> bool:
    """It has the name, or is the pair, that was sent; of a kind that has neither, all that was sent."""
    if kind in NAMED:
        return identity.keys(kind, sent) == identity.keys(kind, shown)
    telling = {name: fact for name, fact in sent.items() if name in PAIR or kind is not Kind.MEMBERSHIP}
    told = {name: fact for name, fact in telling.items() if not is_empty(fact)}
    return bool(told) and all(shown.get(name) == fact for name, fact in told.items())


def _of_type(rows: Iterable[UUID], types: Mapping[UUID, str], type: Fact) -> list[UUID]:
    """A person with the phone of a company is not the company."""
    return [row for row in rows if type is None or types.get(row, type) == type]


def own_reference(kind: Kind, record: Record) -> UUID | None:
    try:
        return parse_id(record.reference, kind.value)[1] if record.reference else None
    except ValueError:
        return None  # somebody typed into our field; identity decides


async def foreign(
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
        if isinstance(one := seen[address], Record) and (row := own_reference(kind, one)) and row != link.row_id
    }
    if not named:
        return {}
    there = await identities.existing(session, remote.scope, kind, set(named.values()))
    asked = await conflicts.asked_at(session, remote.scope, ledger.vault, remote.id, "merge", named)
    return {address: row for address, row in named.items() if row in there and (address, row) not in asked}


async def twins(
    session: AsyncSession,
    ledger: Ledger,
    remote: Remote,
    linked: Mapping[Address, Link],
    seen: Mapping[Address, Record | Gone],
    theirs: Mapping[Address, tuple[dict[str, Fact], dict[str, Ref]]],
) -> dict[Address, Link]:
    """Of memberships that have come to another pair (their customers became one in the CRM) the links that they have
    from now on, where a row is that pair already."""
    moved = [
        one
        for address, link in linked.items()
        if link.primary and isinstance(one := seen[address], Record) and has_moved(link, theirs[address][0])
    ]
    pairs = await _pairs(session, remote, moved, theirs)
    there = {address: row for address, some in pairs.items() for row in some[:1] if row != linked[address].row_id}
    standing = await links.of_rows(session, remote.scope, ledger.vault, remote.id, set(there.values())) if there else []
    return {address: joined(linked[address], row, standing) for address, row in there.items()}


def has_moved(link: Link, theirs: Facts) -> bool:
    """Whether a membership is of another pair by now."""
    return link.kind is Kind.MEMBERSHIP and any(theirs.get(name) != link.base.get(name) for name in PAIR)


def joined(link: Link, row: UUID, standing: Iterable[Link]) -> Link:
    """The link as that of another row, which may have a record in that object."""
    others = [one for one in standing if one.row_id == row and one.primary and one.object == link.object]
    return replace(link, row_id=row, primary=not others)


async def _pairs(
    session: AsyncSession,
    remote: Remote,
    records: Sequence[Record],
    theirs: Mapping[Address, tuple[dict[str, Fact], dict[str, Ref]]],
) -> dict[Address, list[UUID]]:
    pairs = {}
    for record in records:
        customer, group = (theirs[record.object, record.id][0].get(name) for name in PAIR)
        if isinstance(customer, UUID) and isinstance(group, UUID):
            pairs[record.object, record.id] = (customer, group)
    held = await identities.memberships_of(session, remote.scope, set(pairs.values()))
    return {address: held.get(pair, []) for address, pair in pairs.items()}
