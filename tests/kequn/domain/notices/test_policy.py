"""Laws of the contact policy: whoever is told things as it allows is never told too much, nor at night."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from kequn.domain.notices.policy import Policy, judge

START = datetime(2026, 1, 1, tzinfo=UTC)
HOURS = some.integers(0, 24)
POLICIES = some.builds(
    Policy, some.integers(0, 4), some.integers(1, 9), HOURS, HOURS, some.sampled_from(["Asia/Shanghai", "Europe/Paris"])
)
WISHES = some.lists(some.integers(0, 6 * 24 * 60), max_size=25)


def quiet(policy: Policy, moment: datetime) -> bool:
    """By counting the hours from the start of the night."""
    hours = (policy.quiet_until - policy.quiet_from) % 24
    since = (moment.astimezone(ZoneInfo(policy.zone)).hour - policy.quiet_from) % 24
    return since < hours


@settings(max_examples=60)
@given(POLICIES, WISHES)
def test_never_too_much_and_never_at_night(policy: Policy, wishes: list[int]) -> None:
    sent: list[datetime] = []
    for minutes in sorted(wishes):
        now = START + timedelta(minutes=minutes)
        verdict = judge(policy, now, sent, opted_out=False)
        if verdict.allowed:
            sent.append(now)
        elif verdict.again is not None:
            assert verdict.again > now
    for moment in sent:
        window = [one for one in sent if moment - timedelta(days=policy.days) < one <= moment]
        assert len(window) <= policy.most
        assert policy.quiet_from % 24 == policy.quiet_until % 24 or not quiet(policy, moment)


@settings(max_examples=60)
@given(POLICIES, WISHES)
def test_what_is_put_off_may_go_then(policy: Policy, wishes: list[int]) -> None:
    sent = [START + timedelta(minutes=minutes) for minutes in sorted(wishes)[: policy.most]]
    now = max(sent, default=START) + timedelta(minutes=1)
    verdict = judge(policy, now, sent, opted_out=False)
    if verdict.again is not None:
        assert judge(policy, verdict.again, sent, opted_out=False).allowed


@pytest.mark.parametrize("hour", [0, 12])
def test_who_opted_out_is_never_told(hour: int) -> None:
    verdict = judge(Policy(), START + timedelta(hours=hour), [], opted_out=True)
    assert (verdict.cause, verdict.again) == ("opted_out", None)
