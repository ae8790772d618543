"""Distances from UTC, against what knows zones."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kequn.store.zones import FIRST, LAST, offsets

ZONES = [ZoneInfo(name) for name in ("UTC", "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Pacific/Apia")]
between = st.datetimes(FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None), timezones=st.just(UTC))


@given(st.sampled_from(ZONES), between)
def test_at_any_moment(zone: ZoneInfo, moment: datetime) -> None:
    assert shown(zone, moment) == moment.astimezone(zone).utcoffset()


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_to_the_second(zone: ZoneInfo) -> None:
    for change in (until for until, _ in offsets(zone) if until):
        for moment in (change - timedelta(seconds=1), change):
            assert shown(zone, moment) == moment.astimezone(zone).utcoffset()


def shown(zone: ZoneInfo, moment: datetime) -> timedelta:
    return timedelta(seconds=next(far for until, far in offsets(zone) if until is None or moment < until))
