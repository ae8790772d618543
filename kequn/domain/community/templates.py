"""Templates of groups 管理模板: versioned data to copy and edit, applied as a whole. What members would notice (rules,
posts, benefits, standards, classes) is made as drafts, so that nothing goes out that nobody looked at; the charter
holds at once."""

from datetime import UTC, datetime, time, timedelta
from importlib.resources import files
from typing import Annotated, Any
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Table

from kequn.contracts.identity import format_id
from kequn.domain import groups, keeping, rights, standards
from kequn.domain.benefits import days, offering
from kequn.domain.care import reviewing
from kequn.domain.community import charters, posts, rules
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.domain.process import flows
from kequn.domain.segments import keeping as segments
from kequn.domain.segments import membership
from kequn.domain.service import standards as service
from kequn.domain.surveys import keeping as surveys
from kequn.domain.surveys import questions
from kequn.store import tables, tenants
from kequn.store.where import Has, Op, Test

_uses: Table = tables.TemplateUse.__table__  # type: ignore[attr-defined]
WEEK = timedelta(days=7)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Planned(_Part):
    """A post, by the week after the template is applied."""

    week: Annotated[int, Field(ge=0, le=52)]
    weekday: Annotated[int, Field(ge=0, le=6)]
    hour: Annotated[int, Field(ge=0, le=23)] = 10
    category: str
    title: str
    body: str = ""


class Condition(_Part):
    """`asked`: as `where` of customers takes it; `tree`: the same as it is kept."""

    asked: dict[str, Any]
    tree: dict[str, Any]


class Offered(_Part):
    """A benefit, from now on for `runs_days`."""

    name: str
    kind: str
    description: str = ""
    usage: str = ""
    valid_days: int = 30
    stock: int | None = None
    per_customer: int = 1
    every_days: int | None = None
    remind_days: int = 3
    runs_days: Annotated[int, Field(ge=1, le=3660)] = 365


class Welfare(_Part):
    """The day of each month on which the benefit is given; see kequn.domain.benefits.days."""

    months: int
    number: int
    rule: str


class Service(_Part):
    """A step's standard; see kequn.domain.service.standards."""

    name: str
    department: str
    severity: str | None = None
    operation: str = ""
    quality: str = ""
    response_minutes: int
    solution_minutes: int
    opens: int = 9
    closes: int = 18


class Process(_Part):
    """How problems are solved, step by step; see kequn.domain.process.flows."""

    name: str
    description: str = ""
    steps: tuple[dict[str, Any], ...]


class Asked(_Part):
    """A survey; see kequn.domain.surveys."""

    name: str
    kind: str
    node: str | None = None
    every_days: int | None = None
    rest_days: int = 90
    questions: tuple[dict[str, Any], ...]


class Template(_Part):
    """Everything that a way of running a group is made of. `review_days`: after how long it is to be looked at."""

    name: str
    title: str
    version: Annotated[int, Field(ge=1)]
    review_days: Annotated[int, Field(ge=1, le=3660)]
    group: dict[str, str] = {}
    charter: dict[str, Any] = {}
    condition: Condition | None = None
    rules: tuple[dict[str, str], ...] = ()
    topics: tuple[str, ...] = ()
    posts: tuple[Planned, ...] = ()
    benefit: Offered | None = None
    welfare_day: Welfare | None = None
    service_standards: tuple[Service, ...] = ()
    standard: dict[str, Any] | None = None
    process: Process | None = None
    survey: Asked | None = None


def read(plain: Any) -> Template:
    """The template that JSON says. Raises Refused, naming the first place at fault."""
    try:
        return Template.model_validate(plain)
    except ValidationError as error:
        raise refuse(Code.BAD_VALUE, "template", *error.errors()[0]["loc"]) from None


def known() -> dict[str, Template]:
    """The templates that come with kequn, by name."""
    folder = files("kequn.templates")
    found = [read(orjson.loads(one.read_bytes())) for one in folder.iterdir() if one.name.endswith(".json")]
    return {one.name: one for one in sorted(found, key=lambda one: one.name)}


def named(name: str) -> Template:
    """Raises Refused."""
    if name not in known():
        raise refuse(Code.NOT_FOUND, "template")
    return known()[name]


async def apply(desk: Desk, template: Template, name: str) -> UUID:
    """Found a group of this name and give it all that the template has. Raises Refused, and then makes nothing."""
    rights.require(desk.actor, rights.EDIT)
    group = (await groups.create(desk, {**template.group, "name": name})).id
    made: dict[str, int] = {}
    await _charter(desk, group, template)
    if template.rules:
        await rules.write(desk, group, list(template.rules), template.title)
        made["rules"] = 1
    for post in template.posts:
        await _post(desk, group, post)
    made |= {"posts": len(template.posts), "topics": len(template.topics)}
    made |= await _service(desk, group, name, template)
    use = await keeping.add(
        desk, _uses, group_id=group, template=template.name, version=template.version, made=made,
        applied_at=keeping.now(desk), applied_by=desk.actor.name,
        review_on=(keeping.now(desk) + timedelta(days=template.review_days)).date(),
    )  # fmt: skip
    await reviewing.follow(desk, "template", use, template.review_days)
    return use


async def use(desk: Desk, id: UUID) -> keeping.Found:
    """What became of a template. Raises Refused."""
    rights.require(desk.actor, rights.READ)
    return await keeping.find(desk, _uses, id)


async def _charter(desk: Desk, group: UUID, template: Template) -> None:
    if not set(template.charter) <= {*charters.LIMITS, *charters.TEXTS, "introduction", "ladder"}:
        raise refuse(Code.BAD_VALUE, "template", "charter")
    await charters.write(desk, group, **template.charter)
    if template.condition is not None:
        try:
            tree = membership.read(template.condition.tree)
        except (KeyError, TypeError, ValueError, LookupError):
            raise refuse(Code.BAD_VALUE, "template", "condition") from None
        await charters.condition(desk, group, tree, template.condition.asked)
    monday = (await _monday(desk)).date()
    for place, words in enumerate(template.topics):
        await charters.topic(desk, group, monday + WEEK * place, words)


async def _post(desk: Desk, group: UUID, post: Planned) -> None:
    """A draft that knows when it is to go out."""
    id = await posts.write(desk, group, post.category, post.title, post.body)
    due = await _monday(desk) + timedelta(weeks=post.week, days=post.weekday, hours=post.hour)
    await keeping.change(desk, posts.POSTS, id, due_at=due.astimezone(UTC))


async def _service(desk: Desk, group: UUID, name: str, template: Template) -> dict[str, int]:
    """What members are given and how they are served."""
    made: dict[str, int] = {}
    if template.benefit is not None:
        made["benefit"] = 1
        benefit = await offering.make(desk, {**_running(desk, template.benefit), "group_id": group})
        if template.welfare_day is not None:
            first = (await _now(desk)).date()
            made["welfare_days"] = await days.plan_welfare(desk, benefit, first, **template.welfare_day.model_dump())
    for entered in template.service_standards:
        await service.draft(desk, entered.model_dump())
    made["service_standards"] = len(template.service_standards)
    if template.standard is not None:
        await standards.draft(desk, template.standard, f"{template.title} {template.version}")
        made["standard"] = 1
    if template.process is not None:
        steps = flows.read(template.process.steps)
        await flows.make(desk, f"{name} {template.process.name}"[:100], template.process.description, steps)
        made["process"] = 1
    if template.survey is not None:
        await _survey(desk, group, name, template.survey)
        made |= {"segment": 1, "survey": 1}
    return made


async def _survey(desk: Desk, group: UUID, name: str, said: Asked) -> None:
    """A survey of the members of the group, as a draft."""
    try:
        asked = questions.read(said.questions)
    except (KeyError, TypeError, ValueError):
        raise refuse(Code.BAD_VALUE, "template", "survey") from None
    inside = Has("groups", Test("id", Op.EQ, group))
    words = {"groups": {"some": {"id": {"eq": format_id("group", group)}}}}
    members = await segments.make(desk, f"{name} 群成员", "", inside, words)
    entered = said.model_dump(exclude={"questions"}, exclude_none=True)
    await surveys.make(desk, {**entered, "name": f"{name} {said.name}", "segment_id": members}, asked)


def _running(desk: Desk, said: Offered) -> dict[str, Any]:
    """From now on, for so many days."""
    now = keeping.now(desk)
    entered = said.model_dump(exclude={"runs_days"})
    return {**entered, "starts_at": now, "ends_at": now + timedelta(days=said.runs_days)}


async def _monday(desk: Desk) -> datetime:
    """The Monday after today begins, by the clock of the tenant."""
    now = await _now(desk)
    return datetime.combine(now.date() + timedelta(days=7 - now.weekday()), time(), now.tzinfo)


async def _now(desk: Desk) -> datetime:
    return keeping.now(desk).astimezone(await tenants.zone(desk.session, desk.scope))
