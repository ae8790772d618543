"""Bulk read (contract, section 6): the job's states, its zip, its limits."""

import csv
import io
import zipfile
from typing import Any

import httpx
import pytest

from tests.plugins.zoho.emulator.desk import Desk
from tests.plugins.zoho.emulator.test_watch import Door

pytestmark = pytest.mark.anyio

READ = "/crm/bulk/v8/read"


async def start(desk: Desk, callback: dict[str, str] | None = None, **query: Any) -> str:
    body = {"query": {"module": {"api_name": "Contacts"}, **query}} | ({"callback": callback} if callback else {})
    reply = await desk.post(READ, body)
    assert reply.status_code == 201, reply.text
    return str(reply.json()["data"][0]["details"]["id"])


async def rows(desk: Desk, id: str) -> list[dict[str, str]]:
    reply = await desk.get(f"{READ}/{id}/result")
    assert reply.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(reply.content)) as archive:
        (name,) = archive.namelist()
        assert name == f"{id}.csv"
        return list(csv.DictReader(io.StringIO(archive.read(name).decode())))


async def test_a_job_is_added_then_done_as_time_passes() -> None:
    desk = Desk(records=3)
    id = await start(desk, fields=["Last_Name"])
    states = []
    for _ in range(4):
        states.append((await desk.get(f"{READ}/{id}")).json()["data"][0]["state"])
        desk.clock.move(2)
    (job,) = (await desk.get(f"{READ}/{id}")).json()["data"]
    assert states == ["ADDED", "QUEUED", "IN PROGRESS", "COMPLETED"]
    assert job["result"] == {
        "page": 1,
        "per_page": 200000,
        "count": 3,
        "download_url": f"{READ}/{id}/result",
        "more_records": False,
    }


async def test_the_result_has_ids_names_and_lookups_by_id() -> None:
    desk = Desk()
    account = await desk.add("Accounts", Account_Name="Acme")
    contact = await desk.add(
        "Contacts", Last_Name='A, "quoted" 😀', Account_Name={"id": account}, Tag=[{"name": "vip"}]
    )
    id = await start(desk, fields=["Last_Name", "Account_Name", "Account_Name.Account_Name", "Modified_Time", "Tag"])
    desk.clock.move(9)
    assert await rows(desk, id) == [
        {
            "id": contact,
            "Last_Name": 'A, "quoted" 😀',
            "Account_Name": account,
            "Account_Name.Account_Name": "Acme",
            "Modified_Time": desk.now(-9),
            "Tag": "vip",
        }
    ]


async def result_of(desk: Desk, id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await desk.get(f"{READ}/{id}")).json()["data"][0]["result"]
    return found


async def follow(desk: Desk, token: str, **more: Any) -> httpx.Response:
    return await desk.post(READ, {"query": {"page_token": token, **more}})


async def test_criteria_and_pages() -> None:
    """A page goes on behind the last record of the one before, whatever went before it meanwhile."""
    desk = Desk(bulk_page=2)
    ids = [await desk.add("Contacts", Last_Name=str(number), Title="x" if number else None) for number in range(5)]
    part = {"field": {"api_name": "Title"}, "comparator": "equal", "value": "x"}
    criteria = {"group_operator": "and", "group": [part, {**part, "comparator": "not_equal", "value": "y"}]}
    first = await start(desk, criteria=criteria)
    desk.clock.move(9)
    told = await result_of(desk, first)
    desk.people.delete("Contacts", ids[1])
    second = (await follow(desk, told["next_page_token"])).json()["data"][0]["details"]["id"]
    desk.clock.move(9)
    assert [[row["Last_Name"] for row in await rows(desk, id)] for id in (first, second)] == [["1", "2"], ["3", "4"]]
    then = await result_of(desk, second)
    assert (told["page"], told["more_records"], then["page"], then["more_records"]) == (1, True, 2, False)
    assert "next_page_token" not in then


async def test_pages_that_are_refused() -> None:
    desk = Desk(bulk_page=2, records=5)
    id = await start(desk)
    desk.clock.move(9)
    token = (await result_of(desk, id))["next_page_token"]
    by_number = await desk.post(READ, {"query": {"module": {"api_name": "Contacts"}, "page": 2}})
    assert by_number.json()["code"] == "DISCRETE_PAGINATION_LIMIT_EXCEEDED"
    assert (await follow(desk, token, page=2)).json()["code"] == "AMBIGUITY_DURING_PROCESSING"
    assert (await follow(desk, "nonsense")).json()["code"] == "TOKEN_BOUND_DATA_MISMATCH"
    desk.clock.move(24 * 3600)
    await desk.login()
    assert (await follow(desk, token)).json()["code"] == "EXPIRED_VALUE"


async def test_the_callback_says_once_that_it_is_over() -> None:
    door = Door()
    desk = Desk(transport=door, records=1)
    await start(desk, {"url": "https://app.example.com/done", "method": "post"})
    await desk.emulator.settle()
    assert door.heard == []
    desk.clock.move(9)
    await desk.emulator.settle()
    await desk.emulator.settle()
    assert [one["data"][0]["state"] for one in door.heard] == ["COMPLETED"]


async def test_a_job_can_fail() -> None:
    desk = Desk(bulk_fails=True)
    id = await start(desk)
    desk.clock.move(9)
    (job,) = (await desk.get(f"{READ}/{id}")).json()["data"]
    assert (job["state"], job["result"]["error_message"]["code"]) == ("FAILURE", "INTERNAL_SERVER_ERROR")


async def test_ten_downloads_a_minute() -> None:
    desk = Desk(records=1)
    id = await start(desk)
    assert (await desk.get(f"{READ}/{id}/result")).status_code == 404
    desk.clock.move(9)
    replies = [(await desk.get(f"{READ}/{id}/result")).status_code for _ in range(11)]
    assert replies == [200] * 10 + [429]


async def test_jobs_that_are_refused() -> None:
    desk = Desk()
    await desk.login()
    plain = await desk.http.post(READ, content=b"{}", headers={"Content-Type": "text/plain"})
    assert (plain.status_code, plain.json()["code"]) == (415, "MEDIA_TYPE_NOT_SUPPORTED")
    assert (await desk.post(READ, {})).json()["code"] == "MANDATORY_NOT_FOUND"
    for module in ("Notes", "Nonsense"):
        assert (await desk.post(READ, {"query": {"module": {"api_name": module}}})).json()["code"] == "INVALID_MODULE"
    unknown: httpx.Response = await desk.get(f"{READ}/554023000000999999")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "RESOURCE_NOT_FOUND")
