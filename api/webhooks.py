"""/webhooks/{connection}/{door}: a CRM says that something may have changed. What it says is heard at the connection's
door (kequn/sync/door.py); decides whose door it is, and how the CRM is answered."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from api.answers import TooBig, body, refusal
from api.parts import Parts
from kequn.contracts.crm import WebhookRequest
from kequn.contracts.errors import CrmError, Rejected
from kequn.contracts.identity import parse_id
from kequn.domain.problems import Code
from kequn.store import connections
from kequn.store.tables import Connection
from kequn.sync.door import Door
from schema.problems import Fault


async def endpoint(request: Request) -> Response:
    parts = Parts.of(request)
    connection = await _at(request)
    if connection is None:
        return refusal(request, 404, Code.NOT_FOUND)
    door = Door(parts.database, parts.registry, parts.keyring, parts.clock, parts.random, parts.noting)
    try:
        sent = await body(request, parts.settings.limit_body)
        hint = await door.hear(connection, _asked(request, sent))
    except TooBig:
        return refusal(request, 413, Fault.TOO_BIG, limit=parts.settings.limit_body)
    except Rejected:
        parts.log.warning("webhook refused", connection=connection.name)
        return refusal(request, 403, Fault.NOT_GENUINE)
    except CrmError as error:
        parts.log.warning("webhook not read", connection=connection.name, code=error.code)
        return refusal(request, 503, Fault.LATER)
    return Response(hint.reply, media_type=hint.content_type)


async def _at(request: Request) -> Connection | None:
    """The connection, when the door is its own."""
    try:
        id = _id(request.path_params["connection"])
    except ValueError:
        return None
    async with Parts.of(request).database.reading() as session:
        return await connections.at_door(session, id, request.path_params["door"])


def _id(text: str) -> UUID:
    return parse_id(text, "connection")[1] if text.startswith("con_") else UUID(text)


def _asked(request: Request, sent: bytes) -> WebhookRequest:
    return WebhookRequest(request.method, dict(request.query_params), dict(request.headers), sent)
