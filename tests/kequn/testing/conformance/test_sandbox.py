"""The kit on a live CRM: here an emulator in this process plays one that others use."""

from collections.abc import Mapping

import pytest

from kequn.clock import ManualClock, SeededRandom
from kequn.contracts.emulator import Emulator, EmulatorOptions
from kequn.contracts.errors import NeedsLogin
from kequn.testing.conformance import CASES, Level, Result, Subject, check
from kequn.testing.conformance.crowd import DEPENDENT
from kequn.testing.conformance.sandbox import LIVE, is_live, scratch
from kequn.testing.emulator import EmulatorTransport

pytestmark = pytest.mark.anyio

TAG = "kqtest01"


def content(emulator: Emulator) -> Mapping[str, set[str]]:
    """Of what stands by itself: a deal of Zoho that is not won is shown to nobody, and cannot be taken away."""
    own = [form for form in emulator.forms if form.kind not in DEPENDENT]
    return {form.object: set(emulator.people.read(form.object)) for form in own}


@pytest.mark.parametrize("plugin", ["plugins.zoho", "plugins.fxiaoke", "plugins.jiandaoyun"])
async def test_the_live_cases_pass_and_leave_nothing_behind(plugin: str) -> None:
    right, clock = Subject.of(plugin), ManualClock()
    emulator = right.emulator.build(EmulatorOptions(clock, SeededRandom(1), 1, 20))
    settings, transport = emulator.settings("https://crm.test"), EmulatorTransport(emulator.app)
    before = content(emulator)
    with scratch(right.crm, right.module, settings, clock, TAG, transport=transport) as (subject, hands):
        verdict = await check(subject, Level.WRITE, only=LIVE)
        made = sum(len(records) for records in content(emulator).values())
        assert made > 100
        assert hands.take_away() == []
    assert [(one.case.id, one.note) for one in verdict.of(Result.FAILED)] == []
    assert {one.case.id for one in verdict.outcomes} == {case.id for case in CASES if is_live(case)}
    assert content(emulator) == before


def test_credentials_that_do_not_do_are_told() -> None:
    right, clock = Subject.of("plugins.zoho"), ManualClock()
    emulator = right.emulator.build(EmulatorOptions(clock, SeededRandom(1), 1, 0))
    settings = {**emulator.settings("https://crm.test"), "client_secret": "wrong"}
    there = EmulatorTransport(emulator.app)
    with pytest.raises(NeedsLogin), scratch(right.crm, right.module, settings, clock, TAG, transport=there):
        pass
    assert [seen.write for seen in emulator.requests] == [False]
