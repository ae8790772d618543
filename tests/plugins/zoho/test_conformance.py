"""Zoho against the conformance kit: one test for each case."""

import pytest

import plugins.zoho
from kequn.testing.conformance import PluginContract, Subject, check
from kequn.testing.conformance.case import Level


class TestZoho(PluginContract):
    plugin = plugins.zoho
    level = "realtime"


@pytest.mark.soak
@pytest.mark.anyio
async def test_memory_stays_flat_over_100_000_records() -> None:
    verdict = await check(Subject.of(plugins.zoho, scanned=100_000), Level.READ, only=["T35"])
    assert verdict.certified, verdict.outcomes
