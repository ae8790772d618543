"""An answer as a stream of server-sent events, one for each part: `next` with a part of the answer, `complete` at the
end, and a comment now and then, so that nobody on the way takes the connection for dead. As the protocol of graphql-sse
has it, in its mode of distinct connections."""

import asyncio
from contextlib import aclosing
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.asking import Refusal, caller, prepare, said, too_fast
from api.auth import Caller
from api.edge import noted
from api.media import EVENTS
from api.parts import Parts
from api.reading import Asked
from schema import execution
from schema.problems import Fault
from schema.toll import TooFast

Part = dict[str, Any] | bytes


class Events(Response):
    """The answer to what is asked. Raises Refusal when it is made, where nothing is to be executed."""

    media_type = EVENTS

    def __init__(self, request: Request, who: Caller, asked: Asked) -> None:
        super().__init__(headers={"X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._request = request
        self._parts = execution.stream(*prepare(request, who, asked))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        gone = asyncio.ensure_future(_gone(receive))
        telling = asyncio.ensure_future(self._tell(send))
        stopping = asyncio.ensure_future(Parts.of(self._request).stopping.wait())
        try:
            await asyncio.wait({gone, telling, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _end(gone, telling, stopping)
        if not telling.cancelled():
            telling.result()
        elif not stopping.cancelled():
            await _send(send, b"", more=False)  # without `complete`: the client comes again

    async def _tell(self, send: Send) -> None:
        """Every part, until the last one or until the caller is no longer welcome."""
        alive = Parts.of(self._request).settings.socket_alive_seconds
        async with aclosing(self._parts) as parts:
            coming = asyncio.ensure_future(anext(parts, None))
            try:
                while True:
                    await asyncio.wait({coming}, timeout=alive)
                    if await caller(self._request, self._request.headers.get("authorization")) is None:
                        break  # the token was revoked since
                    if not coming.done():
                        await _send(send, b":\n\n")
                        continue
                    if (part := self._told(coming)) is None:
                        break
                    plain = part if isinstance(part, bytes) else orjson.dumps(part)
                    await _send(send, b"event: next\ndata: " + plain + b"\n\n")
                    coming = asyncio.ensure_future(anext(parts, None))
            finally:
                await _end(coming)
        await _send(send, b"event: complete\ndata:\n\n", more=False)

    def _told(self, coming: asyncio.Future[Part | None]) -> Part | None:
        """The part, or why there is none. None at the end."""
        try:
            return coming.result()
        except TooFast as error:
            refused = too_fast(error)
        except Exception as error:
            refused = Refusal(500, Fault.INTERNAL, id=noted(self._request, error))
        return {"errors": [said(self._request, refused)]}


async def _send(send: Send, body: bytes, *, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _end(*tasks: asyncio.Future[Any]) -> None:
    """Nobody waits for them any more."""
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
