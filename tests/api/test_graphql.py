"""GraphQL over HTTP: bodies, statuses, media types, headers, and errors that tell nothing of what went wrong inside."""

import logging
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from api.media import GRAPHQL as OURS
from kequn.store.scope import Role
from tests.api.conftest import Build, House

pytestmark = pytest.mark.anyio
JSON = "application/json"


async def post(house: House, content: Any, **headers: str) -> httpx.Response:
    token = await house.token(Role.OPERATOR)
    sent = {"Authorization": f"Bearer {token}", "Content-Type": JSON, **headers}
    async with house.browser() as browser:
        return await browser.post("/graphql", content=content, headers=sent)


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"null", 400),
        (b'[{"query": "{__typename}"}]', 400),
        (b'{"query": 1}', 400),
        (b'{"query": "{__typename}", "variables": []}', 400),
        (b'{"query": "{__typename}", "variables": 1}', 400),
        (b'{"query": "{__typename}", "operationName": 1}', 400),
        (b'{"query": "\xff"}', 400),
        (b'{"query": "{__typename}", "variables": null, "operationName": null, "extensions": {}}', 200),
        (b'{"query": "query A {__typename} query B {customers {totalCount}}", "operationName": "A"}', 200),
    ],
)
async def test_bodies(house: House, content: bytes, status: int) -> None:
    assert (await post(house, content)).status_code == status


async def test_only_json(house: House) -> None:
    answer = await post(house, b'{"query": "{__typename}"}', **{"Content-Type": "text/plain"})
    assert answer.status_code == 415


async def test_a_body_that_is_too_large(build: Build) -> None:
    house = await build(limit_body=1000)
    answer = await post(house, b'{"query": "' + b" " * 1000 + b'"}')
    assert answer.status_code == 413
    assert answer.json()["errors"][0]["extensions"]["code"] == "TOO_BIG"


@pytest.mark.parametrize(
    ("accept", "query", "status", "media"),
    [
        ("*/*", "{ __typename }", 200, JSON),
        (OURS, "{ __typename }", 200, OURS),
        (JSON, "{ nope }", 200, JSON),
        (OURS, "{ nope }", 400, OURS),
        (OURS, "{", 400, OURS),
        (OURS, '{ node(id: "x") { id } }', 200, OURS),
    ],
)
async def test_status_and_media_type(house: House, accept: str, query: str, status: int, media: str) -> None:
    answer = await post(house, '{"query": ' + repr(query).replace('"', '\\"').replace("'", '"') + "}", Accept=accept)
    assert (answer.status_code, answer.headers["content-type"]) == (status, media)


@pytest.mark.parametrize("path", ["/graphql", "/healthz", "/nowhere"])
async def test_headers_of_every_answer(house: House, path: str) -> None:
    async with house.browser() as browser:
        headers = (await browser.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "default-src 'none'" in headers["content-security-policy"]


async def break_customers(house: House) -> None:
    async with house.database.writing() as session:
        await session.execute(text("ALTER TABLE customer RENAME COLUMN name TO surname"))


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/graphql", "GET, HEAD, POST"),
        ("DELETE", "/graphql", "GET, HEAD, POST"),
        ("PATCH", "/graphql", "GET, HEAD, POST"),
        ("GET", "/graphql?query={__typename}", "POST"),
        ("POST", "/graphql/assets/react.js", "GET, HEAD"),
        ("POST", "/healthz", "GET, HEAD"),
    ],
)
async def test_another_method(house: House, method: str, path: str, allowed: str) -> None:
    async with house.browser() as browser:
        answer = await browser.request(method, path)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (405, "INVALID")
    assert answer.headers["allow"] == allowed


async def test_the_inside_is_masked(house: House, caplog: pytest.LogCaptureFixture) -> None:
    await break_customers(house)
    with caplog.at_level(logging.WARNING, "kequn"):
        answer = await house.graphql(
            '{ customers(where: {name: {eq: "private words"}}) { edges { node { id } } } }', Role.VIEWER
        )
    [error] = answer.json()["errors"]
    assert error["extensions"] == {"code": "INTERNAL"}
    number = error["message"].rpartition(" ")[2].rstrip(".")
    assert "SELECT" not in answer.text
    [line] = [record.getMessage() for record in caplog.records if "unforeseen error" in record.getMessage()]
    assert number in line
    assert "private words" not in caplog.text


async def test_a_developer_is_told(build: Build) -> None:
    house = await build(dev=True)
    await break_customers(house)
    answer = await house.graphql("{ customers { edges { node { name } } } }")
    assert "OperationalError" in answer.text or "UndefinedColumn" in answer.text


async def test_an_app_that_fails_says_no_more(house: House) -> None:
    """Not GraphQL but what lies before it: the table of tokens is gone."""
    async with house.database.writing() as session:
        await session.execute(text("ALTER TABLE token RENAME TO tokens_elsewhere"))
    answer = await house.graphql("{ __typename }", headers={"Authorization": "Bearer something"})
    assert answer.status_code == 500
    assert answer.json()["errors"][0]["extensions"] == {"code": "INTERNAL"}


async def test_chinese_over_http(house: House) -> None:
    query = 'mutation { createTier(input: {name: ""}) { problems { code message } } }'
    answer = await house.graphql(query, Role.OPERATOR, {"Accept-Language": "zh-CN,en;q=0.5"})
    assert answer.json()["data"]["createTier"]["problems"] == [{"code": "REQUIRED", "message": "此项必填。"}]
