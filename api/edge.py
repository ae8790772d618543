"""The outermost layers: headers that every answer has, what is said when something goes wrong unforeseen, and the way
past the router."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.answers import refusal
from api.asking import Refusal, failed
from kequn.clock import Clock
from kequn.domain.problems import Code
from kequn.durations import Durations
from schema.problems import Fault
from schema.toll import TooFast

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
_ALWAYS = [(name.lower().encode(), value.encode()) for name, value in ALWAYS.items()]


class Timed:
    """Counts how long it took until an answer began: some go on for as long as somebody listens."""

    def __init__(self, app: ASGIApp, asked: Durations, clock: Clock) -> None:
        self._app = app
        self._asked = asked
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = self._clock.monotonic()

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", "none")  # the path itself may hold a door
                self._asked.note(self._clock.monotonic() - began, route, f"{message['status'] // 100}xx")
            await send(message)

        await self._app(scope, receive, noting)


class SafeHeaders:
    """Adds what an answer does not say itself: nothing is sniffed, framed, cached or told to others."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = [*message["headers"]]
                names = {name for name, _ in said}
                message["headers"] = said + [header for header in _ALWAYS if header[0] not in names]
            await send(message)

        await self._app(scope, receive, send_with)


class Masked:
    """What goes wrong unforeseen is noted under a number. Its message is not: it may hold personal values, and a server
    that met the exception would print it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as error:
            request = Request(scope)
            refused = failed(request, error)
            if not begun:
                await _as_answer(request, refused)(scope, receive, send)


class First:
    """One route that is looked at before all others: the router's way to it takes longer than some of its answers."""

    def __init__(self, app: ASGIApp, route: Route) -> None:
        self._app = app
        self._route = route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self._route
        meant = scope["type"] == "http" and scope["path"] == route.path and scope["method"] in (route.methods or ())
        if meant:
            scope["route"] = route
        await (route.app if meant else self._app)(scope, receive, send)


def _as_answer(request: Request, refused: Refusal) -> Response:
    problem = refused.problem
    wait = {"Retry-After": str(refused.wait)} if refused.wait else None
    return refusal(request, refused.status, problem.code, wait, **problem.facts)


async def too_often(request: Request, error: Exception) -> Response:
    """Whoever asks may do so again after a while."""
    wait = error.wait if isinstance(error, TooFast) else 1
    return refusal(request, 429, Fault.TOO_FAST, {"Retry-After": str(wait)}, seconds=wait)


async def no_route(request: Request, error: Exception) -> Response:
    """There is nothing at this path, or not by this method."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = {"Allow": _allowed(request)} if status == 405 else None
    return refusal(request, status, Code.NOT_FOUND if status == 404 else Fault.INVALID, headers)


def _allowed(request: Request) -> str:
    """The methods that are taken at this path, by whichever route; what is no route of ours is a file."""
    routes = [route for route in request.app.routes if isinstance(route, Route)]
    here = [route.methods or () for route in routes if route.matches(request.scope)[0] is not Match.NONE]
    return ", ".join(sorted({method for methods in here for method in methods} or {"GET", "HEAD"}))
