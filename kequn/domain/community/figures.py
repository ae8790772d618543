"""A group in numbers over a period: activity, speaking rate, participation, retention, what was liked best, the core
members with the reason, how much owners and staff take part; and what to do when activity is low."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.domain.community import charters
from kequn.store import tables, tenants
from kequn.store.rows import table
from kequn.store.scope import Scope

_days: Table = tables.ActivityDay.__table__  # type: ignore[attr-defined]
_posts: Table = tables.Post.__table__  # type: ignore[attr-defined]
_gatherings: Table = tables.Gathering.__table__  # type: ignore[attr-defined]
_signs: Table = tables.SignUp.__table__  # type: ignore[attr-defined]
_memberships: Table = table(Kind.MEMBERSHIP)
DAY = timedelta(days=1)
USUAL_PERIOD = 30 * DAY
BEST, CORE_SHARE, SAID = 5, 0.2, ("messages", "interactions")
"""So many of the best are told; a core member does more than four in five of the active ones."""


@dataclass(frozen=True)
class Core:
    """A core member, and why, or one of the team: what they did in the period."""

    customer: UUID
    active_days: int
    messages: int
    interactions: int
    events: int

    @property
    def points(self) -> int:
        """A day counts as much as an event, and five messages as much as a day."""
        return 5 * (self.active_days + self.events) + self.messages + self.interactions


@dataclass(frozen=True)
class Liked:
    """A post or an event, and how much of it was liked: reactions per hundred views, or who came of who signed up."""

    id: UUID
    name: str
    score: int


@dataclass(frozen=True)
class Figures:
    """Shares are per hundred members; `speaking_rate`: messages of a member in a day. `retained`: of those who were in
    at the start, who are still. `team`: owner, administrators and service staff, idle ones too. `measures`: what to do,
    with the figure that asks for it; of a lively group nothing."""

    members: int
    joined: int
    left: int
    active: int
    speaking: int
    messages: int
    interactions: int
    participants: int
    staff_messages: int
    staff_interactions: int
    active_share: float | None
    speaking_share: float | None
    participation_share: float | None
    retained_share: float | None
    speaking_rate: float | None
    posts: int
    best_posts: tuple[Liked, ...] = ()
    best_events: tuple[Liked, ...] = ()
    core: tuple[Core, ...] = ()
    team: tuple[Core, ...] = ()
    measures: tuple[Mapping[str, Any], ...] = field(default=())


def _share(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 2) if whole else None


async def read(session: AsyncSession, scope: Scope, group: UUID, since: datetime, until: datetime) -> Figures:
    """From one moment up to another. A few statements, whatever the size of the group."""
    stays = await _stays(session, scope, group)
    now = {customer for customer, (start, end, _) in stays.items() if start < until and (end is None or end >= until)}
    before = {customer for customer, (start, end, _) in stays.items() if start < since and (end is None or end > since)}
    staff = {customer for customer, (*_, role) in stays.items() if role != "member"}
    did = await _did(session, scope, group, since, until)
    staff_messages, staff_interactions = (sum(did[one][what] for one in staff & did.keys()) for what in SAID)
    came, best_events = await _events(session, scope, group, since, until)
    posts, best_posts = await _best_posts(session, scope, group, since, until)
    active = {one for one in did if did[one]["days"]} & now
    speaking = {one for one in active if did[one]["messages"]}
    charter = await charters.look(session, scope, group)
    shares = {
        "active_share": _share(len(active), len(now)),
        "speaking_share": _share(len(speaking), len(now)),
        "participation_share": _share(len(set(came) & now), len(now)),
        "retained_share": _share(len(before & now), len(before)),
    }
    weeks = max((until - since) / timedelta(days=7), 1)
    messages = sum(one["messages"] for one in did.values())
    return Figures(
        members=len(now),
        joined=sum(since <= start < until for start, _, _ in stays.values()),
        left=sum(end is not None and since <= end < until for _, end, _ in stays.values()),
        active=len(active),
        speaking=len(speaking),
        messages=messages,
        interactions=sum(one["interactions"] for one in did.values()),
        participants=len(set(came) & now),
        staff_messages=staff_messages,
        staff_interactions=staff_interactions,
        speaking_rate=round(messages / len(now) / ((until - since) / DAY), 4) if now else None,
        posts=posts,
        best_posts=best_posts,
        best_events=best_events,
        core=_core(did, came, now),
        team=_ranked(did, came, staff & now),
        measures=tuple(_measures(charter, shares, posts / weeks, staff_messages)),
        **shares,
    )


Stay = tuple[datetime, datetime | None, str]


async def _stays(session: AsyncSession, scope: Scope, group: UUID) -> dict[UUID, Stay]:
    """From when to when each customer was in the group, the last time."""
    row = _memberships.c
    query = select(row.customer_id, row.joined_at, row.created_at, row.deleted_at, row.role).where(
        row.tenant_id == scope.tenant, row.group_id == group, row.merged_into.is_(None)
    )
    found = await session.execute(query.order_by(row.created_at, row.id))
    return {customer: (joined or created, gone, role) for customer, joined, created, gone, role in found}


async def _did(
    session: AsyncSession, scope: Scope, group: UUID, since: datetime, until: datetime
) -> dict[UUID, Counter[str]]:
    mine = (_days.c.tenant_id == scope.tenant, _days.c.group_id == group)
    local = await tenants.zone(session, scope)
    first, last = (moment.astimezone(local).date() for moment in (since, until - timedelta.resolution))
    period = (_days.c.day >= first, _days.c.day <= last)
    query = select(_days.c.customer_id, _days.c.messages, _days.c.interactions).where(*mine, *period)
    did: dict[UUID, Counter[str]] = defaultdict(Counter)
    for customer, messages, interactions in await session.execute(query):
        did[customer].update({"messages": messages, "interactions": interactions})
        did[customer]["days"] += bool(messages or interactions)
    return dict(did)


async def _events(
    session: AsyncSession, scope: Scope, group: UUID, since: datetime, until: datetime
) -> tuple[Counter[UUID], tuple[Liked, ...]]:
    """How many events each customer was at, and the events to which most of those came who had signed up."""
    joined = (_signs.c.tenant_id == _gatherings.c.tenant_id) & (_signs.c.gathering_id == _gatherings.c.id)
    query = (
        select(_gatherings.c.id, _gatherings.c.name, _signs.c.customer_id, _signs.c.state)
        .select_from(_gatherings.join(_signs, joined))
        .where(_gatherings.c.tenant_id == scope.tenant, _gatherings.c.group_id == group)
        .where(_gatherings.c.starts_at >= since, _gatherings.c.starts_at < until, _gatherings.c.state == "held")
    )
    came: Counter[UUID] = Counter()
    signed: Counter[tuple[UUID, str]] = Counter()
    there: Counter[tuple[UUID, str]] = Counter()
    for id, name, customer, state in await session.execute(query):
        signed[id, name] += state in ("attended", "absent")
        there[id, name] += state == "attended"
        came[customer] += state == "attended"
    liked = [Liked(id, name, there[id, name]) for id, name in signed]
    return +came, tuple(sorted(liked, key=lambda one: (-one.score, one.id))[:BEST])


async def _best_posts(
    session: AsyncSession, scope: Scope, group: UUID, since: datetime, until: datetime
) -> tuple[int, tuple[Liked, ...]]:
    """How many posts went out, and those with most reactions; a comment or a share counts as two likes."""
    post = _posts.c
    query = select(post.id, post.title, post.likes, post.comments, post.shares).where(
        post.tenant_id == scope.tenant, post.group_id == group, post.state == "published"
    )
    found = (await session.execute(query.where(post.published_at >= since, post.published_at < until))).all()
    liked = [Liked(id, title, likes + 2 * (comments + shares)) for id, title, likes, comments, shares in found]
    return len(found), tuple(sorted(liked, key=lambda one: (-one.score, one.id))[:BEST])


def _core(did: Mapping[UUID, Counter[str]], came: Counter[UUID], now: set[UUID]) -> tuple[Core, ...]:
    """The most active fifth of those who did anything, one at least."""
    some = [one for one in _ranked(did, came, (did.keys() | came.keys()) & now) if one.points]
    return tuple(some[: max(round(len(some) * CORE_SHARE), 1)])


def _ranked(did: Mapping[UUID, Counter[str]], came: Counter[UUID], some: Collection[UUID]) -> tuple[Core, ...]:
    """What each of these did, who did most at the head."""
    nothing = Counter[str]()
    each = [(one, did.get(one, nothing)) for one in some]
    found = [Core(one, its["days"], its["messages"], its["interactions"], came[one]) for one, its in each]
    return tuple(sorted(found, key=lambda one: (-one.points, one.customer)))


MEASURES = {
    "active_share": "post what most members like, ask a question each day, invite the silent ones by name; a better "
    "benefit 发布成员喜爱的内容、每日提问、点名邀请、提升福利",
    "speaking_share": "hold a quiz or a draw; let core members begin the talk 举办问答或抽奖，请核心成员带动发言",
    "posts_a_week": "keep to the content plan 按内容计划发布",
    "staff_messages": "owner and administrators answer and begin talks themselves 群主与管理员主动互动",
}
"""What to do when a figure is too low."""


def _measures(
    charter: Mapping[str, Any], shares: Mapping[str, float | None], posts_a_week: float, staff_messages: int
) -> list[Mapping[str, Any]]:
    """What is low, by how much, and what helps."""
    low = charter["low_share"]
    found: list[tuple[str, float, float]] = [
        ("active_share", shares["active_share"] or 0, low),
        ("speaking_share", shares["speaking_share"] or 0, low / 2),
        ("posts_a_week", round(posts_a_week, 2), charter["posts_a_week"]),
        ("staff_messages", staff_messages, 1),
    ]
    return [
        {"figure": figure, "value": value, "wanted": wanted, "measure": MEASURES[figure]}
        for figure, value, wanted in found
        if value < wanted
    ]
