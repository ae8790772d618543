"""Notes, campaign members, lists by lookup, owners (contract, 5.13, 5.14, sections 11 and 12)."""

from typing import Any

import pytest

from tests.plugins.zoho.emulator.desk import Desk

pytestmark = pytest.mark.anyio

NOTE = "Note_Title,Note_Content,Parent_Id"


def only(reply: Any) -> Any:
    (element,) = reply.json()["data"]
    return element


async def test_notes_are_written_to_a_record_and_read_there_oldest_first() -> None:
    desk = Desk()
    id = await desk.add("Contacts", Last_Name="Butt", First_Name="John")
    parent = {"module": {"api_name": "Contacts"}, "id": id}
    await desk.add("Notes", Parent_Id=parent, Note_Content="first")
    await desk.post(f"/Contacts/{id}/Notes", {"data": [{"Note_Title": "T", "Note_Content": "second"}]})
    reply = await desk.get(f"/Contacts/{id}/Notes", fields=NOTE)
    first, second = reply.json()["data"]
    module = desk.emulator.org.modules["Contacts"].id
    assert (first["Note_Content"], second["Note_Title"]) == ("first", "T")
    assert first["Parent_Id"] == {"module": {"api_name": "Contacts", "id": module}, "name": "John Butt", "id": id}
    assert (reply.json()["info"]["sort_by"], reply.json()["info"]["sort_order"]) == ("id", "asc")
    assert (await desk.get(f"/Contacts/{id}/Notes")).json()["code"] == "REQUIRED_PARAM_MISSING"


async def test_all_notes_are_for_administrators() -> None:
    reply = await Desk().get("/Notes", fields=NOTE)
    assert (reply.status_code, reply.json()["code"]) == (403, "NOT_SUPPORTED")
    assert (await Desk(admin=True).get("/Notes", fields=NOTE)).status_code == 204


@pytest.mark.parametrize("given", [{"Note_Content": "x"}, {"Parent_Id": {"id": "1"}, "Note_Content": "x"}])
async def test_a_note_needs_its_parent(given: dict[str, Any]) -> None:
    assert (await Desk().post("/Notes", {"data": [given]})).status_code == 400


async def test_campaign_members_from_both_sides() -> None:
    desk = Desk()
    campaign = await desk.add("Campaigns", Campaign_Name="Spring")
    one, two = await desk.add("Contacts", Last_Name="A"), await desk.add("Contacts", Last_Name="B")
    assert (await desk.get(f"/Campaigns/{campaign}/Contacts", fields="Last_Name")).status_code == 204
    added = await desk.put(f"/Campaigns/{campaign}/Contacts", {"data": [{"id": one, "Member_Status": "Active"}]})
    assert only(added) == {"code": "SUCCESS", "details": {"id": one}, "message": "relation added", "status": "success"}
    await desk.put(f"/Contacts/{two}/Campaigns", {"data": [{"id": campaign}]})
    members = (await desk.get(f"/Campaigns/{campaign}/Contacts", fields="Last_Name,Member_Status")).json()["data"]
    assert [(m["Last_Name"], m["Member_Status"]) for m in members] == [("B", None), ("A", "Active")]
    removed = await desk.delete(f"/Campaigns/{campaign}/Contacts", ids=one)
    assert only(removed)["message"] == "relation removed"
    assert (await desk.get(f"/Contacts/{one}/Campaigns", fields="Campaign_Name")).status_code == 204


async def test_a_merge_takes_the_memberships_along() -> None:
    desk = Desk()
    campaign = await desk.add("Campaigns", Campaign_Name="Spring")
    winner, loser = await desk.add("Contacts", Last_Name="A"), await desk.add("Contacts", Last_Name="B")
    await desk.put(f"/Campaigns/{campaign}/Contacts", {"data": [{"id": loser}]})
    desk.people.merge("Contacts", winner, loser)
    members = (await desk.get(f"/Campaigns/{campaign}/Contacts", fields="Last_Name")).json()["data"]
    assert [member["id"] for member in members] == [winner]


async def test_lists_by_lookup_and_lists_that_are_not() -> None:
    desk = Desk()
    account = await desk.add("Accounts", Account_Name="Acme")
    await desk.add("Contacts", Last_Name="A", Account_Name={"id": account})
    await desk.add("Contacts", Last_Name="B")
    reply = await desk.get(f"/Accounts/{account}/Contacts", fields="Last_Name")
    assert [record["Last_Name"] for record in reply.json()["data"]] == ["A"]
    assert (await desk.get(f"/Accounts/{account}/Tasks", fields="Subject")).json()["code"] == "INVALID_DATA"
    assert (await desk.put(f"/Accounts/{account}/Contacts", {"data": [{"id": "1"}]})).json()["code"] == "INVALID_DATA"
    lists = (await desk.get("/settings/related_lists", module="Accounts")).json()["related_lists"]
    assert {"Contacts", "Deals", "Notes"} <= {one["api_name"] for one in lists}


async def test_records_are_handed_over() -> None:
    desk = Desk()
    id = await desk.add("Contacts", Last_Name="A")
    other = list(desk.emulator.org.users)[2]
    reply = await desk.post("/Contacts/actions/change_owner", {"ids": [id], "owner": {"id": other}, "notify": False})
    assert (reply.status_code, desk.people.read("Contacts")[id]["Owner"]["id"]) == (200, other)
    await desk.put("/Contacts", {"data": [{"id": id, "Owner": {"id": next(iter(desk.emulator.org.users))}}]})
    assert desk.people.read("Contacts")[id]["Owner"]["email"] == "user1@example.com"


async def test_tasks_point_at_any_module() -> None:
    desk = Desk()
    account = await desk.add("Accounts", Account_Name="Acme")
    id = await desk.add("Tasks", Subject="T", What_Id={"id": account}, **{"$se_module": "Accounts"})
    record = (await desk.get(f"/Tasks/{id}")).json()["data"][0]
    assert (record["What_Id"], record["$se_module"]) == ({"name": "Acme", "id": account}, "Accounts")
