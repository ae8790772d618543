"""Widgets and their values, written and read: contract, section 4."""

from typing import Any

import pytest

from plugins.jiandaoyun.emulator.forms import Widget
from tests.plugins.jiandaoyun.emulator.desk import Desk, wrapped

pytestmark = pytest.mark.anyio

ADDRESS = {"province": "江苏省", "city": "无锡市", "district": "梁溪区", "detail": "一号"}
MEMBER = {"name": "小简", "username": "jdy-abc", "status": 1, "type": 0, "departments": [1, 3]}
HEAD = {"dept_no": 1, "name": "总部", "parent_no": None, "type": 0, "status": 1}
ID = "59e9a2fe283ffa7c11b1ddbf"

WRITTEN: list[tuple[str, Any, Any]] = [
    ("text", "abc", "abc"),
    ("textarea", "a\nb 🙏", "a\nb 🙏"),
    ("number", 12.5, 12.5),
    ("datetime", "2018-01-01T10:10:10.000Z", "2018-01-01T10:10:10.000Z"),
    ("datetime", "2018-01-01T10:10:10.5+08:00", "2018-01-01T02:10:10.500Z"),
    ("datetime", "2018-01-01T10:10:10", "2018-01-01T02:10:10.000Z"),
    ("datetime", "2018-01-01 10:10:10", "2018-01-01T02:10:10.000Z"),
    ("datetime", "2018-01-01", "2017-12-31T16:00:00.000Z"),
    ("datetime", 1514801410000, "2018-01-01T10:10:10.000Z"),
    ("radiogroup", "选项一", "选项一"),
    ("combo", "选项一", "选项一"),
    ("checkboxgroup", ["甲", "乙"], ["甲", "乙"]),
    ("combocheck", ["甲"], ["甲"]),
    ("user", "jdy-abc", MEMBER),
    ("usergroup", ["jdy-abc"], [MEMBER]),
    ("dept", 1, HEAD),
    ("deptgroup", [1], [HEAD]),
    ("address", ADDRESS, ADDRESS),
    ("location", {**ADDRESS, "lnglatXY": [120.31, 31.49]}, {**ADDRESS, "lnglatXY": [120.31, 31.49]}),
    ("phone", {"phone": "13800000000"}, {"phone": "13800000000", "verified": False}),
    ("lookup", ID, ID),
    ("lookup", {"id": ID}, None),
]


def one_widget(type: str, **knobs: Any) -> tuple[Desk, dict[str, str]]:
    desk = Desk(**knobs)
    return desk, desk.design(Widget("_widget_1", "一", type, "one"))


@pytest.mark.parametrize(("type", "written", "read"), WRITTEN)
async def test_what_is_written_is_read(type: str, written: Any, read: Any) -> None:
    desk, named = one_widget(type)
    assert (await desk.make(named, one=written))["one"] == read


@pytest.mark.parametrize("type", sorted({type for type, _, _ in WRITTEN}))
async def test_null_clears(type: str) -> None:
    desk, named = one_widget(type)
    written = next(value for other, value, _ in WRITTEN if other == type)
    made = await desk.make(named, one=written)
    after = await desk.data("update", named, data_id=made["_id"], data=wrapped({"one": None}))
    assert after["data"]["one"] in (None, [])


@pytest.mark.parametrize(
    ("type", "wrong", "code"),
    [
        *(("datetime", value, 3005) for value in (1514801410, 0, "", "2018/01/01", ["2018-01-01"], "soon")),
        ("number", "12", 3005),
        ("text", 12, 3005),
        ("checkboxgroup", "甲", 3005),
        ("address", {"street": "一号"}, 3005),
        ("phone", "13800000000", 3005),
        ("lookup", "no id", 3005),
        ("subform", "x", 3005),
        ("user", "jdy-nobody", 1010),
        ("dept", 99, 6000),
        ("image", ["no key"], 17027),
    ],
)
async def test_what_is_no_value_is_refused(type: str, wrong: Any, code: int) -> None:
    desk, named = one_widget(type)
    assert await desk.no_data("create", named, data=wrapped({"one": wrong})) == code


@pytest.mark.parametrize("type", ["sn", "linkdata", "signature", "richtext", "aggregation", "formula"])
async def test_what_the_api_does_not_write_is_ignored(type: str) -> None:
    desk, named = one_widget(type)
    assert (await desk.make(named, one="x"))["one"] in (None, "0001")


async def test_what_the_api_does_not_write_may_be_refused() -> None:
    desk, named = one_widget("linkdata", unwritable="refuse")
    assert await desk.no_data("create", named, data=wrapped({"one": "x"})) == 17032


async def test_people_write_rich_text() -> None:
    desk, _ = one_widget("richtext")
    text = {"html": "<p>a</p>", "attachments": []}
    id = desk.people.create("sample", {"one": text})
    assert desk.people.read("sample")[id]["one"] == text


@pytest.mark.parametrize(("choice", "read"), [("clear", None), ("keep", "2018-01-01T10:10:10.000Z")])
async def test_what_null_does_to_a_time(choice: str, read: str | None) -> None:
    desk, named = one_widget("datetime", datetime_null=choice)
    made = await desk.make(named, one="2018-01-01T10:10:10.000Z")
    after = await desk.data("update", named, data_id=made["_id"], data=wrapped({"one": None}))
    assert after["data"]["one"] == read


async def test_null_may_be_refused_for_a_time() -> None:
    desk, named = one_widget("datetime", datetime_null="error")
    made = await desk.make(named, one="2018-01-01T10:10:10.000Z")
    assert await desk.no_data("update", named, data_id=made["_id"], data=wrapped({"one": None})) == 3005


async def test_a_lookup_may_want_an_object() -> None:
    desk, named = one_widget("lookup", lookup_write="object")
    assert (await desk.make(named, one=ID))["one"] is None
    assert (await desk.make(named, one={"id": ID}))["one"] == ID


async def test_an_empty_text_may_be_read_as_such() -> None:
    desk, named = one_widget("text", empty_text="")
    assert (await desk.make(named))["one"] == ""


async def test_a_file_is_uploaded_and_shown() -> None:
    desk, named = one_widget("upload")
    transaction = "87cd7d71-c6df-4281-9927-469094395677"
    pairs = await desk.ask("app/entry/file/get_upload_token", {**named, "transaction_id": transaction})
    assert len(pairs["token_and_url_list"]) == 100
    pair = pairs["token_and_url_list"][0]
    sent = await desk.http.post(pair["url"], data={"token": pair["token"]}, files={"file": ("a.txt", b"hello")})
    made = await desk.make(named, one=[sent.json()["key"]])
    (shown,) = made["one"]
    assert (shown["name"], shown["size"], shown["mime"]) == ("a.txt", 5, "text/plain")
    assert (await desk.http.get(shown["url"])).content == b"hello"
    desk.clock.move(16 * 86400)
    assert (await desk.http.get(shown["url"])).status_code == 404


@pytest.mark.parametrize("wait", [0, 3601])
async def test_an_upload_with_a_used_or_old_token_is_a_579(wait: float) -> None:
    desk, named = one_widget("upload")
    pairs = await desk.ask("app/entry/file/get_upload_token", {**named, "transaction_id": "1"})
    pair = pairs["token_and_url_list"][0]
    first = await desk.http.post(pair["url"], data={"token": pair["token"]}, files={"file": ("a", b"1")})
    desk.clock.move(wait)
    again = await desk.http.post(pair["url"], data={"token": pair["token"]}, files={"file": ("a", b"1")})
    assert (first.status_code, again.status_code, again.json()["code"]) == (200, 579, 17027)
