"""A connection to the emulated Zoho in this process."""

from typing import Any

from plugins.zoho import MANIFEST, limits
from plugins.zoho.adapter import ZohoCrm
from plugins.zoho.emulator import build
from plugins.zoho.emulator.emulator import ZohoEmulator
from tests.plugins import rig

BASE = "http://zoho.test"


class Rig(rig.Rig[ZohoEmulator, ZohoCrm]):
    subject = rig.Subject("zoho", MANIFEST, build, ZohoCrm, BASE, limits)

    async def reopen(self, **settings: Any) -> None:
        self.restart(**settings)
        await self.crm.open()

    def later(self, seconds: float = 5.0) -> None:
        super().later(seconds)


async def opened(**parts: Any) -> Rig:
    rig = Rig(**parts)
    await rig.crm.open()
    return rig
