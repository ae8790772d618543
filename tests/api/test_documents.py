"""Documents by their hash: those that clients register, those that are trusted, and a server that takes no others."""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from kequn.settings import BadEnvironment
from kequn.store.scope import Role
from tests.api.conftest import Build, House

pytestmark = pytest.mark.anyio
ASK = "{ customers { totalCount } }"
OTHER = "{ tiers { totalCount } }"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database will do: nothing here depends on which."""
    return sqlite_url


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def persisted(text: str, hash: str | None = None) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": hash or digest(text)}}


async def send(house: House, content: dict[str, Any]) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {await house.token(Role.VIEWER)}"}
    async with house.browser() as browser:
        answer = await browser.post("/graphql", json=content, headers=headers)
    return answer.status_code, answer.json()


def code(answer: Any) -> str:
    return str(answer["errors"][0]["extensions"]["code"])


async def test_a_document_is_registered_once_and_then_named(house: House) -> None:
    status, answer = await send(house, {"extensions": persisted(ASK)})
    assert (status, code(answer)) == (200, "PERSISTED_QUERY_NOT_FOUND")
    assert answer["errors"][0]["message"] == "PersistedQueryNotFound"
    data = {"data": {"customers": {"totalCount": 0}}}
    assert await send(house, {"query": ASK, "extensions": persisted(ASK)}) == (200, data)
    assert await send(house, {"extensions": persisted(ASK)}) == (200, data)
    assert await send(house, {"documentId": f"sha256:{digest(ASK)}"}) == (200, data)


async def test_a_hash_of_another_text_is_refused(house: House) -> None:
    assert (await send(house, {"query": OTHER, "extensions": persisted(ASK)}))[0] == 400
    assert code((await send(house, {"extensions": persisted(ASK)}))[1]) == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"query": ""},
        {"documentId": 1},
        {"extensions": []},
        {"extensions": {"persistedQuery": {"version": 2, "sha256Hash": "0" * 64}}},
        {"extensions": {"persistedQuery": {"version": 1}}},
        {"extensions": {"persistedQuery": "x"}},
    ],
)
async def test_what_names_no_document(house: House, content: dict[str, Any]) -> None:
    assert (await send(house, content))[0] == 400


async def test_only_so_many_are_kept(build: Build) -> None:
    house = await build(kept_documents=1)
    for text in (ASK, OTHER):
        await send(house, {"query": text, "extensions": persisted(text)})
    assert code((await send(house, {"extensions": persisted(ASK)}))[1]) == "PERSISTED_QUERY_NOT_FOUND"
    assert "data" in (await send(house, {"extensions": persisted(OTHER)}))[1]


async def test_none_is_kept_that_is_too_long_to_be_answered(build: Build) -> None:
    house = await build(limit_characters=len(ASK) - 1)
    assert code((await send(house, {"query": ASK, "extensions": persisted(ASK)}))[1]) == "TOO_MANY_CHARACTERS"
    assert code((await send(house, {"extensions": persisted(ASK)}))[1]) == "PERSISTED_QUERY_NOT_FOUND"


def aliased(count: int) -> str:
    return "{" + " ".join(f"a{number}: __typename" for number in range(count)) + "}"


@pytest.fixture
def trusted(tmp_path: Path) -> Path:
    path = tmp_path / "trusted.json"
    texts = (ASK, aliased(100), aliased(101))
    path.write_text(json.dumps({digest(text): text for text in texts}), encoding="utf-8")
    return path


async def test_a_trusted_document_may_be_larger(build: Build, trusted: Path) -> None:
    house = await build(trusted_documents=trusted)
    assert "data" in (await send(house, {"documentId": digest(aliased(100))}))[1]
    assert "data" in (await send(house, {"query": aliased(100)}))[1]
    assert code((await send(house, {"documentId": digest(aliased(101))}))[1]) == "TOO_MANY_ALIASES"
    assert code((await send(house, {"query": aliased(99)}))[1]) == "TOO_MANY_ALIASES"


def spread(tokens: int) -> str:
    """So many tokens, an even number; a field more for an odd one."""
    more, odd = divmod(tokens - 10, 2)
    return f"{{ {'...f ' * more}{'__typename ' * (odd + 1)}}} fragment f on Query {{ __typename }}"


@pytest.mark.parametrize(
    ("make", "most", "refusal"),
    [
        (spread, 4000, "TOO_MANY_TOKENS"),
        (lambda length: "{ __typename }".ljust(length), 60_000, "TOO_MANY_CHARACTERS"),
    ],
    ids=["tokens", "characters"],
)
async def test_a_trusted_document_may_be_longer(
    build: Build, tmp_path: Path, make: Callable[[int], str], most: int, refusal: str
) -> None:
    texts = [make(most), make(most + 1)]
    path = tmp_path / "trusted.json"
    path.write_text(json.dumps({digest(text): text for text in texts}), encoding="utf-8")
    house = await build(trusted_documents=path)
    answers = [(await send(house, {"documentId": digest(text)}))[1] for text in texts]
    assert "data" in answers[0], answers[0]
    assert code(answers[1]) == refusal


async def test_a_server_that_takes_no_others(build: Build, trusted: Path) -> None:
    house = await build(trusted_documents=trusted, trusted_only=True)
    assert "data" in (await send(house, {"documentId": digest(ASK)}))[1]
    for content in ({"query": OTHER}, {"query": OTHER, "extensions": persisted(OTHER)}, {"documentId": digest(OTHER)}):
        status, answer = await send(house, content)
        assert (status, code(answer)) == (403, "NOT_TRUSTED")


@pytest.mark.parametrize("content", ["", "[]", '{"a": 1}', '{"' + "0" * 64 + '": "{ __typename }"}'])
async def test_a_file_that_cannot_be_trusted(build: Build, tmp_path: Path, content: str) -> None:
    path = tmp_path / "trusted.json"
    path.write_text(content)
    with pytest.raises(BadEnvironment, match="KEQUN_TRUSTED_DOCUMENTS"):
        await build(trusted_documents=path)


async def test_a_page_of_a_named_origin_may_ask(build: Build) -> None:
    house = await build(origins="https://app.example.com, https://admin.example.com")
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    async with house.browser() as browser:
        allowed = await browser.options("/graphql", headers={"Origin": "https://admin.example.com", **asked})
        refused = await browser.options("/graphql", headers={"Origin": "https://evil.example.com", **asked})
        answer = await browser.post("/graphql", headers={"Origin": "https://app.example.com"}, json={"query": ASK})
    assert allowed.headers["access-control-allow-origin"] == "https://admin.example.com"
    assert "access-control-allow-origin" not in refused.headers
    assert answer.headers["access-control-allow-origin"] == "https://app.example.com"
    assert "access-control-allow-credentials" not in answer.headers


async def test_no_page_from_elsewhere_may_ask_unless_it_is_named(house: House) -> None:
    async with house.browser(Origin="https://app.example.com") as browser:
        assert "access-control-allow-origin" not in (await browser.post("/graphql")).headers
