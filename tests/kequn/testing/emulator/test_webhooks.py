"""Webhooks: held in one process until they are settled, started by the front on a socket."""

import threading
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kequn.clock import SeededRandom
from kequn.testing.emulator import FaultBox, Front, Webhook, Webhooks, serve

pytestmark = pytest.mark.anyio


class Door(httpx.AsyncBaseTransport):
    def __init__(self, status: int = 204) -> None:
        self.heard: list[bytes] = []
        self.status = status

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.heard.append(await request.aread())
        if self.status == 0:
            raise httpx.ConnectError("nobody is there", request=request)
        return httpx.Response(self.status)


def webhooks(door: Door) -> tuple[FaultBox, Webhooks]:
    faults = FaultBox({}, SeededRandom(1))
    return faults, Webhooks(faults, door)


def hook(text: str) -> Webhook:
    return Webhook.of_json("http://door.test/x", {"say": text}, unsigned={"say": f"{text} unsigned"})


async def test_they_wait_to_be_settled_and_go_once() -> None:
    door = Door()
    _, out = webhooks(door)
    out.send(hook("a"))
    assert door.heard == []
    await out.settle()
    await out.settle()
    assert (door.heard, out.outcomes) == ([b'{"say":"a"}'], [204])


@pytest.mark.parametrize("status", [0, 500])
async def test_whoever_does_not_listen_misses_them(status: int) -> None:
    door = Door(status)
    _, out = webhooks(door)
    out.send(hook("a"))
    await out.settle()
    await out.settle()
    assert (len(door.heard), out.outcomes) == (1, [status])


@pytest.mark.parametrize(
    ("name", "heard"),
    [
        ("webhook_lost", ["b"]),
        ("webhook_duplicate", ["a", "a", "b"]),
        ("webhook_reordered", ["b", "a"]),
        ("webhook_unsigned", ["a unsigned", "b"]),
    ],
)
async def test_what_may_happen_on_the_way(name: str, heard: list[str]) -> None:
    door = Door()
    faults, out = webhooks(door)
    faults.script(name)
    out.send(hook("a"))
    out.send(hook("b"))
    await out.settle()
    assert door.heard == [b'{"say":"%s"}' % text.encode() for text in heard]


async def test_chance_strikes_them_too() -> None:
    door = Door()
    faults, out = webhooks(door)
    faults.probability = 0.5
    for number in range(40):
        out.send(hook(str(number)))
    await out.settle()
    assert door.heard != [b'{"say":"%d"}' % number for number in range(40)]


def test_on_a_socket_the_front_starts_them() -> None:
    heard: list[Any] = []
    arrived = threading.Event()

    async def listen(request: Request) -> Response:
        heard.append(await request.json())
        arrived.set()
        return Response(status_code=204)

    faults = FaultBox({}, SeededRandom(1))
    out = Webhooks(faults, None)

    with serve(Starlette(routes=[Route("/x", listen, methods=["POST"])])) as door:

        async def work(request: Request) -> Response:
            out.send(Webhook.of_json(f"{door}/x", {"say": "a"}))
            return Response(status_code=204)

        app = Front(Starlette(routes=[Route("/", work)]), faults, out, lambda method, path: False)
        with serve(app) as base:
            httpx.get(base)
            assert arrived.wait(10)
    assert heard == [{"say": "a"}]
