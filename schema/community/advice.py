"""Advice on the content of a group: how often to post, and about what."""

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession
from strawberry import Info

from kequn.domain.community import advising
from kequn.store.scope import Scope
from schema import filters
from schema.community.content import PostCategory
from schema.community.figures import GroupId, ask
from schema.context import Context
from schema.words import shown


@strawberry.type(description="How posts of one category were liked lately 内容类别热度")
class LikedCategory:
    category: PostCategory = strawberry.field(description="What they are about 类别")
    posts: int = strawberry.field(description="Posts of the last 90 days 近90天内容数")
    liked: float | None = strawberry.field(
        description="Reactions to one, a comment or a share as two; empty: there were none 平均热度"
    )


@strawberry.type(description="What members are interested in 成员兴趣")
class MemberInterest:
    name: str = strawberry.field(description="An interest or a preferred product 兴趣或偏好")
    members: int = strawberry.field(description="How many members 成员数")


@strawberry.type(description="How often and about what to post 内容建议")
class ContentAdvice:
    active_share: float | None = strawberry.field(description="Active members of the last 30 days, in percent 活跃度")
    posts_a_week: int = strawberry.field(
        description="Posts a week: one, and one more for each quarter of the members who are active 建议每周内容数"
    )
    planned: int = strawberry.field(description="What the charter asks for 群章程要求的每周内容数")
    categories: list[LikedCategory] = strawberry.field(description="The best liked first 各类别热度")
    interests: list[MemberInterest] = strawberry.field(description="Those of most members first 成员兴趣")


@strawberry.type
class ContentAdvising:
    """What might be posted."""

    @shown("How often to post in a group and about what, by activity and interests of its members 内容建议")
    async def content_advice(self, info: Info[Context], group_id: GroupId) -> ContentAdvice:
        group, now = filters.uuid(group_id, "group", "group_id"), info.context.now

        async def work(session: AsyncSession, scope: Scope) -> advising.Advice:
            return await advising.advise(session, scope, group, now)

        found: advising.Advice = await ask(info, ("advice", group), work, of_all=True)
        return ContentAdvice(
            active_share=found.active_share,
            posts_a_week=found.posts_a_week,
            planned=found.planned,
            categories=[
                LikedCategory(category=PostCategory(one.name), posts=one.posts, liked=one.liked)
                for one in found.categories
            ],
            interests=[MemberInterest(name=one.name, members=one.members) for one in found.interests],
        )
