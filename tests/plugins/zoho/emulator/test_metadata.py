"""Modules, fields, picklists, users, the organisation, currencies (contract, sections 9 and 13)."""

from typing import Any

import pytest

from tests.plugins.zoho.emulator.desk import Desk

pytestmark = pytest.mark.anyio


async def fields(desk: Desk, module: str = "Contacts") -> dict[str, dict[str, Any]]:
    reply = await desk.get("/settings/fields", module=module)
    return {field["api_name"]: field for field in reply.json()["fields"]}


async def test_modules_of_the_contract_are_there() -> None:
    modules = (await Desk().get("/settings/modules")).json()["modules"]
    usable = {module["api_name"] for module in modules if module["api_supported"]}
    assert usable == {
        "Leads", "Contacts", "Accounts", "Deals", "Campaigns", "Cases", "Tasks", "Events", "Calls", "Products",
        "Sales_Orders", "Notes", "Benefit_Claims", "Survey_Answers",
    }  # fmt: skip
    assert (await Desk().get("/settings/modules/contacts")).json()["modules"][0]["singular_label"] == "Contact"


async def test_a_field_is_described() -> None:
    known = await fields(Desk())
    assert known["Last_Name"] == {
        **known["Last_Name"],
        "field_label": "Last Name",
        "data_type": "text",
        "json_type": "string",
        "length": 80,
        "custom_field": False,
        "system_mandatory": True,
        "read_only": False,
        "unique": {},
        "pick_list_values": [],
    }
    assert known["Account_Name"]["lookup"]["module"]["api_name"] == "Accounts"
    assert (known["Full_Name"]["read_only"], known["Tag"]["json_type"]) == (True, "jsonarray")


async def test_fields_need_a_module_that_exists() -> None:
    assert (await Desk().get("/settings/fields")).json()["code"] == "REQUIRED_PARAM_MISSING"
    assert (await Desk().get("/settings/fields", module="Nonsense")).json()["code"] == "INVALID_MODULE"


async def test_custom_fields_are_made() -> None:
    desk = Desk()
    wishes = [
        {"field_label": "Customer Tier", "data_type": "picklist", "pick_list_values": [
            {"display_value": "Gold", "actual_value": "Gold"}]},
        {"field_label": "Kequn Id", "data_type": "text", "length": 64, "unique": {"case_sensitive": False}},
        {"field_label": "会员等级", "data_type": "text"},
    ]  # fmt: skip
    reply = await desk.post("/settings/fields", {"fields": wishes}, module="Contacts")
    known = await fields(desk)
    assert reply.status_code == 201
    assert [element["message"] for element in reply.json()["fields"]] == ["field created"] * 3
    assert [option["display_value"] for option in known["Customer_Tier"]["pick_list_values"]] == ["-None-", "Gold"]
    assert (bool(known["Kequn_Id"]["unique"]), known["Kequn_Id"]["length"]) == (True, 64)
    assert (known["field1"]["field_label"], known["field1"]["custom_field"]) == ("会员等级", True)


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"data_type": "text"}, "MANDATORY_NOT_FOUND"),
        ({"field_label": "A"}, "MANDATORY_NOT_FOUND"),
        ({"field_label": "A", "data_type": "colour"}, "INVALID_DATA"),
        ({"field_label": "Last Name", "data_type": "text"}, "DUPLICATE_DATA"),
        ({"field_label": "C", "data_type": "text", "unique": {"case_sensitive": False}}, "LIMIT_EXCEEDED"),
    ],
)
async def test_custom_fields_that_are_refused(wish: dict[str, Any], code: str) -> None:
    desk = Desk()
    for label in ("U1", "U2"):
        desk.people.add_field("Contacts", label, "text", unique=True)
    reply = await desk.post("/settings/fields", {"fields": [wish]}, module="Contacts")
    assert (reply.status_code, reply.json()["fields"][0]["code"]) == (400, code)


async def test_an_edition_has_its_number_of_custom_fields() -> None:
    desk = Desk(edition="standard")
    for number in range(10):
        desk.people.add_field("Contacts", f"F{number}", "text")
    wish = {"field_label": "One more", "data_type": "text"}
    reply = await desk.post("/settings/fields", {"fields": [wish]}, module="Contacts")
    assert reply.json()["fields"][0]["code"] == "LIMIT_EXCEEDED"


async def test_options_can_be_added_renamed_and_removed() -> None:
    desk = Desk(records=5)
    tier = (await fields(desk))["Customer_Tier"]
    _, plain, vip, top = tier["pick_list_values"]
    changes = [
        {"id": plain["id"], "display_value": "Plain"},
        {"display_value": "Gold", "actual_value": "Gold"},
        {"id": top["id"], "display_value": top["display_value"], "_delete": None},
    ]
    body = {"fields": [{"pick_list_values": changes}]}
    reply = await desk.ask("PATCH", f"/settings/fields/{tier['id']}", body, module="Contacts")
    listed = await desk.get(f"/settings/fields/{tier['id']}/pick_list_values", module="Contacts")
    values = [option["display_value"] for option in listed.json()["pick_list_values"]]
    assert (reply.status_code, values) == (200, ["-None-", "Plain", vip["display_value"], "Gold"])


async def test_a_deleted_field_takes_its_values_along() -> None:
    desk = Desk()
    name = desk.people.add_field("Contacts", "Colour", "text")
    id = await desk.add("Contacts", Last_Name="A", Colour="red")
    field = (await fields(desk))[name]["id"]
    assert (await desk.delete(f"/settings/fields/{field}", module="Contacts")).status_code == 200
    desk.people.add_field("Contacts", "Colour", "text")
    assert desk.people.read("Contacts")[id]["Colour"] is None
    system = (await fields(desk))["Email"]["id"]
    assert (await desk.delete(f"/settings/fields/{system}", module="Contacts")).status_code == 400


async def test_users_by_type() -> None:
    desk = Desk()
    last = list(desk.emulator.org.users)[-1]
    desk.people.edit("Users", last, {"status": "inactive"})

    async def emails(kind: str) -> list[str]:
        reply = await desk.get("/users", type=kind)
        return [user["email"] for user in reply.json()["users"]]

    assert await emails("CurrentUser") == ["user1@example.com"]
    assert await emails("DeactiveUsers") == ["user5@example.com"]
    assert len(await emails("ActiveUsers")) == 4
    assert await emails("AdminUsers") == ["user1@example.com", "user2@example.com"]
    assert (await desk.get("/users", type="DeletedUsers")).status_code == 204
    assert (await desk.get("/users", type="Friends")).json()["code"] == "PATTERN_NOT_MATCHED"
    (user,) = (await desk.get(f"/users/{last}")).json()["users"]
    assert (user["status"], user["time_zone"]) == ("inactive", "Asia/Shanghai")


async def test_a_user_who_left_owns_nothing_new() -> None:
    desk = Desk()
    last = list(desk.emulator.org.users)[-1]
    desk.people.edit("Users", last, {"status": "inactive"})
    reply = await desk.post("/Contacts", {"data": [{"Last_Name": "A", "Owner": {"id": last}}]})
    assert reply.json()["data"][0]["details"]["api_name"] == "Owner"


async def test_the_organisation_and_its_currencies() -> None:
    desk = Desk()
    (organisation,) = (await desk.get("/org")).json()["org"]
    assert (organisation["mc_status"], organisation["license_details"]["paid_type"]) == (True, "enterprise")
    base, other = (await desk.get("/org/currencies")).json()["currencies"]
    assert (base["iso_code"], base["is_base"], base["exchange_rate"]) == ("CNY", True, "1.000000000")
    assert other["format"]["decimal_places"] == "2"


async def test_a_rate_is_said_anew_and_a_currency_added() -> None:
    desk = Desk()
    before = (await desk.get("/org/currencies")).json()["currencies"]
    desk.clock.move(60)
    desk.people.set_currency("USD", "0.125")
    desk.people.set_currency("EUR", "0.1")
    base, dollar, euro = (await desk.get("/org/currencies")).json()["currencies"]
    assert (base, dollar["id"], dollar["exchange_rate"]) == (before[0], before[1]["id"], "0.125000000")
    assert [one["modified_time"] for one in (base, dollar, euro)] == [before[0]["modified_time"], *[desk.now()] * 2]
    assert [one["is_base"] for one in (base, dollar, euro)] == [True, False, False]
    for code, rate in (("XXX", "1"), ("USD", "0"), ("USD", "much")):
        with pytest.raises(ValueError, match=code if rate != "much" else "much"):
            desk.people.set_currency(code, rate)


async def test_currencies_have_a_scope_of_their_own() -> None:
    for scope, status in (
        ("ZohoCRM.settings.currencies.READ", 200),
        ("ZohoCRM.settings.ALL", 200),
        ("ZohoCRM.org.READ", 401),
    ):
        assert (await Desk(scopes=[scope]).get("/org/currencies")).status_code == status


@pytest.mark.parametrize(
    ("knobs", "code"),
    [({"multi_currency": False}, "CURRENCIES_NOT_ENABLED"), ({"edition": "standard"}, "FEATURE_NOT_SUPPORTED")],
)
async def test_without_currencies(knobs: dict[str, Any], code: str) -> None:
    reply = await Desk(**knobs).get("/org/currencies")
    assert (reply.status_code, reply.json()["code"]) == (403, code)


async def test_currency_fields_exist_only_with_many_currencies() -> None:
    assert "Currency" in await fields(Desk(), "Deals")
    assert "Currency" not in await fields(Desk(multi_currency=False), "Deals")
