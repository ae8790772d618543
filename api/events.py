"""An answer as a stream of server-sent events, one for each part: `next` with a part of the answer, `complete` at the
end, and a comment now and then, so that nobody on the way takes the connection for dead. As the protocol of graphql-sse
has it, in its mode of distinct connections."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import StreamingResponse

from api.asking import Caller, caller, prepare, said, too_fast
from api.media import EVENTS
from api.parts import Parts
from api.reading import Asked
from schema import execution
from schema.toll import TooFast


class Events(StreamingResponse):
    """The answer to what is asked. Raises Refusal when it is made, where nothing is to be executed."""

    def __init__(self, request: Request, who: Caller, asked: Asked) -> None:
        self._request = request
        self._parts = execution.stream(*prepare(request, who, asked))
        super().__init__(self._written(), media_type=EVENTS, headers={"X-Accel-Buffering": "no"})

    async def _written(self) -> AsyncIterator[bytes]:
        alive = Parts.of(self._request).settings.socket_alive_seconds
        async with aclosing(self._parts) as parts:
            coming = asyncio.ensure_future(anext(parts, None))
            try:
                while True:
                    done, _ = await asyncio.wait({coming}, timeout=alive)
                    if not await self._still_welcome():
                        break
                    if not done:
                        yield b":\n\n"
                        continue
                    part = self._next(coming)
                    if part is None:
                        break
                    yield b"event: next\ndata: " + _plain(part) + b"\n\n"
                    coming = asyncio.ensure_future(anext(parts, None))
            finally:
                await _end(coming)
        yield b"event: complete\ndata:\n\n"

    def _next(self, coming: "asyncio.Future[dict[str, Any] | bytes | None]") -> dict[str, Any] | bytes | None:
        try:
            return coming.result()
        except TooFast as error:
            return {"errors": [said(self._request, too_fast(error))]}

    async def _still_welcome(self) -> bool:
        """A token may have been revoked since."""
        return await caller(self._request, self._request.headers.get("authorization")) is not None


def _plain(part: dict[str, Any] | bytes) -> bytes:
    return part if isinstance(part, bytes) else orjson.dumps(part)


async def _end(coming: "asyncio.Future[Any]") -> None:
    coming.cancel()
    await asyncio.wait({coming})
