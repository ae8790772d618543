"""Figures and plans of groups, worked out when they are asked for: insight, the content plan, silent members, who has
not agreed, the announcement of the rules, advice on the platform."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import strawberry
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from strawberry import Info

from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from kequn.domain.catalogue import CATALOGUE
from kequn.domain.community import figures, platforms, posts, rules, sweeping
from kequn.domain.editing import Desk
from kequn.domain.notices import policy
from kequn.domain.problems import Code, refuse
from kequn.store.rows import table
from kequn.store.scope import Scope
from kequn.store.sight import seen
from kequn.store.where import Every
from schema import filters, given
from schema.community.conditions import ContactPolicy, policy_shown
from schema.context import Context
from schema.customers import CustomerWhere
from schema.personal import MARK
from schema.scalars import JSON
from schema.unfolding import unfolded
from schema.words import shown

GroupId = Annotated[strawberry.ID, strawberry.argument(description="The group 客户群")]
Since = Annotated[
    datetime | None, strawberry.argument(description="From when; left out: 30 days before the end 开始时间")
]
Until = Annotated[datetime | None, strawberry.argument(description="Until when; left out: now 结束时间")]
MOST_WEEKS = 60


@strawberry.type(description="What a member did: a core member, or one of the team 核心成员或管理成员")
class CoreMember:
    customer_id: strawberry.ID = strawberry.field(description="Who 客户")
    active_days: int = strawberry.field(description="Days on which they did something 活跃天数")
    messages: int = strawberry.field(description="Messages 发言数")
    interactions: int = strawberry.field(description="Likes, answers, clicks 互动数")
    events: int = strawberry.field(description="Events they were at 参加活动数")


@strawberry.type(description="What was liked best 最受欢迎")
class LikedMost:
    id: strawberry.ID = strawberry.field(description="The post or event 编号")
    name: str = strawberry.field(description="Title or name 名称")
    score: int = strawberry.field(
        description="Of a post: likes, and twice its comments and shares; of an event: who came 得分"
    )


@strawberry.type(description="A group in numbers over a period 群运营指标")
class GroupFigures:
    members: int = strawberry.field(description="Members at the end 期末成员数")
    joined: int = strawberry.field(description="How many came 入群人数")
    left: int = strawberry.field(description="How many left 离群人数")
    active: int = strawberry.field(description="Members who did anything 活跃成员数")
    speaking: int = strawberry.field(description="Members who said anything 发言成员数")
    messages: int = strawberry.field(description="Messages 发言数")
    interactions: int = strawberry.field(description="Likes, answers, clicks 互动次数")
    participants: int = strawberry.field(description="Members who were at an event 参加活动成员数")
    staff_messages: int = strawberry.field(description="Messages of owner, administrators and staff 群主与管理员发言数")
    staff_interactions: int = strawberry.field(
        description="Likes, answers, clicks of owner, administrators and staff 群主与管理员互动数"
    )
    active_share: float | None = strawberry.field(description="Active members, in percent 活跃度")
    speaking_share: float | None = strawberry.field(description="Speaking members, in percent 发言率")
    participation_share: float | None = strawberry.field(description="Members at events, in percent 参与度")
    retained_share: float | None = strawberry.field(description="Of those at the start who are still in 留存率")
    speaking_rate: float | None = strawberry.field(description="Messages of a member in a day 发言频率")
    posts: int = strawberry.field(description="Posts that went out 发布内容数")
    best_posts: list[LikedMost] = strawberry.field(description="The best liked posts 最受欢迎内容")
    best_events: list[LikedMost] = strawberry.field(description="The best attended events 最受欢迎活动")
    core: list[CoreMember] = strawberry.field(description="Core members, with the reason 核心成员")
    team: list[CoreMember] = strawberry.field(
        description="What owner, administrators and staff did, each of them 群主与管理员的互动"
    )
    measures: list[JSON] = strawberry.field(description="What to do where a figure is low 改进措施")


@strawberry.type(description="A week of the content plan 每周内容计划")
class PlanWeek:
    monday: date = strawberry.field(description="Its Monday 周一")
    topic: str | None = strawberry.field(description="Its topic 主题")
    posts: int = strawberry.field(description="Posts scheduled or out 内容数")
    categories: list[str] = strawberry.field(description="What they are about 类别")
    short: int = strawberry.field(description="Posts that are missing 缺少内容数")
    few: int = strawberry.field(description="Categories missing in the four weeks up to it 缺少类别数")


@strawberry.type(description="A member who has been silent 长期不活跃成员")
class SilentMember:
    customer_id: strawberry.ID = strawberry.field(description="Who 客户")
    last_seen_at: datetime | None = strawberry.field(description="When they were last active 最近活跃时间")
    days: int = strawberry.field(description="For how many days 沉默天数")
    spared: str | None = strawberry.field(description="Why they stay all the same 免清理原因", metadata=MARK)


@strawberry.type(description="How well a platform suits 平台建议")
class PlatformAdvice:
    platform: str = strawberry.field(description="Which: wechat, qq, jiandaoyun, forum, social 平台")
    score: float = strawberry.field(description="From 0 to 100 得分")
    habit: int = strawberry.field(description="Share of the customers' interactions there, in percent 使用习惯")
    served: JSON = strawberry.field(description="How well each need is served, up to 3 需求匹配")


@strawberry.enum(description="What a group needs 群需求")
class GroupNeed(Enum):
    SMALL = strawberry.enum_value("small", description="Few members, simple matters 小规模、简单需求")
    COMPLEX = strawberry.enum_value("complex", description="Matters of many steps and rights 复杂需求")
    CHAT = strawberry.enum_value("chat", description="Talk at once 即时交流")
    LARGE = strawberry.enum_value("large", description="Thousands of members 大规模成员")
    FORMS = strawberry.enum_value("forms", description="Forms, data and processes 表单与流程")
    ARCHIVE = strawberry.enum_value("archive", description="What was said can be found again 内容沉淀")
    REACH = strawberry.enum_value("reach", description="Found by strangers 对外传播")


Work = Callable[[AsyncSession, Scope], Awaitable[Any]]


async def ask(info: Info[Context], name: object, work: Work, *, of_all: bool = False) -> Any:
    async def load(session: AsyncSession, scope: Scope, vault: Any, keys: list[Any]) -> dict[Any, Any]:
        return dict.fromkeys(keys, await work(session, scope))

    loaders = info.context.ask
    return await (loaders.of_all if of_all else loaders.together)(("community", name), load, None)


async def _seen(session: AsyncSession, scope: Scope, ids: Iterable[UUID]) -> set[UUID]:
    """Those of these customers whom the caller sees."""
    people = table(Kind.CUSTOMER)
    query = select(people.c.id).where(people.c.tenant_id == scope.tenant, people.c.id.in_(set(ids)))
    return set((await session.execute(query.where(seen("customer", people, CATALOGUE, scope)))).scalars())


def _id(noun: str, id: Any) -> strawberry.ID:
    return strawberry.ID(format_id(noun, id))


def _member(one: figures.Core) -> CoreMember:
    names = ("active_days", "messages", "interactions", "events")
    return CoreMember(customer_id=_id(Kind.CUSTOMER, one.customer), **{name: getattr(one, name) for name in names})


def _figures(found: figures.Figures) -> GroupFigures:
    numbers = {name: getattr(found, name) for name in figures.Figures.__dataclass_fields__}
    numbers |= {
        "best_posts": [LikedMost(id=_id("post", one.id), name=one.name, score=one.score) for one in found.best_posts],
        "best_events": [
            LikedMost(id=_id("gathering", one.id), name=one.name, score=one.score) for one in found.best_events
        ],
        "core": [_member(one) for one in found.core],
        "team": [_member(one) for one in found.team],
        "measures": [JSON(one) for one in found.measures],
    }
    return GroupFigures(**numbers)


@strawberry.type
class CommunityFigures:
    """Figures and plans of groups."""

    @shown("A group in numbers: activity, participation, retention, what was liked, measures 群运营指标")
    async def group_figures(
        self, info: Info[Context], group_id: GroupId, since: Since = None, until: Until = None
    ) -> GroupFigures:
        group = filters.uuid(group_id, "group", "group_id")
        end = given.moment(until, "until") or info.context.now
        start = given.moment(since, "since") or end - figures.USUAL_PERIOD
        if start >= end:
            raise refuse(Code.BAD_DATE, "since")

        async def work(session: AsyncSession, scope: Scope) -> figures.Figures:
            found = await figures.read(session, scope, group, start, end)
            known = await _seen(session, scope, (one.customer for one in (*found.core, *found.team)))
            core, team = (tuple(one for one in some if one.customer in known) for some in (found.core, found.team))
            return replace(found, core=core, team=team)

        return _figures(await ask(info, ("figures", group, start, end), work, of_all=True))

    @shown("The content plan of a group by week, with what it lacks 群内容计划")
    async def content_plan(
        self,
        info: Info[Context],
        group_id: GroupId,
        since: Annotated[date, strawberry.argument(description="From the week of this day 开始日期")],
        weeks: Annotated[int, strawberry.argument(description="So many weeks 周数")] = 4,
    ) -> list[PlanWeek]:
        group = filters.uuid(group_id, "group", "group_id")
        day = given.day(since, "since")
        if not 1 <= weeks <= MOST_WEEKS:
            raise refuse(Code.BAD_NUMBER, "weeks")

        async def work(session: AsyncSession, scope: Scope) -> list[posts.Week]:
            return await posts.plan(session, scope, group, day, weeks)

        return [
            PlanWeek(
                monday=one.monday,
                topic=one.topic,
                posts=one.posts,
                categories=list(one.categories),
                short=one.short,
                few=one.few,
            )
            for one in await ask(info, ("plan", group, since, weeks), work)
        ]

    @shown("Members who have been silent for longer than the charter allows 长期不活跃成员")
    async def silent_members(self, info: Info[Context], group_id: GroupId) -> list[SilentMember]:
        group = filters.uuid(group_id, "group", "group_id")

        async def work(session: AsyncSession, scope: Scope) -> list[sweeping.Silent]:
            found = await sweeping.preview(Desk(session, info.context.actor, info.context.ledger), group)
            known = await _seen(session, scope, (one.customer for one in found))
            return [one for one in found if one.customer in known]

        return [
            SilentMember(
                customer_id=_id(Kind.CUSTOMER, one.customer),
                last_seen_at=one.last_seen,
                days=one.days,
                spared=one.spared,
            )
            for one in await ask(info, ("silent", group), work)
        ]

    @shown("Members who have not agreed to the rules in force 未同意群规的成员")
    async def members_without_consent(self, info: Info[Context], group_id: GroupId) -> list[strawberry.ID]:
        group = filters.uuid(group_id, "group", "group_id")

        async def work(session: AsyncSession, scope: Scope) -> list[Any]:
            found = await rules.without_consent(Desk(session, info.context.actor, info.context.ledger), group)
            known = await _seen(session, scope, found)
            return [one for one in found if one in known]

        return [_id(Kind.CUSTOMER, one) for one in await ask(info, ("consent", group), work)]

    @shown("The rules in force as they are pinned in the group 群规公告")
    async def rules_announcement(self, info: Info[Context], group_id: GroupId) -> str | None:
        group = filters.uuid(group_id, "group", "group_id")

        async def work(session: AsyncSession, scope: Scope) -> str | None:
            found = await rules.in_force(Desk(session, info.context.actor, info.context.ledger), group)
            return None if found is None else rules.announcement(found)

        words: str | None = await ask(info, ("announcement", group), work)
        return words

    @shown("Which platform suits some customers and needs, with the reasons 平台建议")
    async def platform_advice(
        self,
        info: Info[Context],
        needs: Annotated[list[GroupNeed], strawberry.argument(description="What the group needs 需求")],
        where: Annotated[CustomerWhere | None, strawberry.argument(description="Which customers 客户条件")] = None,
    ) -> list[PlatformAdvice]:
        asked = filters.read(where, "customer", info.context.now) if where else Every()
        tree = await unfolded(asked, info.context.ask, info.context.now)
        wanted = tuple(dict.fromkeys(str(one.value) for one in needs))

        async def work(session: AsyncSession, scope: Scope) -> list[platforms.Advice]:
            return await platforms.advise(session, scope, tree, wanted)

        return [
            PlatformAdvice(platform=one.platform, score=one.score, habit=one.habit, served=JSON(dict(one.served)))
            for one in await ask(info, ("platforms", tree, wanted), work, of_all=True)
        ]

    @shown("How often members are told something at most, and when not 触达规则")
    async def contact_policy(self, info: Info[Context]) -> ContactPolicy:
        return policy_shown(await ask(info, "policy", policy.read))
