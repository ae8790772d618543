"""The membership as a member sees it: level, discount, early purchase, points, and by which rule."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession
from strawberry import Info

from kequn.domain import standards
from kequn.domain.care import programme
from kequn.store.scope import Scope
from kequn.store.vault import Vault
from schema.context import Context
from schema.node import key
from schema.words import shown


@strawberry.type(description="A level of the membership, and what it gives 会员等级")
class MemberLevel:
    name: str = strawberry.field(description="Name 名称")
    from_points: int = strawberry.field(description="So many points reach it 所需积分")
    discount: float = strawberry.field(description="Off every price, as a share 专属折扣")
    early_hours: int = strawberry.field(description="May buy what is new so many hours before others 优先购买小时数")


@strawberry.type(description="Where a customer stands in the membership, and why 会员权益")
class MemberProgramme:
    level: MemberLevel = strawberry.field(description="The level that was reached 会员等级")
    next: MemberLevel | None = strawberry.field(description="The next one; of the highest none 下一等级")
    missing: int | None = strawberry.field(description="Points to the next level 升级所需积分")
    earned: int = strawberry.field(description="The points that count: earned since `since` 计入积分")
    since: datetime = strawberry.field(description="From when on they count 起算时间")
    version: int = strawberry.field(description="By which version of the standard 标准版本")
    rules: list[MemberLevel] = strawberry.field(description="Every level, from the lowest up 等级规则")


async def _load(session: AsyncSession, scope: Scope, vault: Vault, keys: Sequence[Any]) -> dict[Any, Any]:
    """Keys: a moment, and a customer."""
    version = await standards.in_force(session, scope)
    [now] = {moment for moment, _ in keys}
    ids: list[UUID] = [id for _, id in keys]
    found = await programme.places(session, scope, ids, version, now)
    rules = [_level(level) for level in version.thresholds.programme.levels]
    return {(now, id): _shown(place, rules) for id, place in found.items()}


def _level(level: Any) -> MemberLevel:
    return MemberLevel(**level.model_dump())


def _shown(place: programme.Place, rules: list[MemberLevel]) -> MemberProgramme:
    return MemberProgramme(
        level=_level(place.level),
        next=_level(place.next) if place.next else None,
        missing=place.missing,
        earned=place.earned,
        since=place.since,
        version=place.version,
        rules=rules,
    )


@strawberry.type
class CustomerProgramme:
    """A customer as a member."""

    @shown("The membership: level, exclusive discount, early purchase, and by which rule 会员权益")
    async def programme(self, info: Info[Context]) -> MemberProgramme:
        context = info.context
        found: MemberProgramme = await context.ask.together("programme", _load, (context.now, key(self)))
        return found
