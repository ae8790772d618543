"""Tenants: made, found, listed. A tenant's name in commands is its slug."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, Table, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from kequn.clock import Clock, Random, uuid7
from kequn.store.scope import Scope
from kequn.store.tables import Tenant

_tenants: Table = Tenant.__table__  # type: ignore[attr-defined]
DEFAULT = "default"
_PLACES = "places of tenants"


class NoSuchTenant(LookupError):
    """There is no tenant of this name. (`kequn db upgrade` makes `default`.)"""


@dataclass(frozen=True)
class Place:
    """Where a tenant is: its days begin and end by the clocks of `zone`, and a phone number without country code is
    dialled in `region` (ISO 3166)."""

    zone: ZoneInfo
    region: str

    def today(self, now: datetime) -> date:
        return now.astimezone(self.zone).date()


async def create(session: AsyncSession, slug: str, name: str = "", *, clock: Clock, chance: Random) -> Tenant:
    """Raises ValueError when the slug is taken."""
    if await find(session, slug) is not None:
        raise ValueError(f"there is a tenant {slug} already")
    tenant = Tenant(id=uuid7(clock, chance), slug=slug, name=name or slug, created_at=clock.now())
    session.add(tenant)
    await session.flush()
    return tenant


async def edit(
    session: AsyncSession,
    slug: str,
    *,
    name: str | None = None,
    time_zone: str | None = None,
    region: str | None = None,
) -> None:
    """What is None stays. Another region is for a tenant without customers: they are known by their numbers there."""
    said = {"name": name, "time_zone": time_zone, "region": region}
    if values := {field: text for field, text in said.items() if text is not None}:
        await session.execute(update(_tenants).where(_tenants.c.slug == slug).values(**values))
        session.info.pop(_PLACES, None)


async def find(session: AsyncSession, slug: str) -> Tenant | None:
    return (await session.execute(select(Tenant).where(col(Tenant.slug) == slug))).scalar_one_or_none()


async def get(session: AsyncSession, slug: str = DEFAULT) -> Tenant:
    tenant = await find(session, slug)
    if tenant is None:
        raise NoSuchTenant(f"there is no tenant {slug}")
    return tenant


def itself(scope: Scope) -> Select[Any]:
    """The columns of the tenant whose rows these are."""
    return _tenants.select().where(_tenants.c.id == scope.tenant)


async def of(session: AsyncSession, scope: Scope) -> Tenant:
    """The tenant whose rows these are."""
    return (await session.execute(select(Tenant).where(col(Tenant.id) == scope.tenant))).scalar_one()


async def zone(session: AsyncSession, scope: Scope) -> ZoneInfo:
    """By whose clock days begin and end for this tenant."""
    return (await place(session, scope)).zone


async def place(session: AsyncSession, scope: Scope) -> Place:
    """Asked for once in a session: whatever writes customers wants it, and most of that several times."""
    known: dict[UUID, Place] = session.info.setdefault(_PLACES, {})
    if scope.tenant not in known:
        query = select(Tenant.time_zone, Tenant.region).where(col(Tenant.id) == scope.tenant)
        zone, region = (await session.execute(query)).one()
        known[scope.tenant] = Place(ZoneInfo(zone), region)
    return known[scope.tenant]


async def everyone(session: AsyncSession) -> Sequence[Tenant]:
    """All tenants, by slug."""
    return (await session.execute(select(Tenant).order_by(col(Tenant.slug)))).scalars().all()


async def rules_of(session: AsyncSession, scope: Scope) -> dict[str, Any]:
    """What holds for all connections (kequn.sync.rules reads it)."""
    rules = (await session.execute(select(Tenant.rules).where(col(Tenant.id) == scope.tenant))).scalar_one_or_none()
    return rules or {}


async def set_rules(session: AsyncSession, scope: Scope, rules: Mapping[str, Any]) -> None:
    """In place of the old ones."""
    await session.execute(update(_tenants).where(_tenants.c.id == scope.tenant).values(rules=dict(rules)))


async def hold(session: AsyncSession, scope: Scope) -> None:
    """Who evaluates this tenant's customers, acts on that or says by which standard, does so alone, until the end of
    the transaction. On SQLite writers are alone anyway."""
    if session.get_bind().dialect.name == "postgresql":
        query = select(col(Tenant.id)).where(col(Tenant.id) == scope.tenant)
        await session.execute(query.with_for_update(key_share=True))
