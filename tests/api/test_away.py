"""The database goes away and comes back: whoever asks is told to ask again, and whoever listens goes on listening."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from api.auth import BELIEVED_SECONDS
from api.socket import PROTOCOL
from kequn.store.scope import Role
from kequn.store.trouble import AWAY
from tests.api.conftest import House
from tests.api.talk import Talk, opening, talking
from tests.databases import PostgreSQL

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)]
Away = Callable[[], AbstractContextManager[None]]
CHANGED = "subscription { customerChanged { customer { name } } }"


@pytest.fixture
def away(postgresql: PostgreSQL, database_url: str) -> Away:
    return lambda: postgresql.away(database_url)


async def create(house: House, name: str) -> None:
    """And the bell has rung when this returns, and nobody has gone to look yet."""
    house.clock.move(1)
    made = await house.graphql(
        f'mutation {{ createCustomer(input: {{name: "{name}"}}) {{ problems {{ code }} }} }}', Role.OPERATOR
    )
    assert made.json()["data"] == {"createCustomer": {"problems": []}}
    await house.app.state.parts.bell.look()


async def begin(house: House, talk: Talk, token: str) -> None:
    await talk.accepted()
    talk.send({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}})
    assert (await talk.hear())["type"] == "connection_ack"


async def listening(talk: Talk) -> None:
    talk.subscribe("{ __typename }", "y")
    while (await talk.hear())["type"] != "complete":
        pass


async def test_whoever_asks_is_told_to_ask_again(house: House, away: Away, caplog: pytest.LogCaptureFixture) -> None:
    question = "{ customers { edges { node { name } } } }"
    known = {"Authorization": f"Bearer {await house.token(Role.VIEWER)}"}
    stranger = {"Authorization": f"Bearer {await house.token(Role.OPERATOR)}"}
    assert (await house.graphql(question, headers=known)).json() == {"data": {"customers": {"edges": []}}}
    with away(), caplog.at_level(logging.WARNING, "kequn"):
        [error] = (await house.graphql(question, headers=known)).json()["errors"]
        refused = await house.graphql(question, headers=stranger)
        async with house.browser() as browser:
            assert (await browser.get("/readyz")).status_code == 503
    assert error["extensions"]["code"] == refused.json()["errors"][0]["extensions"]["code"] == "LATER"
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    said = [line.getMessage() for line in caplog.records]
    assert f"cannot answer type={AWAY} route=/graphql" in said
    assert f"not ready type={AWAY}" in said
    assert not [line for line in said if "unforeseen" in line]
    assert "errors" not in (await house.graphql(question, headers=stranger)).json()


async def test_whoever_listens_is_told_afterwards(house: House, away: Away) -> None:
    async with talking(house.app) as talk:
        await begin(house, talk, await house.token(Role.VIEWER))
        talk.subscribe(CHANGED)
        await listening(talk)
        await create(house, "a")
        with away():
            house.clock.move(BELIEVED_SECONDS + 1)
            talk.send({"type": "ping"})
            assert (await talk.hear()) == {"type": "pong"}
        await house.app.state.parts.bell.look()
        assert (await talk.hear())["payload"] == {"data": {"customerChanged": {"customer": {"name": "a"}}}}
        await create(house, "b")
        assert (await talk.hear())["payload"] == {"data": {"customerChanged": {"customer": {"name": "b"}}}}


async def test_whoever_begins_to_listen_may_come_again(house: House, away: Away) -> None:
    token = await house.token(Role.VIEWER)
    with away():
        async with talking(house.app) as talk:
            await talk.accepted()
            talk.send({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}})
            assert await talk.code() == 1013


async def test_whoever_is_gone_is_told_nothing(house: House, away: Away) -> None:
    """The server would print whatever came out, with the words of the database."""
    heard: list[Any] = []
    coming: asyncio.Queue[Any] = asyncio.Queue()

    async def send(message: Any) -> None:
        if message["type"] == "websocket.close":
            raise OSError
        heard.append(message)

    token = await house.token(Role.VIEWER)
    start = f'{{"type": "connection_init", "payload": {{"Authorization": "Bearer {token}"}}}}'
    for message in ({"type": "websocket.connect"}, {"type": "websocket.receive", "text": start}):
        coming.put_nowait(message)
    with away():
        await house.app(opening({}, [PROTOCOL]), coming.get, send)
    assert [message["type"] for message in heard] == ["websocket.accept"]
