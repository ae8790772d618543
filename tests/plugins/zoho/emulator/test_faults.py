"""Faults that only Zoho's application can play; the generic ones are tested with the toolkit."""

from typing import Any

import httpx
import pytest

from tests.plugins.zoho.emulator.desk import Desk

pytestmark = pytest.mark.anyio

WALK: dict[str, Any] = {"fields": "Last_Name", "sort_by": "Modified_Time", "sort_order": "asc"}


async def struck(
    desk: Desk, name: str, method: str, path: str, body: object = None, **params: object
) -> httpx.Response:
    """The reply to a request that meets the fault."""
    await desk.login()
    desk.emulator.faults.script(name)
    reply = await desk.ask(method, path, body, None, **params)
    assert desk.emulator.requests[-1].fault == name
    return reply


async def test_one_record_of_a_batch_fails() -> None:
    desk = Desk()
    reply = await struck(desk, "partial_batch", "POST", "/Contacts", {"data": [{"Last_Name": "A"}, {"Last_Name": "B"}]})
    assert reply.status_code == 207
    assert [element["code"] for element in reply.json()["data"]] == ["SUCCESS", "INTERNAL_ERROR"]
    assert len(desk.people.read("Contacts")) == 1


async def test_a_locked_record_is_not_written() -> None:
    desk = Desk()
    id = await desk.add("Contacts", Last_Name="A")
    reply = await struck(desk, "record_locked", "PUT", "/Contacts", {"data": [{"id": id, "Title": "x"}]})
    (element,) = reply.json()["data"]
    assert (reply.status_code, element["code"]) == (400, "RECORD_LOCKED")
    assert element["details"] == {"api_name": "id", "json_path": "$.data[0].id", "action": "record_locking"}
    assert desk.people.read("Contacts")[id]["Title"] is None


@pytest.mark.parametrize("path", ["/Contacts", "/Contacts/{id}", "/coql"])
async def test_a_replica_shows_what_stood_there_two_seconds_ago(path: str) -> None:
    desk = Desk()
    id = await desk.add("Contacts", Last_Name="old")
    desk.clock.move(10)
    desk.people.edit("Contacts", id, {"Last_Name": "new"})
    query = {"select_query": "select Last_Name from Contacts where id > 1"}
    method, body = ("POST", query) if path == "/coql" else ("GET", None)
    params = {} if body else {"fields": "Last_Name"}
    stale = await struck(desk, "stale_read", method, path.format(id=id), body, **params)
    fresh = await desk.ask(method, path.format(id=id), body, None, **params)
    desk.clock.move(2)
    later = await struck(desk, "stale_read", method, path.format(id=id), body, **params)
    assert [reply.json()["data"][0]["Last_Name"] for reply in (stale, fresh, later)] == ["old", "new", "new"]


async def test_a_replica_does_not_know_of_deletes_and_inserts_yet() -> None:
    desk = Desk()
    id = await desk.add("Contacts", Last_Name="old")
    desk.clock.move(10)
    await desk.add("Contacts", Last_Name="new")
    desk.people.delete("Contacts", id)
    reply = await struck(desk, "stale_read", "GET", "/Contacts", **WALK)
    assert [record["Last_Name"] for record in reply.json()["data"]] == ["old"]
    assert (await struck(desk, "stale_read", "GET", "/Contacts/deleted")).status_code == 204


async def test_a_token_expires_in_the_middle() -> None:
    desk = Desk()
    assert (await struck(desk, "token_expired", "GET", "/Contacts", **WALK)).json()["code"] == "INVALID_TOKEN"
    assert (await desk.get("/Contacts", **WALK)).json()["code"] == "INVALID_TOKEN"
    await desk.login()
    assert (await desk.get("/Contacts", **WALK)).status_code == 204


async def test_a_token_is_revoked() -> None:
    desk = Desk()
    old = desk.emulator.accounts.refresh_token
    assert (await struck(desk, "token_revoked", "GET", "/Contacts", **WALK)).json()["code"] == "INVALID_TOKEN"
    assert (await desk.token(refresh_token=old)).json() == {"error": "invalid_code"}


async def test_a_scope_is_missing_for_once() -> None:
    desk = Desk()
    assert (await struck(desk, "scope_missing", "GET", "/Contacts", **WALK)).json()["code"] == "OAUTH_SCOPE_MISMATCH"
    assert (await desk.get("/Contacts", **WALK)).status_code == 204


async def test_a_page_token_expires_once_one_is_used() -> None:
    desk = Desk(records=5)
    await desk.login()
    desk.emulator.faults.script("page_token_expired")
    token = (await desk.get("/Contacts", **WALK, per_page=2)).json()["info"]["next_page_token"]
    assert (await desk.get("/Contacts", **WALK, per_page=2, page_token=token)).json()["code"] == "EXPIRED_VALUE"


async def test_a_page_is_shorter_than_asked_for_and_nothing_is_lost() -> None:
    desk = Desk(records=6)
    first = (await struck(desk, "changed_page_size", "GET", "/Contacts", **WALK, per_page=4)).json()
    token = first["info"]["next_page_token"]
    rest = (await desk.get("/Contacts", **WALK, per_page=4, page_token=token)).json()
    assert (first["info"]["per_page"], len(first["data"]), len(rest["data"])) == (2, 2, 4)
    assert rest["info"]["more_records"] is False


async def test_a_field_is_removed_for_good() -> None:
    desk = Desk(records=3)
    await struck(desk, "field_removed", "GET", "/Contacts", **WALK)
    reply = await desk.get("/Contacts", fields="Last_Name,Customer_Tier")
    assert "Customer_Tier" not in reply.json()["data"][0]
    known = (await desk.get("/settings/fields", module="Contacts")).json()["fields"]
    assert "Customer_Tier" not in [field["api_name"] for field in known]


async def test_a_new_option_appears_and_is_used() -> None:
    desk = Desk(records=3)
    await struck(desk, "new_enum_value", "GET", "/Contacts", **WALK)
    tiers = {record["Customer_Tier"] for record in desk.people.read("Contacts").values()}
    known = desk.emulator.org.modules["Contacts"].fields["Customer_Tier"].options
    assert "New 4" in tiers
    assert known[-1].display == "New 4"


async def test_only_writes_of_records_tags_and_fields_count_as_writes() -> None:
    desk = Desk()
    id = await desk.add("Contacts", Last_Name="A")
    await desk.post(f"/Contacts/{id}/actions/add_tags", {"tags": [{"name": "vip"}]})
    await desk.post("/settings/fields", {"fields": [{}]}, module="Contacts")
    await desk.post("/coql", {"select_query": ""})
    await desk.post("/actions/watch", {"watch": [{}]})
    await desk.get("/Contacts", **WALK)
    seen = [(request.method, request.path, request.write) for request in desk.emulator.requests]
    assert seen == [
        ("POST", "/oauth/v2/token", False),
        ("POST", "/crm/v8/Contacts", True),
        ("POST", f"/crm/v8/Contacts/{id}/actions/add_tags", True),
        ("POST", "/crm/v8/settings/fields", True),
        ("POST", "/crm/v8/coql", False),
        ("POST", "/crm/v8/actions/watch", False),
        ("GET", "/crm/v8/Contacts", False),
    ]


async def test_chance_strikes_about_as_often_as_it_should() -> None:
    desk = Desk()
    await desk.login()
    desk.emulator.faults.probability = 0.25
    for _ in range(200):
        try:
            await desk.get("/Contacts", **WALK)
        except httpx.TransportError:
            continue
    faults = [request.fault for request in desk.emulator.requests if request.fault]
    assert 30 <= len(faults) <= 70
    assert not {"token_revoked", "scope_missing", "field_removed", "redirect"} & set(faults)
