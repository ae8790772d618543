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

from api.asking import Refusal, caller, failed, prepare, said, too_fast
from api.auth import Caller
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
        try:
            self._parts = execution.stream(*prepare(request, who, asked))
        except TooFast as error:
            raise too_fast(error) from None

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
                    if refused := await self._unwelcome():
                        await _send(send, _next(self._errors(refused)))
                        break
                    if not coming.done():
                        await _send(send, b":\n\n")
                        continue
                    if (part := self._told(coming)) is None:
                        break
                    await _send(send, _next(part))
                    coming = asyncio.ensure_future(anext(parts, None))
            finally:
                await _end(coming)
        await _send(send, b"event: complete\ndata:\n\n", more=False)

    async def _unwelcome(self) -> Refusal | None:
        """Why nothing more is told: the token may have been revoked since."""
        try:
            who = await caller(self._request, self._request.headers.get("authorization"))
        except Refusal as refused:
            return refused
        return None if who else Refusal(401, Fault.UNAUTHENTICATED)

    def _told(self, coming: asyncio.Future[Part | None]) -> Part | None:
        """The part, or why there is none. None at the end."""
        try:
            return coming.result()
        except TooFast as error:
            return self._errors(too_fast(error))
        except Exception as error:
            return self._errors(failed(self._request, error))

    def _errors(self, refused: Refusal) -> Part:
        return {"errors": [said(self._request, refused)]}


def _next(part: Part) -> bytes:
    plain = part if isinstance(part, bytes) else orjson.dumps(part)
    return b"event: next\ndata: " + plain + b"\n\n"


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
