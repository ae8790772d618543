"""Hints: records to look at again, because a webhook named them, a listing missed them, they wait for another record,
or they could not be read the last time. Each says why, how often it was tried, and when it is next."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Integer, Table, bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import FIELDS, Kind
from kequn.store import tables
from kequn.store.links import Address, among
from kequn.store.scope import Scope
from kequn.store.upsert import insert_many, insert_or_update

_hints: Table = tables.Hint.__table__  # type: ignore[attr-defined]
_AGAIN = {"attempts": _hints.c.attempts + 1}
_DUE = (
    select(_hints)
    .where(
        _hints.c.tenant_id == bindparam("tenant"),
        _hints.c.connection_id == bindparam("connection"),
        _hints.c.next_try_at <= bindparam("now"),
    )
    .order_by(_hints.c.object, _hints.c.external_id)
    .limit(bindparam("most", type_=Integer))
)


@dataclass(frozen=True)
class Look:
    """Look at this record (again). `code`: WEBHOOK, DELETED, ABSENT, LEFT, WAITS, UNREADABLE, RESTORED,
    STRAY, EMPTIED.
    `noted`: since when it stands; `after`: when to look; `times`: how often it was noted since."""

    object: str
    external_id: str
    kind: Kind
    code: str
    cause: str = ""
    field: str | None = None
    after: datetime | None = None
    noted: datetime | None = None
    times: int = 0

    @property
    def address(self) -> Address:
        return self.object, self.external_id


async def note(session: AsyncSession, scope: Scope, connection: UUID, looks: Sequence[Look], now: datetime) -> None:
    """Note hints; one that stands already is tried at the new time, its attempts are counted up. To a webhook somebody
    listens from now on, however long its record has waited for something else."""
    values = {
        look.address: {
            "tenant_id": scope.tenant,
            "connection_id": connection,
            "object": look.object,
            "external_id": look.external_id,
            "kind": look.kind.value,
            "code": look.code,
            "cause": look.cause,
            "field": look.field,
            "attempts": 0,
            "noted_at": look.noted or now,
            "next_try_at": look.after or now,
        }
        for look in looks
    }
    rung = [one for one in values.values() if one["code"] == "WEBHOOK"]
    others = [one for one in values.values() if one["code"] != "WEBHOOK"]
    known = ("code", "cause", "field", "next_try_at")
    await insert_many(session, insert_or_update(session, _hints, *known, "noted_at", **_AGAIN), rung)
    await insert_many(session, insert_or_update(session, _hints, *known, **_AGAIN), others)


async def postpone(session: AsyncSession, scope: Scope, connection: UUID, times: Mapping[Address, datetime]) -> None:
    """Look at these again at the given times."""
    values = [{"at_object": object, "at_id": id, "next_try_at": when} for (object, id), when in times.items()]
    if values:
        statement = (
            update(_hints)
            .where(
                _hints.c.tenant_id == scope.tenant,
                _hints.c.connection_id == connection,
                _hints.c.object == bindparam("at_object"),
                _hints.c.external_id == bindparam("at_id"),
            )
            .values(next_try_at=bindparam("next_try_at"))
        )
        await (await session.connection()).execute(statement, values)


async def due(
    session: AsyncSession, scope: Scope, connection: UUID, now: datetime, limit: int, skip: Collection[Address] = ()
) -> list[Look]:
    """The hints whose time has come, oldest first."""
    asked = {"tenant": scope.tenant, "connection": connection, "now": now, "most": limit + len(skip)}
    found = (await session.execute(_DUE, asked)).mappings().all()
    looks = [
        Look(
            columns["object"],
            columns["external_id"],
            Kind(columns["kind"]),
            columns["code"],
            columns["cause"],
            columns["field"],
            columns["next_try_at"],
            columns["noted_at"],
            columns["attempts"],
        )
        for columns in found
    ]
    return [look for look in looks if look.address not in skip][:limit]


async def noted(
    session: AsyncSession, scope: Scope, connection: UUID, addresses: Collection[Address]
) -> dict[Address, datetime]:
    """Since when these are to be looked at."""
    query = select(_hints.c.object, _hints.c.external_id, _hints.c.noted_at).where(
        _hints.c.tenant_id == scope.tenant, _hints.c.connection_id == connection, among(_hints, addresses)
    )
    return {(row[0], row[1]): row[2] for row in (await session.execute(query)).all()} if addresses else {}


def awaiting(field: str, object: str, id: str) -> str:
    """The cause of a record that waits for another."""
    return f"{field} refers to {object} {id}, which is not here yet"


async def wake(
    session: AsyncSession, scope: Scope, connection: UUID, arrived: Collection[tuple[Kind, Address]], now: datetime
) -> None:
    """These records are here now: whatever waits for one of them is looked at at once."""
    causes = {
        awaiting(spec.name, *address)
        for kind, address in arrived
        for fields in FIELDS.values()
        for spec in fields.values()
        if spec.to is kind
    }
    if causes:
        mine = (_hints.c.tenant_id == scope.tenant, _hints.c.connection_id == connection)
        await session.execute(update(_hints).where(*mine, _hints.c.cause.in_(causes)).values(next_try_at=now))


async def clear(session: AsyncSession, scope: Scope, connection: UUID, looks: Iterable[Look]) -> None:
    """These were looked at. One that was noted again since it was read stays: what rang may have come too late to be
    seen."""
    by_times: dict[int, list[Address]] = {}
    for look in looks:
        by_times.setdefault(look.times, []).append(look.address)
    for times, addresses in by_times.items():
        mine = (_hints.c.tenant_id == scope.tenant, _hints.c.connection_id == connection, _hints.c.attempts == times)
        await session.execute(delete(_hints).where(*mine, among(_hints, addresses)))
