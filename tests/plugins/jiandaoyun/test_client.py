"""The client: what answers mean, what is repeated, how fast it goes, what it never says."""

from typing import Any

import httpx
import orjson
import pytest

from kequn.contracts.errors import BrokenReply, CrmError, NeedsLogin, NotThere, RetryLater
from kequn.contracts.records import Kind
from plugins.jiandaoyun.client import Refused
from plugins.jiandaoyun.client.replies import read_reply
from tests.plugins.jiandaoyun.rig import Rig, opened

pytestmark = pytest.mark.anyio


def reply(status: int, body: Any = None, headers: dict[str, str] | None = None, raw: bytes = b"") -> httpx.Response:
    content = orjson.dumps(body) if body is not None else raw
    return httpx.Response(status, content=content, headers=headers, request=httpx.Request("POST", "http://jdy.test/x"))


def read(response: httpx.Response, *, write: bool = False) -> Any:
    return read_reply(response, call="app/entry/data/list", write=write)


def error_of(response: httpx.Response, *, write: bool = False) -> CrmError:
    with pytest.raises(CrmError) as caught:
        read(response, write=write)
    return caught.value


def test_a_success_is_its_body() -> None:
    assert read(reply(200, {"data": []})) == {"data": []}
    assert read(reply(200)) == {}  # a success may be empty


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        *((code, RetryLater) for code in (8303, 8304, 4012, 9004, 9007, 7103, 7206, 7212, 7221)),
        *((code, NeedsLogin) for code in (8017, 8301, 8302, 17018, 17052, 17053, 17054)),
        (4001, NotThere),
        *((code, Refused) for code in (1, 1010, 2004, 3000, 3001, 3005, 3041, 4000, 4042, 4402, 4815, 6000, 17017)),
        *((code, Refused) for code in (17023, 17024, 17025, 17026, 17027, 17032, 17033, 17034, 30002, 50001)),
    ],
)
@pytest.mark.parametrize("status", [400, 200])
def test_what_a_code_means(code: int, kind: type[CrmError], status: int) -> None:
    error = error_of(reply(status, {"code": code, "msg": "说明"}), write=True)
    assert type(error) is kind
    assert not error.maybe_applied
    assert "说明" not in error.message


def test_a_missing_right_is_named() -> None:
    error = error_of(reply(400, {"code": 17054, "msg": ""}))
    assert isinstance(error, NeedsLogin)
    assert error.scope == "app/entry/data/list"
    assert "app/entry/data/list" in error.message


def test_a_used_up_quota_waits_long() -> None:
    error = error_of(reply(400, {"code": 7103, "msg": ""}))
    assert isinstance(error, RetryLater)
    assert error.wait_seconds >= 3600


@pytest.mark.parametrize("write", [True, False])
def test_a_gateway_that_fails_may_have_let_a_write_through(write: bool) -> None:
    for status in (500, 502, 503):
        error = error_of(reply(status, raw=b"<html>"), write=write)
        assert isinstance(error, RetryLater)
        assert error.maybe_applied is write


def test_too_many_at_once_were_not_carried_out() -> None:
    asked = error_of(reply(429, {"code": 1, "msg": ""}, {"retry-after": "7"}), write=True)
    assert isinstance(asked, RetryLater)
    assert (asked.wait_seconds, asked.maybe_applied) == (7.0, False)
    assert isinstance(error_of(reply(429, raw=b"<html>")), RetryLater)


@pytest.mark.parametrize("raw", [b"{", b"[]", b"<html></html>"])
def test_what_is_no_object_is_a_broken_reply(raw: bytes) -> None:
    error = error_of(reply(200, raw=raw), write=True)
    assert isinstance(error, BrokenReply)
    assert error.maybe_applied


def test_a_401_without_a_code_needs_a_login() -> None:
    assert isinstance(error_of(reply(401, raw=b"no")), NeedsLogin)
    assert isinstance(error_of(reply(401, {"message": "no"})), NeedsLogin)


def test_another_status_without_a_code_is_broken() -> None:
    assert isinstance(error_of(reply(404, {"detail": 1})), BrokenReply)


async def test_calls_go_at_the_agreed_pace() -> None:
    rig = await opened(rate=4)
    began = rig.clock.monotonic()
    for _ in range(8):
        await rig.crm.fetch("tier", ["5" * 24])
    # each fetch asks for a list, and for the record alone
    assert rig.clock.monotonic() - began == pytest.approx(16 / 4, abs=0.3)
    assert rig.purse.paid == len(rig.emulator.requests)


async def test_batch_calls_go_slower() -> None:
    rig = await opened(rate=100, batch_rate=1)
    began = rig.clock.monotonic()
    for number in range(3):
        await rig.created(Kind.GROUP, f"grp_{number}", name=f"{number}")
    assert 2.0 <= rig.clock.monotonic() - began < 2.5


async def test_the_emulators_limits_are_never_met() -> None:
    rig = await opened(records=150)
    for _ in range(3):
        for feed in rig.crm.feeds():
            await rig.walk(feed.name)
    assert {seen.status for seen in rig.emulator.requests} == {200}


@pytest.mark.parametrize("fault", ["company_rate", "call_rate", "throttled", "status_503", "truncated_json", "refused"])
async def test_a_read_is_repeated(fault: str) -> None:
    rig = await opened(records=3)
    rig.faults.script(fault)
    assert len((await rig.walk("tier")).records) == 3


async def test_a_host_that_stays_away_is_told() -> None:
    rig = Rig()
    rig.faults.script(*["refused"] * 9)
    with pytest.raises(RetryLater) as caught:
        await rig.crm.open()
    assert caught.value.wait_seconds >= 30
    assert rig.clock.monotonic() < 30


@pytest.mark.parametrize(("knobs", "words"), [({}, "17018"), ({"key_status": 401}, "17018")])
async def test_a_wrong_key_needs_a_login_and_is_not_shown(knobs: dict[str, Any], words: str) -> None:
    rig = Rig(knobs=knobs)
    rig.connect(api_key="k-very-secret")
    with pytest.raises(NeedsLogin) as caught:
        await rig.crm.open()
    assert words in caught.value.message
    assert len(rig.emulator.requests) == 1
    assert "k-very-secret" not in f"{caught.value!r} {rig.crm!r} {rig.log.seen} {vars(rig.crm)}"
