"""How a request is spoiled: wrappers around an ASGI application, one for each way. When one strikes: faults.py.

A refused or unanswered request cannot be said in ASGI: a Signal is raised, which `EmulatorTransport` turns into the
client's exception in one process, and `Front` into a connection that closes without an answer on a socket."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kequn.clock import Clock

Wrap = Callable[[ASGIApp], ASGIApp]
MARK = "kequn.mark"
SOCKET = "kequn.socket"


class Signal(Exception):
    """The client gets no answer to this request."""


class Refused(Signal):
    """Nobody listens: the request was not even received."""


class NoAnswer(Signal):
    """The answer does not come in time. `committed`: whether the request was handled all the same."""

    def __init__(self, *, committed: bool) -> None:
        super().__init__("no answer in time")
        self.committed = committed


def mark(name: str) -> Wrap:
    """Leave the request alone, but tell the application: for faults that only it can produce."""

    def wrap(app: ASGIApp) -> ASGIApp:
        async def marked(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, MARK: name}, receive, send)

        return marked

    return wrap


def mark_of(scope: Scope) -> str | None:
    """The fault that the application itself must produce for this request."""
    found = scope.get(MARK)
    return found if isinstance(found, str) else None


def refuse(app: ASGIApp) -> ASGIApp:
    async def refused(scope: Scope, receive: Receive, send: Send) -> None:
        raise Refused("connection refused")

    return refused


def time_out_before(app: ASGIApp) -> ASGIApp:
    async def lost(scope: Scope, receive: Receive, send: Send) -> None:
        raise NoAnswer(committed=False)

    return lost


def time_out_after(app: ASGIApp) -> ASGIApp:
    async def unheard(scope: Scope, receive: Receive, send: Send) -> None:
        await _collect(app, scope, receive)
        raise NoAnswer(committed=True)

    return unheard


def answer(status: int, body: object, headers: Mapping[str, str] | None = None) -> Wrap:
    """Answer with `body` as JSON; the application never sees the request."""
    return _reply(status, orjson.dumps(body), {"content-type": "application/json;charset=utf-8", **(headers or {})})


def redirect(origin: str) -> Wrap:
    """Send the client to another host, same path."""

    def wrap(app: ASGIApp) -> ASGIApp:
        async def away(scope: Scope, receive: Receive, send: Send) -> None:
            await _reply(307, b"", {"location": origin + scope["path"]})(app)(scope, receive, send)

        return away

    return wrap


def bad_gateway(app: ASGIApp) -> ASGIApp:
    page = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
    return _reply(502, page, {"content-type": "text/html"})(app)


def truncate(app: ASGIApp) -> ASGIApp:
    """Half of the body, with a length that fits it: only its reader can tell."""

    async def truncated(scope: Scope, receive: Receive, send: Send) -> None:
        start, body = await _collect(app, scope, receive)
        await _send(send, start, body[: len(body) // 2])

    return truncated


def call_it_html(app: ASGIApp) -> ASGIApp:
    """The right body under a wrong Content-Type."""

    async def mislabelled(scope: Scope, receive: Receive, send: Send) -> None:
        start, body = await _collect(app, scope, receive)
        MutableHeaders(raw=start["headers"])["content-type"] = "text/html"
        await _send(send, start, body)

    return mislabelled


def drip(clock: Clock) -> Wrap:
    """One byte a second. In one process nobody can wait for that: there it is a timeout after the commit."""

    def wrap(app: ASGIApp) -> ASGIApp:
        async def slow(scope: Scope, receive: Receive, send: Send) -> None:
            start, body = await _collect(app, scope, receive)
            if not scope.get(SOCKET):
                raise NoAnswer(committed=True)
            await send(start)
            for at in range(len(body)):
                await clock.sleep(1)
                await send({"type": "http.response.body", "body": body[at : at + 1], "more_body": True})
            await send({"type": "http.response.body", "body": b""})

        return slow

    return wrap


def _reply(status: int, body: bytes, headers: Mapping[str, str]) -> Wrap:
    def wrap(app: ASGIApp) -> ASGIApp:
        async def replied(scope: Scope, receive: Receive, send: Send) -> None:
            raw = [(name.encode(), value.encode()) for name, value in headers.items()]
            await _send(send, {"type": "http.response.start", "status": status, "headers": raw}, body)

        return replied

    return wrap


async def _collect(app: ASGIApp, scope: Scope, receive: Receive) -> tuple[dict[str, Any], bytes]:
    """Run the application and keep its answer."""
    start: dict[str, Any] = {}
    body = bytearray()

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
            start["headers"] = list(message.get("headers", []))
        else:
            body.extend(message.get("body", b""))

    await app(scope, receive, keep)
    return start, bytes(body)


async def _send(send: Send, start: dict[str, Any], body: bytes) -> None:
    if start["status"] not in {204, 304}:
        MutableHeaders(raw=start["headers"])["content-length"] = str(len(body))
    await send(start)
    await send({"type": "http.response.body", "body": body})
