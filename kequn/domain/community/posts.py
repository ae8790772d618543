"""Content of a group 群内容: drafts, the time at which each goes out, and how well it was liked. The plan is checked
against two rules of the charter: so many posts a week, and so many different categories in four weeks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.domain import keeping, rights, states
from kequn.domain.community import charters
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.domain.states import Step, Steps
from kequn.store import tables, tenants
from kequn.store.pairs import one_of
from kequn.store.scope import Scope

POSTS: Table = tables.Post.__table__  # type: ignore[attr-defined]
CATEGORIES = ("product", "offer", "news", "tip", "story")
COUNTS = ("views", "likes", "comments", "shares")
STATES = ("draft", "scheduled", "published", "withdrawn")
STEPS: Steps = {
    ("draft", "schedule"): Step("scheduled"),
    ("draft", "publish"): Step("published"),
    ("draft", "withdraw"): Step("withdrawn"),
    ("scheduled", "publish"): Step("published"),
    ("scheduled", "unschedule"): Step("draft"),
    ("scheduled", "withdraw"): Step("withdrawn"),
    ("published", "withdraw"): Step("withdrawn"),
}
WEEK = timedelta(days=7)
VARIETY_WEEKS = 4
MOST = 10**9


@dataclass(frozen=True)
class Week:
    """A week of a plan, from Monday. `short`: posts that are missing; `few`: categories that are missing in the four
    weeks up to its end."""

    monday: date
    topic: str | None
    posts: int
    categories: tuple[str, ...]
    short: int
    few: int


async def write(desk: Desk, group_id: UUID, category: str, title: str, body: str = "") -> UUID:
    """A new draft. Raises Refused."""
    group = await keeping.group(desk, group_id)
    if category not in CATEGORIES:
        raise refuse(Code.BAD_VALUE, "category")
    said = {"title": keeping.text(title, "title", keeping.NAME, required=True), "body": keeping.text(body, "body")}
    made = {"created_at": keeping.now(desk), "created_by": desk.actor.name}
    counts = dict.fromkeys(COUNTS, 0)
    return await keeping.add(desk, POSTS, group_id=group, category=category, state="draft", **said, **made, **counts)


async def step(desk: Desk, id: UUID, event: str, due_at: datetime | None = None) -> UUID:
    """Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    post = await keeping.find(desk, POSTS, id)
    way = states.step(STEPS, post["state"], event, desk.actor)
    now = keeping.now(desk)
    changed: dict[str, Any] = {"state": way.to}
    if event == "schedule":
        if due_at is None or due_at <= now:
            raise refuse(Code.BAD_DATE, "due_at")
        changed["due_at"] = due_at
    if way.to == "published":
        changed["published_at"] = now
    return await keeping.change(desk, POSTS, id, **changed)


async def change(
    desk: Desk, id: UUID, category: str | None = None, title: str | None = None, body: str | None = None
) -> UUID:
    """Other words, until it is out. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    post = await keeping.find(desk, POSTS, id)
    if post["state"] not in ("draft", "scheduled"):
        raise refuse(Code.WRONG_STATE, "id", state=post["state"])
    if category is not None and category not in CATEGORIES:
        raise refuse(Code.BAD_VALUE, "category")
    said: dict[str, Any] = {} if category is None else {"category": category}
    if title is not None:
        said["title"] = keeping.text(title, "title", keeping.NAME, required=True)
    if body is not None:
        said["body"] = keeping.text(body, "body")
    return await keeping.change(desk, POSTS, id, **said) if said else id


async def publish_due(desk: Desk) -> int:
    """Publish what is scheduled and due. How many. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    now = keeping.now(desk)
    due = (POSTS.c.tenant_id == desk.scope.tenant, POSTS.c.state == "scheduled", POSTS.c.due_at <= now)
    query = select(POSTS.c.id).where(*due).order_by(POSTS.c.due_at).with_for_update()  # not what is put off just now
    ids = (await desk.session.execute(query)).scalars().all()
    if ids:
        way = states.step(STEPS, "scheduled", "publish", desk.actor)
        these = (POSTS.c.tenant_id == desk.scope.tenant, one_of(POSTS.c.id, ids))
        await desk.session.execute(update(POSTS).where(*these).values(state=way.to, published_at=now))
    return len(ids)


async def count(desk: Desk, id: UUID, **counts: int | None) -> UUID:
    """How well it was liked, up to now. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    post = await keeping.find(desk, POSTS, id)
    if post["published_at"] is None:
        raise refuse(Code.WRONG_STATE, "id", state=post["state"])
    said = {name: keeping.number(value, name, 0, MOST) for name, value in counts.items() if value is not None}
    return await keeping.change(desk, POSTS, id, **said) if said else id


def check(charter: Mapping[str, Any], posts: Sequence[tuple[datetime, str]], mondays: Sequence[date]) -> list[Week]:
    """What each week has and lacks. `posts`: when each goes or went out, by the clock of the tenant, and its category.
    Pure."""
    weeks = []
    for monday in mondays:
        end = monday + WEEK
        here = [category for moment, category in posts if monday <= moment.date() < end]
        since = end - WEEK * VARIETY_WEEKS
        kinds = {category for moment, category in posts if since <= moment.date() < end}
        short = max(charter["posts_a_week"] - len(here), 0)
        topic = charter["topics"].get(monday.isoformat())
        few = max(charter["variety"] - len(kinds), 0)
        weeks.append(Week(monday, topic, len(here), tuple(sorted(set(here))), short, few))
    return weeks


async def plan(session: AsyncSession, scope: Scope, group: UUID, since: date, weeks: int) -> list[Week]:
    """So many weeks from the one in which `since` lies."""
    charter = await charters.look(session, scope, group)
    monday = since - timedelta(days=since.weekday())
    mondays = [monday + WEEK * number for number in range(weeks)]
    mine = (POSTS.c.tenant_id == scope.tenant, POSTS.c.group_id == group)
    query = select(POSTS.c.due_at, POSTS.c.published_at, POSTS.c.category).where(
        *mine, POSTS.c.state.in_(("scheduled", "published"))
    )
    local = await tenants.zone(session, scope)
    found = await session.execute(query)
    posts = [((published or due).astimezone(local), category) for due, published, category in found]
    return check(charter, posts, mondays)
