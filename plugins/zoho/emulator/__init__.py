"""Zoho CRM v8 on one laptop, with state, as the contract says. The README tells how to start and turn it."""

from kequn.contracts.emulator import EmulatorOptions
from plugins.zoho.emulator.emulator import ZohoEmulator

__all__ = ["ZohoEmulator", "build"]


def build(options: EmulatorOptions) -> ZohoEmulator:
    """A fresh emulator. Raises ValueError for unknown knobs and for a file that cannot be loaded."""
    return ZohoEmulator(options)
