"""A connection to the emulated Fxiaoke in this process."""

from typing import Any

import httpx

from plugins.fxiaoke import MANIFEST, limits
from plugins.fxiaoke.adapter import FxiaokeCrm
from plugins.fxiaoke.emulator import FxiaokeEmulator, build
from tests.plugins import rig

BASE = "http://fxiaoke.test"


class Rig(rig.Rig[FxiaokeEmulator, FxiaokeCrm]):
    subject = rig.Subject("fxiaoke", MANIFEST, build, FxiaokeCrm, BASE, limits)

    def later(self, seconds: float = 5.0) -> None:
        super().later(seconds)

    def paths(self, since: int = 0) -> list[str]:
        """What was asked, by the last part of each path."""
        return [seen.path.rpartition("/")[2] for seen in self.emulator.requests[since:]]

    def trouble(self, *faults: str | None) -> None:
        self.emulator.faults.script(*faults)


class Odd(httpx.AsyncBaseTransport):
    """A far end that logs people in and then answers everything with one body."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        token = {"errorCode": 0, "corpAccessToken": "T", "corpId": "FSCID_1", "expiresIn": 7200}
        if request.url.path.endswith("/V2"):
            return httpx.Response(200, json=token)
        return httpx.Response(200, content=self._body)


async def opened(**parts: Any) -> Rig:
    rig = Rig(**parts)
    await rig.crm.open()
    return rig
