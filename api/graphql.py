"""POST /graphql, as "GraphQL over HTTP" has it. Decides how a request is read, and how its answer is written and with
which status; an answer of several parts is a stream of events."""

from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.answers import Json, TooBig, body
from api.asking import Refusal, caller, count, prepare, said, too_fast
from api.auth import Caller
from api.events import Events
from api.heard import Request
from api.media import EVENTS, GRAPHQL, JSON, chosen, is_plain_json
from api.parts import Parts
from api.reading import Asked, TooMany, Unreadable, from_body
from schema import execution
from schema.problems import Fault
from schema.toll import TooFast

REALM = {"WWW-Authenticate": 'Bearer realm="kequn"'}


class Endpoint:
    """An object and no function: Starlette would wrap that once more."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await _response(Request(scope, receive))
        await answer(scope, receive, send)


async def _response(request: Request) -> Response:
    media = chosen(request.headers.get("accept"))
    try:
        return await _answered(request, media)
    except Refusal as refused:
        answer = {"errors": [said(request, refused)]}
        wait = {"Retry-After": str(refused.wait)} if refused.wait else {}
        named = media == GRAPHQL and refused.status in (200, 400)
        status = 400 if named else refused.status
        return Json(answer, status, wait | (REALM if status == 401 else {}), GRAPHQL if named else JSON)


async def _answered(request: Request, media: str | None) -> Response:
    """Raises Refusal."""
    who = await caller(request, request.headers.get("authorization"))
    if who is None:
        raise Refusal(401, Fault.UNAUTHENTICATED)
    count(request, who)
    if media is None:
        raise Refusal(406, Fault.INVALID)
    asked = await _asked(request)
    if media == EVENTS:
        return Events(request, who, asked)
    answer = await _executed(request, who, asked)
    if media == GRAPHQL:
        return Json(answer, 200 if isinstance(answer, bytes) or "data" in answer else 400, media_type=GRAPHQL)
    return Json(answer)


async def _asked(request: Request) -> Asked:
    settings = Parts.of(request).settings
    if not is_plain_json(request):
        raise Refusal(415, Fault.INVALID)
    try:
        plain = await body(request, settings.limit_body)
        return from_body(plain, settings.limit_json_depth, settings.limit_json_values)
    except TooBig:
        raise Refusal(413, Fault.TOO_BIG, limit=settings.limit_body) from None
    except TooMany:
        raise Refusal(400, Fault.TOO_MANY_VALUES, limit=settings.limit_json_values) from None
    except Unreadable:
        raise Refusal(400, Fault.INVALID) from None


async def _executed(request: Request, who: Caller, asked: Asked) -> dict[str, Any] | bytes:
    try:
        return await execution.respond(*prepare(request, who, asked))
    except TooFast as error:
        raise too_fast(error) from None
