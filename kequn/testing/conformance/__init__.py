"""The conformance kit: 60 cases that a plugin must pass, run by `kequn plugin check` and by subclassing PluginContract.

    class TestAcme(PluginContract):
        plugin = kequn_acme
        level = "write"

A plugin is certified per level (read, write, realtime) when no case of it fails. A case is skipped only where a
capability says that the CRM does not have what it needs, and the case has seen that this is so."""

from kequn.testing.conformance.case import Case, Failed, Level, Skipped
from kequn.testing.conformance.cases import CASES, cases_of
from kequn.testing.conformance.check import Outcome, Result, Verdict, check, claimed, try_case
from kequn.testing.conformance.contract import PluginContract
from kequn.testing.conformance.subject import Subject

__all__ = [
    "CASES",
    "Case",
    "Failed",
    "Level",
    "Outcome",
    "PluginContract",
    "Result",
    "Skipped",
    "Subject",
    "Verdict",
    "cases_of",
    "check",
    "claimed",
    "try_case",
]
