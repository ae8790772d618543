"""/webhooks/{connection}/{door}: a CRM says that something may have changed. What it says is verified by the plugin,
kept as hints before it is answered, and never taken for true: a worker reads the records themselves."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NoReturn
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from api.answers import TooBig, body, refusal
from api.parts import Parts
from kequn.contracts.crm import Crm, Hint, WebhookRequest
from kequn.contracts.errors import CrmError, ForbiddenHost, Rejected
from kequn.contracts.host import CrmHost, Token
from kequn.contracts.identity import parse_id
from kequn.domain.problems import Code
from kequn.store import connections, hints, subscriptions
from kequn.store.hints import Look
from kequn.store.scope import Scope
from kequn.store.tables import Connection
from schema.problems import Fault


async def endpoint(request: Request) -> Response:
    parts = Parts.of(request)
    connection = await _at(request)
    if connection is None:
        return refusal(request, 404, Code.NOT_FOUND)
    try:
        sent = await body(request, parts.settings.limit_body)
        crm = _crm(parts, connection)
        try:
            hint = await crm.read_webhook(_asked(parts, connection, request, sent))
            await _keep(parts, connection, crm, hint)
        finally:
            await crm.aclose()
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


def _asked(parts: Parts, connection: Connection, request: Request, sent: bytes) -> WebhookRequest:
    return WebhookRequest(
        request.method,
        dict(request.query_params),
        dict(request.headers),
        sent,
        subscriptions.opened(connection, parts.keyring),
    )


async def _keep(parts: Parts, connection: Connection, crm: Crm, hint: Hint) -> None:
    """Durable when this returns. Objects that the plugin does not know are nothing to look at."""
    known = crm.capabilities.objects
    looks = [Look(object, id, known[object].kind, "WEBHOOK") for object, id in hint.refs if object in known]
    async with parts.database.writing() as session:
        await hints.note(session, Scope(connection.tenant_id), connection.id, looks, parts.clock.now())


def _crm(parts: Parts, connection: Connection) -> Crm:
    """The connection, cut off from everything: to read a webhook nothing may be asked and nothing spent."""
    plugin = parts.registry.crm(connection.plugin)
    settings = connections.settings_of(connection, plugin.manifest, parts.keyring)
    nothing = Nothing()
    host = CrmHost(connection.name, nothing, nothing, nothing, parts.clock, parts.random, parts.log)
    return parts.registry.build(connection.plugin, settings, host)


class Nothing:
    """No network, no token, no budget."""

    async def request(self, *asked: Any, **options: Any) -> NoReturn:
        raise ForbiddenHost("reading a webhook sends no request")

    async def load(self) -> Token | None:
        return None

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[None]:
        yield

    async def replace(self, token: Token) -> NoReturn:
        raise ForbiddenHost("reading a webhook renews no token")

    async def acquire(self, cost: int = 1) -> None:
        return None
