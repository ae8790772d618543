"""Logging in: both conventions, what a token is worth and for how long, and the errors seen at the real gateway."""

import asyncio
from typing import Any

import pytest

from tests.plugins.fxiaoke.emulator.desk import PRESET, Desk

pytestmark = pytest.mark.anyio

LEGACY, BEARER = "/cgi/corpAccessToken/get/V2", "/oauth2.0/token"
ASKED = {"data": {"dataObjectApiName": "AccountObj", "search_query_info": {"limit": 1, "offset": 0}}}


async def test_a_legacy_token() -> None:
    answer = await Desk().token()
    assert {name: answer[name] for name in ("errorCode", "errorMessage", "expiresIn")} == {
        "errorCode": 0,
        "errorMessage": "success",
        "expiresIn": 7200,
    }
    assert answer["corpId"].startswith("FSCID_")
    assert answer["corpAccessToken"]


async def test_a_bearer_token_and_its_headers() -> None:
    desk = Desk()
    answer = await desk.token(f"{BEARER}?thirdTraceId=1", grantType="app_secret")
    assert answer["openUserId"].startswith("FSCID_")
    id = desk.people.create("AccountObj", {"name": "Mill"})
    headers = {"authorization": f"Bearer {answer['accessToken']}", "x-fs-ea": answer["ea"], "x-fs-userid": "1000"}
    asked: dict[str, Any] = {"data": {"dataObjectApiName": "AccountObj", "objectDataId": id}}
    plain = await desk.post(f"{PRESET}/get", asked, **headers)
    converted = await desk.post(f"{PRESET}/get", {**asked, "convertUserId": True}, **headers)
    assert (plain["data"]["owner"], converted["data"]["owner"]) == (["1001"], ["FSUID_0002"])


@pytest.mark.parametrize("path", [LEGACY, BEARER])
@pytest.mark.parametrize("secret", ["wrong", None])
async def test_a_bad_secret(path: str, secret: str | None) -> None:
    answer = await Desk().token(path, appSecret=secret)
    said = {name: answer[name] for name in ("errorCode", "errorMessage", "errorDescription")}
    assert said == {
        "errorCode": 10006,
        "errorMessage": "the parameter appSecret is missing or illegal",
        "errorDescription": "缺少参数或参数不合法",
    }
    assert ("error" in answer, "error_description" in answer) == (path == BEARER, path == BEARER)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"appId": "FSAID_0"}, 20006),
        ({"appId": ""}, 10001),
        ({"permanentCode": "x"}, 20015),
        ({"permanentCode": None}, 10012),
    ],
)
async def test_other_bad_credentials(changes: dict[str, Any], code: int) -> None:
    assert (await Desk().token(**changes))["errorCode"] == code


async def test_no_token() -> None:
    answer = await Desk().post(f"{PRESET}/query", ASKED)
    assert (answer["errorCode"], answer["errorMessage"]) == (20017, "corpAccessToken为必填项，不能为空")


@pytest.mark.parametrize("changes", [{"corpAccessToken": "ABC"}, {"corpId": "FSCID_0"}])
async def test_a_wrong_token(changes: dict[str, str]) -> None:
    desk = Desk()
    answer = await desk.post(f"{PRESET}/query", {**await desk.auth(), **changes, **ASKED})
    assert (answer["errorCode"], answer["errorMessage"]) == (
        20016,
        "the cropId,cropAccessToken or authorization is error",
    )


async def test_the_same_token_for_6600_seconds_then_a_new_one_beside_it() -> None:
    desk = Desk()
    first = (await desk.token())["corpAccessToken"]
    desk.clock.move(6599)
    again = await desk.token()
    assert (again["corpAccessToken"], again["expiresIn"]) == (first, 601)
    desk.clock.move(1)
    second = await desk.token()
    assert second["corpAccessToken"] != first
    assert second["expiresIn"] == 7200
    login = {"corpId": second["corpId"], "currentOpenUserId": "FSUID_0001"}
    assert (await desk.post(f"{PRESET}/query", {"corpAccessToken": first, **login, **ASKED}))["errorCode"] == 0
    desk.clock.move(600)
    assert (await desk.post(f"{PRESET}/query", {"corpAccessToken": first, **login, **ASKED}))["errorCode"] == 20016


async def test_ten_tokens_a_minute() -> None:
    desk = Desk()
    codes = [(await desk.token())["errorCode"] for _ in range(11)]
    assert codes == [0] * 10 + [14001]
    desk.clock.move(60)
    assert (await desk.token())["errorCode"] == 0


async def test_never_two_tokens_at_once() -> None:
    desk = Desk(latency=1.0)
    answers = await asyncio.gather(desk.token(), desk.token())
    assert sorted(answer["errorCode"] for answer in answers) == [0, 14001]


async def test_a_call_needs_somebody_who_acts() -> None:
    desk = Desk()
    login = {name: value for name, value in (await desk.auth()).items() if name != "currentOpenUserId"}
    assert (await desk.post(f"{PRESET}/query", {**login, **ASKED}))["errorCode"] == 10010
    assert (await desk.post(f"{PRESET}/query", {**login, "currentOpenUserId": "?", **ASKED}))["errorCode"] == 20012


async def test_a_path_that_does_not_exist() -> None:
    desk = Desk()
    answer = await desk.post("/cgi/crm/v2/data/nothing", {})
    assert (answer["errorCode"], answer["errorMessage"]) == (
        10006,
        "the request uri=[/cgi/crm/v2/data/nothing], apiName=[null] is not exists",
    )
    assert (await desk.http.get("/cgi/user/list")).json()["errorCode"] == 10006


async def test_a_trace_id_may_be_required() -> None:
    desk = Desk(trace_required=True)
    await desk.token("/cgi/corpAccessToken/get/V2?thirdTraceId=7")
    assert (await desk.token())["errorCode"] == 10006


@pytest.mark.parametrize(("content", "code"), [(b"", 12004), (b"{", 10006), (b"[]", 10006)])
async def test_a_body_that_is_none(content: bytes, code: int) -> None:
    reply = await Desk().http.post(LEGACY, content=content)
    assert (reply.status_code, reply.json()["errorCode"]) == (200, code)
