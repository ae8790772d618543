"""/s/{token}: the page on which a customer answers a survey, without login: whoever has the link may answer, once. No
script, nothing from elsewhere, and nothing is told of the customer."""

from urllib.parse import parse_qs

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.answers import TooBig, body, language
from api.parts import Parts
from api.surveys import writing
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, Refused
from kequn.domain.surveys import answering
from kequn.domain.surveys.answering import Sheet
from kequn.store.scope import Actor, Role
from schema.toll import TooFast

LARGEST, FIELDS = 200_000, 200
_FAULTS = {Code.REQUIRED: "required", Code.BAD_VALUE: "bad"}


async def endpoint(request: Request) -> Response:
    parts, spoken = Parts.of(request), _language(request)
    try:
        parts.requests.take(("survey", request.client.host if request.client else ""))
    except TooFast as fast:
        return _said("often", "slow", spoken, 429, {"Retry-After": str(round(fast.seconds) + 1)})
    async with parts.database.reading() as session:
        sheet = await answering.look(session, request.path_params["token"], parts.clock.now())
    if sheet is None:
        return _said("gone", "unknown", spoken, 404)
    if sheet.answered:
        return _said("thanks", "done", spoken)
    if not sheet.open:
        return _said("over", "closed", spoken, 410)
    return await (_take if request.method == "POST" else _show)(request, sheet, spoken)


def _language(request: Request) -> str:
    """What the link asks for, or what the browser likes; customers are taken to read Chinese."""
    wanted = request.query_params.get("lang")
    if wanted in writing.NAMES:
        return wanted
    named = request.headers.get("accept-language", "").strip()
    return language(request).value if named else "zh"


def _html(text: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return HTMLResponse(text, status, {"Content-Security-Policy": writing.POLICY, **(headers or {})})


def _said(title: str, text: str, spoken: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return _html(writing.message(title, text, spoken), status, headers)


async def _show(request: Request, sheet: Sheet, spoken: str) -> Response:
    if request.method == "GET":
        async with Parts.of(request).database.writing() as session:
            await answering.opened(_desk(request, session, sheet), sheet.invitation)
    return _html(writing.form(sheet, spoken, {}, {}))


async def _take(request: Request, sheet: Sheet, spoken: str) -> Response:
    try:
        sent = (await body(request, LARGEST)).decode()
        said = parse_qs(sent, keep_blank_values=True, max_num_fields=FIELDS)
    except (TooBig, ValueError):
        return _html(writing.form(sheet, spoken, {}, {one.key: "bad" for one in sheet.questions}), 400)
    try:
        async with Parts.of(request).database.writing() as session:
            await answering.answer(_desk(request, session, sheet), sheet.invitation, said, "online")
    except Refused as refused:
        faults = {str(one.path[1]): _FAULTS[Code(one.code)] for one in refused.problems if one.path[0] == "answers"}
        if not faults:  # somebody answered, or closed it, meanwhile
            return _said("over", "closed", spoken, 410)
        return _html(writing.form(sheet, spoken, said, faults), 422)
    return _said("thanks", "done", spoken)


def _desk(request: Request, session: AsyncSession, sheet: Sheet) -> Desk:
    return Desk(session, Actor(sheet.tenant, Role.OPERATOR, "survey"), Parts.of(request).ledger)
