"""Faults of Fxiaoke's own, each on demand."""

import httpx
import pytest

from tests.plugins.fxiaoke.emulator.desk import Desk

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("busy", -1),
        ("system_error", -2),
        ("throttled_in_200", 30004),
        ("day_quota", 30002),
        ("no_pack", 30003),
        ("scope_missing", 20022),
        ("token_expired", 20016),
    ],
)
async def test_an_answer_with_a_code_and_nothing_done(name: str, code: int) -> None:
    desk = Desk()
    await desk.auth()
    desk.emulator.faults.script(name)
    assert (await desk.create("AccountObj", name="Mill"))["errorCode"] == code
    assert desk.people.read("AccountObj") == {}


async def test_a_late_error_comes_when_all_is_done() -> None:
    desk = Desk()
    await desk.auth()
    desk.emulator.faults.script("late_error")
    assert (await desk.create("AccountObj", name="Mill"))["errorCode"] == 50009
    assert len(desk.people.read("AccountObj")) == 1


async def test_an_answer_that_is_lost() -> None:
    desk = Desk()
    await desk.auth()
    desk.emulator.faults.script("timeout_after_commit")
    with pytest.raises(httpx.ReadTimeout):
        await desk.create("AccountObj", name="Mill")
    assert len(desk.people.read("AccountObj")) == 1


async def test_a_stale_read_shows_the_past() -> None:
    desk = Desk()
    id = await desk.add("AccountObj", name="Mill", fax="8")
    desk.clock.move(5)
    await desk.update("AccountObj", id, fax="9")
    desk.emulator.faults.script("stale_read", "stale_read")
    assert (await desk.get("AccountObj", id))["data"]["fax"] == "8"
    assert (await desk.query("AccountObj"))["data"]["dataList"][0]["fax"] == "8"
    assert (await desk.get("AccountObj", id))["data"]["fax"] == "9"


async def test_a_token_that_expires_is_replaced_by_the_next() -> None:
    desk = Desk()
    before = await desk.auth()
    desk.emulator.faults.script("token_expired")
    await desk.query("AccountObj")
    assert (await desk.query("AccountObj"))["errorCode"] == 20016
    desk.login = {}
    assert (await desk.auth())["corpAccessToken"] != before["corpAccessToken"]


async def test_a_code_that_is_revoked() -> None:
    desk = Desk()
    await desk.auth()
    desk.emulator.faults.script("token_revoked")
    assert (await desk.query("AccountObj"))["errorCode"] == 20016
    assert (await desk.token())["errorCode"] == 20015


async def test_a_create_without_an_id() -> None:
    desk = Desk()
    desk.emulator.faults.script("missing_data_id")
    assert "dataId" not in await desk.create("AccountObj", name="Mill")
    assert len(desk.people.read("AccountObj")) == 1


async def test_what_an_administrator_may_do_meanwhile() -> None:
    desk = Desk()
    id = await desk.add("AccountObj", name="Mill")
    desk.emulator.faults.script("new_enum_value")
    await desk.query("AccountObj")
    assert (await desk.get("AccountObj", id))["data"]["account_type__r"] == "New 3"
    desk.emulator.faults.script("field_removed", "record_locked")
    await desk.query("CasesObj")
    fields = (await desk.call("/cgi/crm/v2/object/describe", apiName="CasesObj"))["data"]["describe"]["fields"]
    assert not fields["kq_solution__c"]["is_active"]
    assert "锁定" in (await desk.update("AccountObj", id, fax="9"))["errorMessage"]


async def test_the_log_knows_writes() -> None:
    desk = Desk()
    id = await desk.add("AccountObj", name="Mill")
    await desk.query("AccountObj")
    await desk.act("AccountObj", "invalid", id)
    assert [request.write for request in desk.emulator.requests] == [False, True, False, True]
