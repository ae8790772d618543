"""The contact policy 触达规则: at most so many notices in so many days, none in quiet hours, none to who opted out.
One per tenant, asked by every sender. `judge` is pure; hours are those of the tenant's time zone."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Table, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.domain import rights
from kequn.domain.care import reviewing
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.store import tables, tenants
from kequn.store.scope import Scope

_policies: Table = tables.ContactPolicy.__table__  # type: ignore[attr-defined]
OPTED_OUT, QUIET, TOO_MANY = "opted_out", "quiet_hours", "too_many"


@dataclass(frozen=True)
class Policy:
    """`most` notices in any `days` days; none from `quiet_from` until `quiet_until`, hours of `zone`; equal: never
    quiet."""

    most: int = 3
    days: int = 7
    quiet_from: int = 21
    quiet_until: int = 8
    zone: str = "Asia/Shanghai"


@dataclass(frozen=True)
class Verdict:
    """`cause`: why not now; `again`: when it may be, if ever."""

    cause: str | None = None
    again: datetime | None = None

    @property
    def allowed(self) -> bool:
        return self.cause is None


def judge(policy: Policy, now: datetime, sent: Collection[datetime], *, opted_out: bool) -> Verdict:
    """Whether a customer who was told something at `sent` may be told something `now`."""
    if opted_out or policy.most == 0:
        return Verdict(OPTED_OUT if opted_out else TOO_MANY)
    span = timedelta(days=policy.days)
    lately = sorted((moment for moment in sent if moment > now - span), reverse=True)
    if len(lately) >= policy.most:
        return Verdict(TOO_MANY, _awake(policy, lately[policy.most - 1] + span))
    awake = _awake(policy, now)
    return Verdict() if awake == now else Verdict(QUIET, awake)


def _awake(policy: Policy, moment: datetime) -> datetime:
    """The moment, or the end of the quiet hours that it lies in."""
    local = moment.astimezone(ZoneInfo(policy.zone))
    start, end, hour = policy.quiet_from, policy.quiet_until, local.hour
    quiet = start <= hour < end if start <= end else hour >= start or hour < end
    if not quiet:
        return moment
    morning = local.replace(hour=end % 24, minute=0, second=0, microsecond=0)
    return (morning if hour < end else morning + timedelta(days=1)).astimezone(moment.tzinfo)


async def read(session: AsyncSession, scope: Scope) -> Policy:
    """The tenant's policy, or the usual one."""
    zone = (await tenants.zone(session, scope)).key
    row = (await session.execute(select(_policies).where(_policies.c.tenant_id == scope.tenant))).mappings().first()
    if row is None:
        return Policy(zone=zone)
    return Policy(row["most"], row["days"], row["quiet_from"], row["quiet_until"], zone)


async def write(desk: Desk, *, most: int, days: int, quiet_from: int, quiet_until: int) -> UUID:
    """Raises Refused."""
    rights.require(desk.actor, rights.MANAGE)
    limits = {
        "most": (most, 100),
        "days": (days, 366),
        "quiet_from": (quiet_from, 24),
        "quiet_until": (quiet_until, 24),
    }
    for name, (value, limit) in limits.items():
        if not (1 if name == "days" else 0) <= value <= limit:
            raise refuse(Code.BAD_NUMBER, name)
    values: dict[str, Any] = {name: value for name, (value, _) in limits.items()}
    values |= {"changed_at": desk.ledger.clock.now(), "changed_by": desk.actor.name}
    mine = _policies.c.tenant_id == desk.scope.tenant
    there = (await desk.session.execute(select(_policies.c.tenant_id).where(mine))).first()
    if there is None:
        await desk.session.execute(insert(_policies).values(tenant_id=desk.scope.tenant, **values))
    else:
        await desk.session.execute(update(_policies).where(mine).values(**values))
    await reviewing.follow(desk, "contact_policy")
    return desk.scope.tenant
