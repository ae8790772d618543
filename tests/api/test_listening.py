"""The server as the commands start it, on a socket: what it does not even take in."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError
from websockets.typing import Subprotocol

from cli.serve import serve_app
from kequn.serving import address, listen
from kequn.settings import Settings
from kequn.store.scope import Role
from tests.api.conftest import Build, House

pytestmark = pytest.mark.anyio
LIMIT = 1000


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database will do: nothing here depends on which."""
    return sqlite_url


@asynccontextmanager
async def connected(house: House, settings: Settings) -> AsyncIterator[ClientConnection]:
    with listen(0) as listener:
        server = asyncio.create_task(serve_app(listener, house.app, settings))
        try:
            url = f"{address(listener).replace('http', 'ws', 1)}/graphql"
            async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as connection:
                yield connection
        finally:
            signal.raise_signal(signal.SIGTERM)
            await server


async def test_a_message_of_one_byte_too_many_is_not_taken_in(build: Build) -> None:
    house = await build()  # its own limit is larger: what refuses is in front of it
    payload = {"Authorization": f"Bearer {await house.token(Role.VIEWER)}"}
    begin = orjson.dumps({"type": "connection_init", "payload": payload}).decode()
    async with connected(house, Settings(limit_body=LIMIT)) as connection:
        await connection.send(begin.ljust(LIMIT))
        assert orjson.loads(await connection.recv()) == {"type": "connection_ack"}
        await connection.send(orjson.dumps({"type": "ping"}).decode().ljust(LIMIT + 1))
        with pytest.raises(ConnectionClosedError) as closed:
            await connection.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009
