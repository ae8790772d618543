"""The WebSocket: who may talk, in which order, and with which code a conversation ends that is not held as it ought."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import reduce
from typing import Any

import pytest

from kequn.store import tokens
from kequn.store.scope import Role, Scope
from tests.api.conftest import Build, House
from tests.api.talk import Talk, talking

pytestmark = pytest.mark.anyio
ASK = "{ customers { totalCount } }"
WAIT = "subscription { conflictRaised { id } }"
PING = '{"type": "ping", "payload": {"x": "%s"}}'


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database will do: nothing here depends on which."""
    return sqlite_url


@asynccontextmanager
async def known(house: House, role: Role = Role.VIEWER, lasts: timedelta | None = None) -> AsyncIterator[Talk]:
    """A conversation after its beginning."""
    async with talking(house.app) as talk:
        assert await talk.accepted() == "graphql-transport-ws"
        token = await house.token(role, lasts)
        talk.send({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}})
        assert await talk.hear() == {"type": "connection_ack"}
        yield talk


async def test_a_question(house: House) -> None:
    async with known(house) as talk:
        talk.subscribe(ASK, "a")
        assert await talk.hear() == {"type": "next", "id": "a", "payload": {"data": {"customers": {"totalCount": 0}}}}
        assert await talk.hear() == {"type": "complete", "id": "a"}


async def test_what_cannot_be_executed_is_one_error(house: House) -> None:
    async with known(house) as talk:
        talk.subscribe("{ nope }", "a")
        message = await talk.hear()
        assert (message["type"], message["id"], len(message["payload"])) == ("error", "a", 1)
        talk.subscribe(ASK, "b")
        assert (await talk.hear())["type"] == "next"


@pytest.mark.parametrize("protocols", [(), ("graphql-ws",)])
async def test_another_protocol(house: House, protocols: tuple[str, ...]) -> None:
    async with talking(house.app, protocols=protocols) as talk:
        assert await talk.code() == 4406


async def test_whoever_says_nothing_is_not_waited_for(build: Build) -> None:
    house = await build(socket_init_seconds=0.05)
    async with talking(house.app) as talk:
        assert await talk.code() == 4408


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"type": "connection_init"}, 4403),
        ({"type": "connection_init", "payload": {"Authorization": "Bearer wrong"}}, 4403),
        ({"type": "connection_init", "payload": {"Authorization": 1}}, 4400),
        ({"type": "connection_init", "payload": []}, 4400),
        ({"type": "subscribe", "id": "1", "payload": {"query": ASK}}, 4401),
    ],
)
async def test_a_bad_beginning(house: House, message: Any, code: int) -> None:
    async with talking(house.app) as talk:
        talk.send(message)
        assert await talk.code() == code


async def test_an_address_may_send_so_many_wrong_tokens(build: Build) -> None:
    house, codes = await build(rate_strangers=1), []
    for _ in range(2):
        async with talking(house.app) as talk:
            talk.send({"type": "connection_init", "payload": {"Authorization": "Bearer wrong"}})
            codes.append(await talk.code())
    assert codes == [4403, 1013]


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"type": "connection_init"}, 4429),
        ({"type": "start", "id": "1"}, 4400),
        ({"id": "1"}, 4400),
        ([], 4400),
        ({"type": "subscribe", "id": "", "payload": {"query": ASK}}, 4400),
        ({"type": "subscribe", "id": 1, "payload": {"query": ASK}}, 4400),
        ({"type": "subscribe", "id": "1"}, 4400),
        ({"type": "subscribe", "id": "1", "payload": {"query": 1}}, 4400),
        ({"type": "subscribe", "id": "1", "payload": {"query": ASK, "variables": []}}, 4400),
        ({"type": "complete"}, 4400),
    ],
)
async def test_what_is_no_message_ends_it(house: House, message: Any, code: int) -> None:
    async with known(house) as talk:
        talk.send(message)
        assert await talk.code() == code


@pytest.mark.parametrize("text", ["", "{", PING % "\\ud800"], ids=["empty", "broken", "half_a_character"])
async def test_what_is_no_json_ends_it(house: House, text: str) -> None:
    async with known(house) as talk:
        talk.send_text(PING % "x")
        assert await talk.hear() == {"type": "pong"}
        talk.send_text(text)
        assert await talk.code() == 4400


async def test_the_size_of_a_message(build: Build) -> None:
    """In bytes, of which a character may have three."""
    async with known(await build(limit_body=1000)) as talk:
        ping = PING % "茶"
        talk.send_text(ping.ljust(998))
        assert await talk.hear() == {"type": "pong"}
        talk.send_text(ping.ljust(999))
        assert await talk.code() == 4400


async def test_the_depth_of_its_json(house: House) -> None:
    """Of the payload, which is what a request over HTTP is: itself, its variables, and lists in them."""
    fits = reduce(lambda inner, _: [inner], range(61), list[Any]())
    async with known(house) as talk:
        talk.subscribe("{ __typename }", "a", variables={"x": fits})
        assert ((await talk.hear())["type"], (await talk.hear())["type"]) == ("next", "complete")
        talk.subscribe("{ __typename }", "b", variables={"x": [fits]})
        assert await talk.code() == 4400


async def test_bytes_end_it(house: House) -> None:
    async with known(house) as talk:
        talk.send_bytes(b'{"type": "ping"}')
        assert await talk.code() == 4400


async def test_an_id_is_used_once_at_a_time(house: House) -> None:
    async with known(house) as talk:
        talk.subscribe(WAIT, "a")
        talk.subscribe(WAIT, "a")
        assert await talk.code() == 4409


async def test_so_many_operations_and_no_more(build: Build) -> None:
    async with known(await build(socket_operations=2)) as talk:
        for id in ("a", "b", "c"):
            talk.subscribe(WAIT, id)
        message = await talk.hear()
        assert (message["id"], message["payload"][0]["extensions"]["code"]) == ("c", "TOO_MANY_OPERATIONS")
        talk.send({"type": "complete", "id": "a"})
        talk.subscribe(ASK, "d")
        assert ((await talk.hear())["id"], (await talk.hear())["type"]) == ("d", "complete")


async def test_the_limits_are_those_of_all_operations(build: Build) -> None:
    async with known(await build(limit_depth=1)) as talk:
        talk.subscribe(ASK)
        assert (await talk.hear())["payload"][0]["extensions"]["code"] == "TOO_DEEP"


async def test_each_operation_is_a_request(build: Build) -> None:
    async with known(await build(rate_requests=1)) as talk:
        talk.subscribe("{ __typename }", "a")
        assert ((await talk.hear())["type"], (await talk.hear())["type"]) == ("next", "complete")
        talk.subscribe("{ __typename }", "b")
        message = await talk.hear()
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "TOO_FAST")


async def test_pings_are_answered(house: House) -> None:
    async with known(house) as talk:
        talk.send({"type": "ping"})
        assert await talk.hear() == {"type": "pong"}


async def test_a_silent_client_is_asked_whether_it_lives(build: Build) -> None:
    async with known(await build(socket_alive_seconds=0.05)) as talk:
        assert await talk.hear() == {"type": "ping"}


async def test_a_revoked_token_hears_no_more(build: Build) -> None:
    house = await build(socket_alive_seconds=0.05)
    async with known(house) as talk:
        talk.subscribe(WAIT)
        async with house.database.writing() as session:
            for token in await tokens.issued(session, Scope(house.tenant)):
                await tokens.revoke(session, Scope(house.tenant), token.prefix, house.clock)
        house.clock.move(6)
        assert await talk.code() == 4403


async def test_a_token_that_runs_out_ends_the_conversation(build: Build) -> None:
    """At that moment, long before a silent client would be looked at."""
    house = await build(socket_alive_seconds=600)
    async with known(house, lasts=timedelta(seconds=0.05)) as talk:
        house.clock.move(1)
        assert await talk.code() == 4403


@pytest.mark.parametrize(
    ("origin", "welcome"),
    [
        ("http://localhost", True),
        ("https://app.example.com", True),
        ("https://evil.example.com", False),
        ("null", False),
        ("http://[", False),
    ],
)
async def test_pages_from_elsewhere(build: Build, origin: str, welcome: bool) -> None:
    house = await build(origins="https://app.example.com")
    async with talking(house.app, {"Origin": origin}) as talk:
        event = await talk.event()
    assert event["type"] == ("websocket.accept" if welcome else "websocket.close")


async def test_the_header_will_do_for_those_who_can_send_one(house: House) -> None:
    async with talking(house.app, {"Authorization": f"Bearer {await house.token(Role.VIEWER)}"}) as talk:
        await talk.accepted()
        talk.send({"type": "connection_init"})
        assert await talk.hear() == {"type": "connection_ack"}
