"""The page of a survey in a real browser at phone width, without script and without a network: it is read, answered,
corrected and sent, in both languages, and what was said stands in the database."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

import api
from kequn.clock import SeededRandom, SystemClock, SystemRandom
from kequn.contracts.secrets import new_key
from kequn.domain import customers
from kequn.domain.editing import Desk
from kequn.domain.surveys import inviting, keeping
from kequn.domain.surveys.inviting import INVITATIONS
from kequn.domain.surveys.questions import Question
from kequn.registry import Registry
from kequn.settings import Settings
from kequn.store import tenants
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.scope import Actor, Role
from kequn.store.vault import Vault
from kequn.testing.emulator import serve
from tests.flows.browser import Page, browser, program
from tests.needs import lacking

pytestmark = pytest.mark.anyio
PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
QUESTIONS = (
    Question(
        "overall",
        "rating",
        "总体来说，您对我们的服务满意吗？",
        "All in all, how content are you?",
        True,
        about="overall",
    ),
    Question("nps", "nps", "您有多大可能把我们推荐给朋友？", "How likely are you to recommend us?", True),
    Question("ces", "ces", "解决问题费力吗？", "How easy was it to have your problem solved?"),
    Question(
        "why", "multiple", "您看重什么？", "What matters to you?", options=(("质量", "Quality"), ("价格", "Price"))
    ),
    Question(
        "how",
        "single",
        "您从哪里知道我们？",
        "How did you hear of us?",
        options=(("朋友", "Friends"), ("网络", "The net")),
    ),
    Question("words", "text", "还有什么想告诉我们？<b>", "Anything else?"),
)


@pytest.fixture
def page() -> Iterator[Page]:
    executable = program()
    if executable is None:
        lacking("chromium", "apt-get install chromium")
    with browser(executable) as page:
        page.call("Emulation.setDeviceMetricsOverride", **PHONE)
        yield page


@pytest.fixture
def settings(sqlite_url: str) -> Settings:
    return Settings(database_url=sqlite_url, secret_key=new_key(SeededRandom()), tenant="default")


@pytest.fixture
async def token(settings: Settings) -> str:
    """Of the link that a customer was given."""
    database = Database(settings.database_url)
    ledger = Ledger(Vault(settings.keyring(SystemRandom())), SystemClock(), SystemRandom())
    async with database.writing() as session:
        tenant = await tenants.get(session)
        desk = Desk(session, Actor(tenant.id, Role.OPERATOR, "ops"), ledger)
        await customers.create(desk, {"type": "person", "name": "东甲乙"})
        welcome = {"zh": "请用一分钟告诉我们您的感受。", "en": "Please tell us in a minute how you feel."}
        survey = await keeping.make(desk, {"name": "满意度调查", "kind": "periodic", "welcome": welcome}, QUESTIONS)
        await keeping.step(desk, survey, "publish")
        await inviting.hold(desk, survey, "seed")
        invitation = (await session.execute(select(INVITATIONS.c.id))).scalar_one()
        link = await inviting.send(desk, invitation)
    await database.close()
    return link.token


@pytest.fixture
def url(settings: Settings, token: str) -> Iterator[str]:
    with serve(api.build(settings, Registry.load(entry_points=False))) as home:
        yield f"{home}/s/{token}"


async def answers(settings: Settings) -> tuple[str, str | None, dict[str, Any]]:
    database = Database(settings.database_url)
    async with database.reading() as session:
        columns = (INVITATIONS.c.state, INVITATIONS.c.channel, INVITATIONS.c.answers)
        row = (await session.execute(select(*columns))).one()
    await database.close()
    return row.state, row.channel, row.answers


def choose(page: Page, name: str, value: int) -> None:
    page.do(f"document.querySelector('input[name={name}][value=\"{value}\"]').click()")


def shown(page: Page, text: str) -> None:
    assert page.when(f"document.body.innerText.includes({text!r}) || document.body.innerText") is True


def go(page: Page, url: str) -> None:
    page.turn(f"location.href = {url!r}")


async def test_a_customer_answers_on_a_phone(page: Page, url: str, settings: Settings) -> None:
    go(page, f"{url}?lang=en")
    shown(page, "All in all, how content are you?")
    assert page.when("document.documentElement.lang === 'en'")
    page.turn("document.querySelector('nav a').click()")
    shown(page, "总体来说，您对我们的服务满意吗？")
    shown(page, "还有什么想告诉我们？<b>")
    fits = "document.documentElement.scrollWidth <= 390 && document.documentElement.lang"
    assert page.when(fits) == "zh-CN"
    small = """[...document.querySelectorAll('label, button')].filter(one => one.getBoundingClientRect().height < 44)
        .length === 0"""
    assert page.when(small)
    unnamed = """[...document.querySelectorAll('input, textarea')].every(one => one.labels.length ||
        one.getAttribute('aria-label'))"""
    assert page.when(unnamed)
    choose(page, "overall", 4)
    page.do("document.querySelector('textarea').value = '茶很好'")
    page.turn("document.querySelector('button').click()")
    shown(page, "有1题需要修改")
    assert page.when("document.querySelector('[role=alert] a').hash === '#nps'")
    assert page.when("document.querySelector('input[name=overall][value=\"4\"]').checked")
    choose(page, "nps", 0)
    choose(page, "why", 0)
    choose(page, "why", 1)
    choose(page, "how", 1)
    page.turn("document.querySelector('button').click()")
    shown(page, "感谢您的回答")
    want = {"overall": 4, "nps": 0, "why": [0, 1], "how": 1, "words": "茶很好"}
    assert await answers(settings) == ("answered", "online", want)
    go(page, url)
    shown(page, "Thank you")  # the browser's own language
    home = urlsplit(url).netloc
    assert {urlsplit(one).netloc for one in page.requests if not one.startswith("data:")} == {home}
    assert [one for one in page.complaints if "422" not in one] == []
    assert page.when("document.querySelectorAll('script').length === 0 && 'none'") == "none"


async def test_a_link_that_there_is_not(page: Page, url: str) -> None:
    go(page, f"{url[:-4]}0000?lang=zh")
    shown(page, "此链接无效")
    assert page.when("document.querySelectorAll('form').length === 0 && 'nothing to fill in'") == "nothing to fill in"
