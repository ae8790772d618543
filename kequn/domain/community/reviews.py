"""Reviews of a group 群评估与总结: the figures of a period, findings in words, a plan to improve, and what the members
were told of it. Lessons 案例: cases and notes on the industry and on competitors. Duties 职责 of the team."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table

from kequn.domain import keeping, rights, states
from kequn.domain.community import figures, rules
from kequn.domain.editing import Desk
from kequn.domain.notices import outbox
from kequn.domain.problems import Code, refuse
from kequn.domain.states import Step, Steps
from kequn.store import tables

_reviews: Table = tables.Review.__table__  # type: ignore[attr-defined]
_lessons: Table = tables.Lesson.__table__  # type: ignore[attr-defined]
_duties: Table = tables.Assignment.__table__  # type: ignore[attr-defined]
KINDS = ("case", "industry", "competitor")
ROLES = ("owner", "administrator", "service")
STATES = ("draft", "agreed", "announced")
STEPS: Steps = {
    ("draft", "agree"): Step("agreed", needs="plan"),
    ("agreed", "reopen"): Step("draft"),
    ("agreed", "announce"): Step("announced", needs="announcement"),
}


async def make(desk: Desk, group_id: UUID, since: datetime, until: datetime, findings: str = "") -> UUID:
    """A draft with the figures of the period. Raises Refused."""
    group = await keeping.group(desk, group_id)
    if not since < until <= keeping.now(desk):
        raise refuse(Code.BAD_DATE, "until")
    found = await figures.read(desk.session, desk.scope, group, since, until)
    numbers = {name: value for name, value in asdict(found).items() if isinstance(value, int | float | None)}
    said = {"findings": keeping.text(findings, "findings"), "plan": "", "announcement": "", "state": "draft"}
    made = {"made_at": keeping.now(desk), "made_by": desk.actor.name}
    return await keeping.add(desk, _reviews, group_id=group, since=since, until=until, figures=numbers, **said, **made)


async def step(
    desk: Desk, id: UUID, event: str, findings: str | None = None, plan: str | None = None,
    announcement: str | None = None,
) -> UUID:  # fmt: skip
    """Agree on findings and plan, or tell the members what changes. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    one = await keeping.find(desk, _reviews, id)
    entered = {"findings": findings, "plan": plan, "announcement": announcement}
    said = {name: keeping.text(words, name) for name, words in entered.items() if words is not None}
    known = {name: one[name] for name in entered}
    way = states.step(STEPS, one["state"], event, desk.actor, {**known, **said})
    changed: dict[str, Any] = {"state": way.to, **said}
    if way.to == "announced":
        changed["announced_at"] = keeping.now(desk)
        group, words = one["group_id"], said.get("announcement") or one["announcement"]
        told = await rules.members(desk, group)
        await outbox.tell_all(desk, told, f"review:{id.hex}", "群管理总结与改进", words, group=group)
    return await keeping.change(desk, _reviews, id, **changed)


async def learn(
    desk: Desk, kind: str, title: str, body: str, lesson: str = "", source: str = "", group_id: UUID | None = None
) -> UUID:
    """Note a case with its lesson, or news of the industry or a competitor with its source. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    if kind not in KINDS:
        raise refuse(Code.BAD_VALUE, "kind")
    said = {
        "title": keeping.text(title, "title", keeping.NAME, required=True),
        "body": keeping.text(body, "body", required=True),
        "lesson": keeping.text(lesson, "lesson", required=kind == "case"),
        "source": keeping.text(source, "source", 1000, required=kind != "case"),
    }
    group = None if group_id is None else await keeping.group(desk, group_id)
    when = {"noted_at": keeping.now(desk), "noted_by": desk.actor.name}
    return await keeping.add(desk, _lessons, group_id=group, kind=kind, **said, **when)


async def assign(desk: Desk, group_id: UUID, staff_id: UUID, role: str, duty: str) -> UUID:
    """Somebody of the team does this for a group from now on. Raises Refused."""
    group, staff = await keeping.group(desk, group_id), await keeping.staff(desk, staff_id)
    if role not in ROLES:
        raise refuse(Code.BAD_VALUE, "role")
    said = {"role": role, "duty": keeping.text(duty, "duty", required=True)}
    return await keeping.add(desk, _duties, group_id=group, staff_id=staff, since=keeping.now(desk), **said)


async def relieve(desk: Desk, id: UUID) -> UUID:
    """Somebody does it no more. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    one = await keeping.find(desk, _duties, id)
    if one["until"] is not None:
        raise refuse(Code.WRONG_STATE, "id", state="ended")
    return await keeping.change(desk, _duties, id, until=keeping.now(desk))
