"""GraphiQL's page: for whom it is, and that nothing it loads lies elsewhere."""

import base64
import re
from pathlib import Path

import pytest

import api.graphiql
from kequn.store.scope import Role
from tests.api.conftest import Build, House
from tests.api.talk import stream

pytestmark = pytest.mark.anyio
FOLDER = Path(api.graphiql.__file__).parent


def _password(token: str) -> str:
    """As a browser sends it."""
    return f"Basic {base64.b64encode(f'me:{token}'.encode()).decode()}"


async def test_the_page_in_development(build: Build) -> None:
    house = await build(dev=True)
    async with house.browser() as browser:
        page = await browser.get("/graphql")
        assert page.status_code == 200
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert 'data-mode="without-token"' in page.text
        assert re.findall(r'(?:src|href)="([^"]+)"', page.text) == [
            "data:,",
            "/graphql/assets/graphiql.css",
            "/graphql/assets/react.js",
            "/graphql/assets/react-dom.js",
            "/graphql/assets/graphiql.js",
            "/graphql/start.js",
        ]
        for path in ["/graphql/examples", *re.findall(r'(?:src|href)="(/[^"]+)"', page.text)]:
            assert (await browser.get(path)).status_code == 200, path


EXAMPLES = (FOLDER / "examples.graphql").read_text(encoding="utf-8").split("# ---\n")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.split("\n")[1].split()[1])
async def test_its_examples_can_be_asked(house: House, example: str) -> None:
    headers = {"Authorization": f"Bearer {await house.token(Role.OPERATOR)}"}
    async with stream(house.app, {"query": example}, headers) as reader:
        assert (await reader.start())[0] == 200
        if "subscription" not in example:
            assert "errors" not in await reader.next()
    answer = await house.graphql(example, Role.OPERATOR)
    assert ("errors" in answer.json()) is ("subscription" in example)


@pytest.mark.parametrize(
    ("role", "status"), [(None, 401), (Role.VIEWER, 403), (Role.OPERATOR, 403), (Role.DEVELOPER, 200)]
)
async def test_its_examples_are_for_whom_the_page_is(house: House, role: Role | None, status: int) -> None:
    headers = {} if role is None else {"Authorization": _password(await house.token(role))}
    async with house.browser(**headers) as browser:
        found = await browser.get("/graphql/examples")
        assert (await browser.get("/graphql")).status_code == found.status_code == status
    assert (found.text == "# ---\n".join(EXAMPLES)) is (status == 200)


async def test_its_files_are_for_anybody(house: House) -> None:
    async with house.browser() as browser:
        for path in ("/graphql/start.js", "/graphql/assets/graphiql.js"):
            assert (await browser.get(path)).status_code == 200


async def test_its_policy_lets_nothing_out(build: Build) -> None:
    house = await build(dev=True)
    async with house.browser() as browser:
        policy = (await browser.get("/graphql")).headers["content-security-policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["connect-src"] == "'self'"
    assert set(" ".join(rules.values()).split()) == {"'none'", "'self'", "'unsafe-inline'", "data:"}


def test_our_own_files_name_no_other_host() -> None:
    for name in ("page.html", "start.js"):
        assert "//" not in re.sub(r"^ *//.*$", "", (FOLDER / name).read_text(), flags=re.MULTILINE), name


def test_its_styles_load_nothing() -> None:
    styles = (FOLDER / "assets" / "graphiql.css").read_text()
    assert all(url.startswith("data:") for url in re.findall(r"url\([\"']?([^)\"']+)", styles))
    assert "@import" not in styles


@pytest.mark.parametrize(("role", "status"), [(Role.VIEWER, 403), (Role.OPERATOR, 403), (Role.DEVELOPER, 200)])
@pytest.mark.parametrize("scheme", ["Bearer", "Basic"])
async def test_the_page_is_for_developers(house: House, role: Role, status: int, scheme: str) -> None:
    """A browser asks for the token as a password."""
    token = await house.token(role)
    given = f"Bearer {token}" if scheme == "Bearer" else _password(token)
    async with house.browser(Authorization=given) as browser:
        page = await browser.get("/graphql")
    assert page.status_code == status
    assert ('data-mode="with-token"' in page.text) is (status == 200)


async def test_a_browser_without_token_is_asked_for_one(house: House) -> None:
    async with house.browser() as browser:
        page = await browser.get("/graphql")
    assert page.status_code == 401
    assert page.headers["www-authenticate"].startswith("Basic ")


async def test_a_password_opens_the_page_alone(house: House) -> None:
    """A browser sends it by itself, so another site could make it send edits."""
    async with house.browser(Authorization=_password(await house.token(Role.ADMIN))) as browser:
        assert (await browser.post("/graphql", json={"query": "{ __typename }"})).status_code == 401
