"""GraphiQL in a real browser that has no network: it shows, it knows the schema, it reads and edits a customer, and no
request leaves for anywhere but the server."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

import api
from kequn.clock import SeededRandom, SystemClock, SystemRandom
from kequn.contracts.identity import format_id
from kequn.contracts.secrets import new_key
from kequn.domain import customers
from kequn.domain.editing import Desk
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
EDITOR = "document.querySelector('.graphiql-query-editor .CodeMirror')"
ANSWER = "document.querySelector('.graphiql-response')?.innerText"


@pytest.fixture
def page() -> Iterator[Page]:
    executable = program()
    if executable is None:
        lacking("chromium", "apt-get install chromium")
    with browser(executable) as page:
        yield page


@pytest.fixture
def settings(sqlite_url: str) -> Settings:
    return Settings(database_url=sqlite_url, secret_key=new_key(SeededRandom()), dev=True, tenant="default")


@pytest.fixture
async def customer(settings: Settings) -> str:
    """The id of a customer of the default tenant."""
    database = Database(settings.database_url)
    ledger = Ledger(Vault(settings.keyring(SystemRandom())), SystemClock(), SystemRandom())
    async with database.writing() as session:
        tenant = await tenants.get(session)
        desk = Desk(session, Actor(tenant.id, Role.OPERATOR, "ops"), ledger)
        row = await customers.create(desk, {"type": "person", "name": "东甲乙", "city": "上海"})
    await database.close()
    return format_id("customer", row.id)


@pytest.fixture
def graphiql(settings: Settings, customer: str) -> Iterator[str]:
    """The address of GraphiQL, served on this machine."""
    with serve(api.build(settings, Registry.load(entry_points=False))) as url:
        yield f"{url}/graphql"


def send(page: Page, query: str) -> None:
    """Type a query without a name, wait until it was read, press the button."""
    page.do(f"{EDITOR}.CodeMirror.setValue({query!r})")
    page.when("document.querySelector('.graphiql-tab-active')?.textContent.includes('untitled')")
    page.do("document.querySelector('.graphiql-execute-button').click()")


def ask(page: Page, query: str, wanted: str) -> None:
    """Send a query, wait for the answer."""
    send(page, query)
    assert wanted in page.when(f"({ANSWER} ?? '').includes({wanted!r}) && {ANSWER}")


async def test_graphiql_reads_and_edits_without_a_network(page: Page, graphiql: str, customer: str) -> None:
    page.open(graphiql)
    assert page.when(f"{EDITOR} && document.title") == "kequn · GraphiQL"
    ask(page, f'{{ customer(id: "{customer}") {{ name city }} }}', "东甲乙")
    edit = f'mutation {{ updateCustomer(id: "{customer}", input: {{ city: "杭州" }}) {{ customer {{ city }} }} }}'
    ask(page, edit, "杭州")
    ask(page, f'{{ customer(id: "{customer}") {{ version city }} }}', '"version": 2')
    assert page.complaints == []
    home = urlsplit(graphiql).netloc
    assert {urlsplit(url).netloc for url in page.requests if not url.startswith("data:")} == {home}
    assert sum(url == graphiql for url in page.requests) >= 5  # the page, the schema, and three questions


EDITS = """{
    const query = () =>
        `mutation { updateCustomer(id: "%s", input: { city: "苏州 ${Date.now()}" }) { problems { code } } }`;
    const headers = { "Content-Type": "application/json" };
    setInterval(() => fetch("/graphql", { method: "POST", headers, body: JSON.stringify({ query: query() }) }), 300);
}"""


async def test_graphiql_is_told_of_changes(graphiql: str, page: Page, customer: str) -> None:
    page.open(graphiql)
    page.when(f"{EDITOR} && document.querySelectorAll('.graphiql-tab').length >= 5")
    send(page, "subscription { customerChanged { customer { city } } }")
    page.do(EDITS % customer)
    assert page.when(f"({ANSWER} ?? '').includes('苏州') && {ANSWER}")
    assert page.complaints == []


async def test_a_page_that_asks_elsewhere_is_seen(page: Page, graphiql: str) -> None:
    page.open(graphiql)
    page.when(EDITOR + " && true")
    page.do("fetch('https://elsewhere.example.org/')")
    page.when("document.body && true")
    assert any("elsewhere.example.org" in one for one in [*page.requests, *page.complaints])
