"""What goes over the wire, both ways, in one process: requests to the emulator with a note of each, and webhooks that
arrive. Faults that no emulator can produce (no network, no trusted encryption, silence) are made here."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import httpx
import orjson
from starlette.types import ASGIApp

from kequn.clock import Clock
from kequn.contracts.crm import Subscription, WebhookRequest
from kequn.testing.emulator import EmulatorTransport


@dataclass(frozen=True)
class Sent:
    """One request. `login`: sent while the token was locked, to get a new one. `paid`: units of budget spent before."""

    at: float
    method: str
    url: httpx.URL
    login: bool
    paid: int
    text: str = field(repr=False)


class Wire(httpx.AsyncBaseTransport):
    """`broken`: what every request meets in place of an answer. `silent`: requests wait for ever, and `waits` is set.
    `rotate`: put into the answers of a token endpoint as their refresh token. `losses`: by the number of the request,
    whether its answer is lost after the CRM has carried it out (else before)."""

    def __init__(self, app: ASGIApp, clock: Clock) -> None:
        self.sent: list[Sent] = []
        self.broken: Callable[[httpx.Request], httpx.TransportError] | None = None
        self.silent = False
        self.waits = asyncio.Event()
        self.rotate: str | None = None
        self.losses: dict[int, bool] = {}
        self.login: Callable[[], bool] = lambda: False
        self.paid: Callable[[], int] = lambda: 0
        self._clock = clock
        self._emulator = EmulatorTransport(app)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        login = self.login()
        head = " ".join(f"{name}: {value}" for name, value in request.headers.items())
        text = f"{request.url} {head} {(await request.aread()).decode('utf-8', 'replace')}"
        self.sent.append(Sent(self._clock.monotonic(), request.method, request.url, login, self.paid(), text))
        if self.silent:
            self.waits.set()
            await asyncio.Event().wait()
        if self.broken is not None:
            raise self.broken(request)
        committed = self.losses.pop(len(self.sent), None)
        if committed is False:
            raise httpx.ReadTimeout("no answer in time", request=request)
        reply = await self._emulator.handle_async_request(request)
        if committed:
            raise httpx.ReadTimeout("no answer in time", request=request)
        return await self._rotated(reply) if login and self.rotate else reply

    async def _rotated(self, reply: httpx.Response) -> httpx.Response:
        body = read_object(await reply.aread())
        if "access_token" not in body:
            return reply
        headers = {name: value for name, value in reply.headers.items() if name != "content-length"}
        changed = orjson.dumps({**body, "refresh_token": self.rotate})
        return httpx.Response(reply.status_code, headers=headers, content=changed)


class Doorstep(httpx.AsyncBaseTransport):
    """Where an emulator's webhooks arrive. They are kept, and answered with 200."""

    def __init__(self) -> None:
        self._arrived: list[tuple[httpx.Request, bytes]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._arrived.append((request, await request.aread()))
        return httpx.Response(200, content=b"")

    def take(self, subscription: Subscription | None) -> list[WebhookRequest]:
        """What has arrived since, as kequn hands it to a plugin."""
        arrived, self._arrived = self._arrived, []
        return [
            WebhookRequest(
                request.method, dict(parse_qsl(request.url.query.decode())), dict(request.headers), body, subscription
            )
            for request, body in arrived
        ]


def read_object(body: bytes) -> Mapping[str, Any]:
    """A JSON object; empty when it is something else."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
