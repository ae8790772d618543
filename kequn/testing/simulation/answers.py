"""Answers to surveys in a history: each to a survey of its own, which bears the answer's name and asks one question.
Given by the rules of the domain, and never altered; CRMs are told."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from kequn.domain.editing import Desk
from kequn.domain.surveys import answering, inviting, keeping
from kequn.domain.surveys.inviting import INVITATIONS
from kequn.domain.surveys.questions import Question

KEY = "q"


async def create(desk: Desk, entered: Mapping[str, Any]) -> None:
    asked = Question(KEY, "nps", entered["question"])
    survey = await keeping.make(desk, {"name": entered["survey"], "kind": "periodic", "rest_days": 0}, [asked])
    await keeping.step(desk, survey, "publish")
    wave = await inviting.hold(desk, survey, entered["survey"])
    mine = INVITATIONS.c.tenant_id == desk.scope.tenant
    theirs = (INVITATIONS.c.wave_id == wave, INVITATIONS.c.customer_id == entered["customer"])
    invitation = (await desk.session.execute(select(INVITATIONS.c.id).where(mine, *theirs))).scalar_one()
    await answering.answer(desk, invitation, {KEY: [entered["score"]]}, "phone")
