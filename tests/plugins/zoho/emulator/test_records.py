"""Insert, get, update, upsert, delete: the contract's sections 5.2 to 5.8, body by body."""

from typing import Any

import pytest

from tests.plugins.zoho.emulator.desk import Desk

pytestmark = pytest.mark.anyio


def only(reply: Any) -> Any:
    """The one element of a batch's answer."""
    (element,) = reply.json()["data"]
    return element


async def test_insert_answers_with_times_and_hands() -> None:
    desk = Desk()
    reply = await desk.post(
        "/Contacts", {"data": [{"Last_Name": "Daly", "Email": "p.daly@example.com"}], "trigger": []}
    )
    user = {"name": "Integration User 1", "id": next(iter(desk.emulator.org.users))}
    element = only(reply)
    assert reply.status_code == 201
    assert reply.headers["content-type"] == "application/json;charset=utf-8"
    assert element["details"].pop("id").isdecimal()
    assert element == {
        "code": "SUCCESS",
        "details": {
            "Modified_Time": "2026-01-05T17:00:00+08:00",
            "Modified_By": user,
            "Created_Time": "2026-01-05T17:00:00+08:00",
            "Created_By": user,
            "$approval_state": "approved",
        },
        "message": "record added",
        "status": "success",
    }


async def test_every_answer_carries_the_emulators_date() -> None:
    reply = await Desk().get("/Contacts", fields="Last_Name")
    assert reply.headers["date"] == "Mon, 05 Jan 2026 09:00:00 GMT"


async def test_module_names_match_in_any_case() -> None:
    assert (await Desk().post("/contacts", {"data": [{"Last_Name": "A"}]})).status_code == 201


@pytest.mark.parametrize(
    ("field", "value", "wrong"),
    [
        ("Email", "no address", {"expected_data_type": "email"}),
        ("Email", "a" * 95 + "@b.example", {"maximum_length": 100}),
        ("First_Name", "a" * 41, {"maximum_length": 40}),
        ("First_Name", 7, {"expected_data_type": "text"}),
        ("Mobile", "1" * 31, {"maximum_length": 30}),
        ("Date_of_Birth", "2026-02-30", {"expected_data_type": "date"}),
        ("Email_Opt_Out", "yes", {"expected_data_type": "boolean"}),
        ("Account_Name", "Acme", {"expected_data_type": "jsonobject"}),
        ("Description", "a" * 32001, {"maximum_length": 32000}),
    ],
)
async def test_a_bad_value_is_refused_by_its_field(field: str, value: object, wrong: dict[str, Any]) -> None:
    reply = await Desk().post("/Contacts", {"data": [{"Last_Name": "A", field: value}]})
    details = {**wrong, "api_name": field, "json_path": f"$.data[0].{field}"}
    assert reply.status_code == 400
    assert only(reply) == {"code": "INVALID_DATA", "details": details, "message": "invalid data", "status": "error"}


@pytest.mark.parametrize(
    ("value", "fine"),
    [
        ("2026-08-11T10:00:00+00:00", True),
        ("2026-08-11T10:00:00.761Z", False),
        ("2026-08-11T10:00:00Z", False),
        ("2026-08-11T10:00:00.5+00:00", False),
        ("2026-08-11", False),
    ],
)
async def test_times_take_an_offset_and_no_fraction(value: str, fine: bool) -> None:
    event = {"Event_Title": "A", "Start_DateTime": value, "End_DateTime": "2026-08-11T11:00:00+00:00"}
    reply = await Desk().post("/Events", {"data": [event]})
    details = only(reply)["details"]
    assert reply.status_code == (201 if fine else 400)
    assert fine or details["expected_data_type"] == "datetime"


@pytest.mark.parametrize(
    ("module", "given", "missing"),
    [
        ("Contacts", {"First_Name": "A"}, "Last_Name"),
        ("Accounts", {}, "Account_Name"),
        ("Deals", {"Deal_Name": "A"}, "Stage"),
        ("Cases", {"Subject": "A", "Status": "New"}, "Case_Origin"),
        ("Tasks", {"Subject": ""}, "Subject"),
    ],
)
async def test_a_mandatory_field_is_asked_for(module: str, given: dict[str, str], missing: str) -> None:
    reply = await Desk().post(f"/{module}", {"data": [given]})
    assert reply.status_code == 400
    assert only(reply) == {
        "code": "MANDATORY_NOT_FOUND",
        "details": {"api_name": missing, "json_path": f"$.data[0].{missing}"},
        "message": "required field not found",
        "status": "error",
    }


async def test_several_errors_come_as_one_element() -> None:
    element = only(await Desk().post("/Contacts", {"data": [{"Email": "x"}]}))
    assert element["code"] == "MULTIPLE_OR_MULTI_ERRORS"
    assert [error["code"] for error in element["details"]["errors"]] == ["INVALID_DATA", "MANDATORY_NOT_FOUND"]


async def test_a_batch_keeps_its_order_and_answers_207() -> None:
    reply = await Desk().post("/Contacts", {"data": [{"Last_Name": "A"}, {}, {"Last_Name": "C"}]})
    assert reply.status_code == 207
    assert [element["status"] for element in reply.json()["data"]] == ["success", "error", "success"]


async def test_more_than_a_hundred_records_are_refused() -> None:
    reply = await Desk().post("/Contacts", {"data": [{"Last_Name": "A"}] * 101})
    assert (reply.status_code, reply.json()["code"]) == (400, "LIMIT_EXCEEDED")
    assert reply.json()["details"] == {"maximum_length": 100, "api_name": "data"}


async def test_only_known_triggers() -> None:
    reply = await Desk().post("/Contacts", {"data": [{"Last_Name": "A"}], "trigger": ["workflow", "magic"]})
    assert (reply.status_code, reply.json()["details"]["api_name"]) == (400, "trigger")


async def test_unknown_keys_are_ignored_unless_strict() -> None:
    body = {"data": [{"Last_Name": "A", "Nonsense": 1}]}
    assert (await Desk().post("/Contacts", body)).status_code == 201
    assert (await Desk(strict=True).post("/Contacts", body)).status_code == 400


async def test_picklists_take_values_that_they_do_not_list() -> None:
    desk = Desk()
    id = await desk.add("Cases", Subject="A", Status="Parked", Case_Origin="Fax")
    assert desk.people.read("Cases")[id]["Status"] == "Parked"


async def test_get_one_shows_everything_and_a_deleted_one_is_204() -> None:
    desk = Desk()
    account = await desk.add("Accounts", Account_Name="Acme 😀")
    id = await desk.add(
        "Contacts", Last_Name="B", First_Name="A", Account_Name={"id": int(account)}, Tag=[{"name": "x"}]
    )
    record = (await desk.get(f"/Contacts/{id}")).json()["data"][0]
    assert record["Full_Name"] == "A B"
    assert record["Account_Name"] == {"name": "Acme 😀", "id": account}
    assert record["Owner"]["email"] == "user1@example.com"
    assert [tag["name"] for tag in record["Tag"]] == ["x"]
    assert record["Phone"] is None
    await desk.delete(f"/Contacts/{id}")
    gone = await desk.get(f"/Contacts/{id}")
    assert (gone.status_code, gone.content, gone.headers.get("content-type")) == (204, b"", None)


async def test_a_malformed_id_is_named_by_its_place() -> None:
    reply = await Desk().get("/Contacts/abc")
    assert reply.status_code == 400
    assert reply.json() == {
        "code": "INVALID_DATA",
        "details": {"resource_path_index": 1},
        "message": "the id given seems to be invalid",
        "status": "error",
    }


async def test_lines_of_an_order_come_with_get_one_alone() -> None:
    desk = Desk()
    lines = [{"Quantity": 2, "List_Price": 10.5}, {"Quantity": 1, "List_Price": 4}]
    id = await desk.add("Sales_Orders", Subject="S", Ordered_Items=lines)
    record = (await desk.get(f"/Sales_Orders/{id}")).json()["data"][0]
    first, second = record["Ordered_Items"]
    assert (record["Grand_Total"], first["Total"], record["$has_more"]) == (25.0, 21.0, {"Ordered_Items": False})
    listed = await desk.get("/Sales_Orders", fields="Subject,Ordered_Items")
    assert "Ordered_Items" not in listed.json()["data"][0]
    changes = [{"id": first["id"], "Quantity": 3}, {"id": second["id"], "_delete": None}]
    await desk.put(f"/Sales_Orders/{id}", {"data": [{"Ordered_Items": changes}]})
    assert desk.people.read("Sales_Orders")[id]["Grand_Total"] == 31.5


async def test_update_changes_named_fields_and_null_clears() -> None:
    desk = Desk()
    id = await desk.add("Contacts", Last_Name="A", Phone="1", Mobile="2")
    desk.clock.move(5)
    reply = await desk.put("/Contacts", {"data": [{"id": id, "Phone": None, "Title": ""}]})
    record = desk.people.read("Contacts")[id]
    assert (reply.status_code, only(reply)["message"]) == (200, "record updated")
    assert (record["Phone"], record["Mobile"], record["Title"]) == (None, "2", None)
    assert (record["Created_Time"], record["Modified_Time"]) == (desk.now(-5), desk.now())


async def test_system_fields_cannot_be_written() -> None:
    desk = Desk()
    id = await desk.add("Contacts", Last_Name="A", Modified_Time="2020-01-01T00:00:00+00:00", Full_Name="Other")
    assert desk.people.read("Contacts")[id]["Modified_Time"] == desk.now()
    assert desk.people.read("Contacts")[id]["Full_Name"] == "A"


async def test_update_of_an_unknown_or_missing_id() -> None:
    desk = Desk()
    reply = await desk.put("/Contacts", {"data": [{"id": "554023000000999999", "Phone": "1"}, {"Phone": "1"}]})
    unknown, missing = reply.json()["data"]
    assert reply.status_code == 400
    assert unknown["message"] == "the id given seems to be invalid"
    assert unknown["details"] == {"api_name": "id", "json_path": "$.data[0].id"}
    assert (missing["code"], missing["details"]["api_name"]) == ("MANDATORY_NOT_FOUND", "id")
    assert (await desk.put("/Contacts/554023000000999999", {"data": [{}]})).status_code == 400


async def test_a_reference_to_a_missing_record_names_its_field() -> None:
    reply = await Desk().post("/Contacts", {"data": [{"Last_Name": "A", "Account_Name": {"id": "554023000000999999"}}]})
    element = only(reply)
    assert (element["code"], element["details"]["api_name"]) == ("INVALID_DATA", "Account_Name")
    assert "id given seems to be invalid" in element["message"]


async def test_append_values_adds_to_a_multi_select() -> None:
    desk = Desk()
    name = desk.people.add_field("Contacts", "Interests", "multiselectpicklist", options=["a", "b"])
    id = await desk.add("Contacts", Last_Name="A", Interests=["a"])
    await desk.put("/Contacts", {"data": [{"id": id, "Interests": ["b"], "$append_values": {"Interests": True}}]})
    assert desk.people.read("Contacts")[id][name] == ["a", "b"]


def unmodified(desk: Desk, plus: int = 0) -> dict[str, str]:
    return {"If-Unmodified-Since": desk.now(plus)}


async def test_a_stale_update_is_412_and_writes_nothing() -> None:
    desk = Desk()
    id = await desk.add("Contacts", Last_Name="A")
    seen = unmodified(desk)
    desk.clock.move(1)
    desk.people.edit("Contacts", id, {"Last_Name": "B"})
    reply = await desk.put(f"/Contacts/{id}", {"data": [{"Last_Name": "C"}]}, seen)
    element = only(reply)
    assert (reply.status_code, element["code"]) == (412, "ALREADY_MODIFIED")
    assert element["message"] == "record updated time has already passed if-unmodified-since time"
    assert element["details"]["Modified_Time"] == desk.now()
    assert element["details"]["Modified_By"]["name"] == "Ana User 2"
    assert desk.people.read("Contacts")[id]["Last_Name"] == "B"


async def test_an_edit_within_the_same_second_passes() -> None:
    desk = Desk()
    id = await desk.add("Contacts", Last_Name="A")
    desk.clock.move(0.4)
    desk.people.edit("Contacts", id, {"Last_Name": "B"})
    assert (await desk.put(f"/Contacts/{id}", {"data": [{"Phone": "1"}]}, unmodified(desk))).status_code == 200


async def test_a_batch_with_one_stale_record_is_207() -> None:
    desk = Desk()
    one, two = await desk.add("Contacts", Last_Name="A"), await desk.add("Contacts", Last_Name="B")
    seen = unmodified(desk)
    desk.clock.move(1)
    desk.people.edit("Contacts", one, {"Last_Name": "C"})
    reply = await desk.put("/Contacts", {"data": [{"id": one, "Phone": "1"}, {"id": two, "Phone": "1"}]}, seen)
    assert (reply.status_code, [e["code"] for e in reply.json()["data"]]) == (207, ["ALREADY_MODIFIED", "SUCCESS"])


async def test_upsert_updates_what_it_finds_and_inserts_the_rest() -> None:
    desk = Desk()
    id = await desk.add("Contacts", Last_Name="A", Email="a@example.com")
    data = [{"Last_Name": "B", "Email": "A@example.com"}, {"Last_Name": "N", "Email": "n@example.com"}]
    reply = await desk.post("/Contacts/upsert", {"data": data, "duplicate_check_fields": ["Email"], "trigger": []})
    found, added = reply.json()["data"]
    assert reply.status_code == 200
    assert (found["action"], found["duplicate_field"], found["message"]) == ("update", "Email", "record updated")
    assert (added["action"], added["duplicate_field"], added["message"]) == ("insert", None, "record added")
    assert found["details"]["id"] == id


async def test_upsert_by_a_unique_field_switches_the_system_field_off() -> None:
    desk = Desk()
    desk.people.add_field("Contacts", "Kequn Id", "text", length=64, unique=True)
    await desk.add("Contacts", Last_Name="A", Email="a@example.com", Kequn_Id="1")
    body = {"data": [{"Last_Name": "B", "Email": "a@example.com", "Kequn_Id": "2"}]}
    reply = await desk.post("/Contacts/upsert", {**body, "duplicate_check_fields": ["Kequn_Id"]})
    assert only(reply)["action"] == "insert"
    again = await desk.post("/Contacts/upsert", {**body, "duplicate_check_fields": ["Kequn_Id"]})
    assert (only(again)["action"], only(again)["duplicate_field"]) == ("update", "Kequn_Id")


async def test_upsert_heeds_if_unmodified_since() -> None:
    desk = Desk()
    await desk.add("Contacts", Last_Name="A", Email="a@example.com")
    seen = unmodified(desk)
    desk.clock.move(2)
    desk.people.edit("Contacts", next(iter(desk.people.read("Contacts"))), {"Title": "x"})
    body = {"data": [{"Last_Name": "B", "Email": "a@example.com"}]}
    reply = await desk.ask("POST", "/Contacts/upsert", body, seen)
    assert (reply.status_code, only(reply)["code"]) == (412, "ALREADY_MODIFIED")


async def test_upsert_refuses_other_fields_and_modules() -> None:
    desk = Desk()
    reply = await desk.post("/Contacts/upsert", {"data": [{"Last_Name": "A"}], "duplicate_check_fields": ["Phone"]})
    assert (reply.status_code, reply.json()["code"]) == (400, "INVALID_DATA")
    assert (await desk.post("/Tasks/upsert", {"data": [{"Subject": "A"}]})).json()["code"] == "INVALID_MODULE"


async def test_a_unique_field_names_the_record_that_holds_the_value() -> None:
    desk = Desk()
    desk.people.add_field("Contacts", "Kequn Id", "text", unique=True)
    id = await desk.add("Contacts", Last_Name="A", Kequn_Id="K1")
    reply = await desk.post("/Contacts", {"data": [{"Last_Name": "B", "Kequn_Id": "k1"}]})
    element = only(reply)
    assert (reply.status_code, element["code"], element["message"]) == (400, "DUPLICATE_DATA", "duplicate data")
    assert element["details"]["duplicate_record"]["id"] == element["details"]["id"] == id
    assert element["details"]["json_path"] == "$.data[0].Kequn_Id"
    assert element["details"]["more_records"] is False


async def test_delete_answers_per_record_and_a_second_time_is_an_error() -> None:
    desk = Desk()
    one, two = await desk.add("Contacts", Last_Name="A"), await desk.add("Contacts", Last_Name="B")
    reply = await desk.delete("/Contacts", ids=one, wf_trigger="false")
    assert only(reply) == {"code": "SUCCESS", "details": {"id": one}, "message": "record deleted", "status": "success"}
    again = await desk.delete("/Contacts", ids=f"{one},{two}")
    assert again.status_code == 207
    assert again.json()["data"][0] == {
        "code": "INVALID_DATA",
        "details": {"id": one},
        "message": "record not deleted",
        "status": "error",
    }
    assert (await desk.delete("/Contacts")).json()["details"] == {"param_name": "ids"}


async def test_a_reference_to_a_deleted_record_reads_null_until_it_is_restored() -> None:
    desk = Desk()
    account = await desk.add("Accounts", Account_Name="Acme")
    id = await desk.add("Contacts", Last_Name="A", Account_Name={"id": account})
    desk.people.delete("Accounts", account)
    assert desk.people.read("Contacts")[id]["Account_Name"] is None
    desk.people.restore("Accounts", account)
    assert desk.people.read("Contacts")[id]["Account_Name"] == {"name": "Acme", "id": account}


@pytest.mark.parametrize("content", [b"", b"[1", b"[]"], ids=["empty", "cut", "list"])
async def test_a_body_that_is_no_object_cannot_be_parsed(content: bytes) -> None:
    desk = Desk()
    await desk.login()
    reply = await desk.http.post("/crm/v8/Contacts", content=content)
    assert (reply.status_code, reply.json()["code"]) == (400, "UNABLE_TO_PARSE_DATA_TYPE")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/Nonsense", 400, "INVALID_MODULE"),
        ("PATCH", "/Contacts", 400, "INVALID_REQUEST_METHOD"),
        ("GET", "/a/b/c/d", 404, "INVALID_URL_PATTERN"),
        ("GET", "/crm/v2/Contacts", 400, "API_NOT_SUPPORTED"),
    ],
)
async def test_wrong_addresses(method: str, path: str, status: int, code: str) -> None:
    reply = await Desk().ask(method, path, fields="id")
    assert (reply.status_code, reply.json()["code"]) == (status, code)
