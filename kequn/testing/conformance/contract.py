"""The class that a plugin's tests subclass. pytest makes one test of each case.

    class TestAcme(PluginContract):
        plugin = kequn_acme

It needs neither anyio nor a plugin of pytest, and this file does not import pytest: `kequn plugin check` runs the same
cases without it."""

import asyncio
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from kequn.testing.conformance.case import Case, Level
from kequn.testing.conformance.cases import cases_of
from kequn.testing.conformance.check import Outcome, Result, try_case
from kequn.testing.conformance.subject import SCANNED, Subject


class PluginContract:
    """`plugin`: a module with the hooks, or its name. `level`: what it is certified for. `knobs`: with which its
    emulator is built. `scanned`: how many records the case about memory reads."""

    plugin: object
    level: Level | str = Level.REALTIME
    knobs: Mapping[str, Any] = MappingProxyType({})
    scanned: int = SCANNED

    @classmethod
    def pytest_generate_tests(cls, metafunc: Any) -> None:
        if "case" in metafunc.fixturenames:
            cases = cases_of(Level(metafunc.cls.level))
            metafunc.parametrize("case", cases, ids=[f"{case.id} {case.title}" for case in cases])

    def test_contract(self, case: Case) -> None:
        import pytest

        subject = Subject.of(self.plugin, self.knobs, self.scanned)
        outcome: Outcome = asyncio.run(try_case(case, subject))
        if outcome.result is Result.SKIPPED:
            pytest.skip(f"the CRM lacks {outcome.note}")
        assert outcome.result is Result.OK, f"{case.id} {case.title}: {outcome.note}"
