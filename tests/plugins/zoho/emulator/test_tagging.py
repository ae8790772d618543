"""Tags (contract, section 10): a namespace per module, limits, putting them on records and taking them off."""

import pytest

from tests.plugins.zoho.emulator.desk import Desk

pytestmark = pytest.mark.anyio


def tags(desk: Desk, id: str, module: str = "Contacts") -> list[str]:
    return [tag["name"] for tag in desk.people.read(module)[id]["Tag"]]


async def test_a_tag_belongs_to_one_module() -> None:
    desk = Desk()
    made = await desk.post("/settings/tags", {"tags": [{"name": "vip", "color_code": "#F48435"}]}, module="Contacts")
    (element,) = made.json()["tags"]
    assert (made.status_code, element["message"]) == (201, "tags created successfully")
    assert element["details"]["color_code"] == "#F48435"
    listed = (await desk.get("/settings/tags", module="Contacts")).json()
    assert [tag["name"] for tag in listed["tags"]] == ["vip"]
    assert listed["info"] == {"count": 1, "allowed_count": 100}
    assert (await desk.get("/settings/tags", module="Leads")).json()["tags"] == []


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ({"name": "vip"}, "DUPLICATE_DATA"),
        ({"name": "a" * 26}, "INVALID_DATA"),
        ({"name": "a,b"}, "INVALID_DATA"),
        ({"name": "<b>"}, "INVALID_DATA"),
        ({"name": "好😀"}, "INVALID_DATA"),
        ({"name": "x", "color_code": "#000000"}, "MAPPING_MISMATCH"),
        ({"name": "third"}, "LIMIT_EXCEEDED"),
    ],
)
async def test_tags_that_are_refused(tag: dict[str, str], code: str) -> None:
    desk = Desk(tag_limit=2)
    await desk.post("/settings/tags", {"tags": [{"name": "vip"}, {"name": "other"}]}, module="Contacts")
    reply = await desk.post("/settings/tags", {"tags": [tag]}, module="Contacts")
    assert (reply.status_code, reply.json()["tags"][0]["code"]) == (400, code)


async def test_adding_makes_unknown_tags_and_keeps_the_time() -> None:
    desk = Desk()
    one, two = await desk.add("Contacts", Last_Name="A"), await desk.add("Contacts", Last_Name="B")
    before = desk.people.read("Contacts")[one]["Modified_Time"]
    desk.clock.move(9)
    body = {"tags": [{"name": "vip"}], "ids": [one, int(two)], "over_write": False}
    reply = await desk.post("/Contacts/actions/add_tags", body)
    answer = reply.json()
    assert (answer["success_count"], answer["locked_count"]) == ("2", "0")
    (tag,) = desk.emulator.org.modules["Contacts"].tags
    assert answer["data"][0] == {
        "code": "SUCCESS",
        "details": {"id": one, "tags": [{"name": "vip", "id": tag, "color_code": None}]},
        "message": "tags updated successfully",
        "status": "success",
    }
    assert desk.people.read("Contacts")[one]["Modified_Time"] == before


async def test_a_knob_makes_tagging_an_edit() -> None:
    desk = Desk(tag_bumps_time=True)
    id = await desk.add("Contacts", Last_Name="A")
    desk.clock.move(9)
    await desk.post(f"/Contacts/{id}/actions/add_tags", {"tags": [{"name": "vip"}]})
    assert desk.people.read("Contacts")[id]["Modified_Time"] == desk.now()


async def test_overwriting_and_removing() -> None:
    desk = Desk()
    id = await desk.add("Contacts", Last_Name="A", Tag=[{"name": "a"}, {"name": "b"}])
    await desk.post(f"/Contacts/{id}/actions/add_tags", {"tags": [{"name": "c"}]})
    assert tags(desk, id) == ["a", "b", "c"]
    await desk.post(
        "/Contacts/actions/add_tags", {"tags": [{"name": "b"}, {"name": "d"}], "ids": [id], "over_write": True}
    )
    assert tags(desk, id) == ["b", "d"]
    reply = await desk.post(f"/Contacts/{id}/actions/remove_tags", {"tags": [{"name": "b"}, {"name": "never"}]})
    assert [tag["name"] for tag in reply.json()["data"][0]["details"]["tags"]] == ["d"]


async def test_ten_tags_at_most_on_a_record() -> None:
    desk = Desk()
    id = await desk.add("Contacts", Last_Name="A", Tag=[{"name": f"t{n}"} for n in range(10)])
    reply = await desk.post(
        "/Contacts/actions/add_tags", {"tags": [{"name": "more"}], "ids": [id, "554023000000999999"]}
    )
    full, unknown = reply.json()["data"]
    assert (reply.status_code, full["code"], unknown["code"]) == (400, "LIMIT_EXCEEDED", "INVALID_DATA")
    assert len(tags(desk, id)) == 10


async def test_renaming_and_deleting_reach_every_record() -> None:
    desk = Desk()
    id = await desk.add("Contacts", Last_Name="A", Tag=[{"name": "a"}, {"name": "b"}])
    first, second = desk.emulator.org.modules["Contacts"].tags
    renamed = await desk.put(f"/settings/tags/{first}", {"tags": [{"name": "A+"}]}, module="Contacts")
    assert renamed.json()["tags"][0]["message"] == "tags updated successfully"
    assert (await desk.get(f"/settings/tags/{first}/actions/records_count", module="Contacts")).json() == {"count": "1"}
    gone = await desk.delete(f"/settings/tags/{second}")
    assert gone.json() == {
        "tags": {
            "code": "SUCCESS",
            "details": {"id": second},
            "message": "tags deleted successfully",
            "status": "success",
        }
    }
    assert tags(desk, id) == ["A+"]


async def test_merging_moves_records_to_the_other_tag() -> None:
    desk = Desk()
    id = await desk.add("Contacts", Last_Name="A", Tag=[{"name": "a"}])
    other = await desk.add("Contacts", Last_Name="B", Tag=[{"name": "b"}])
    first, second = desk.emulator.org.modules["Contacts"].tags
    reply = await desk.post(f"/settings/tags/{first}/actions/merge", {"tags": [{"conflict_id": second}]})
    assert (reply.status_code, tags(desk, id), tags(desk, other)) == (200, ["b"], ["b"])
