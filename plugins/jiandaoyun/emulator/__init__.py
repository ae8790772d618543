"""Jiandaoyun's open API v5 on one laptop, with state, as the contract says. The README tells how to start it."""

from kequn.contracts.emulator import EmulatorOptions
from plugins.jiandaoyun.emulator.emulator import JiandaoyunEmulator

__all__ = ["JiandaoyunEmulator", "build"]


def build(options: EmulatorOptions) -> JiandaoyunEmulator:
    """A fresh emulator. Raises ValueError for unknown knobs."""
    return JiandaoyunEmulator(options)
