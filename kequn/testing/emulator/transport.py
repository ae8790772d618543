"""An emulator as the transport of an httpx client: no socket, no thread, and faults look as they would on a network."""

import httpx
from starlette.types import ASGIApp

from kequn.testing.emulator.spoil import NoAnswer, Refused


class EmulatorTransport(httpx.AsyncBaseTransport):
    """`httpx.AsyncClient(transport=EmulatorTransport(emulator.app))` talks to the emulator, whatever the host."""

    def __init__(self, app: ASGIApp) -> None:
        self._inner = httpx.ASGITransport(app)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return await self._inner.handle_async_request(request)
        except Refused as refused:
            raise httpx.ConnectError("connection refused", request=request) from refused
        except NoAnswer as lost:
            raise httpx.ReadTimeout("no answer in time", request=request) from lost
