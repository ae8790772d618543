"""Versions of the standard: which is in force, a draft that can still be edited, and putting a draft in force. What
would change is shown by classifying.preview."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Table, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.identity import parse_id
from kequn.domain import rights, standard
from kequn.domain.care import reviewing
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, Problem, Refused, refuse
from kequn.domain.segments import membership
from kequn.domain.standard import BadStandard, Thresholds
from kequn.store import rates, tables, tenants
from kequn.store.scope import Scope

_standards: Table = tables.Standard.__table__  # type: ignore[attr-defined]
_WHEN = ("created_at", "created_by", "published_at", "published_by")
FIRST = 0
"""The version of the defaults: in force until the tenant publishes one of its own."""


@dataclass(frozen=True)
class Version:
    """A version of the standard: who drafted it and why, who put it in force."""

    number: int
    thresholds: Thresholds
    state: str = "published"
    id: UUID | None = None
    note: str = ""
    created_at: datetime | None = None
    created_by: str | None = None
    published_at: datetime | None = None
    published_by: str | None = None


async def in_force(session: AsyncSession, scope: Scope, *, lock: bool = False) -> Version:
    """`lock`: nobody publishes another, nor evaluates by it, until the end of the transaction."""
    query = select(_standards).where(_standards.c.tenant_id == scope.tenant, _standards.c.state == "published")
    if lock:
        await tenants.hold(session, scope)
    row = (await session.execute(query)).mappings().first()
    return await _priced(session, scope, _version(dict(row)) if row else Version(FIRST, Thresholds()))


async def _priced(session: AsyncSession, scope: Scope, version: Version) -> Version:
    """With the rates that are known for its money."""
    dated = await rates.read(session, scope, version.thresholds.currency)
    return replace(version, thresholds=version.thresholds.model_copy(update={"dated": dated})) if dated else version


def _version(row: dict[str, Any]) -> Version:
    said = {name: row[name] for name in ("state", "id", "note", *_WHEN)}
    return Version(row["version"], standard.read(row["settings"]), **said)


async def numbered(session: AsyncSession, scope: Scope, number: int) -> Version:
    """A version that something was evaluated by."""
    if number == FIRST:
        return await _priced(session, scope, Version(FIRST, Thresholds()))
    query = select(_standards).where(_standards.c.tenant_id == scope.tenant, _standards.c.version == number)
    return await _priced(session, scope, _version(dict((await session.execute(query)).mappings().one())))


async def find(session: AsyncSession, scope: Scope, id: UUID) -> Version:
    """Raises Refused."""
    query = select(_standards).where(_standards.c.tenant_id == scope.tenant, _standards.c.id == id)
    row = (await session.execute(query)).mappings().first()
    if row is None:
        raise refuse(Code.NOT_FOUND, "id")
    return await _priced(session, scope, _version(dict(row)))


async def draft(desk: Desk, settings: Any, note: str = "") -> UUID:
    """A new version with these thresholds; what is left out is as in the one in force. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    before = await in_force(desk.session, desk.scope, lock=True)
    thresholds = _read(_over(standard.show(before.thresholds), settings))
    await among(desk.session, desk.scope, thresholds, desk.ledger.clock.now())
    last = select(func.max(_standards.c.version)).where(_standards.c.tenant_id == desk.scope.tenant)
    number = ((await desk.session.execute(last)).scalar() or FIRST) + 1
    id, now = desk.ledger.new_id(), desk.ledger.clock.now()
    values = {"tenant_id": desk.scope.tenant, "id": id, "version": number, "settings": standard.show(thresholds)}
    said = {"state": "draft", "note": note, "created_at": now, "created_by": desk.actor.name}
    await desk.session.execute(insert(_standards).values(**values, **said))
    return id


async def among(session: AsyncSession, scope: Scope, by: Thresholds, now: datetime) -> Select[tuple[UUID]] | None:
    """The customers whose alerts are raised; None: all. Raises Refused."""
    if by.alerts.segment is None:
        return None
    try:
        return await membership.members(session, scope, parse_id(by.alerts.segment)[1], now)
    except Refused:
        raise refuse(Code.UNKNOWN_SEGMENT, "settings", "alerts", "segment") from None


def _over(base: dict[str, Any], settings: Any) -> Any:
    """The settings over those of the version before, part by part; rates as a whole."""
    if not isinstance(settings, dict):
        return settings
    parts = {
        name: {**base[name], **part} if name != "rates" and isinstance(part, dict) and name in base else part
        for name, part in settings.items()
    }
    return {**base, **parts}


def _read(settings: Any) -> Thresholds:
    try:
        return standard.read(settings)
    except BadStandard as bad:
        raise Refused(*(Problem(Code.BAD_VALUE, ("settings", *place.split("."))) for place in bad.places)) from None


async def publish(desk: Desk, id: UUID) -> UUID:
    """From now on rules go by this version; the one before is retired. Raises Refused."""
    rights.require(desk.actor, rights.MANAGE)
    await tenants.hold(desk.session, desk.scope)
    version = await find(desk.session, desk.scope, id)
    if version.state != "draft":
        raise refuse(Code.BAD_CHOICE, "id")
    mine = _standards.c.tenant_id == desk.scope.tenant
    retired = update(_standards).where(mine, _standards.c.state == "published").values(state="retired")
    await desk.session.execute(retired)
    said = {"state": "published", "published_at": desk.ledger.clock.now(), "published_by": desk.actor.name}
    await desk.session.execute(update(_standards).where(mine, _standards.c.id == id).values(**said))
    await reviewing.follow(desk, "standard")
    return id
