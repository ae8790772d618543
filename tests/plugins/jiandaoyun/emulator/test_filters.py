"""The filter of lists: contract, section 3.2."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.plugins.jiandaoyun.emulator.desk import Desk, cond

pytestmark = pytest.mark.anyio

FIRST: dict[str, Any] = {
    "kq_id": "C-1", "name": "甲", "score": 4, "visited": "2024-11-20T03:00:00.000Z", "interests": ["茶", "书"],
    "phone": {"phone": "13800000001"}, "owner": "jdy-abc", "type": "个人",
}  # fmt: skip
SECOND: dict[str, Any] = {
    "kq_id": "C-2", "name": "乙", "score": 9, "visited": "2024-11-21T03:00:00.000Z", "interests": ["茶"],
    "phone": {"phone": "13900000002"}, "owner": "jdy-nanmu", "type": "组织",
}  # fmt: skip


async def filled(**knobs: Any) -> tuple[Desk, dict[str, str]]:
    """Two customers and one without anything; their ids by name."""
    desk = Desk(**knobs)
    ids = {}
    some: list[tuple[str, dict[str, Any]]] = [("first", FIRST), ("second", SECOND), ("empty", {})]
    for name, values in some:
        ids[(await desk.make(**values))["_id"]] = name
        desk.clock.move(86400)
    return desk, ids


BOTH = {"first", "second"}
CASES: list[tuple[dict[str, Any], set[str]]] = [
    (cond("kq_id", "text", "eq", "C-1"), {"first"}),
    (cond("kq_id", "text", "ne", "C-1"), {"second", "empty"}),
    (cond("kq_id", "text", "in", "C-1", "C-2", "C-3"), BOTH),
    (cond("kq_id", "text", "nin", "C-1"), {"second", "empty"}),
    (cond("kq_id", "text", "empty"), {"empty"}),
    (cond("kq_id", "text", "not_empty"), BOTH),
    (cond("type", "radiogroup", "eq", "个人"), {"first"}),
    (cond("score", "number", "eq", 4), {"first"}),
    (cond("score", "number", "gt", 4), {"second"}),
    (cond("score", "number", "lt", 9), {"first"}),
    (cond("score", "number", "range", 4, 9), BOTH),
    (cond("score", "number", "range", None, 4), {"first"}),
    (cond("score", "number", "eq", "4"), {*BOTH, "empty"}),  # a string on a number: overlooked
    (cond("visited", "datetime", "range", "2024-11-20", "2024-11-20"), {"first"}),
    (cond("visited", "datetime", "range", "2024-11-20T03:00:00.001Z", None), {"second"}),
    (cond("visited", "datetime", "eq", "2024-11-21"), {"second"}),
    (cond("visited", "datetime", "ne", "2024-11-21"), {"first", "empty"}),
    (cond("createTime", "datetime", "range", "2026-01-06", "2026-01-06"), {"second"}),
    (cond("interests", "combocheck", "in", "书"), {"first"}),
    (cond("interests", "combocheck", "all", "茶", "书"), {"first"}),
    (cond("interests", "combocheck", "empty"), {"empty"}),
    (cond("phone", "phone", "like", "1390"), {"second"}),
    (cond("phone", "phone", "verified"), set()),
    (cond("phone", "phone", "unverified"), {*BOTH, "empty"}),
    (cond("owner", "user", "eq", "jdy-abc"), {"first"}),
    (cond("owner", "user", "ne", "jdy-nobody"), {*BOTH, "empty"}),  # an unknown member: overlooked
    (cond("owner", "user", "ne", "jdy-abc"), {"second", "empty"}),
    (cond("creator", "user", "eq", "jdy-admin"), {*BOTH, "empty"}),
    (cond("address", "address", "empty"), {*BOTH, "empty"}),
]


@pytest.mark.parametrize(("condition", "wanted"), CASES)
async def test_which_rows_pass(condition: Mapping[str, Any], wanted: set[str]) -> None:
    desk, ids = await filled()
    assert {ids[row["_id"]] for row in await desk.found("customer", condition)} == wanted


async def test_records_are_found_by_their_ids() -> None:
    desk, ids = await filled()
    wanted = [id for id, name in ids.items() if name != "first"]
    found = await desk.found("customer", cond("data_id", "dataid", "in", *wanted))
    assert [row["_id"] for row in found] == wanted
    assert len(await desk.found("customer", cond("data_id", "dataid", "eq", wanted[0]))) == 1


async def test_conditions_are_joined_by_and_or_or() -> None:
    desk, _ = await filled()
    both = (cond("kq_id", "text", "eq", "C-1"), cond("score", "number", "eq", 9))
    assert await desk.found("customer", *both) == []
    assert len(await desk.found("customer", *both, rel="or")) == 2


async def test_an_overlooked_condition_leaves_the_others() -> None:
    desk, ids = await filled()
    both = (cond("score", "number", "eq", "9"), cond("kq_id", "text", "eq", "C-1"))
    assert {ids[row["_id"]] for row in await desk.found("customer", *both)} == {"first"}


@pytest.mark.parametrize(
    "wrong",
    [
        cond("kq_id", "text", "like", "C"),
        cond("score", "number", "in", 4),
        cond("interests", "combocheck", "eq", "茶"),
        cond("address", "address", "eq", "x"),
        cond("note", "textarea", "in", "x"),
        cond("nothing", "text", "eq", "x"),
        cond("kq_id", "text", "eq"),
        cond("visited", "datetime", "range", "soon", None),
        cond("data_id", "dataid", "in", "x"),
        cond("updateTime", "datetime", "range", "2024-11-20", None),
    ],
)
async def test_what_is_not_supported_is_4815(wrong: Mapping[str, Any]) -> None:
    assert await Desk().no_data("list", filter={"rel": "and", "cond": [wrong]}) == 4815


async def test_more_than_a_thousand_values_are_17017() -> None:
    wrong = cond("kq_id", "text", "in", *map(str, range(1001)))
    assert await Desk().no_data("list", filter={"rel": "and", "cond": [wrong]}) == 17017


@pytest.mark.parametrize(
    ("knob", "since", "wanted"),
    [
        ("exact", "2026-01-06T09:00:00.001Z", {"empty"}),
        ("exact", "2026-01-06T09:00:00.000Z", {"second", "empty"}),
        ("day", "2026-01-06T23:00:00+08:00", {"second", "empty"}),
        ("day", "2026-01-07T00:00:00+08:00", {"empty"}),
        ("ignored", "9999-01-01", {"first", "second", "empty"}),
    ],
)
async def test_a_filter_on_the_time_of_change(knob: str, since: str, wanted: set[str]) -> None:
    desk, ids = await filled(update_filter=knob)
    found = await desk.found("customer", cond("updateTime", "datetime", "range", since, None))
    assert {ids[row["_id"]] for row in found} == wanted


async def test_ranges_of_other_times_may_be_cut_to_days() -> None:
    desk, ids = await filled(ranges="day")
    found = await desk.found("customer", cond("visited", "datetime", "range", "2024-11-20T23:00:00+08:00", None))
    assert {ids[row["_id"]] for row in found} == BOTH
