"""WebSocket /graphql: the protocol graphql-transport-ws and no other. Decides who may talk and in which order; what an
operation answers is the same as over HTTP."""

import asyncio
from contextlib import aclosing, suppress
from typing import Any
from urllib.parse import urlsplit

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from api.asking import Refusal, caller, count, failed, prepare, said, too_fast
from api.auth import Caller
from api.parts import Parts
from api.reading import Asked, Unreadable, from_json
from schema import execution
from schema.problems import Fault
from schema.toll import TooFast

PROTOCOL = "graphql-transport-ws"


class Closed(Exception):
    """The conversation ends here, with a code of the protocol."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


async def endpoint(socket: WebSocket) -> None:
    if not _welcome(socket):
        await socket.close()  # before it is accepted: the answer is 403
        return
    offered = PROTOCOL in socket.scope.get("subprotocols", ())
    await socket.accept(PROTOCOL if offered else None)
    conversation = Conversation(socket)
    try:
        if not offered:
            raise Closed(4406, "Subprotocol not acceptable")
        await conversation.hold()
    except Closed as closed:
        await conversation.close(closed)
    except WebSocketDisconnect:
        pass
    except Exception as error:
        passes = failed(socket, error).status == 503  # clients come again after 1013, and not after 1011
        await conversation.close(Closed(1013, "Try again later") if passes else Closed(1011, "Internal error"))
    finally:
        await conversation.end()


def _welcome(socket: WebSocket) -> bool:
    """Browsers let any page open a WebSocket to anywhere; which page it is, stands in Origin."""
    origin = socket.headers.get("origin")
    return origin is None or origin in Parts.of(socket).settings.origins or _own(origin, socket.headers.get("host"))


def _own(origin: str, host: str | None) -> bool:
    try:
        return urlsplit(origin).netloc == host
    except ValueError:  # there is no such address
        return False


class Conversation:
    """One connection, from its acceptance on."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._settings = Parts.of(socket).settings
        self._authorization: str | None = None
        self._operations: dict[str, asyncio.Task[None]] = {}

    async def hold(self) -> None:
        """Until the client goes. Raises Closed."""
        try:
            async with asyncio.timeout(self._settings.socket_init_seconds):
                await self._initialise()
        except TimeoutError:
            raise Closed(4408, "Connection initialisation timeout") from None
        await self._send({"type": "connection_ack"})
        who = await self._known()
        coming = asyncio.ensure_future(self._receive())
        try:
            while True:
                await asyncio.wait({coming}, timeout=self._patience(who))
                who = await self._known()
                if not coming.done():
                    await self._send({"type": "ping"})
                    continue
                await self._hear(coming.result(), who)
                coming = asyncio.ensure_future(self._receive())
        finally:
            coming.cancel()
            await asyncio.wait({coming})

    def _patience(self, who: Caller) -> float:
        """Seconds until the other end is looked at again: when its token runs out, if not before."""
        alive, until = self._settings.socket_alive_seconds, who.actor.until
        if until is None:
            return alive
        return min(alive, max(0.0, (until - Parts.of(self._socket).clock.now()).total_seconds()))

    async def close(self, closed: Closed) -> None:
        if self._socket.application_state is WebSocketState.CONNECTED:
            with suppress(WebSocketDisconnect):  # the other end may be gone
                await self._socket.close(closed.code, closed.reason)

    async def end(self) -> None:
        """Break off what is under way."""
        tasks = list(self._operations.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _initialise(self) -> None:
        while True:
            message = await self._receive()
            match message["type"]:
                case "connection_init":
                    self._authorization = self._given(message.get("payload"))
                    await self._known()
                    return
                case "ping":
                    await self._send({"type": "pong"})
                case "pong":
                    pass
                case _:
                    raise Closed(4401, "Unauthorized")

    def _given(self, payload: object) -> str | None:
        """What stands as Authorization in the first message, or else in the header."""
        if not isinstance(payload, dict | None):
            raise Closed(4400, "The payload of connection_init is no object")
        named = {str(name).lower(): value for name, value in (payload or {}).items()}
        given = named.get("authorization", self._socket.headers.get("authorization"))
        if not isinstance(given, str | None):
            raise Closed(4400, "Authorization is no text")
        return given

    async def _known(self) -> Caller:
        """Who is at the other end. A token may have been revoked since."""
        try:
            who = await caller(self._socket, self._authorization)
        except Refusal:
            raise Closed(1013, "Try again later") from None
        if who is None:
            raise Closed(4403, "Forbidden")
        return who

    async def _hear(self, message: dict[str, Any], who: Caller) -> None:
        match message:
            case {"type": "ping"}:
                await self._send({"type": "pong"})
            case {"type": "pong"}:
                pass
            case {"type": "subscribe", "id": str() as id, "payload": dict() as payload} if id:
                await self._subscribe(id, payload, who)
            case {"type": "complete", "id": str() as id}:
                if task := self._operations.pop(id, None):
                    task.cancel()
            case {"type": "connection_init"}:
                raise Closed(4429, "Too many initialisation requests")
            case _:
                raise Closed(4400, "Invalid message")

    async def _subscribe(self, id: str, payload: dict[str, Any], who: Caller) -> None:
        if id in self._operations:
            raise Closed(4409, "Subscriber already exists")
        try:
            asked = from_json(payload, self._settings.limit_json_depth, self._settings.limit_json_values)
        except Unreadable as error:
            raise Closed(4400, f"Invalid message: {error}") from None
        if len(self._operations) >= self._settings.socket_operations:
            full = Refusal(429, Fault.TOO_MANY_OPERATIONS, limit=self._settings.socket_operations)
            await self._refuse(id, full)
            return
        task = asyncio.create_task(self._operate(id, asked, who))
        self._operations[id] = task

    async def _operate(self, id: str, asked: Asked, who: Caller) -> None:
        """Tell every part of the answer."""
        try:
            await self._tell(id, asked, who)
        except Refusal as refused:
            await self._refuse(id, refused)
        except TooFast as error:
            await self._refuse(id, too_fast(error))
        except Closed as closed:
            await self.close(closed)
        except WebSocketDisconnect:
            pass  # the other end hears of nothing any more
        except Exception as error:
            await self._refuse(id, failed(self._socket, error))
        finally:
            if self._operations.get(id) is asyncio.current_task():
                del self._operations[id]

    async def _tell(self, id: str, asked: Asked, who: Caller) -> None:
        count(self._socket, who)
        async with aclosing(execution.stream(*prepare(self._socket, who, asked))) as parts:
            async for part in parts:
                await self._known()
                if isinstance(part, dict) and "data" not in part:
                    await self._send({"id": id, "type": "error", "payload": part["errors"]})
                    return
                plain = orjson.Fragment(part) if isinstance(part, bytes) else part
                await self._send({"id": id, "type": "next", "payload": plain})
        await self._send({"id": id, "type": "complete"})

    async def _refuse(self, id: str, refused: Refusal) -> None:
        await self._send({"id": id, "type": "error", "payload": [said(self._socket, refused)]})

    async def _receive(self) -> dict[str, Any]:
        """The next message, an object with a type. Raises Closed."""
        event = await self._socket.receive()
        if event["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(event.get("code", 1000))
        text = event.get("text")
        if text is None or len(text.encode()) > self._settings.limit_body:
            raise Closed(4400, "Invalid message")
        try:
            message = orjson.loads(text)
        except ValueError:
            raise Closed(4400, "Invalid message") from None
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise Closed(4400, "Invalid message")
        return message

    async def _send(self, message: dict[str, Any]) -> None:
        await self._socket.send_text(orjson.dumps(message).decode())
