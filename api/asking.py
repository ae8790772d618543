"""From what is asked, and by whom, to an operation with all that it may use. The same for every way in: POST, a stream
of events, a WebSocket."""

from typing import Any

from starlette.requests import HTTPConnection

from api.answers import language
from api.auth import Caller, Doorman
from api.documents import NotFound, NotTrusted, WrongHash
from api.parts import Parts
from api.rates import TenantToll
from api.reading import Asked
from kequn.domain.problems import Code, Problem
from kequn.store import trouble
from schema.admission import Request
from schema.context import Context
from schema.problems import Fault, message
from schema.toll import TooFast

AGAIN_SECONDS = 1


class Refusal(Exception):
    """Nothing is executed. `status`: over HTTP; `wait`: seconds after which it may be tried again."""

    def __init__(self, status: int, fault: Fault | Code, *, wait: float | None = None, **facts: Any) -> None:
        super().__init__(fault)
        self.status = status
        self.problem = Problem(fault, facts=facts)
        self.wait = wait


async def caller(connection: HTTPConnection, authorization: str | None) -> Caller | None:
    """Whoever may ask with this; None when nobody is known by it. Raises Refusal."""
    doorman: Doorman = connection.app.state.doorman
    try:
        return await doorman.caller(connection, authorization)
    except TooFast as error:
        raise too_fast(error) from None


def count(connection: HTTPConnection, who: Caller) -> None:
    """One request more, before anything of it is read. Raises Refusal."""
    try:
        Parts.of(connection).requests.take(who.key)
    except TooFast as error:
        raise too_fast(error) from None


def prepare(connection: HTTPConnection, who: Caller, asked: Asked) -> tuple[Request, Context]:
    """Raises Refusal."""
    parts = Parts.of(connection)
    try:
        document = parts.documents.find(asked.query, asked.hash, parts.settings.limit_characters)
    except WrongHash:
        raise Refusal(400, Fault.INVALID) from None
    except NotFound:
        raise Refusal(200, Fault.PERSISTED_QUERY_NOT_FOUND) from None
    except NotTrusted:
        raise Refusal(403, Fault.NOT_TRUSTED) from None
    context = Context(
        parts.database,
        parts.ledger,
        who.actor,
        language(connection),
        parts.limits(batch=who.actor.batch, trusted=document.trusted),
        parts.log,
        dev=parts.settings.dev,
        compiler=parts.settings.compiler,
        toll=TenantToll(parts.rows, who.actor.tenant),
        bell=parts.bell,
        shelf=parts.shelf,
        record_url=parts.registry.record_url,
    )
    return Request(document.text, asked.variables, asked.operation), context


def failed(connection: HTTPConnection, error: Exception) -> Refusal:
    """What goes wrong unforeseen is noted under a number; what ails the database, by its name: that passes."""
    parts = Parts.of(connection)
    route = getattr(connection.scope.get("route"), "path", None)  # the path itself may hold a door
    if ailing := trouble.word(error):
        parts.log.warning("cannot answer", type=ailing, route=route)
        return Refusal(503, Fault.LATER, wait=AGAIN_SECONDS)
    number = parts.random.bytes(6).hex()
    parts.log.warning("unforeseen error", id=number, type=type(error).__name__, route=route)
    return Refusal(500, Fault.INTERNAL, id=number)


def too_fast(error: TooFast) -> Refusal:
    return Refusal(429, Fault.TOO_FAST, wait=error.wait, seconds=error.wait)


def said(connection: HTTPConnection, refused: Refusal) -> dict[str, Any]:
    """As a GraphQL error. Clients know a document that was not found by this very message."""
    code = refused.problem.code
    missing = code is Fault.PERSISTED_QUERY_NOT_FOUND
    text = "PersistedQueryNotFound" if missing else message(refused.problem, language(connection))
    return {"message": text, "extensions": {"code": code.value}}
