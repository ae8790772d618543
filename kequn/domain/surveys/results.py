"""What came of a wave: who answered and who did not, and of each question its figures; what moves satisfaction; what
was said in words; and how a question went from wave to wave."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.domain.problems import Code, refuse
from kequn.domain.standards import in_force
from kequn.domain.surveys import drivers, opinions, statistics
from kequn.domain.surveys.answering import asked_in
from kequn.domain.surveys.drivers import Drivers
from kequn.domain.surveys.inviting import INVITATIONS, WAVES
from kequn.domain.surveys.opinions import Group, Opinion
from kequn.domain.surveys.questions import SCALES, Question
from kequn.domain.surveys.statistics import Difference, Estimate
from kequn.store.scope import Scope

MAIN = ("rating", "nps", "ces")
Answers = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Figures:
    """Of one question. `estimate`: of a rating and CES who are content, of NPS promoters less detractors. `counts`: how
    often each answer was given; of a list by its place."""

    question: Question
    answers: int
    estimate: Estimate | None
    mean: float | None
    counts: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Results:
    """`states`: how many invitations are in each; `channels`: how many answers came over each; `response`: answered of
    those invited."""

    wave: UUID
    invited: int
    states: Mapping[str, int]
    channels: Mapping[str, int]
    response: Estimate | None
    figures: tuple[Figures, ...]
    overall: str | None
    drivers: Drivers
    opinions: tuple[Group, ...]


@dataclass(frozen=True)
class Point:
    """A question in one wave. `change`: against the wave before in which it was asked."""

    wave: UUID
    number: int
    at: datetime
    estimate: Estimate | None
    change: Difference | None


async def of_wave(session: AsyncSession, scope: Scope, wave: UUID) -> Results:
    """Raises Refused."""
    mine = (WAVES.c.tenant_id == scope.tenant, WAVES.c.id == wave)
    known = (await session.execute(select(WAVES).where(*mine))).mappings().first()
    if known is None:
        raise refuse(Code.NOT_FOUND, "wave_id")
    asked = await asked_in(session, scope.tenant, known)
    columns = (INVITATIONS.c.state, INVITATIONS.c.channel, INVITATIONS.c.answers)
    query = select(*columns).where(INVITATIONS.c.tenant_id == scope.tenant, INVITATIONS.c.wave_id == wave)
    rows = (await session.execute(query.order_by(INVITATIONS.c.id))).all()
    given = [row.answers for row in rows if row.state == "answered"]
    overall = _overall(asked)
    words = (await in_force(session, scope)).thresholds.grading
    return Results(
        wave, len(rows), Counter(row.state for row in rows),
        Counter(row.channel for row in rows if row.state == "answered"), statistics.wilson(len(given), len(rows)),
        tuple(_figures(one, given) for one in asked), overall.key if overall else None, _drivers(asked, overall, given),
        tuple(opinions.group(_opinions(asked, overall, given), words)),
    )  # fmt: skip


def _overall(asked: Sequence[Question]) -> Question | None:
    """The question about everything: the one that says so, else the first that is answered by a number."""
    scaled = [one for one in asked if one.type in MAIN]
    return next((one for one in scaled if one.about == "overall"), scaled[0] if scaled else None)


def _figures(one: Question, given: Answers) -> Figures:
    found = [answers[one.key] for answers in given if one.key in answers]
    if one.type in MAIN:
        counts = statistics.distribution(found, one.scale)
        return Figures(one, len(found), _estimate(one, found), fmean(found) if found else None, tuple(counts))
    if one.type == "text":
        return Figures(one, len(found), None, None, ())
    chosen = [place for answer in found for place in (answer if one.type == "multiple" else [answer])]
    return Figures(one, len(found), None, None, tuple(statistics.distribution(chosen, range(len(one.options)))))


def _estimate(one: Question, found: Sequence[int]) -> Estimate | None:
    return statistics.nps(found) if one.type == "nps" else statistics.content(one.type, found)


def _even(one: Question, answer: int) -> float:
    """From 0 (worst) to 1."""
    scale = SCALES[one.type]
    return (answer - scale[0]) / (scale[-1] - scale[0])


def _drivers(asked: Sequence[Question], overall: Question | None, given: Answers) -> Drivers:
    others = [one for one in asked if one.type in MAIN and one is not overall][: drivers.MOST]
    if overall is None or not others:
        return Drivers(0)
    wanted = (overall, *others)
    whole = [answers for answers in given if all(one.key in answers for one in wanted)]
    target = [_even(overall, answers[overall.key]) for answers in whole]
    return drivers.find(target, {one.key: [_even(one, answers[one.key]) for answers in whole] for one in others})


def _opinions(asked: Sequence[Question], overall: Question | None, given: Answers) -> list[Opinion]:
    found = []
    for answers in given:
        known = _even(overall, answers[overall.key]) if overall and overall.key in answers else None
        found += [Opinion(answers[one.key], known) for one in asked if one.type == "text" and one.key in answers]
    return found


async def trend(session: AsyncSession, scope: Scope, survey: UUID, key: str) -> list[Point]:
    """A question from wave to wave, the first first."""
    mine = (WAVES.c.tenant_id == scope.tenant, WAVES.c.survey_id == survey)
    waves = (await session.execute(select(WAVES).where(*mine).order_by(WAVES.c.number))).mappings().all()
    found: list[Point] = []
    before: tuple[Question, Estimate] | None = None
    for wave in waves:
        one = next((q for q in await asked_in(session, scope.tenant, wave) if q.key == key and q.type in MAIN), None)
        if one is None:
            continue
        now = _estimate(one, await _answers(session, scope, wave["id"], key))
        same = before is not None and before[0].type == one.type
        moved = statistics.change(before[1], now) if before is not None and same and now else None
        found.append(Point(wave["id"], wave["number"], wave["opened_at"], now, moved))
        before = (one, now) if now else before
    return found


async def _answers(session: AsyncSession, scope: Scope, wave: UUID, key: str) -> list[int]:
    mine = (INVITATIONS.c.tenant_id == scope.tenant, INVITATIONS.c.wave_id == wave, INVITATIONS.c.state == "answered")
    found = (await session.execute(select(INVITATIONS.c.answers).where(*mine))).scalars()
    return [answers[key] for answers in found if key in answers]
