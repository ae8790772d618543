"""Fxiaoke on one laptop, with state, as the contract says. The README tells how to start and turn it."""

from kequn.contracts.emulator import EmulatorOptions
from plugins.fxiaoke.emulator.emulator import FxiaokeEmulator

__all__ = ["FxiaokeEmulator", "build"]


def build(options: EmulatorOptions) -> FxiaokeEmulator:
    """A fresh emulator. Raises ValueError for unknown knobs, and for a file: this one loads none."""
    return FxiaokeEmulator(options)
