"""Jiandaoyun against the conformance kit: one test for each case."""

import plugins.jiandaoyun
from kequn.testing.conformance import PluginContract


class TestJiandaoyun(PluginContract):
    plugin = plugins.jiandaoyun
    level = "realtime"
