"""Advice on the content of a group 内容建议: how often to post, by how active its members are; and about what, by what
they liked lately and are interested in. People decide; what is planned stands in posts.py."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.domain.community import charters, figures
from kequn.domain.community.posts import CATEGORIES, POSTS
from kequn.store.rows import table
from kequn.store.scope import Scope
from kequn.store.where import live

_customers, _memberships = table(Kind.CUSTOMER), table(Kind.MEMBERSHIP)
LATELY, QUARTER, MOST = timedelta(days=90), 25, 10


@dataclass(frozen=True)
class Category:
    """`posts`: how many went out lately; `liked`: reactions to one of them on average, empty where there were none."""

    name: str
    posts: int
    liked: float | None


@dataclass(frozen=True)
class Interest:
    """Something that so many members are interested in, or prefer."""

    name: str
    members: int


@dataclass(frozen=True)
class Advice:
    """`active_share`: of the last 30 days, in percent; `planned`: what the charter asks for, in posts a week."""

    active_share: float | None
    posts_a_week: int
    planned: int
    categories: tuple[Category, ...]
    interests: tuple[Interest, ...]


async def advise(session: AsyncSession, scope: Scope, group: UUID, now: datetime) -> Advice:
    found = await figures.read(session, scope, group, now - figures.USUAL_PERIOD, now)
    planned = (await charters.look(session, scope, group))["posts_a_week"]
    liked, interests = await _categories(session, scope, group, now), await _interests(session, scope, group)
    return Advice(found.active_share, often(found.active_share or 0), planned, liked, interests)


def often(active_share: float) -> int:
    """Posts a week: one at least, and one more for each quarter of the members who are active. Pure."""
    return 1 + int(active_share // QUARTER)


async def _categories(session: AsyncSession, scope: Scope, group: UUID, now: datetime) -> tuple[Category, ...]:
    """All there are, the best liked first; a comment or a share counts as two likes."""
    post = POSTS.c
    reactions = func.sum(post.likes + 2 * (post.comments + post.shares))
    mine = (post.tenant_id == scope.tenant, post.group_id == group, post.state == "published")
    query = select(post.category, func.count(), reactions).where(*mine, post.published_at > now - LATELY)
    found = await session.execute(query.group_by(post.category))
    known = {name: Category(name, count, round(int(sum) / count, 1)) for name, count, sum in found}
    some = [known.get(name, Category(name, 0, None)) for name in CATEGORIES]
    return tuple(sorted(some, key=lambda one: -1.0 if one.liked is None else one.liked, reverse=True))


async def _interests(session: AsyncSession, scope: Scope, group: UUID) -> tuple[Interest, ...]:
    """What most members are interested in first."""
    inside = and_(_memberships.c.tenant_id == _customers.c.tenant_id, _memberships.c.customer_id == _customers.c.id)
    mine = (_memberships.c.tenant_id == scope.tenant, _memberships.c.group_id == group, live(_memberships))
    query = select(_customers.c.id, _customers.c.interests, _customers.c.product_preferences).join(_memberships, inside)
    likes = {row[0]: {*(row[1] or ()), *(row[2] or ())} for row in await session.execute(query.where(*mine))}
    counted = Counter(name for some in likes.values() for name in some)
    return tuple(Interest(*one) for one in sorted(counted.items(), key=lambda one: (-one[1], one[0]))[:MOST])
