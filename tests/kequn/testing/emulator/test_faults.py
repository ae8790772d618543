"""The generic faults, as a client sees them in one process and on a socket; scripts, chance, the hook, the log."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Scope

from kequn.clock import ManualClock, SeededRandom, SystemClock
from kequn.contracts.emulator import RequestSeen
from kequn.testing.emulator import (
    EmulatorTransport,
    Fault,
    FaultBox,
    Front,
    Webhooks,
    generic_faults,
    mark,
    mark_of,
    serve,
)

pytestmark = pytest.mark.anyio

BODIES = {429: {"code": "SLOW"}, 500: {"code": "BROKEN"}, 503: {"code": "BUSY"}}


class Counter:
    """A CRM that counts what is posted to it."""

    def __init__(self, **more: Fault) -> None:
        self.count = 0
        known = {**generic_faults(SystemClock(), BODIES, throttled_in_200={"code": 43}), **more}
        self.faults = FaultBox(known, SeededRandom(3))
        app = Starlette(routes=[Route("/{rest:path}", self._answer, methods=["GET", "POST"])])
        self.app = Front(app, self.faults, Webhooks(self.faults, None), lambda method, path: method == "POST")

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=EmulatorTransport(self.app), base_url="http://crm.test")

    async def _answer(self, request: Request) -> Response:
        self.count += request.method == "POST"
        return JSONResponse({"count": self.count, "mark": mark_of(request.scope)})


async def struck(name: str | None) -> tuple[Counter, httpx.Response]:
    crm = Counter()
    crm.faults.script(name)
    async with crm.client() as client:
        return crm, await client.post("/x")


@pytest.mark.parametrize(
    ("name", "status", "body", "count"),
    [
        (None, 200, {"count": 1, "mark": None}, 1),
        ("throttled", 429, {"code": "SLOW"}, 0),
        ("throttled_retry_after", 429, {"code": "SLOW"}, 0),
        ("throttled_in_200", 200, {"code": 43}, 0),
        ("status_500", 500, {"code": "BROKEN"}, 0),
        ("status_503", 503, {"code": "BUSY"}, 0),
    ],
)
async def test_answers_in_the_crms_own_words(name: str | None, status: int, body: Any, count: int) -> None:
    crm, reply = await struck(name)
    assert (reply.status_code, reply.json(), crm.count) == (status, body, count)
    assert reply.headers.get("retry-after") == ("5" if name == "throttled_retry_after" else None)


async def test_answers_that_cannot_be_read() -> None:
    html = (await struck("html_502"))[1]
    cut = (await struck("truncated_json"))[1]
    mislabelled = (await struck("wrong_content_type"))[1]
    assert (html.status_code, html.headers["content-type"]) == (502, "text/html")
    assert (mislabelled.json()["count"], mislabelled.headers["content-type"]) == (1, "text/html")
    assert int(cut.headers["content-length"]) == len(cut.content)
    with pytest.raises(json.JSONDecodeError):
        cut.json()


async def test_a_redirect_leads_to_another_host() -> None:
    _, reply = await struck("redirect")
    assert (reply.status_code, reply.headers["location"]) == (307, "https://elsewhere.example.org/x")


@pytest.mark.parametrize(
    ("name", "error", "count"),
    [
        ("refused", httpx.ConnectError, 0),
        ("timeout_before_commit", httpx.ReadTimeout, 0),
        ("timeout_after_commit", httpx.ReadTimeout, 1),
        ("slow_body", httpx.ReadTimeout, 1),
    ],
)
async def test_no_answer_in_one_process(name: str, error: type[Exception], count: int) -> None:
    crm = Counter()
    crm.faults.script(name)
    async with crm.client() as client:
        with pytest.raises(error):
            await client.post("/x")
    assert (crm.count, crm.app.requests) == (count, [RequestSeen("POST", "/x", 0, True, name)])


@pytest.mark.parametrize(("name", "count"), [("refused", 0), ("timeout_before_commit", 0), ("timeout_after_commit", 1)])
def test_no_answer_on_a_socket(name: str, count: int) -> None:
    crm = Counter()
    crm.faults.script(name)
    with serve(crm.app) as base:
        with pytest.raises(httpx.TransportError):
            httpx.post(f"{base}/x")
        assert httpx.get(f"{base}/x").json()["count"] == count


def test_a_body_that_drips() -> None:
    crm = Counter()
    crm.faults.known["slow_body"] = generic_faults(ManualClock(), BODIES, throttled_in_200={})["slow_body"]
    crm.faults.script("slow_body")
    with serve(crm.app) as base, httpx.stream("POST", f"{base}/x") as reply:
        assert len(list(reply.iter_raw())) >= 1
        assert "content-length" in reply.headers


async def test_a_script_goes_one_request_each() -> None:
    crm = Counter()
    crm.faults.script("status_500", None, "status_503")
    async with crm.client() as client:
        statuses = [(await client.get("/x")).status_code for _ in range(4)]
    assert statuses == [500, 200, 503, 200]


async def test_a_scripted_fault_waits_for_a_request_that_it_fits() -> None:
    def posts(scope: Scope) -> bool:
        return str(scope["method"]) == "POST"

    crm = Counter(odd=Fault(mark("odd"), applies=posts))
    crm.faults.script("odd")
    async with crm.client() as client:
        marks = [(await client.request(method, "/x")).json()["mark"] for method in ("GET", "POST", "POST")]
    assert marks == [None, "odd", None]


def test_unknown_faults_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="no such fault: earthquake; known: refused, "):
        Counter().faults.script("earthquake")


async def test_chance_draws_transient_faults_alone_and_the_same_ones_again() -> None:
    async def run() -> list[str | None]:
        crm = Counter()
        crm.faults.probability = 0.5
        async with crm.client() as client:
            for _ in range(60):
                try:
                    await client.get("/x")
                except httpx.TransportError:
                    continue
        return [request.fault for request in crm.app.requests]

    first = await run()
    assert first == await run()
    assert 15 < sum(fault is not None for fault in first) < 45
    assert not {"redirect", "slow_body"} & set(first)


async def test_the_hook_comes_before_everything() -> None:
    crm, seen = Counter(), list[tuple[str, str]]()

    async def hook(method: str, path: str) -> None:
        seen.append((method, path))
        crm.count += 10

    crm.faults.before(hook)
    crm.faults.script("status_500", None)
    async with crm.client() as client:
        await client.post("/x")
        assert (await client.get("/y")).json()["count"] == 20
    assert seen == [("POST", "/x"), ("GET", "/y")]


async def test_a_hook_may_crash_the_client() -> None:
    class Crash(BaseException):
        pass

    async def hook(method: str, path: str) -> None:
        raise Crash

    crm = Counter()
    crm.faults.before(hook)
    async with crm.client() as client:
        with pytest.raises(Crash):
            await client.post("/x")
    assert (crm.count, crm.app.requests) == (0, [])


async def test_the_log_says_what_was_answered() -> None:
    crm = Counter()
    crm.faults.script(None, "status_500")
    async with crm.client() as client:
        await client.get("/a?b=c")
        await client.post("/b")
    assert crm.app.requests == [
        RequestSeen("GET", "/a", 200, False, None),
        RequestSeen("POST", "/b", 500, True, "status_500"),
    ]


def test_every_fault_can_be_scripted() -> None:
    crm = Counter()
    script: Callable[..., None] = crm.faults.script
    script(*crm.faults.names)
    assert len(crm.faults.names) == 17
