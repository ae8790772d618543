"""Credits and concurrency (contract, section 14)."""

from typing import Any

import anyio
import pytest

from tests.plugins.zoho.emulator.desk import Desk

pytestmark = pytest.mark.anyio

LEFT = "X-API-CREDITS-REMAINING"


async def test_what_is_left_shows_once_half_is_spent() -> None:
    desk = Desk(credits=4)
    replies = [await desk.get("/Contacts", fields="Last_Name") for _ in range(5)]
    assert [reply.headers.get(LEFT) for reply in replies] == [None, "2", "1", "0", "0"]
    assert [reply.status_code for reply in replies] == [204, 204, 204, 204, 429]
    assert replies[-1].json()["code"] == "TOO_MANY_REQUESTS"
    assert "retry-after" not in replies[-1].headers


async def test_credits_come_back_after_a_day() -> None:
    desk = Desk(credits=1)
    await desk.get("/Contacts", fields="Last_Name")
    desk.clock.move(86400)
    await desk.login()
    assert (await desk.get("/Contacts", fields="Last_Name")).status_code == 204


@pytest.mark.parametrize(
    ("method", "path", "body", "price"),
    [
        ("POST", "/Contacts", {"data": [{"Last_Name": "A"}] * 11}, 2),
        ("GET", "/Contacts/deleted", None, 2),
        ("POST", "/Contacts/actions/add_tags", {"tags": [{"name": "a"}], "ids": ["1"] * 51}, 2),
        ("POST", "/coql", {"select_query": "select id from Contacts where id > 1 limit 0, 1500"}, 3),
        ("POST", "/crm/bulk/v8/read", {"query": {"module": {"api_name": "Contacts"}}}, 50),
        ("GET", "/users", None, 1),
    ],
)
async def test_prices(method: str, path: str, body: Any, price: int) -> None:
    desk = Desk(credits=price * 2)
    reply = await desk.ask(method, path, body)
    assert reply.headers[LEFT] == str(price)


async def statuses(desk: Desk, count: int, path: str = "/Contacts", **params: Any) -> list[int]:
    """Of calls made at the same time."""
    found: list[int] = []

    async def one() -> None:
        found.append((await desk.get(path, fields="Last_Name", **params)).status_code)

    await desk.login()
    async with anyio.create_task_group() as tasks:
        for _ in range(count):
            tasks.start_soon(one)
    return sorted(found)


async def test_too_many_calls_at_once() -> None:
    desk = Desk(edition="free", latency=0.1)
    assert await statuses(desk, 7) == [204] * 5 + [429] * 2
    assert await statuses(desk, 5) == [204] * 5


async def test_sorted_lists_have_a_limit_of_their_own() -> None:
    desk = Desk(latency=0.1)
    assert await statuses(desk, 12, sort_by="Modified_Time") == [204] * 10 + [429] * 2
    assert await statuses(desk, 12) == [204] * 12
