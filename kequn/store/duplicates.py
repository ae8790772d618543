"""What the search for duplicates reads, and the suggestions it writes. In sets; decides nothing about likeness."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, Table, and_, delete, func, or_, select, tuple_, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.identity import Key
from kequn.contracts.records import Kind
from kequn.store import tables
from kequn.store.scope import Scope
from kequn.store.upsert import insert_or_update
from kequn.store.where import live

_duplicates: Table = tables.Duplicate.__table__  # type: ignore[attr-defined]
_scans: Table = tables.DuplicateScan.__table__  # type: ignore[attr-defined]
_customers: Table = tables.Customer.__table__  # type: ignore[attr-defined]
_identities: Table = tables.Identity.__table__  # type: ignore[attr-defined]
_links: Table = tables.Link.__table__  # type: ignore[attr-defined]
_BATCH = 500
SIDES = union_all(
    *(
        select(_duplicates.c.tenant_id, side.label("customer_id"), _duplicates.c.id.label("duplicate_id"))
        for side in (_duplicates.c.first_id, _duplicates.c.second_id)
    )
).subquery("sides")
"""Each suggestion, once for each customer that it is about."""

T = TypeVar("T")


@dataclass(frozen=True)
class Profile:
    """What of a customer is compared."""

    id: UUID
    type: str
    name: str = field(repr=False)
    city: str | None = field(default=None, repr=False)
    region: str | None = field(default=None, repr=False)
    street: str | None = field(default=None, repr=False)
    birthday: date | None = field(default=None, repr=False)
    union_id: str | None = field(default=None, repr=False)
    uscc: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Suggestion:
    """See tables.Duplicate. `link`: connection, object and external id of a double."""

    first: UUID
    second: UUID | None
    score: int
    reasons: tuple[str, ...] = ()
    link: tuple[UUID, str, str] | None = None

    @property
    def id(self) -> UUID:
        if self.link:
            return uuid5(self.first, "/".join(str(part) for part in self.link))
        return uuid5(self.first, str(self.second))


@dataclass(frozen=True)
class Scan:
    """See tables.DuplicateScan."""

    seen_until: datetime
    rules: int
    common: frozenset[str]


async def profiles(session: AsyncSession, scope: Scope) -> dict[UUID, Profile]:
    """All live customers."""
    wanted = [_customers.c[name] for name in Profile.__dataclass_fields__]
    query = select(*wanted).where(_customers.c.tenant_id == scope.tenant, live(_customers)).order_by(_customers.c.id)
    return {row[0]: Profile(*row) for row in (await session.execute(query)).all()}


async def shared_keys(session: AsyncSession, scope: Scope) -> dict[Key, list[UUID]]:
    """The identity keys that more than one customer holds, with their holders."""
    mine = _identities.c.tenant_id == scope.tenant
    pair = (_identities.c.type, _identities.c.value)
    several = select(*pair).where(mine).group_by(*pair).having(func.count() > 1)
    query = select(*pair, _identities.c.customer_id).where(mine, tuple_(*pair).in_(several))
    found: dict[Key, list[UUID]] = {}
    for type, value, customer in (await session.execute(query.order_by(_identities.c.customer_id))).all():
        found.setdefault(Key(type, value), []).append(customer)
    return found


async def changed_since(session: AsyncSession, scope: Scope, moment: datetime) -> set[UUID]:
    """Customers that changed, those that went too."""
    query = select(_customers.c.id).where(_customers.c.tenant_id == scope.tenant, _customers.c.updated_at >= moment)
    return set((await session.execute(query)).scalars())


async def second_records(session: AsyncSession, scope: Scope) -> list[tuple[UUID, UUID, str, str]]:
    """Customers with another record inside a CRM: row, connection, object, external id."""
    query = (
        select(_links.c.row_id, _links.c.connection_id, _links.c.object, _links.c.external_id)
        .join(_customers, and_(_customers.c.tenant_id == _links.c.tenant_id, _customers.c.id == _links.c.row_id))
        .where(_links.c.tenant_id == scope.tenant, _links.c.kind == Kind.CUSTOMER.value, ~_links.c.is_primary)
        .where(live(_customers))
    )
    return [(row[0], row[1], row[2], row[3]) for row in (await session.execute(query)).all()]


async def last_scan(session: AsyncSession, scope: Scope) -> Scan | None:
    found = (await session.execute(select(_scans).where(_scans.c.tenant_id == scope.tenant))).mappings().first()
    return Scan(found["seen_until"], found["rules"], frozenset(found["common"])) if found else None


async def note_scan(session: AsyncSession, scope: Scope, scan: Scan) -> None:
    values = {"seen_until": scan.seen_until, "rules": scan.rules, "common": sorted(scan.common)}
    await session.execute(insert_or_update(session, _scans, *values).values(tenant_id=scope.tenant, **values))


async def put(
    session: AsyncSession, scope: Scope, found: Collection[Suggestion], about: Collection[UUID] | None, now: datetime
) -> tuple[int, int]:
    """Make the open suggestions about these customers (None: all), and all doubles, be what was found. What people
    decided stays decided. Returns how many came and how many went."""
    known = await _known(session, scope, about)
    wanted = {one.id: one for one in found}
    gone = [id for id, row in known.items() if id not in wanted and row["state"] == "open"]
    fresh = [one for id, one in wanted.items() if id not in known or _differs(known[id], one)]
    mine = (_duplicates.c.tenant_id == scope.tenant, _duplicates.c.state == "open")  # somebody may decide meanwhile
    for some in _batches(gone):
        await session.execute(delete(_duplicates).where(*mine, _duplicates.c.id.in_(some)))
    for part in _batches(fresh):
        values = [_columns(scope, one, now) for one in part]
        await session.execute(insert_or_update(session, _duplicates, "score", "reasons"), values)
    return len(wanted.keys() - known.keys()), len(gone)


async def decide(
    session: AsyncSession, scope: Scope, pair: tuple[UUID, UUID], state: str, actor: str, now: datetime
) -> None:
    """Somebody said what these two are, whether they had been suggested or not."""
    first, second = sorted(pair)
    decided = {"state": state, "decided_at": now, "decided_by": actor}
    values = {**_columns(scope, Suggestion(first, second, 0), now), **decided}
    await session.execute(insert_or_update(session, _duplicates, *decided).values(values))


async def _known(session: AsyncSession, scope: Scope, about: Collection[UUID] | None) -> dict[UUID, Mapping[Any, Any]]:
    names = ("id", "score", "reasons", "state")
    query = select(*(_duplicates.c[name] for name in names)).where(_duplicates.c.tenant_id == scope.tenant)
    doubles = _duplicates.c.kind == "double"
    conditions: list[ColumnElement[bool]] = [doubles]
    for some in _batches(sorted(about or ())):
        conditions.append(or_(_duplicates.c.first_id.in_(some), _duplicates.c.second_id.in_(some)))
    queries = [query] if about is None else [query.where(condition) for condition in conditions]
    return {row["id"]: row for one in queries for row in (await session.execute(one)).mappings()}


def _differs(known: Mapping[Any, Any], found: Suggestion) -> bool:
    return (known["score"], tuple(known["reasons"])) != (found.score, found.reasons)


def _columns(scope: Scope, found: Suggestion, now: datetime) -> dict[str, Any]:
    connection, object, external_id = found.link or (None, None, None)
    return {
        "tenant_id": scope.tenant,
        "id": found.id,
        "kind": "double" if found.link else "pair",
        "first_id": found.first,
        "second_id": found.second,
        "connection_id": connection,
        "object": object,
        "external_id": external_id,
        "score": found.score,
        "reasons": list(found.reasons),
        "state": "open",
        "found_at": now,
    }


def _batches(things: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(things), _BATCH):
        yield things[start : start + _BATCH]
