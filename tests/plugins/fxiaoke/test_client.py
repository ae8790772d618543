"""Requests: both logins, tokens, what is tried again and what is not, the pace, and what is told."""

from typing import Any

import pytest

from kequn.contracts.errors import BadSettings, BrokenReply, NeedsLogin, RetryLater
from plugins.fxiaoke.client import FxiaokeClient, Refused
from tests.plugins.fxiaoke.rig import Odd, Rig, opened

pytestmark = pytest.mark.anyio

QUERY = "/cgi/crm/v2/data/query"
CREATE = "/cgi/crm/v2/data/create"
ASKED = {"data": {"dataObjectApiName": "AccountObj", "search_query_info": {"limit": 1, "offset": 0}}}
NEW = {"data": {"object_data": {"dataObjectApiName": "AccountObj", "name": "Mill", "owner": ["FSUID_0001"]}}}


def client(rig: Rig) -> FxiaokeClient:
    found: FxiaokeClient = rig.crm._client
    return found


async def test_a_read() -> None:
    rig = Rig()
    answer = await client(rig).read(QUERY, ASKED)
    assert answer["data"]["dataList"] == []
    assert rig.purse.paid == 1


async def test_every_request_has_a_trace_of_its_own() -> None:
    rig = await opened(knobs={"trace_required": True})
    assert rig.paths().count("describe") == 6


async def test_the_newer_login_names_people_alike() -> None:
    rig = await opened(auth="bearer", employee_id="1000", records=3)
    records = (await rig.walk("AccountObj")).records
    assert {record.fields["owner"].id[:6] for record in records} == {"FSUID_"}  # type: ignore[union-attr]
    assert rig.tokens.token is not None
    assert rig.tokens.token.extra == {"ea": "kq001"}


async def test_the_acting_person_is_found_by_mobile_once() -> None:
    mobile = Rig().emulator.tenant.users["FSUID_0001"].mobile
    rig = await opened(current_open_user_id=None, mobile=mobile)
    assert await client(rig).user() == "FSUID_0001"
    rig.connect(current_open_user_id=None, mobile=mobile)
    await rig.crm.open()
    assert rig.paths().count("getByMobile") == 1


async def test_a_mobile_that_nobody_has() -> None:
    with pytest.raises(BadSettings, match="mobile"):
        await opened(current_open_user_id=None, mobile="13800000000")


async def test_a_mobile_that_fxiaoke_refuses_is_no_credential_problem() -> None:
    with pytest.raises(BadSettings, match="mobile"):
        await opened(current_open_user_id=None, mobile="13800000000", knobs={"unknown_mobile": 30027})


async def test_a_token_lives_6600_seconds_and_is_shared() -> None:
    rig = Rig()
    await client(rig).read(QUERY, ASKED)
    rig.connect()
    rig.later(6590)
    await client(rig).read(QUERY, ASKED)
    rig.later(20)
    await client(rig).read(QUERY, ASKED)
    assert rig.paths() == ["V2", "query", "query", "V2", "query"]


async def test_a_token_that_is_not_taken_is_renewed_once() -> None:
    rig = Rig()
    await client(rig).read(QUERY, ASKED)
    rig.trouble("token_expired")
    await client(rig).write(CREATE, NEW)
    assert rig.paths() == ["V2", "query", "create", "V2", "create"]
    assert len(rig.people.read("AccountObj")) == 1


async def test_a_code_that_was_taken_back_needs_a_login() -> None:
    rig = Rig()
    await client(rig).read(QUERY, ASKED)
    rig.trouble("token_revoked")
    with pytest.raises(NeedsLogin, match="permanent code"):
        await client(rig).read(QUERY, ASKED)


async def test_two_token_calls_are_six_seconds_apart() -> None:
    rig = Rig()
    for _ in range(12):
        rig.emulator.tokens.expire()
        await client(rig).read(QUERY, ASKED)
    assert rig.paths().count("V2") == 12  # and none of them was refused
    assert rig.clock.monotonic() >= 11 * 6


async def test_processes_share_the_six_seconds() -> None:
    rig = Rig()
    for _ in range(12):
        rig.emulator.tokens.expire()
        rig.restart()
        await client(rig).read(QUERY, ASKED)
    assert rig.paths().count("V2") == 12
    assert rig.clock.monotonic() >= 11 * 6


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"app_secret": "wrong"}, "app_secret"), ({"permanent_code": "wrong"}, "permanent code")],
)
async def test_wrong_credentials(settings: dict[str, Any], words: str) -> None:
    rig = Rig(**settings)
    with pytest.raises(NeedsLogin, match=words) as error:
        await rig.crm.open()
    assert "wrong" not in error.value.message.replace("is wrong", "")
    assert rig.paths() == ["V2"]


async def test_a_pack_that_was_not_bought_is_no_credential_problem() -> None:
    with pytest.raises(NeedsLogin, match="an Open API pack") as error:
        await opened(knobs={"pack": False})
    assert error.value.scope == "an Open API pack"


@pytest.mark.parametrize(
    "fault",
    ["busy", "system_error", "late_error", "throttled_in_200", "status_500", "html_502", "status_503", "truncated_json",
     "timeout_before_commit", "timeout_after_commit", "refused", "throttled"],
)  # fmt: skip
async def test_a_read_is_tried_again(fault: str) -> None:
    rig = Rig()
    await client(rig).read(QUERY, ASKED)
    rig.trouble(fault, fault)
    began = rig.clock.monotonic()
    assert (await client(rig).read(QUERY, ASKED))["errorCode"] == 0
    assert rig.clock.monotonic() > began


@pytest.mark.parametrize("fault", ["busy", "throttled_in_200", "throttled", "refused", "token_expired"])
async def test_a_write_that_surely_did_not_arrive_is_tried_again(fault: str) -> None:
    rig = Rig()
    await client(rig).read(QUERY, ASKED)
    rig.trouble(fault)
    await client(rig).write(CREATE, NEW)
    assert len(rig.people.read("AccountObj")) == 1


@pytest.mark.parametrize(
    ("fault", "made"),
    [("late_error", 1), ("timeout_after_commit", 1), ("truncated_json", 1), ("system_error", 0), ("status_500", 0),
     ("html_502", 0), ("timeout_before_commit", 0)],
)  # fmt: skip
async def test_a_write_that_may_have_arrived_is_not_tried_again(fault: str, made: int) -> None:
    rig = Rig()
    await client(rig).read(QUERY, ASKED)
    rig.trouble(fault)
    with pytest.raises((RetryLater, BrokenReply)) as error:
        await client(rig).write(CREATE, NEW)
    assert error.value.maybe_applied
    assert len(rig.people.read("AccountObj")) == made


async def test_giving_up_says_when_to_come_back() -> None:
    rig = Rig()
    rig.trouble(*["busy"] * 10)
    with pytest.raises(RetryLater) as error:
        await client(rig).read(QUERY, ASKED)
    assert error.value.wait_seconds >= 30


async def test_a_day_that_is_spent_lasts_until_midnight_in_shanghai() -> None:
    rig = Rig()  # 17:00 there
    rig.trouble("day_quota")
    with pytest.raises(RetryLater) as error:
        await client(rig).read(QUERY, ASKED)
    assert error.value.wait_seconds == 7 * 3600


async def test_no_more_than_the_pace_in_twenty_seconds() -> None:
    rig = Rig(calls_in_20_seconds=10)
    began = rig.clock.monotonic()
    for _ in range(35):
        await client(rig).read(QUERY, ASKED)
    assert rig.clock.monotonic() - began == 60
    await client(rig).read("/cgi/user/list", {"departmentId": 1000})
    assert rig.clock.monotonic() - began == 60


async def test_a_busy_day_never_meets_the_limit() -> None:
    rig = Rig()
    for _ in range(250):
        await client(rig).read(QUERY, ASKED)
    assert [event for event, _ in rig.log.seen] == []


async def test_a_refusal_tells_no_value_and_both_traces() -> None:
    rig = Rig()
    body = {"data": {"object_data": {"dataObjectApiName": "AccountObj", "name": "Mill of Somebody", "owner": []}}}
    with pytest.raises(Refused, match="必填字段负责人未填写") as error:
        await client(rig).write(CREATE, body)
    assert "Somebody" not in str(error.value)
    ((event, facts),) = rig.log.seen
    assert (event, facts["code"], facts["path"]) == ("fxiaoke.failed", 32000, CREATE)
    assert facts["theirs"].startswith("E-O.")
    assert facts["ours"]


async def test_a_redirect_is_not_followed() -> None:
    rig = Rig()
    await client(rig).read(QUERY, ASKED)
    rig.trouble(*["redirect"] * 9)
    with pytest.raises(Exception, match="elsewhere") as error:
        await client(rig).read(QUERY, ASKED)
    assert error.type.__name__ == "ForbiddenHost"
    assert rig.paths() == ["V2", "query", "query"]


@pytest.mark.parametrize("body", [b"[]", b'{"errorCode": "0"}', b"{}", b"null"])
async def test_json_that_is_no_answer(body: bytes) -> None:
    rig = Rig()
    rig.connect(far_end=Odd(body))
    with pytest.raises(BrokenReply, match="errorCode"):
        await client(rig).read(QUERY, ASKED)
