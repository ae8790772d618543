"""Match: a page of records beside what we know of each - link, base, row, tombstone, open writes and conflicts.
Reads in sets (the number of statements does not grow with the page) and decides only which row a record could be."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import FIELDS, Gone, Kind, Record, Ref, Type
from kequn.store import conflicts, identities, intents, journal, links, rows
from kequn.store.conflicts import Conflict
from kequn.store.holds import Ends
from kequn.store.intents import Intent
from kequn.store.ledger import Ledger
from kequn.store.links import Address, Link, Tombstone
from kequn.store.rows import Row
from kequn.store.values import Fact, Facts, can_store, is_empty
from kequn.sync import candidates
from kequn.sync.remote import Places, Remote, targets
from kequn.sync.stray import Strays, strays

ORDER = (
    Kind.STAFF,
    Kind.TIER,
    Kind.GROUP,
    Kind.CUSTOMER,
    Kind.PURCHASE,
    Kind.INTERACTION,
    Kind.FEEDBACK,
    Kind.BENEFIT_CLAIM,
    Kind.SURVEY_ANSWER,
    Kind.MEMBERSHIP,
)
"""What others refer to comes first."""
_REQUIRED = {
    kind: [spec.name for spec in fields.values() if spec.required and spec.type is not Type.REF]
    for kind, fields in FIELDS.items()
}


@dataclass(frozen=True)
class Observation:
    """One record, as it was seen, beside what we know.

    `theirs`: its fields in the words of rows; `waits`: references to records that are not here yet. `row`: the row that
    it is, or must be; `rivals`: the rows that it could be, when there are several. `others`: links of that row to other
    records of this connection. `heirs`: of a record that is gone, the rows linked here that hold one of its identity
    keys; `merging`: it is asked already whether it was merged. `bears`: another row whose kequn id the record carries:
    somebody made one record of the two. `twin`: of a membership, the link that it has as that of another row, which is
    the same pair. `left`: it comes from a create of the row whose answer was not seen.
    `lost`: the id that it carries, of a row that is not known here; `early`: whether its original may still be met.
    `dead`: rows that our side refers to where the record refers to nobody, and that are deleted, here or in that CRM.
    `authors`: by field, whose value the row shows, where a ranking may ask for it. `verified`: read by id just now, so
    that absence and age can be believed."""

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
    twin: Link | None = None
    left: bool = False
    lost: UUID | None = None
    early: bool = False
    dead: frozenset[UUID] = frozenset()
    authors: Mapping[str, str] = field(default_factory=dict)
    sent: tuple[Intent, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    places: Places = field(default_factory=dict, repr=False)
    ends: Ends = field(default_factory=dict, repr=False)

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
    page = await _meet(session, ledger, remote, kind, _latest(seen), known)
    here = await _look_up(session, ledger, remote, kind, page, known, verified=verified)
    return [_observe(page, here, address, verified=verified) for address in page.seen]


@dataclass(frozen=True)
class _Page:
    """The records of one kind: what stands at their addresses, their fields in our words, the rows they could be."""

    seen: Mapping[Address, Record | Gone]
    linked: Mapping[Address, Link]
    buried: Mapping[Address, Tombstone]
    refs: Mapping[Address, UUID]
    theirs: Mapping[Address, tuple[dict[str, Fact], dict[str, Ref]]]
    found: Mapping[Address, list[UUID]]
    left: Mapping[Address, UUID]
    strays: Strays


@dataclass(frozen=True)
class _Here:
    """Our side of a page: its rows, and what is known of each."""

    rows: Mapping[UUID, Row]
    standing: Mapping[UUID, Sequence[Link]]
    heirs: Mapping[UUID, tuple[UUID, ...]]
    merging: Collection[UUID | None]
    bears: Mapping[Address, UUID]
    twins: Mapping[Address, Link]
    dead: frozenset[UUID]
    authors: Mapping[UUID, Mapping[str, str]]
    sent: Mapping[UUID, Sequence[Intent]]
    asked: Sequence[Conflict]
    places: Places
    ends: Ends


async def _meet(
    session: AsyncSession,
    ledger: Ledger,
    remote: Remote,
    kind: Kind,
    seen: Mapping[Address, Record | Gone],
    known: Known,
) -> _Page:
    scope, vault = remote.scope, ledger.vault
    linked = await links.at(session, scope, vault, remote.id, seen)
    stones = await links.tombstones(session, scope, vault, remote.id, addresses=seen.keys())
    buried = {stone.address: stone for stone in stones}
    fresh = [one for address, one in seen.items() if address not in linked and address not in buried]
    refs = await candidates.resolve(session, remote, seen.values(), known.rows)
    living = await candidates.living(session, remote, kind, refs)
    theirs = {
        address: candidates.translate(remote, one, refs if address in linked else living)
        for address, one in seen.items()
    }
    found = await candidates.candidates(session, remote, kind, fresh, theirs)
    strangers = [one for one in fresh if isinstance(one, Record) and not found.get((one.object, one.id))]
    left = await candidates.left_behind(session, ledger, remote, kind, strangers, theirs)
    nobodys = [one for one in strangers if (one.object, one.id) not in left]
    lost = await strays(session, ledger, remote, kind, nobodys, theirs)
    found |= {**{address: [row] for address, row in left.items()}, **lost.alike}
    return _Page(seen, linked, buried, refs, theirs, found, left, lost)


async def _look_up(
    session: AsyncSession,
    ledger: Ledger,
    remote: Remote,
    kind: Kind,
    page: _Page,
    known: Known,
    *,
    verified: bool,
) -> _Here:
    scope, vault = remote.scope, ledger.vault
    possible = [row for rows_ in page.found.values() for row in rows_]
    wanted = {link.row_id for link in page.linked.values()} | {stone.row_id for stone in page.buried.values()}
    ours = await _rows(session, remote, kind, wanted.union(possible), known)
    gone = [address for address, one in page.seen.items() if isinstance(one, Gone) and address in page.linked]
    dying = [page.linked[address].row_id for address in gone]
    return _Here(
        ours,
        await _standing(session, ledger, remote, [*possible, *dying], page.buried),
        await _heirs(session, remote, kind, [ours[row] for row in dying if row in ours]),
        await _merging(session, ledger, remote, dying),
        await candidates.foreign(session, ledger, remote, kind, page.seen, page.linked),
        await candidates.twins(session, ledger, remote, page.linked, page.seen, page.theirs),
        await _dead(session, remote, kind, page, ours) | set(dying if verified else ()),
        await _authors(session, remote, kind, ours, page),
        await intents.of_rows(session, scope, vault, remote.id, ours),
        await conflicts.open_at(session, scope, vault, remote.id, page.seen),
        await _places(session, remote, kind, ours.values(), page.theirs.values(), page.refs),
        await _ends(session, remote, kind, page),
    )


def _observe(page: _Page, here: _Here, address: Address, *, verified: bool) -> Observation:
    link, stone = page.linked.get(address), page.buried.get(address)
    rivals = [] if link or stone else page.found.get(address, [])
    row_id = link.row_id if link else stone.row_id if stone else rivals[0] if len(rivals) == 1 else None
    row = here.rows.get(row_id) if row_id else None
    facts, waits = page.theirs[address]
    return Observation(
        seen=page.seen[address],
        verified=verified,
        theirs=facts,
        waits=waits,
        link=link,
        tombstone=stone,
        row=row,
        rivals=tuple(rivals) if len(rivals) > 1 else (),
        others=tuple(other for other in here.standing.get(row.id, ()) if other.address != address) if row else (),
        heirs=here.heirs.get(row.id, ()) if row else (),
        merging=row is not None and row.id in here.merging,
        bears=here.bears.get(address),
        twin=here.twins.get(address),
        left=address in page.left,
        lost=page.strays.ids.get(address),
        early=address in page.strays.early,
        dead=here.dead,
        authors=here.authors.get(row.id, {}) if row else {},
        sent=tuple(here.sent.get(row.id, ())) if row else (),
        conflicts=tuple(conflict for conflict in here.asked if conflict.address == address),
        places=here.places,
        ends=here.ends,
    )


def _latest(seen: Sequence[Record | Gone]) -> dict[Address, Record | Gone]:
    latest: dict[Address, Record | Gone] = {}
    for one in seen:
        before = latest.get((one.object, one.id))
        if before is None or one.version >= before.version:
            latest[one.object, one.id] = one
    return latest


async def _merging(session: AsyncSession, ledger: Ledger, remote: Remote, rows: Sequence[UUID]) -> set[UUID | None]:
    """Those of these rows of which it is asked already whether they were merged."""
    asked = await conflicts.open_of_rows(session, remote.scope, ledger.vault, remote.id, rows)
    return {one.row_id for one in asked if one.type == "merge"}


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
    held_by = {row.id: remote.policy.keys(kind, row.facts) for row in dying} if kind is Kind.CUSTOMER else {}
    wanted = {key for some in held_by.values() for key in some}
    holders = await identities.rows_with(session, remote.scope, kind, wanted)
    others = {row for rows_ in holders.values() for row in rows_}
    here = await links.addresses_of(session, remote.scope, remote.id, others)
    return {
        row: tuple(sorted({other for key in some for other in holders.get(key, ()) if other != row and other in here}))
        for row, some in held_by.items()
    }


async def _dead(
    session: AsyncSession, remote: Remote, kind: Kind, page: _Page, ours: Mapping[UUID, Row]
) -> frozenset[UUID]:
    """Of the rows that we refer to, or did, where their records refer to nobody: those that are deleted, and those
    whose own record there is."""
    asked: dict[Kind, set[UUID]] = {}
    for address, link in page.linked.items():
        facts, gone = page.theirs[address][0], isinstance(page.seen[address], Gone)
        sides = [link.base, ours[link.row_id].facts] if link.row_id in ours else [link.base]
        for name, spec in FIELDS[kind].items():
            if spec.to and (gone or (name in facts and facts[name] is None)):
                asked.setdefault(spec.to, set()).update(
                    fact for side in sides if isinstance(fact := side.get(name), UUID)
                )
    found: set[UUID] = set()
    for to, some in asked.items():
        found |= await identities.dead(session, remote.scope, to, some)
        found |= await links.buried(session, remote.scope, remote.id, some)
    return frozenset(found)


async def _authors(
    session: AsyncSession, remote: Remote, kind: Kind, ours: Mapping[UUID, Row], page: _Page
) -> Mapping[UUID, Mapping[str, str]]:
    """Whose values the rows show that differ from their record in a field for which connections are ranked."""
    policy, wanted = remote.policy.of(kind), set()
    for address, (facts, _) in page.theirs.items() if policy.authority else ():
        ranked = {name: fact for name, fact in facts.items() if policy.ranking(name)}
        possible = [page.linked[address].row_id] if address in page.linked else page.found.get(address, [])
        for row in (ours[id] for id in possible if id in ours):
            if any(row.facts.get(name) != fact for name, fact in ranked.items()):
                wanted.add(row.id)
    return await journal.authors(session, remote.scope, wanted)


async def _ends(session: AsyncSession, remote: Remote, kind: Kind, page: _Page) -> Ends:
    """The rows that the records refer to, where the scope asks about them."""
    follows = remote.policy.of(kind).follows
    return await rows.ends(session, remote.scope, kind, follows, [facts for facts, _ in page.theirs.values()])


async def _places(
    session: AsyncSession, remote: Remote, kind: Kind, ours: Any, theirs: Any, refs: Mapping[Address, UUID]
) -> Places:
    """Where the rows stand that these rows refer to."""
    wanted = {row for one in ours for row in targets(kind, one.facts)}
    wanted |= {row for facts, _ in theirs for row in targets(kind, facts)}
    known = {row: [address] for address, row in refs.items()}
    return {**known, **await links.addresses_of(session, remote.scope, remote.id, wanted - known.keys())}


def required_waits(observation: Observation) -> dict[str, Ref]:
    """The references without which the record means nothing."""
    fields = FIELDS[observation.seen.kind]
    return {name: ref for name, ref in observation.waits.items() if fields[name].required}


def incomplete(observation: Observation) -> str | None:
    """A field without which there can be no row, and which the record does not fill."""
    wanted = _REQUIRED[observation.seen.kind]
    return next((name for name in wanted if is_empty(observation.theirs.get(name))), None)


def unstorable(observation: Observation) -> str | None:
    """A field whose value no database takes."""
    return next((name for name, fact in observation.theirs.items() if not can_store(fact)), None)
