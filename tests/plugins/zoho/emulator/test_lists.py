"""Lists: fields, pages, tokens, If-Modified-Since, the deleted ones (contract, 5.1 and 5.9)."""

from typing import Any

import pytest

from tests.plugins.zoho.emulator.desk import Desk

pytestmark = pytest.mark.anyio

WALK: dict[str, Any] = {"fields": "Last_Name,Modified_Time", "sort_by": "Modified_Time", "sort_order": "asc"}


def names(reply: Any) -> list[str]:
    return [record["Last_Name"] for record in reply.json()["data"]]


async def filled(count: int, **knobs: Any) -> Desk:
    """Contacts 0, 1, 2, ... one second apart."""
    desk = Desk(**knobs)
    for number in range(count):
        desk.people.create("Contacts", {"Last_Name": str(number)})
        desk.clock.move(1)
    return desk


async def test_fields_must_be_named() -> None:
    reply = await Desk().get("/Contacts")
    assert reply.status_code == 400
    assert reply.json() == {
        "code": "REQUIRED_PARAM_MISSING",
        "details": {"param_name": "fields"},
        "message": "One of the expected parameter is missing",
        "status": "error",
    }


async def test_fifty_fields_at_most() -> None:
    desk = Desk()
    reply = await desk.get("/Contacts", fields=",".join(f"F{n}" for n in range(51)))
    assert reply.json()["details"] == {"limit": 50, "param_name": "fields"}
    assert (await desk.get("/Contacts", fields=",".join(f"F{n}" for n in range(50)))).status_code == 204


async def test_the_id_alone_is_refused() -> None:
    assert (await Desk().get("/Contacts", fields="id")).json()["details"] == {"param_name": "fields"}


async def test_nothing_there_is_204_without_a_body() -> None:
    reply = await Desk().get("/Contacts", fields="Last_Name")
    assert (reply.status_code, reply.content, reply.headers.get("content-type")) == (204, b"", None)


async def test_a_page_says_where_it_stands() -> None:
    desk = await filled(3)
    reply = await desk.get("/Contacts", **WALK, per_page=2)
    info = reply.json()["info"]
    token = info.pop("next_page_token")
    assert len(token) > 10
    assert info == {
        "call": False,
        "per_page": 2,
        "count": 2,
        "sort_by": "Modified_Time",
        "page": 1,
        "previous_page_token": None,
        "page_token_expiry": desk.now(86400),
        "sort_order": "asc",
        "email": False,
        "more_records": True,
    }
    last = (await desk.get("/Contacts", **WALK, per_page=2, page_token=token)).json()["info"]
    assert (last["next_page_token"], last["page_token_expiry"], last["more_records"]) == (None, None, False)


async def test_the_default_is_by_id_the_newest_first() -> None:
    desk = await filled(3)
    assert names(await desk.get("/Contacts", fields="Last_Name")) == ["2", "1", "0"]


async def test_a_record_edited_during_a_walk_moves_to_the_end_and_none_is_missed() -> None:
    desk = await filled(4)
    first = await desk.get("/Contacts", **WALK, per_page=2)
    desk.people.edit("Contacts", next(iter(desk.people.read("Contacts"))), {"Last_Name": "0 edited"})
    desk.people.delete("Contacts", list(desk.people.read("Contacts"))[1])
    token = first.json()["info"]["next_page_token"]
    assert names(await desk.get("/Contacts", **WALK, per_page=2, page_token=token)) == ["2", "3"]
    token = (await desk.get("/Contacts", **WALK, per_page=2, page_token=token)).json()["info"]["next_page_token"]
    assert names(await desk.get("/Contacts", **WALK, per_page=2, page_token=token)) == ["0 edited"]


async def test_pages_by_number_count_from_the_start() -> None:
    desk = await filled(3)
    assert names(await desk.get("/Contacts", **WALK, per_page=2, page=2)) == ["2"]
    assert (await desk.get("/Contacts", **WALK, per_page=2, page=9)).status_code == 204


async def test_pages_by_number_end_at_2000() -> None:
    reply = await Desk().get("/Contacts", fields="Last_Name", page=11)
    assert (reply.status_code, reply.json()["code"]) == (400, "DISCRETE_PAGINATION_LIMIT_EXCEEDED")
    assert reply.json()["details"] == {"limit": 2000}


async def test_walks_by_token_end_at_100_000() -> None:
    desk = Desk(records=300)
    token = (await desk.get("/Contacts", fields="Last_Name")).json()["info"]["next_page_token"]
    known = desk.emulator.org.bookmarks
    known[token] = type(known[token])(**{**vars(known[token]), "served": 100_000})
    reply = await desk.get("/Contacts", fields="Last_Name", page_token=token)
    assert reply.json()["code"] == "PAGINATION_LIMIT_EXCEEDED"


@pytest.mark.parametrize(
    "changes", [{"per_page": 3}, {"fields": "Last_Name"}, {"sort_order": "desc"}, {"ids": "554023000000000001"}]
)
async def test_a_token_is_bound_to_all_other_parameters(changes: dict[str, Any]) -> None:
    desk = await filled(3)
    token = (await desk.get("/Contacts", **WALK, per_page=2)).json()["info"]["next_page_token"]
    reply = await desk.get("/Contacts", **{**WALK, "per_page": 2, "page_token": token, **changes})
    assert reply.json()["code"] == "TOKEN_BOUND_DATA_MISMATCH"
    assert reply.json()["details"] == {"param_name": "page_token"}


async def test_a_token_is_bound_to_the_header_that_narrows_the_list() -> None:
    desk = await filled(3)
    since = {"If-Modified-Since": desk.now(-60)}
    token = (await desk.get("/Contacts", since, **WALK, per_page=2)).json()["info"]["next_page_token"]
    assert names(await desk.get("/Contacts", since, **WALK, per_page=2, page_token=token)) == ["2"]
    reply = await desk.get("/Contacts", **WALK, per_page=2, page_token=token)
    assert reply.json()["code"] == "TOKEN_BOUND_DATA_MISMATCH"


async def test_a_token_lives_a_day() -> None:
    desk = await filled(3)
    token = (await desk.get("/Contacts", **WALK, per_page=2)).json()["info"]["next_page_token"]
    desk.clock.move(86401)
    await desk.login()
    reply = await desk.get("/Contacts", **WALK, per_page=2, page_token=token)
    assert reply.json()["code"] == "EXPIRED_VALUE"
    assert reply.json()["details"] == {"api_name": "page_token", "json_path": "$.query.page_token"}


async def test_page_and_token_do_not_go_together() -> None:
    reply = await Desk().get("/Contacts", fields="Last_Name", page=1, page_token="x")
    assert reply.json()["code"] == "AMBIGUITY_DURING_PROCESSING"
    assert reply.json()["details"] == {"ambiguity_due_to": [{"param_name": "page"}, {"param_name": "page_token"}]}


async def test_only_three_fields_can_be_sorted_by() -> None:
    reply = await Desk().get("/Contacts", fields="Last_Name", sort_by="Email")
    assert reply.json()["details"] == {
        "param_name": "sort_by",
        "supported_values": ["id", "Created_Time", "Modified_Time"],
    }


@pytest.mark.parametrize("params", [{"per_page": 201}, {"per_page": 0}, {"page": "x"}, {"converted": "maybe"}])
async def test_parameters_out_of_range(params: dict[str, Any]) -> None:
    reply = await Desk().get("/Contacts", fields="Last_Name", **params)
    assert (reply.status_code, reply.json()["code"]) == (400, "PATTERN_NOT_MATCHED")


async def test_if_modified_since_includes_its_own_second() -> None:
    desk = await filled(3)
    since = {"If-Modified-Since": desk.now(-2)}
    assert names(await desk.get("/Contacts", since, **WALK)) == ["1", "2"]
    assert names(await desk.get("/Contacts", since, fields="Last_Name")) == ["2", "1"]


async def test_nothing_newer_is_304_without_a_body() -> None:
    desk = await filled(1)
    reply = await desk.get("/Contacts", {"If-Modified-Since": desk.now(5)}, **WALK)
    assert (reply.status_code, reply.content, reply.headers.get("content-type")) == (304, b"", None)


async def test_ids_pick_records_and_leave_out_the_deleted() -> None:
    desk = await filled(3)
    first, second, _ = desk.people.read("Contacts")
    desk.people.delete("Contacts", first)
    assert names(await desk.get("/Contacts", fields="Last_Name", ids=f"{first},{second}")) == ["1"]


async def test_converted_leads_hide() -> None:
    desk = Desk()
    id = await desk.add("Leads", Last_Name="A")
    table = desk.emulator.org.modules["Leads"].table
    table.put(id, {**table.rows[id], "Converted__s": True})
    assert (await desk.get("/Leads", fields="Last_Name")).status_code == 204
    assert names(await desk.get("/Leads", fields="Last_Name", converted="both")) == ["A"]


async def test_the_deleted_come_newest_first_with_who_and_when() -> None:
    desk = await filled(2)
    one, two = desk.people.read("Contacts")
    desk.people.delete("Contacts", one)
    desk.clock.move(3)
    await desk.delete(f"/Contacts/{two}")
    reply = await desk.get("/Contacts/deleted", type="all")
    newest, oldest = reply.json()["data"]
    users = desk.emulator.org.users
    assert newest == {
        "deleted_by": {"name": "Integration User 1", "id": next(iter(users))},
        "id": two,
        "display_name": "1",
        "type": "recycle",
        "created_by": {"name": "Ana User 2", "id": list(users)[1]},
        "deleted_time": desk.now(),
    }
    assert (oldest["id"], oldest["deleted_time"]) == (one, desk.now(-3))
    assert reply.json()["info"] == {"per_page": 200, "count": 2, "page": 1, "more_records": False}


async def test_the_deleted_can_be_narrowed_and_paged() -> None:
    desk = await filled(3)
    for id in list(desk.people.read("Contacts")):
        desk.people.delete("Contacts", id)
        desk.clock.move(10)
    newer = await desk.get("/Contacts/deleted", {"If-Modified-Since": desk.now(-20)})
    assert newer.json()["info"]["count"] == 2
    page = await desk.get("/Contacts/deleted", per_page=2, page=2)
    assert page.json()["info"] == {"per_page": 2, "count": 1, "page": 2, "more_records": False}
    assert (await desk.get("/Contacts/deleted", {"If-Modified-Since": desk.now(1)})).status_code == 204
    assert (await desk.get("/Contacts/deleted", type="gone")).json()["code"] == "PATTERN_NOT_MATCHED"


async def test_the_bin_forgets_after_sixty_days() -> None:
    desk = await filled(1)
    desk.people.delete("Contacts", next(iter(desk.people.read("Contacts"))))
    desk.clock.move(61 * 86400)
    await desk.login()
    assert (await desk.get("/Contacts/deleted")).status_code == 204


async def test_a_restored_record_leaves_the_bin_with_a_new_time() -> None:
    desk = await filled(1)
    (id,) = desk.people.read("Contacts")
    desk.people.delete("Contacts", id)
    desk.clock.move(9)
    desk.people.restore("Contacts", id)
    assert (await desk.get("/Contacts/deleted")).status_code == 204
    assert desk.people.read("Contacts")[id]["Modified_Time"] == desk.now()


async def test_a_merged_record_is_gone_for_good_and_leaves_its_things_to_the_winner() -> None:
    desk = await filled(0)
    winner = await desk.add("Contacts", Last_Name="W", Tag=[{"name": "a"}])
    loser = await desk.add("Contacts", Last_Name="L", Phone="7", Tag=[{"name": "b"}])
    case = await desk.add("Cases", Subject="S", Status="New", Case_Origin="Web", Related_To={"id": loser})
    call = await desk.add("Calls", Subject="C", Call_Type="Inbound", Call_Start_Time=desk.now(), Who_Id={"id": loser})
    desk.people.merge("Contacts", winner, loser)
    record = desk.people.read("Contacts")[winner]
    (gone,) = (await desk.get("/Contacts/deleted")).json()["data"]
    assert (record["Last_Name"], record["Phone"], [tag["name"] for tag in record["Tag"]]) == ("W", "7", ["a", "b"])
    assert desk.people.read("Cases")[case]["Related_To"]["id"] == winner
    assert desk.people.read("Calls")[call]["Who_Id"]["id"] == winner
    assert (gone["id"], gone["type"], gone["deleted_by"], gone["display_name"]) == (loser, "permanent", None, None)
    with pytest.raises(KeyError):
        desk.people.restore("Contacts", loser)


async def test_a_thousand_contacts_walk_whole() -> None:
    desk = Desk(records=1000)
    seen: list[str] = []
    params = dict(WALK)
    while True:
        reply = (await desk.get("/Contacts", **params)).json()
        seen += [record["id"] for record in reply["data"]]
        if not reply["info"]["more_records"]:
            break
        params["page_token"] = reply["info"]["next_page_token"]
    assert (len(seen), set(seen)) == (1000, set(desk.people.read("Contacts")))
