"""How often the API may be called."""

import pytest

from tests.plugins.fxiaoke.emulator.desk import Desk

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("code", [30004, 14001])
async def test_a_hundred_calls_of_a_path_in_twenty_seconds(code: int) -> None:
    desk = Desk(rate_code=code)
    codes = [(await desk.query("AccountObj"))["errorCode"] for _ in range(101)]
    assert codes == [0] * 100 + [code]
    assert (await desk.call("/cgi/department/list"))["errorCode"] == 0
    desk.clock.move(20)
    assert (await desk.query("AccountObj"))["errorCode"] == 0


async def test_the_day_has_a_quota_and_ends_at_midnight() -> None:
    desk = Desk(day_quota=3)  # 17:00 in Shanghai
    assert [(await desk.query("AccountObj"))["errorCode"] for _ in range(4)] == [0, 0, 0, 30002]
    desk.clock.move(7 * 3600 - 1)
    desk.login = {}
    assert (await desk.query("AccountObj"))["errorCode"] == 30002
    desk.clock.move(1)
    assert (await desk.query("AccountObj"))["errorCode"] == 0


async def test_without_a_pack_nothing_goes() -> None:
    assert (await Desk(pack=False).query("AccountObj"))["errorCode"] == 30003


def test_a_knob_that_does_not_exist() -> None:
    with pytest.raises(ValueError, match="unknown knobs: speed; known: clock_skew"):
        Desk(speed=3)
    with pytest.raises(ValueError, match="event_key"):
        Desk(event_key="short")
    with pytest.raises(ValueError, match="rate_code"):
        Desk(rate_code=1)
