"""The kit on a live CRM: here an emulator in this process plays one that others use."""

from collections.abc import Mapping

import pytest

from kequn.clock import ManualClock, SeededRandom
from kequn.contracts.emulator import Emulator, EmulatorOptions, Telling
from kequn.contracts.errors import NeedsLogin
from kequn.testing.conformance import CASES, Level, Result, Subject, check
from kequn.testing.conformance.sandbox import LIVE, is_live, scratch
from kequn.testing.emulator import EmulatorTransport

pytestmark = pytest.mark.anyio

TAG = "kqtest01"
TOLD = {
    "ZohoEmulator": {"Benefit_Claims", "Survey_Answers"},
    "FxiaokeEmulator": {"object_kqclaim__c", "object_kqanswer__c"},
    "JiandaoyunEmulator": {"benefit_claim", "survey_answer"},
}


def content(emulator: Emulator) -> Mapping[str, set[str]]:
    """Of what people fill in, and of what they leave to kequn; whether or not a connection is shown it."""
    objects = {form.object for form in emulator.forms} | TOLD[type(emulator).__name__]
    return {object: set(emulator.people.read(object)) for object in objects}


@pytest.mark.parametrize("plugin", ["plugins.zoho", "plugins.fxiaoke", "plugins.jiandaoyun"])
async def test_the_live_cases_pass_and_leave_nothing_behind(plugin: str) -> None:
    right, clock = Subject.of(plugin), ManualClock()
    emulator = right.emulator.build(EmulatorOptions(clock, SeededRandom(1), 1, 20))
    assert isinstance(emulator, Telling)
    settings, transport = emulator.telling("https://crm.test"), EmulatorTransport(emulator.app)
    before = content(emulator)
    with scratch(right.crm, right.module, settings, clock, TAG, transport=transport) as (subject, hands):
        verdict = await check(subject, Level.WRITE, only=LIVE)
        made = {object: len(ids - before[object]) for object, ids in content(emulator).items()}
        assert sum(made.values()) > 100
        assert min(made[object] for object in TOLD[type(emulator).__name__]) > 0
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
