"""POST /graphql, as "GraphQL over HTTP" has it. Decides how a request is read and which status its answer has."""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from api.answers import Json, TooBig, body, language, refusal
from api.auth import Doorman
from api.parts import Parts
from kequn.store.scope import Actor
from schema import execution
from schema.context import Context
from schema.problems import Fault

OURS = "application/graphql-response+json"


async def endpoint(request: Request) -> Response:
    doorman: Doorman = request.app.state.doorman
    actor = await doorman.actor(request)
    if actor is None:
        return refusal(request, 401, Fault.UNAUTHENTICATED, {"WWW-Authenticate": 'Bearer realm="kequn"'})
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return refusal(request, 415, Fault.INVALID)
    try:
        asked = _read(await body(request, Parts.of(request).settings.limit_body))
    except TooBig:
        return refusal(request, 413, Fault.TOO_BIG, limit=Parts.of(request).settings.limit_body)
    except ValueError:
        return refusal(request, 400, Fault.INVALID)
    return _answer(request, await execution.execute(asked, _context(request, actor)))


def _read(plain: bytes) -> execution.Request:
    """Raises ValueError when this is no GraphQL request."""
    match orjson.loads(plain):
        case {"query": str() as query, **rest}:
            variables, operation = rest.get("variables"), rest.get("operationName")
            if isinstance(variables, dict | None) and isinstance(operation, str | None):
                return execution.Request(query, variables or {}, operation or None)
    raise ValueError("not a GraphQL request")


def _context(request: Request, actor: Actor) -> Context:
    parts = Parts.of(request)
    return Context(
        parts.database, parts.ledger, actor, language(request), parts.limits, parts.log, dev=parts.settings.dev
    )


def _answer(request: Request, answer: dict[str, Any]) -> Response:
    """Clients that know GraphQL's own media type are told by the status that nothing was executed."""
    if OURS in request.headers.get("accept", ""):
        return Json(answer, 200 if "data" in answer else 400, media_type=OURS)
    return Json(answer)
