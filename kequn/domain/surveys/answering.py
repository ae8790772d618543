"""What is said: by the customer through a link, who needs no login, or by staff who asked on the phone or have a form
in hand. Ratings and NPS about something become answers of the customer, which alerts and standings go by; whatever was
answered by a number becomes a row, which goes out to the CRMs; what fills a field of theirs is written there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.domain import answers, keeping, rights, states
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, Problem, Refused, refuse
from kequn.domain.surveys import filling, inviting, questions
from kequn.domain.surveys.inviting import INVITATIONS, STEPS, WAVES
from kequn.domain.surveys.keeping import SURVEYS, VERSIONS
from kequn.domain.surveys.questions import Question
from kequn.store.ledger import Edit
from kequn.store.rows import Row
from kequn.store.values import Fact

CHANNELS = ("form", "phone", "online")
SCALES = {"rating": "csat", "nps": "nps"}


@dataclass(frozen=True)
class Sheet:
    """What a link opens. `open`: it can still be answered; `answered`: it was."""

    tenant: UUID
    invitation: UUID
    name: str
    welcome: Mapping[str, str]
    questions: Sequence[Question] = field(repr=False)
    open: bool = True
    answered: bool = False


async def look(session: AsyncSession, token: str, now: datetime) -> Sheet | None:
    """None: there is no such link. Of any tenant: the token itself says whose it is."""
    row = (await session.execute(select(INVITATIONS).where(INVITATIONS.c.hash == inviting.digest(token)))).mappings()
    found = row.first()
    if found is None:
        return None
    wave = await _one(session, WAVES, found["tenant_id"], found["wave_id"])
    survey = await _one(session, SURVEYS, found["tenant_id"], wave["survey_id"])
    asked = await asked_in(session, found["tenant_id"], wave)
    running = wave["state"] == "open" and wave["closes_at"] > now and survey["state"] in {"published", "paused"}
    return Sheet(
        found["tenant_id"], found["id"], survey["name"], survey["welcome"], asked,
        running and found["state"] in inviting.ASKED, found["state"] == "answered",
    )  # fmt: skip


async def _one(session: AsyncSession, table: Any, tenant: UUID, id: UUID) -> Mapping[Any, Any]:
    return (await session.execute(select(table).where(table.c.tenant_id == tenant, table.c.id == id))).mappings().one()


async def asked_in(session: AsyncSession, tenant: UUID, wave: Mapping[Any, Any]) -> Sequence[Question]:
    """The questions of the version that the wave goes by."""
    mine = (VERSIONS.c.tenant_id == tenant, VERSIONS.c.survey_id == wave["survey_id"])
    query = select(VERSIONS.c.questions).where(*mine, VERSIONS.c.version == wave["version"])
    return questions.read((await session.execute(query)).scalar_one())


async def opened(desk: Desk, id: UUID) -> None:
    """The page was looked at for the first time."""
    known = await keeping.find(desk, INVITATIONS, id)
    if known["state"] == "sent":
        way = states.step(STEPS, known["state"], "open", desk.actor)
        await keeping.change(desk, INVITATIONS, id, state=way.to, opened_at=desk.ledger.clock.now())


async def answer(desk: Desk, id: UUID, said: Mapping[str, Sequence[str]], channel: str) -> UUID:
    """Take what was said. Once: a second time is refused. Raises Refused, naming each question that lacks an answer."""
    rights.require(desk.actor, rights.EDIT)
    if channel not in CHANNELS:
        raise refuse(Code.BAD_VALUE, "channel")
    known, wave = await keeping.find_within(desk, INVITATIONS, id, INVITATIONS.c.wave_id, WAVES)
    inviting.require_open(desk, wave)
    way = states.step(STEPS, known["state"], "answer", desk.actor)
    asked = await asked_in(desk.session, desk.scope.tenant, wave)
    reading = questions.understand(asked, said)
    if reading.faults:
        codes = {"required": Code.REQUIRED, "bad": Code.BAD_VALUE}
        raise Refused(*(Problem(codes[fault], ("answers", key)) for key, fault in reading.faults.items()))
    done = {"answers": reading.answers, "channel": channel, "answered_at": desk.ledger.clock.now(), "state": way.to}
    await keeping.change(desk, INVITATIONS, id, **done, changed_by=desk.actor.name)
    await _score(desk, wave, {**known, **done}, asked)
    await filling.fill(desk, known["customer_id"], asked, reading.answers)
    for one in asked:
        if one.about is not None and one.key in reading.answers:
            about = {"scale": SCALES[one.type], "about": one.about, "given_at": None, "source": f"survey {id}"}
            await answers.note(desk, known["customer_id"], reading.answers[one.key], **about)  # type: ignore[arg-type]
    return id


async def _score(desk: Desk, wave: Mapping[Any, Any], given: Mapping[Any, Any], asked: Sequence[Question]) -> None:
    survey = await inviting.survey_of(desk, wave)
    about: dict[str, Fact] = {name: given[name] for name in ("channel", "answered_at")}
    about |= {"survey": survey["name"], "customer": given["customer_id"]}
    scored = [one for one in asked if one.type in questions.SCALES and one.key in given["answers"]]
    facts = [{**about, "question": one.zh, "scale": one.type, "score": given["answers"][one.key]} for one in scored]
    own = {"invitation_id": given["id"]}
    rows = [Row(Kind.SURVEY_ANSWER, desk.ledger.new_id(), one, own=own) for one in facts]
    await desk.write(*(Edit(None, row, desk.cause) for row in rows))
