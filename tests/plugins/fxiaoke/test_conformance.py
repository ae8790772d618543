"""Fxiaoke against the conformance kit: one test for each case."""

import plugins.fxiaoke
from kequn.testing.conformance import PluginContract


class TestFxiaoke(PluginContract):
    plugin = plugins.fxiaoke
    level = "realtime"
