"""A live CRM in the place of an emulator: requests go on to where they lead, and faults strike on the way there. Others
may work in it: every record that a run makes carries its tag, and is taken away at the end."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from kequn.clock import Clock, SeededRandom
from kequn.contracts.emulator import EmulatorOptions, Faults, Form, People, RequestSeen
from kequn.contracts.hooks import CrmPlugin, EmulatorPlugin
from kequn.contracts.host import Token
from kequn.testing.conformance.case import Case
from kequn.testing.conformance.hands import Hands
from kequn.testing.conformance.office import Tokens
from kequn.testing.conformance.stage import Ground
from kequn.testing.conformance.subject import Subject
from kequn.testing.emulator import FaultBox, Front, Webhooks, generic_faults

LIVE = frozenset(
    f"T{number:02}"
    for number in (1, 2, 4, 5, 6, 9, 10, 13, 14, 17, 25, 36, 37, 39, 40, 41, 42, 43, 44, 45, 46, 48, 49, 51, 52, 53, 54)
)
"""The cases that a CRM can be put to in which others work: they need no empty CRM, no administrator, no other clock."""

MOST_SECONDS = 10.0
"""Where a case lets a minute pass, so much is waited for at most."""

SECONDS = 60.0
_HOP = {"host", "content-length", "connection", "transfer-encoding", "content-encoding", "accept-encoding"}


def is_live(case: Case) -> bool:
    return case.id in LIVE


@contextmanager
def scratch(
    plugin: CrmPlugin,
    module: str,
    settings: Mapping[str, Any],
    clock: Clock,
    tag: str,
    *,
    token: Token | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Iterator[tuple[Subject, Hands]]:
    """The plugin on a live CRM, as long as the context lasts. `settings`: of the connection, secrets revealed. `token`:
    the one in use. `tag`: of this run, made up by the caller. `transport`: in place of the network."""
    tokens = Tokens(lambda: 0)
    tokens.token = token
    hands = Hands(plugin, settings, tokens, clock, tag, transport)
    try:
        emulator = EmulatorPlugin(plugin.name, lambda options: Sandbox(options, settings, hands, tokens, transport))
        ground = Ground(lambda: Patience(clock, hands), tag, tokens, made=hands.made)
        yield Subject(plugin, emulator, module, ground=ground), hands
    finally:
        hands.close()


class Patience:
    """Real time. To move it is to wait."""

    def __init__(self, clock: Clock, hands: Hands) -> None:
        self._clock = clock
        self._hands = hands

    def now(self) -> datetime:
        return self._clock.now()

    def monotonic(self) -> float:
        return self._clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        await self._clock.sleep(seconds)

    def move(self, seconds: float) -> None:
        self._hands.do(self._clock.sleep(min(seconds, MOST_SECONDS)))


class Sandbox:
    """An `Emulator` that emulates nothing."""

    def __init__(
        self,
        options: EmulatorOptions,
        settings: Mapping[str, Any],
        hands: Hands,
        tokens: Tokens,
        transport: httpx.AsyncBaseTransport | None,
    ) -> None:
        bodies: dict[int, object] = {429: {}, 500: {}, 503: {}}
        known = generic_faults(options.clock, bodies, throttled_in_200={})
        del known["throttled_in_200"]  # with which code, its emulator alone can say
        self._faults = FaultBox(known, SeededRandom())
        self._front = Front(Onward(transport), self._faults, Webhooks(self._faults, None), self._may_write)
        self._settings = settings
        self._hands = hands
        self._tokens = tokens

    @property
    def app(self) -> ASGIApp:
        return self._front

    @property
    def people(self) -> People:
        return self._hands

    @property
    def faults(self) -> Faults:
        return self._faults

    @property
    def requests(self) -> Sequence[RequestSeen]:
        return self._front.requests

    @property
    def forms(self) -> Sequence[Form]:
        return self._hands.forms

    def settings(self, base_url: str) -> Mapping[str, Any]:
        return self._settings

    async def settle(self) -> None:
        """Nothing is under way that we could wait for."""

    def _may_write(self, method: str, path: str) -> bool:
        """To log in changes no record."""
        return method != "GET" and not self._tokens.held


class Onward:
    """An application that asks the one whom the request was meant for."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None) -> None:
        self._transport = transport

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        headers = {name: value for name, value in request.headers.items() if name not in _HOP}
        # One client for each request: cases come and go with loops of their own.
        async with httpx.AsyncClient(transport=self._transport, trust_env=False, timeout=SECONDS) as client:
            reply = await client.request(
                request.method, str(request.url), headers=headers, content=await request.body()
            )
        kept = {name: value for name, value in reply.headers.items() if name not in _HOP}
        await Response(reply.content, reply.status_code, kept)(scope, receive, send)
