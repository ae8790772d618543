"""Jiandaoyun against the conformance kit: one test for each case."""

from types import MappingProxyType

import pytest

import plugins.jiandaoyun
from kequn.testing.conformance import PluginContract, Subject, check
from kequn.testing.conformance.case import Level


class TestJiandaoyun(PluginContract):
    plugin = plugins.jiandaoyun
    level = "realtime"


class TestJiandaoyunThatFiltersByTime(PluginContract):
    plugin = plugins.jiandaoyun
    level = "write"
    knobs = MappingProxyType({"update_filter": "day", "replay": "keep", "ids_order": "reversed", "empty_text": ""})
    scanned = 500


@pytest.mark.soak
@pytest.mark.anyio
async def test_memory_stays_flat_over_100_000_records() -> None:
    verdict = await check(Subject.of(plugins.jiandaoyun, scanned=100_000), Level.READ, only=["T35"])
    assert verdict.certified, verdict.outcomes
