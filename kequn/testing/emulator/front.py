"""The door of an emulator: the first to see each request. It awaits the hook, lets the fault strike, keeps the log, and
sends webhooks on their way. What a request means is the application's business behind it."""

from collections.abc import Callable
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kequn.contracts.emulator import RequestSeen
from kequn.testing.emulator.faults import FaultBox
from kequn.testing.emulator.spoil import SOCKET, Signal
from kequn.testing.emulator.webhooks import Webhooks


class Front:
    """`writes(method, path)` says whether a request asks to change a record. In the log, status 0 means no answer."""

    def __init__(self, app: ASGIApp, faults: FaultBox, webhooks: Webhooks, writes: Callable[[str, str], bool]) -> None:
        self.requests: list[RequestSeen] = []
        self._app = app
        self._faults = faults
        self._webhooks = webhooks
        self._writes = writes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self._faults.hook is not None:
            await self._faults.hook(scope["method"], scope["path"])
        socket = _socket_behind(send)
        try:
            await self._handle({**scope, SOCKET: socket is not None}, receive, send)
        except Signal:
            if socket is None:
                raise
            await _hang_up(socket, receive)
        if socket is not None:
            self._webhooks.start()

    async def _handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = self._faults.draw(scope)
        app = self._app if name is None else self._faults.known[name].wrap(self._app)
        status = 0

        async def watch(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await app(scope, receive, watch)
        finally:
            method, path = scope["method"], scope["path"]
            self.requests.append(RequestSeen(method, path, status, self._writes(method, path), name))


def _socket_behind(send: Send) -> Any:
    """The connection that uvicorn answers on, or None inside one process. ASGI has no word for hanging up."""
    return getattr(getattr(send, "__self__", None), "transport", None)


async def _hang_up(socket: Any, receive: Receive) -> None:
    socket.abort()
    while (await receive())["type"] != "http.disconnect":
        pass
