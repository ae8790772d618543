"""Who may come in: tokens and their roles, revoked ones, and the developer at this machine."""

from datetime import timedelta

import httpx
import pytest

from api.auth import BELIEVED_SECONDS
from kequn.store import tokens
from kequn.store.scope import Role, Scope
from tests.api.conftest import Build, House

pytestmark = pytest.mark.anyio
ASK = "{ customers { totalCount } }"


@pytest.mark.parametrize("role", list(Role))
async def test_every_role_reads(house: House, role: Role) -> None:
    answer = await house.graphql(ASK, role)
    assert answer.status_code == 200
    assert answer.json() == {"data": {"customers": {"totalCount": 0}}}


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer nonsense", "Basic bm9uZTpub25l"])
async def test_nobody_else_does(house: House, header: str) -> None:
    answer = await house.graphql(ASK, headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="kequn"'
    assert answer.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
    assert "data" not in answer.json()


async def test_refusals_speak_the_readers_language(house: House) -> None:
    answer = await house.graphql(ASK, headers={"Accept-Language": "zh-CN"})
    assert answer.json()["errors"][0]["message"].startswith("需要有效令牌")


async def test_a_revoked_token_is_refused_when_it_is_no_longer_believed(house: House) -> None:
    token = await house.token(Role.VIEWER)
    headers = {"Authorization": f"Bearer {token}"}
    assert (await house.graphql(ASK, headers=headers)).status_code == 200
    async with house.database.writing() as session:
        await tokens.revoke(session, Scope(house.tenant), token, house.clock)
    house.clock.move(6)
    assert (await house.graphql(ASK, headers=headers)).status_code == 401


async def test_a_token_ends_when_it_runs_out_and_no_moment_later(house: House) -> None:
    headers = {"Authorization": f"Bearer {await house.token(Role.VIEWER, timedelta(seconds=3))}"}
    house.clock.move(2.5)
    assert (await house.graphql(ASK, headers=headers)).status_code == 200
    house.clock.move(0.5)
    assert (await house.graphql(ASK, headers=headers)).status_code == 401


async def asked(house: House, token: str, peer: str = "192.0.2.1", path: str = "/graphql") -> httpx.Response:
    async with house.browser("http://kequn.example.com", peer, Authorization=f"Bearer {token}") as browser:
        if path != "/graphql":
            return await browser.get(path)
        return await browser.post(path, json={"query": ASK})


async def test_an_address_may_send_so_many_wrong_tokens(build: Build) -> None:
    house = await build(rate_strangers=2)
    known, other = await house.token(Role.VIEWER), await house.token(Role.VIEWER)
    answers = [(await asked(house, token)).status_code for token in ("a", known, "b")]
    refused = await asked(house, "c")
    assert (answers, refused.status_code, refused.headers["retry-after"]) == ([401, 200, 401], 429, "30")
    assert refused.json()["errors"][0]["extensions"]["code"] == "TOO_FAST"
    house.clock.move(BELIEVED_SECONDS + 1)  # 24 seconds before there is place for a wrong one
    assert [(await asked(house, token)).status_code for token in (known, other)] == [200, 429]
    assert [(await asked(house, token, "192.0.2.2")).status_code for token in ("d", other)] == [401, 200]
    assert (await asked(house, other)).status_code == 200
    house.clock.move(24)
    assert [(await asked(house, token)).status_code for token in ("e", "f")] == [401, 429]


async def test_a_token_that_was_revoked_is_a_wrong_one(build: Build) -> None:
    house = await build(rate_strangers=1)
    token = await house.token(Role.VIEWER)
    assert (await asked(house, token)).status_code == 200
    async with house.database.writing() as session:
        await tokens.revoke(session, Scope(house.tenant), token, house.clock)
    house.clock.move(BELIEVED_SECONDS)
    assert [(await asked(house, token)).status_code for _ in range(3)] == [401, 401, 429]


@pytest.mark.parametrize("path", ["/graphql?", "/metrics"])
async def test_so_at_every_door(build: Build, path: str) -> None:
    house = await build(rate_strangers=1)
    assert [(await asked(house, "wrong", path=path)).status_code for _ in range(2)] == [401, 429]


async def test_a_developer_at_this_machine_needs_no_token(build: Build) -> None:
    house = await build(dev=True)
    async with house.browser() as browser:
        assert (await browser.post("/graphql", json={"query": "{ __schema { __typename } }"})).status_code == 200


@pytest.mark.parametrize(
    ("base", "peer", "headers"),
    [
        ("http://localhost", "192.0.2.1", {}),
        ("http://attacker.example.com", "127.0.0.1", {}),
        ("http://localhost", "127.0.0.1", {"X-Forwarded-For": "192.0.2.1"}),
        ("http://localhost", "127.0.0.1", {"Authorization": "Bearer wrong"}),
    ],
    ids=["from_elsewhere", "rebound_name", "past_a_proxy", "wrong_token"],
)
async def test_others_do_even_in_development(build: Build, base: str, peer: str, headers: dict[str, str]) -> None:
    house = await build(dev=True)
    async with house.browser(base, peer, **headers) as browser:
        assert (await browser.post("/graphql", json={"query": ASK})).status_code == 401


async def test_without_dev_this_machine_is_like_any_other(house: House) -> None:
    assert (await house.graphql(ASK)).status_code == 401
