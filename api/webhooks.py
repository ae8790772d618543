"""/webhooks/{connection}/{door}: a CRM says that something may have changed. What it says is heard at the connection's
door (doors.py, kequn/sync/door.py); decides how the CRM is answered."""

from starlette.requests import Request
from starlette.responses import Response

from api.answers import TooBig, body, refusal
from api.doors import Doors
from api.parts import Parts
from kequn.contracts.crm import WebhookRequest
from kequn.contracts.errors import CrmError, Rejected
from kequn.domain.problems import Code
from schema.problems import Fault


async def endpoint(request: Request) -> Response:
    parts = Parts.of(request)
    doors: Doors = request.app.state.doors
    listener = await doors.at(request.path_params["connection"], request.path_params["door"])
    if listener is None:
        return refusal(request, 404, Code.NOT_FOUND)
    try:
        sent = await body(request, parts.settings.limit_body)
        hint = await doors.hear(listener, _asked(request, sent))
    except TooBig:
        return refusal(request, 413, Fault.TOO_BIG, limit=parts.settings.limit_body)
    except Rejected:
        parts.log.warning("webhook refused", connection=listener.connection.name)
        return refusal(request, 403, Fault.NOT_GENUINE)
    except CrmError as error:
        parts.log.warning("webhook not read", connection=listener.connection.name, code=error.code)
        return refusal(request, 503, Fault.LATER)
    return Response(hint.reply, media_type=hint.content_type)


def _asked(request: Request, sent: bytes) -> WebhookRequest:
    return WebhookRequest(request.method, dict(request.query_params), dict(request.headers), sent)
