"""A client of the WebSocket, in memory: what it sends and hears are the protocol's own messages."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import orjson
from starlette.applications import Starlette

PATIENCE = 60.0  # seconds; a test that waits longer hangs


def opening(headers: Mapping[str, str], protocols: list[str]) -> dict[str, Any]:
    """How a WebSocket is asked for."""
    return {**_asked("ws", headers), "type": "websocket", "subprotocols": protocols}


def _asked(scheme: str, headers: Mapping[str, str]) -> dict[str, Any]:
    """What every way of asking tells the server."""
    said = {"Host": "localhost", **headers}
    return {
        "path": "/graphql",
        "query_string": b"",
        "scheme": scheme,
        "root_path": "",
        "server": ("localhost", 80),
        "client": ("127.0.0.1", 4000),
        "headers": [(name.lower().encode(), value.encode()) for name, value in said.items()],
    }


class Talk:
    def __init__(self, app: Starlette, headers: Mapping[str, str], protocols: list[str]) -> None:
        self._sent: asyncio.Queue[Any] = asyncio.Queue()
        self._heard: asyncio.Queue[Any] = asyncio.Queue()
        self._sent.put_nowait({"type": "websocket.connect"})
        self.task = asyncio.create_task(app(opening(headers, protocols), self._sent.get, self._heard.put))

    def send(self, message: Any) -> None:
        self.send_text(orjson.dumps(message).decode())

    def send_text(self, text: str) -> None:
        self._sent.put_nowait({"type": "websocket.receive", "text": text})

    def send_bytes(self, plain: bytes) -> None:
        self._sent.put_nowait({"type": "websocket.receive", "bytes": plain})

    def subscribe(self, query: str, id: str = "1", **payload: Any) -> None:
        self.send({"type": "subscribe", "id": id, "payload": {"query": query, **payload}})

    async def event(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            event: dict[str, Any] = await self._heard.get()
        return event

    async def hear(self) -> Any:
        """The next message."""
        event = await self.event()
        assert event["type"] == "websocket.send", event
        return orjson.loads(event["text"])

    async def code(self) -> int:
        """The code with which the server ends the conversation; what it says before is passed over."""
        while (event := await self.event())["type"] != "websocket.close":
            pass
        return int(event["code"])

    async def accepted(self) -> str | None:
        event = await self.event()
        assert event["type"] == "websocket.accept", event
        protocol: str | None = event["subprotocol"]
        return protocol

    def quiet(self) -> bool:
        """Nothing more was said."""
        return self._heard.empty()

    async def leave(self) -> None:
        self._sent.put_nowait({"type": "websocket.disconnect", "code": 1001})
        async with asyncio.timeout(PATIENCE):
            await self.task


@asynccontextmanager
async def talking(
    app: Starlette, headers: Mapping[str, str] | None = None, protocols: tuple[str, ...] = ("graphql-transport-ws",)
) -> AsyncIterator[Talk]:
    """A connection that was opened; the app is left in peace at the end."""
    talk = Talk(app, headers or {}, list(protocols))
    try:
        yield talk
    finally:
        await talk.leave()


@asynccontextmanager
async def stream(app: Starlette, content: Any, headers: Mapping[str, str]) -> AsyncIterator["Stream"]:
    """A POST whose answer is read while it comes; the client goes away at the end."""
    reader = Stream(app, orjson.dumps(content), headers)
    try:
        yield reader
    finally:
        await reader.leave()


class Stream:
    def __init__(self, app: Starlette, body: bytes, headers: Mapping[str, str]) -> None:
        self._sent: asyncio.Queue[Any] = asyncio.Queue()
        self._heard: asyncio.Queue[Any] = asyncio.Queue()
        usual = {"Content-Type": "application/json", "Accept": "text/event-stream"}
        scope = {**_asked("http", {**usual, **headers}), "type": "http", "method": "POST"}
        self._sent.put_nowait({"type": "http.request", "body": body, "more_body": False})
        self.task = asyncio.create_task(app(scope, self._sent.get, self._heard.put))

    async def start(self) -> tuple[int, dict[str, str]]:
        """Status and headers."""
        async with asyncio.timeout(PATIENCE):
            event: Any = await self._heard.get()
        return event["status"], {name.decode(): value.decode() for name, value in event["headers"]}

    async def next(self) -> str:
        """The next event; empty at the end."""
        async with asyncio.timeout(PATIENCE):
            event = await self._heard.get()
        return str(event["body"].decode())

    async def leave(self) -> None:
        self._sent.put_nowait({"type": "http.disconnect"})
        async with asyncio.timeout(PATIENCE):
            await self.task
