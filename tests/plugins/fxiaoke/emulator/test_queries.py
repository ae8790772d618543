"""Queries: filters, orders, pages, and the documented way through many records."""

from typing import Any

import pytest

from tests.plugins.fxiaoke.emulator.desk import PRESET, Desk

pytestmark = pytest.mark.anyio

GROUP = "object_kqgroup__c"


async def test_a_query_as_the_contract_shows_it() -> None:
    desk = Desk()
    id = await desk.add("AccountObj", name="Mill", tel="1", fax="9")
    body = {
        **await desk.auth(), "includeNull": False, "returnTotalNum": 1,
        "data": {
            "dataObjectApiName": "AccountObj", "find_explicit_total_num": True,
            "search_query_info": {
                "limit": 100, "offset": 0,
                "filters": [
                    {"field_name": "last_modified_time", "field_values": [str(desk.now)], "operator": "GTE"}
                ],
                "orders": [{"fieldName": "_id", "isAsc": True}],
                "fieldProjection": ["_id", "name", "tel", "last_modified_time"],
            },
        },
    }  # fmt: skip
    answer = await desk.post(f"{PRESET}/query", body)
    row = {"_id": id, "name": "Mill", "tel": "1", "last_modified_time": desk.now}
    assert answer["data"] == {"dataList": [row], "total": 1, "offset": 0, "limit": 100}


@pytest.mark.parametrize(
    ("field", "operator", "values", "found"),
    [
        ("name", "EQ", ["b"], "b"),
        ("name", "N", ["b"], "acd"),
        ("fax", "N", ["5"], "acd"),
        ("fax", "GT", ["5"], "c"),
        ("fax", "GTE", [5], "bc"),
        ("fax", "LT", ["10"], "b"),
        ("fax", "LTE", ["10"], "bc"),
        ("fax", "IS", [], "ad"),
        ("fax", "ISN", [], "bc"),
        ("fax", "IN", ["5", "6"], "b"),
        ("fax", "NIN", ["5", "6"], "acd"),
        ("fax", "BETWEEN", ["5", "10"], "bc"),
        ("fax", "NBETWEEN", ["6", "11"], "abd"),
        ("remark", "LIKE", ["ou"], "a"),
        ("remark", "NLIKE", ["ou"], "bcd"),
        ("remark", "CONTAINS", ["r"], "a"),
        ("remark", "STARTWITH", ["fl"], "a"),
        ("remark", "ENDWITH", ["fl"], ""),
        ("owner", "EQ", ["FSUID_0002"], "d"),
        ("owner", "EQ", ["1001"], "d"),
        ("owner", "IN", ["FSUID_0002", "FSUID_0003"], "d"),
        ("owner", "HASANYOF", ["FSUID_0002"], "d"),
        ("owner", "NHASANYOF", ["FSUID_0002"], "abc"),
        ("is_deleted", "EQ", ["false"], "abcd"),
    ],
)
async def test_operators(field: str, operator: str, values: list[Any], found: str) -> None:
    desk = Desk()
    await desk.add("AccountObj", name="a", remark="flour")
    await desk.add("AccountObj", name="b", fax="5")
    await desk.add("AccountObj", name="c", fax="10")
    await desk.add("AccountObj", name="d", owner=["FSUID_0002"])
    rows = (await desk.query("AccountObj", (field, operator, values)))["data"]["dataList"]
    assert "".join(row["name"] for row in rows) == found


async def test_filters_are_combined() -> None:
    desk = Desk()
    ids = [await desk.add("AccountObj", name=name, fax=str(at)) for at, name in enumerate("aab")]
    assert await desk.ids("AccountObj", ("name", "EQ", ["a"]), ("fax", "GTE", ["1"])) == [ids[1]]
    assert await desk.ids("AccountObj", ("_id", "IN", ids[1:]), ("name", "EQ", ["a"])) == [ids[1]]


async def test_two_writes_within_one_millisecond_are_both_seen() -> None:
    desk = Desk()
    ids = [await desk.add("AccountObj", name=name) for name in "ab"]
    assert await desk.ids("AccountObj", ("last_modified_time", "GTE", [desk.now])) == ids


@pytest.mark.parametrize("info", [{"limit": 0}, {"limit": 101}, {"limit": "9"}])
async def test_a_limit_that_is_none(info: dict[str, Any]) -> None:
    assert (await Desk().query("AccountObj", **info))["errorCode"] == 10006


async def test_an_offset_too_far() -> None:
    answer = await Desk().query("AccountObj", offset=10001)
    assert (answer["errorCode"], answer["errorMessage"]) == (10013, "offset out of range 10000")
    assert (await Desk().query("AccountObj", offset=10000))["errorCode"] == 0


async def test_twenty_rows_unless_told() -> None:
    desk = Desk(records=30)
    data = {"dataObjectApiName": "AccountObj", "search_query_info": {"offset": 20}}
    answer = (await desk.call(f"{PRESET}/query", data=data))["data"]
    assert (len(answer["dataList"]), answer["total"], answer["offset"], answer["limit"]) == (10, 30, 20, 20)


async def test_a_container_with_another_name() -> None:
    data = {"dataObjectApiName": "AccountObj", "searchQueryInfo": {"limit": 1}}
    assert (await Desk().call(f"{PRESET}/query", data=data))["errorMessage"] == "searchQueryInfo is empty"


@pytest.mark.parametrize(
    "filter",
    [
        {"field_name": "nothing", "operator": "EQ", "field_values": ["1"]},
        {"field_name": "name", "operator": "eq", "field_values": ["1"]},
        {"field_name": "name", "operator": "EQ", "field_values": "1"},
        {"field_name": "name", "operator": "BETWEEN", "field_values": ["1"]},
        "name",
    ],
)
async def test_a_filter_that_is_none(filter: Any) -> None:
    assert (await Desk().query("AccountObj", filters=[filter]))["errorCode"] == 15002


@pytest.mark.parametrize("count", [0, 99, 100, 230])
async def test_deep_paging(count: int) -> None:
    desk = Desk(records=count)
    seen: list[str] = []
    while True:
        after = [("_id", "GT", [seen[-1]])] if seen else []
        page = await desk.ids("AccountObj", *after, orders=[{"fieldName": "_id", "isAsc": True}])
        seen += page
        if len(page) < 100:
            break
    assert seen == sorted(seen)
    assert set(seen) == set(desk.people.read("AccountObj"))


async def test_pages_without_a_total_are_the_same() -> None:
    desk = Desk(records=230)
    order = [{"fieldName": "_id", "isAsc": True}]
    with_total = await desk.query("AccountObj", orders=order, offset=100)
    info = {"limit": 100, "offset": 100, "orders": order}
    data = {"dataObjectApiName": "AccountObj", "find_explicit_total_num": False, "search_query_info": info}
    without = await desk.call(f"{PRESET}/query", data=data)
    assert with_total["data"]["dataList"] == without["data"]["dataList"]
    assert (with_total["data"]["total"], without["data"]["total"]) == (230, 0)


async def test_orders() -> None:
    desk = Desk()
    for name, fax in (("a", "2"), ("b", "1"), ("c", "2")):
        await desk.add("AccountObj", name=name, fax=fax)
    orders = [{"fieldName": "fax", "isAsc": False}, {"fieldName": "name", "isAsc": False}]
    rows = (await desk.query("AccountObj", orders=orders))["data"]["dataList"]
    assert [row["name"] for row in rows] == ["c", "a", "b"]


async def test_invalid_records_are_shown_when_they_are_asked_for() -> None:
    desk, open_desk = Desk(), Desk(invalid_visible=True)
    for one in (desk, open_desk):
        id = await one.add("AccountObj", name="a")
        await one.act("AccountObj", "invalid", id)
        assert await one.ids("AccountObj", ("life_status", "EQ", ["invalid"])) == [id]
    assert await desk.ids("AccountObj") == []
    assert len(await open_desk.ids("AccountObj")) == 1


async def test_custom_answers_may_have_their_list_at_the_top() -> None:
    desk = Desk(list_at_top=True)
    await desk.add(GROUP, name="beta")
    answer = await desk.query(GROUP)
    assert (len(answer["dataList"]), "data" in answer) == (1, False)
