"""People at the screens, the console, faults, seeds."""

from pathlib import Path

import orjson
import pytest

from kequn.contracts.emulator import EmulatorOptions
from kequn.testing.emulator.crowd import Crowd
from plugins.jiandaoyun.emulator import build
from plugins.jiandaoyun.emulator.designs import FORMS
from tests.plugins.jiandaoyun.emulator.desk import Desk, app

pytestmark = pytest.mark.anyio


def test_people_make_edit_and_delete() -> None:
    desk = Desk()
    id = desk.people.create("customer", {"name": "甲", "owner": "jdy-abc", "phone": {"phone": "13800000000"}})
    desk.people.edit("customer", id, {"name": "乙"})
    record = desk.people.read("customer")[id]
    assert (record["name"], record["owner"]["name"], record["updater"]["username"]) == ("乙", "小简", "jdy-abc")
    desk.people.delete("customer", id)
    assert desk.people.read("customer") == {}
    with pytest.raises(KeyError):
        desk.people.delete("customer", id)


@pytest.mark.parametrize("wrong", [{"nothing": 1}, {"score": "x"}, {"owner": "jdy-nobody"}])
def test_what_cannot_be_entered_is_a_value_error(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="customer"):
        Desk().people.create("customer", wrong)


def test_a_merge_is_made_by_hand() -> None:
    desk = Desk()
    winner, loser = (desk.people.create("customer", {"name": name}) for name in "甲乙")
    order = desk.people.create("purchase", {"customer_ref": loser})
    desk.people.merge("customer", winner, loser)
    assert list(desk.people.read("customer")) == [winner]
    assert desk.people.read("purchase")[order]["customer_ref"] == winner


def test_members_are_hired_and_leave() -> None:
    desk = Desk()
    desk.people.create("staff", {"username": "jdy-new", "name": "东二"})
    desk.people.edit("staff", "jdy-new", {"departments": [2]})
    desk.people.delete("staff", "jdy-new")
    shown = desk.people.read("staff")["jdy-new"]
    assert (shown["departments"], shown["status"]) == ([2], -1)


def test_an_alias_comes_and_goes() -> None:
    desk = Desk()
    id = desk.people.create("tier", {"name": "VIP"})
    desk.people.set_alias("tier", "name", "title")
    assert desk.people.read("tier")[id]["title"] == "VIP"
    desk.people.set_alias("tier", "title", None)
    assert desk.people.read("tier")[id]["_widget_1669106585319"] == "VIP"


async def test_the_console_does_what_people_do() -> None:
    desk = Desk()

    async def act(name: str, **given: object) -> object:
        return (await desk.http.post(f"/console/{name}", content=orjson.dumps(given))).json()["result"]

    id = await act("create", object="customer", fields={"name": "甲"})
    await act("edit", object="customer", id=id, fields={"name": "乙"})
    assert [row["name"] for row in (await desk.data("list"))["data"]] == ["乙"]
    await act("delete", object="customer", id=id)
    await act("restore", object="customer", id=id)
    await act("push", url="http://kequn.test/door", objects=["customer"])
    assert desk.form().pushes[0].url == "http://kequn.test/door"
    wrong = await desk.http.post("/console/edit", content=orjson.dumps({"object": "customer", "id": "x", "fields": {}}))
    assert wrong.status_code == 400


@pytest.mark.parametrize(
    ("fault", "code"), [("company_rate", 8303), ("call_rate", 8304), ("token_revoked", 17018), ("scope_missing", 17054)]
)
async def test_faults_of_any_call(fault: str, code: int) -> None:
    desk = Desk()
    desk.emulator.faults.script(fault)
    assert await desk.refused("app/list") == code
    assert desk.emulator.requests[-1].fault == fault


@pytest.mark.parametrize(
    ("fault", "code"),
    [("form_busy", 4012), ("queue_full", 9004), ("record_locked", 9007), ("submit_failed", 4000), ("quota_full", 7103)],
)
async def test_faults_of_writes_wait_for_a_write(fault: str, code: int) -> None:
    desk = Desk()
    desk.emulator.faults.script(fault)
    await desk.data("list")
    assert await desk.no_data("create", data={}) == code
    assert (await desk.make(name="甲"))["name"] == "甲"


async def test_a_revoked_key_stays_revoked() -> None:
    desk = Desk()
    desk.emulator.faults.script("token_revoked")
    assert [await desk.refused("app/list") for _ in range(2)] == [17018, 17018]


async def test_a_widget_vanishes_and_an_option_appears() -> None:
    desk = Desk()
    id = desk.people.create("customer", {"name": "甲"})
    before = len(desk.form().widgets)
    desk.emulator.faults.script("field_removed", "new_enum_value")
    await desk.ask("app/entry/widget/list", app("customer"))
    await desk.ask("app/entry/widget/list", app("customer"))
    assert len(desk.form().widgets) == before - 1
    assert desk.people.read("customer")[id]["type"] == "新选项"


def test_a_seed_makes_everything_in_proportion() -> None:
    people = Desk(records=60).people
    sizes = {key: len(people.read(key)) for key in FORMS if key != "membership"}
    assert sizes == {"customer": 60, "tier": 3, "group": 5, "feedback": 12, "purchase": 20, "interaction": 6}
    assert len(people.read("membership")) > 20


def test_a_third_of_the_customers_are_known_elsewhere() -> None:
    emails = {person.email for person in Crowd(1, 60).people}
    customers = Desk(records=60).people.read("customer").values()
    assert sum(customer["email"] in emails for customer in customers) == 20


def test_the_same_seed_makes_the_same_records() -> None:
    assert Desk(records=30).people.read("purchase") == Desk(records=30).people.read("purchase")


def test_seeded_references_lead_to_records() -> None:
    people = Desk(records=30).people
    customers, groups = people.read("customer"), people.read("group")
    for membership in people.read("membership").values():
        assert membership["customer_ref"] in customers
        assert membership["group_ref"] in groups


async def test_seeded_records_are_older_than_now() -> None:
    desk = Desk(records=30)
    time = (await desk.ask("app/entry/widget/list", app("customer")))["dataModifyTime"]
    assert time < "2026-01-05T08:59:00"
    ids = [row["_id"] for row in (await desk.data("list", limit=100))["data"]]
    assert ids == sorted(ids)
    assert len(ids) == 30


def test_it_loads_no_file() -> None:
    with pytest.raises(ValueError, match="loads no file"):
        build(EmulatorOptions(load=Path("x.csv")))


def test_one_box_of_an_address_is_typed_into_by_itself() -> None:
    desk = Desk()
    id = desk.people.create("customer", {"name": "甲", "address.city": "上海"})
    desk.people.edit("customer", id, {"address.detail": "一号"})
    record = desk.people.read("customer")[id]
    assert record["address"] == {"city": "上海", "detail": "一号"}
    assert (record["address.city"], record["address.district"]) == ("上海", None)
    with pytest.raises(ValueError, match="name"):
        desk.people.edit("customer", id, {"name.first": "x"})
