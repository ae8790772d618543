"""Charters 群章程: what a group is for, who may join it, how members are welcomed, how often something is posted,
and what follows on what. A group without one is run by the usual one."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.domain import keeping
from kequn.domain.community import wording
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.domain.segments import membership
from kequn.store import tables
from kequn.store.scope import Scope
from kequn.store.upsert import insert_new
from kequn.store.where import Every, Where

_charters: Table = tables.Charter.__table__  # type: ignore[attr-defined]
CATEGORIES = ("speech", "advertising", "privacy", "complaints", "prohibited")
SANCTIONS = ("warn", "mute", "remove")
LIMITS: Mapping[str, tuple[int, int]] = {
    "posts_a_week": (0, 100),
    "variety": (1, 5),
    "silent_days": (1, 3650),
    "low_share": (0, 100),
    "mute_days": (1, 365),
    "check_days": (1, 365),
}
"""The least and the most of each number."""

MOST_WORDS, LONGEST_WORD = 200, 50
TEXTS = ("goal", "welcome", "gift")
USUAL: Mapping[str, Any] = {
    name: tables.Charter.model_fields[name].default for name in (*LIMITS, *TEXTS, "introduction")
}
"""What holds in a group without a charter."""


async def read(desk: Desk, group: UUID) -> dict[str, Any]:
    return await look(desk.session, desk.scope, group)


async def look(session: AsyncSession, scope: Scope, group: UUID) -> dict[str, Any]:
    """The charter of a group, or the usual one."""
    query = select(_charters).where(_charters.c.tenant_id == scope.tenant, _charters.c.id == group)
    row = (await session.execute(query)).mappings().first()
    bare: dict[str, Any] = {"tree": {}, "asked": {}, "segment_id": None, "ladder": {}, "topics": {}, "forbidden": {}}
    return dict(row) if row else {**USUAL, **bare}


async def write(desk: Desk, group_id: UUID, **said: Any) -> UUID:
    """Set what is said; the rest stays. Raises Refused."""
    group = await keeping.group(desk, group_id)
    values = {name: value for name, value in said.items() if value is not None}
    for name, (least, most) in LIMITS.items():
        if name in values:
            keeping.number(values[name], name, least, most)
    for name in TEXTS:
        if name in values:
            values[name] = keeping.text(values[name], name)
    if "welcome" in values:
        wording.check(values["welcome"], "welcome")
    if "ladder" in values:
        _check_ladder(values["ladder"])
    if "forbidden" in values:
        values["forbidden"] = _words(values["forbidden"])
    if "segment_id" in values:
        await membership.condition(desk.session, desk.scope, values["segment_id"], keeping.now(desk))
    now, known = keeping.now(desk), await read(desk, group)
    since, days = known.get("checked_until", now), values.get("check_days", known["check_days"])
    values |= {"changed_at": now, "changed_by": desk.actor.name, "check_at": since + timedelta(days=days)}
    if "id" in known:
        return await keeping.change(desk, _charters, group, **values)
    return await keeping.add(desk, _charters, id=group, checked_until=since, **values)


async def begin(desk: Desk, groups: Sequence[UUID]) -> None:
    """Groups without a charter have the usual one from now on, and its clock; in one statement."""
    now = keeping.now(desk)
    said = {"tenant_id": desk.scope.tenant, "changed_at": now, "changed_by": desk.actor.name, "checked_until": now}
    made = [{**said, "id": group, "check_at": now + timedelta(days=USUAL["check_days"])} for group in groups]
    if made:
        await desk.session.execute(insert_new(desk.session, _charters), made)


async def checked(desk: Desk, group: UUID, until: datetime) -> None:
    """What was said in the group was looked through up to there; the next check follows by the charter."""
    known = await read(desk, group)
    when = {"checked_until": until, "check_at": until + timedelta(days=known["check_days"])}
    if "id" in known:
        await keeping.change(desk, _charters, group, **when)


async def condition(desk: Desk, group_id: UUID, where: Where, asked: Mapping[str, Any]) -> UUID:
    """Who may join. Raises Refused."""
    known = await membership.known(desk.session, desk.scope)
    membership.unfold(where, known, keeping.now(desk), "where")
    return await write(desk, group_id, tree=membership.show(where), asked=dict(asked))


async def topic(desk: Desk, group_id: UUID, week: date, words: str) -> UUID:
    """The topic of the week in which a day lies. Raises Refused."""
    known = await read(desk, await keeping.group(desk, group_id))
    monday = date.fromordinal(week.toordinal() - week.weekday()).isoformat()
    topics = {**known["topics"], monday: keeping.text(words, "topic", keeping.NAME, required=True)}
    return await write(desk, group_id, topics=topics)


def tree(charter: Mapping[str, Any]) -> Where:
    return membership.read(charter["tree"]) if charter["tree"] else Every()


def _check_ladder(ladder: Any) -> None:
    """{category: [sanction, ...]}, each rung harder than the one before or equal."""
    fine = isinstance(ladder, Mapping) and all(
        category in CATEGORIES
        and isinstance(rungs, list)
        and rungs
        and all(rung in SANCTIONS for rung in rungs)
        and [SANCTIONS.index(rung) for rung in rungs] == sorted(SANCTIONS.index(rung) for rung in rungs)
        for category, rungs in ladder.items()
    )
    if not fine:
        raise refuse(Code.BAD_VALUE, "ladder")


def _words(forbidden: Any) -> dict[str, list[str]]:
    """{category: [word, ...]}, each once and without blanks around. Raises Refused."""
    if not isinstance(forbidden, Mapping) or not set(forbidden) <= set(CATEGORIES):
        raise refuse(Code.BAD_VALUE, "forbidden")
    if not all(isinstance(some, list) and len(some) <= MOST_WORDS for some in forbidden.values()):
        raise refuse(Code.BAD_VALUE, "forbidden")
    return {category: list(dict.fromkeys(_word(one) for one in some)) for category, some in forbidden.items()}


def _word(entered: Any) -> str:
    if not isinstance(entered, str):
        raise refuse(Code.BAD_VALUE, "forbidden")
    return keeping.text(entered, "forbidden", LONGEST_WORD, required=True)
