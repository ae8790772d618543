"""Advice on the platform of a group 平台建议: where the customers already are, and what the group needs, weighed point
by point. Each platform comes with its reasons; a person chooses."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.domain.segments import membership
from kequn.store.rows import table
from kequn.store.scope import Scope
from kequn.store.where import Where, live

PLATFORMS = ("wechat", "qq", "jiandaoyun", "forum", "social")
NEEDS: Mapping[str, Mapping[str, int]] = {
    "small": {"wechat": 3, "qq": 3, "social": 1},
    "complex": {"jiandaoyun": 3, "forum": 1},
    "chat": {"wechat": 3, "qq": 3, "social": 1},
    "large": {"qq": 3, "forum": 3, "social": 2},
    "forms": {"jiandaoyun": 3, "wechat": 1},
    "archive": {"forum": 3, "jiandaoyun": 2, "qq": 1},
    "reach": {"social": 3, "wechat": 2, "forum": 1},
}
"""How well each platform serves a need, up to 3."""

HABITS: Mapping[str, Collection[str]] = {
    "wechat": ("wechat", "weixin", "微信"),
    "qq": ("qq",),
    "jiandaoyun": ("jiandaoyun", "简道云", "form", "表单"),
    "forum": ("forum", "bbs", "论坛"),
    "social": ("social", "weibo", "douyin", "社交", "微博", "抖音"),
}
"""How interactions name a platform as their channel."""


@dataclass(frozen=True)
class Advice:
    """`habit`: the share of the customers' interactions that were there, in hundredths; `served`: points by need."""

    platform: str
    score: float
    habit: int
    served: Mapping[str, int]


def weigh(interactions: Mapping[str, int], needs: Collection[str]) -> list[Advice]:
    """The best first. Habit counts as much as all needs together. Pure."""
    there = dict.fromkeys(PLATFORMS, 0)
    for channel, count in interactions.items():
        for name, words in HABITS.items():
            if any(word in channel.lower() for word in words):
                there[name] += count
                break
    whole = sum(there.values())
    found = []
    for name in PLATFORMS:
        served = {need: NEEDS[need].get(name, 0) for need in needs}
        habit = round(100 * there[name] / whole) if whole else 0
        fit = 100 * sum(served.values()) / (3 * len(served)) if served else 0
        parts = [part for part, said in ((habit, whole), (fit, served)) if said]
        found.append(Advice(name, round(sum(parts) / len(parts), 1) if parts else 0.0, habit, served))
    return sorted(found, key=lambda one: (-one.score, PLATFORMS.index(one.platform)))


async def advise(session: AsyncSession, scope: Scope, where: Where, needs: Collection[str]) -> list[Advice]:
    """For the customers for whom this holds."""
    rows = table(Kind.INTERACTION)
    who: Select[tuple[UUID]] = membership.among(where, scope)
    query = (
        select(rows.c.channel, func.count())
        .where(rows.c.tenant_id == scope.tenant, live(rows), rows.c.channel.is_not(None), rows.c.customer_id.in_(who))
        .group_by(rows.c.channel)
    )
    return weigh({row[0]: row[1] for row in await session.execute(query)}, needs)
