"""The page of a survey over HTTP: who may see it, what it may load, what is refused, and that it is answered once."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from kequn.domain import customers
from kequn.domain.editing import Desk
from kequn.domain.surveys import inviting, keeping
from kequn.domain.surveys.inviting import INVITATIONS
from kequn.domain.surveys.questions import Question
from kequn.store.ledger import Ledger
from kequn.store.scope import Actor, Role
from kequn.store.vault import Vault
from tests.api.conftest import Build, House

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]
QUESTIONS = (
    Question("overall", "rating", "满意吗？<script>", "Content?", required=True, about="overall"),
    Question("words", "text", "还有什么？"),
)


async def do(house: House, work: Any, *given: Any) -> Any:
    ledger = Ledger(Vault(house.keyring), house.clock, house.random)
    async with house.database.writing() as session:
        return await work(Desk(session, Actor(house.tenant, Role.OPERATOR, "ops"), ledger), *given)


async def path(house: House) -> str:
    """Of the page of a customer who is asked."""
    await do(house, customers.create, {"type": "person", "name": "东甲乙"})
    survey = await do(house, keeping.make, {"name": "满意度", "kind": "periodic"}, QUESTIONS)
    await do(house, keeping.step, survey, "publish")
    await do(house, inviting.hold, survey, "seed")
    async with house.database.reading() as session:
        invitation = (await session.execute(select(INVITATIONS.c.id))).scalar_one()
    return f"/s/{(await do(house, inviting.send, invitation)).token}"


async def get(house: House, path: str, **headers: str) -> httpx.Response:
    async with house.browser() as browser:
        return await browser.get(path, headers=headers)


async def post(house: House, path: str, **said: str) -> httpx.Response:
    async with house.browser() as browser:
        return await browser.post(path, data=said)


async def state(house: House) -> str:
    async with house.database.reading() as session:
        return str((await session.execute(select(INVITATIONS.c.state))).scalar_one())


async def test_whoever_has_the_link_answers_once(house: House) -> None:
    here = await path(house)
    shown = await get(house, here)
    assert (shown.status_code, await state(house)) == (200, "opened")
    assert "满意吗？&lt;script&gt;" in shown.text
    assert "<script" not in shown.text
    assert "东甲乙" not in shown.text
    assert (await post(house, here, overall="4", words="好")).status_code == 200
    assert await state(house) == "answered"
    assert "感谢您的回答" in (await get(house, here)).text
    assert "感谢您的回答" in (await post(house, here, overall="1")).text
    async with house.database.reading() as session:
        assert (await session.execute(select(INVITATIONS.c.answers))).scalar_one() == {"overall": 4, "words": "好"}


async def test_nothing_is_loaded_from_anywhere(house: House) -> None:
    shown = await get(house, await path(house))
    policy = dict(part.split(" ", 1) for part in shown.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["style-src"].startswith("'sha256-")
    assert policy["frame-ancestors"] == "'none'"
    assert "script-src" not in policy
    assert shown.headers["cache-control"] == "no-store"
    assert shown.headers["referrer-policy"] == "no-referrer"
    assert "http" not in shown.text.replace('http-equiv="', "")


@pytest.mark.parametrize(
    ("said", "fault"),
    [({}, "请回答此题"), ({"overall": "9"}, "此回答无效"), ({"overall": "4", "words": "x" * 4001}, "此回答无效")],
    ids=["nothing", "out of scale", "too long"],
)
async def test_what_cannot_be_is_shown_again(house: House, said: dict[str, str], fault: str) -> None:
    answer = await post(house, await path(house), **said)
    assert answer.status_code == 422
    assert fault in answer.text
    assert 'role="alert"' in answer.text
    assert await state(house) == "sent"


async def test_a_body_without_end_is_not_read(house: House) -> None:
    assert (await post(house, await path(house), words="x" * 300_000)).status_code == 400


@pytest.mark.parametrize("token", ["x", "0" * 43, "%00", "é"])
async def test_another_link_leads_nowhere(house: House, token: str) -> None:
    await path(house)
    answer = await get(house, f"/s/{token}", **{"Accept-Language": "en"})
    assert (answer.status_code, "No such link" in answer.text) == (404, True)


async def test_a_wave_that_is_over(house: House) -> None:
    here = await path(house)
    house.clock.move(timedelta(days=15).total_seconds())
    assert (await get(house, here)).status_code == 410
    assert (await post(house, here, overall="4")).status_code == 410


async def test_a_link_is_good_after_a_reminder_too(house: House) -> None:
    here = await path(house)
    async with house.database.reading() as session:
        invitation = (await session.execute(select(INVITATIONS.c.id))).scalar_one()
    again = await do(house, inviting.send, invitation)
    assert here == f"/s/{again.token}"
    assert (await get(house, here)).status_code == 200


async def test_who_tries_many_links_is_slowed_down(build: Build) -> None:
    house = await build(rate_requests=3)
    answers = [(await get(house, f"/s/{place}")).status_code for place in range(4)]
    assert answers == [404, 404, 404, 429]
