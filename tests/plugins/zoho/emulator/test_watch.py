"""Notifications (contract, section 15): channels, their expiry, and what is really posted."""

import json
from typing import Any

import httpx
import pytest

from tests.plugins.zoho.emulator.desk import Desk

pytestmark = pytest.mark.anyio

CHANNEL = "1000000068001"


class Door(httpx.AsyncBaseTransport):
    """Whoever asked to be notified: keeps what is posted."""

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self.addresses: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.heard.append(json.loads(await request.aread()))
        self.addresses.append(str(request.url))
        return httpx.Response(204)


def wish(desk: Desk, **changes: Any) -> dict[str, Any]:
    return {
        "channel_id": CHANNEL,
        "events": ["Contacts.all"],
        "channel_expiry": desk.now(6 * 86400),
        "token": "secret",
        "notify_url": "https://kequn.example/hooks/zoho?src=1",
        **changes,
    }


async def watching(**changes: Any) -> tuple[Desk, Door]:
    door = Door()
    desk = Desk(transport=door)
    reply = await desk.post("/actions/watch", {"watch": [wish(desk, **changes)]})
    assert reply.status_code == 201, reply.text
    return desk, door


async def test_subscribing_answers_with_the_resource_and_its_expiry() -> None:
    desk = Desk()
    reply = await desk.post("/actions/watch", {"watch": [wish(desk, channel_id=int(CHANNEL))]})
    assert reply.status_code == 201
    assert reply.json()["watch"] == [
        {
            "code": "SUCCESS",
            "details": {
                "events": [
                    {
                        "channel_expiry": desk.now(6 * 86400),
                        "resource_uri": "http://zoho.test/crm/v2/Contacts",
                        "resource_id": desk.emulator.org.modules["Contacts"].id,
                        "resource_name": "Contacts",
                        "channel_id": CHANNEL,
                    }
                ]
            },
            "message": "Successfully subscribed for actions-watch of the given module",
            "status": "success",
        }
    ]


@pytest.mark.parametrize("seconds", [None, 7 * 86400 + 1, -1], ids=["absent", "too far", "past"])
async def test_a_bad_expiry_means_one_hour(seconds: int | None) -> None:
    desk = Desk()
    expiry = None if seconds is None else desk.now(seconds)
    reply = await desk.post("/actions/watch", {"watch": [wish(desk, channel_expiry=expiry)]})
    (event,) = reply.json()["watch"][0]["details"]["events"]
    assert event["channel_expiry"] == desk.now(3600)


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"events": ["Contacts.every"]}, "INVALID_DATA", "events"),
        ({"events": "Contacts.all"}, "INVALID_DATA", "events"),
        ({"events": ["Nonsense.all"]}, "INVALID_DATA", "events"),
        ({"token": "x" * 51}, "INVALID_DATA", "token"),
        ({"notify_url": "ftp://x"}, "INVALID_DATA", "notify_url"),
        ({"notify_url": None}, "MANDATORY_NOT_FOUND", "notify_url"),
        ({"channel_id": "abc"}, "INVALID_DATA", "channel_id"),
    ],
)
async def test_wishes_that_are_refused(change: dict[str, Any], code: str, field: str) -> None:
    desk = Desk()
    reply = await desk.post("/actions/watch", {"watch": [wish(desk, **change)]})
    (element,) = reply.json()["watch"]
    assert (reply.status_code, element["code"]) == (400, code)
    assert element["details"] == {"api_name": field, "json_path": f"$.watch[0].{field}"}


async def test_an_insert_by_the_api_notifies_too() -> None:
    desk, door = await watching()
    body = {"data": [{"Last_Name": "A"}, {"Last_Name": "B"}], "trigger": []}
    ids = [element["details"]["id"] for element in (await desk.post("/Contacts", body)).json()["data"]]
    await desk.emulator.settle()
    assert door.addresses == ["https://kequn.example/hooks/zoho?src=1"]
    assert door.heard == [
        {
            "server_time": 1767603600000,
            "query_params": {"src": "1"},
            "module": "Contacts",
            "resource_uri": "https://www.zohoapis.com/crm/v2/Contacts",
            "ids": ids,
            "affected_fields": [],
            "operation": "insert",
            "channel_id": CHANNEL,
            "token": "secret",
        }
    ]


async def test_people_s_edits_and_deletes_say_what_changed_when_asked_to() -> None:
    desk, door = await watching(return_affected_field_values=True)
    id = desk.people.create("Contacts", {"Last_Name": "A"})
    desk.people.edit("Contacts", id, {"Mobile": "1"})
    desk.people.delete("Contacts", id)
    await desk.emulator.settle()
    made, edited, deleted = door.heard
    assert (made["operation"], "affected_values" in made) == ("insert", False)
    assert edited["affected_fields"] == [{id: ["Mobile"]}]
    assert edited["affected_values"] == [{"record_id": id, "values": {"Mobile": "1"}}]
    assert deleted["affected_fields"] == [{id: ["Modified_By", "Record_Status__s"]}]
    assert deleted["affected_values"][0]["values"]["Record_Status__s"] == 0
    assert deleted["affected_values"][0]["values"]["Modified_By"]["email"] == "user2@example.com"


async def test_only_the_events_that_were_asked_for() -> None:
    desk, door = await watching(events=["Contacts.create", "Cases.edit"])
    id = desk.people.create("Contacts", {"Last_Name": "A"})
    desk.people.edit("Contacts", id, {"Mobile": "1"})
    desk.people.create("Cases", {"Subject": "S", "Status": "New", "Case_Origin": "Web"})
    await desk.emulator.settle()
    assert [one["operation"] for one in door.heard] == ["insert"]


async def test_a_condition_on_fields_narrows_updates() -> None:
    group = {"group_operator": "or", "group": [{"field": {"api_name": "Email"}}, {"field": {"api_name": "Title"}}]}
    condition = {"type": "field_selection", "module": {"api_name": "Contacts"}, "field_selection": group}
    desk, door = await watching(notification_condition=[condition], events=["Contacts.edit"])
    id = desk.people.create("Contacts", {"Last_Name": "A"})
    desk.people.edit("Contacts", id, {"Mobile": "1"})
    desk.people.edit("Contacts", id, {"Title": "T"})
    await desk.emulator.settle()
    assert [one["affected_fields"] for one in door.heard] == [[{id: ["Title"]}]]


async def test_an_expired_channel_is_silent_and_not_listed() -> None:
    desk, door = await watching(channel_expiry=None)
    desk.clock.move(3600)
    desk.people.create("Contacts", {"Last_Name": "A"})
    await desk.emulator.settle()
    await desk.login()
    assert door.heard == []
    assert (await desk.get("/actions/watch")).status_code == 204


async def test_channels_are_listed_one_entry_per_module() -> None:
    desk, _ = await watching(events=["Contacts.all", "Cases.create"])
    reply = await desk.get("/actions/watch", channel_id=CHANNEL, module="Cases")
    assert reply.json()["watch"] == [
        {
            "channel_expiry": desk.now(6 * 86400),
            "resource_uri": "http://zoho.test/crm/v2/Cases",
            "resource_id": desk.emulator.org.modules["Cases"].id,
            "resource_name": "Cases",
            "channel_id": CHANNEL,
            "notify_on_related_action": True,
            "return_affected_field_values": False,
            "notify_url": "https://kequn.example/hooks/zoho?src=1",
            "fields": None,
            "notification_condition": None,
            "token": "secret",
            "events": ["Cases.create"],
        }
    ]
    assert (await desk.get("/actions/watch", channel_id=CHANNEL)).json()["info"]["count"] == 2


async def test_patch_renews_and_put_replaces() -> None:
    desk, _ = await watching()
    desk.clock.move(600)
    renewed = await desk.ask(
        "PATCH", "/actions/watch", {"watch": [{"channel_id": CHANNEL, "channel_expiry": desk.now(60)}]}
    )
    assert renewed.json()["watch"][0]["message"] == "Successfully updated the subscribe details"
    channel = desk.emulator.org.channels[CHANNEL]
    assert (channel.token, desk.emulator.org.time(channel.expires)) == ("secret", desk.now(60))
    body = {"channel_id": CHANNEL, "events": ["Cases.all"], "notify_url": "https://kequn.example/other"}
    assert (await desk.put("/actions/watch", {"watch": [body]})).status_code == 200
    channel = desk.emulator.org.channels[CHANNEL]
    assert (channel.token, list(channel.events)) == (None, ["Cases"])


async def test_events_can_be_taken_away_and_the_channel_ended() -> None:
    desk, _ = await watching(events=["Contacts.all", "Cases.all"])
    body = {"channel_id": CHANNEL, "events": ["Contacts.all"], "_delete_events": True}
    removed = await desk.ask("PATCH", "/actions/watch", {"watch": [body]})
    assert removed.json()["watch"][0]["message"] == "Successfully removed the subscribe details"
    assert list(desk.emulator.org.channels[CHANNEL].events) == ["Cases"]
    ended = await desk.delete("/actions/watch", channel_ids=CHANNEL)
    assert ended.json()["watch"][0] == {
        "code": "SUCCESS",
        "details": {
            "resource_uri": "http://zoho.test/crm/v2/Cases",
            "resource_id": desk.emulator.org.modules["Cases"].id,
            "channel_id": CHANNEL,
        },
        "message": "Successfully un-subscribed from actions-watch",
        "status": "success",
    }
    again = await desk.delete("/actions/watch", channel_ids=CHANNEL)
    assert (again.status_code, again.json()["watch"][0]["code"]) == (400, "NOT_SUBSCRIBED")


async def test_webhooks_can_be_lost_doubled_reordered_and_forged() -> None:
    desk, door = await watching()
    desk.emulator.faults.script("webhook_lost", "webhook_duplicate", "webhook_reordered", "webhook_unsigned")
    for number in range(5):
        desk.people.create("Contacts", {"Last_Name": str(number)})
    await desk.emulator.settle()
    ids = list(desk.people.read("Contacts"))
    order = [ids.index(one["ids"][0]) for one in door.heard]
    assert order == [1, 1, 3, 4, 2]
    assert [one["token"] for one in door.heard] == ["secret", "secret", None, "secret", "secret"]


async def test_tagging_is_silent() -> None:
    desk, door = await watching()
    id = desk.people.create("Contacts", {"Last_Name": "A"})
    await desk.emulator.settle()
    await desk.post(f"/Contacts/{id}/actions/add_tags", {"tags": [{"name": "vip"}]})
    await desk.emulator.settle()
    assert len(door.heard) == 1


@pytest.mark.parametrize(("related", "heard"), [(True, ["Accounts"]), (False, [])])
async def test_an_update_of_a_contact_is_one_of_its_account(related: bool, heard: list[str]) -> None:
    desk, door = await watching(events=["Accounts.edit"], notify_on_related_action=related)
    account = desk.people.create("Accounts", {"Account_Name": "Acme"})
    id = desk.people.create("Contacts", {"Last_Name": "A", "Account_Name": {"id": account}})
    desk.people.edit("Contacts", id, {"Title": "T"})
    await desk.emulator.settle()
    assert [one["module"] for one in door.heard] == heard
