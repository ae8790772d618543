"""The HTTP surface: the key, the rates, the faults that only the application can produce, errors, the Date."""

from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kequn.testing.emulator import mark_of
from plugins.jiandaoyun.emulator import files, times
from plugins.jiandaoyun.emulator.call import Call
from plugins.jiandaoyun.emulator.company import Company
from plugins.jiandaoyun.emulator.console import Console
from plugins.jiandaoyun.emulator.errors import ApiError
from plugins.jiandaoyun.emulator.faults import play
from plugins.jiandaoyun.emulator.limits import Limits
from plugins.jiandaoyun.emulator.ways import handler

JSON = "application/json; charset=utf-8"


class Server:
    """Turns requests into calls, and what handlers say into responses."""

    def __init__(self, company: Company, console: Console) -> None:
        self._company = company
        self._limits = Limits(company)
        self._console = console
        self.app = Starlette(
            routes=[
                Route("/api/{version}/{name:path}", self._api, methods=["POST"]),
                Route("/upload", self._upload, methods=["POST"]),
                Route("/files/{key}", self._download, methods=["GET"]),
                Route("/console/{act}", self._act, methods=["POST"]),
                Route("/{rest:path}", self._elsewhere, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
            ]
        )

    async def _api(self, request: Request) -> Response:
        content = await request.body()
        try:
            body = self._answer(request, content)
            if self._company.knobs.latency:
                await self._company.clock.sleep(self._company.knobs.latency)
        except ApiError as error:
            return self._respond(error.body, error.status)
        return self._respond(body)

    def _answer(self, request: Request, content: bytes) -> dict[str, Any]:
        mark, name = mark_of(request.scope), request.path_params["name"]
        self._check_key(request, name, mark)
        handle = handler(request.path_params["version"], name)
        if handle is None:
            raise ApiError(1, name)
        self._limits.spend(name)
        call = Call(self._company, _object(content), _origin(request), mark)
        play(call)
        return handle(call)

    def _check_key(self, request: Request, name: str, mark: str | None) -> None:
        knobs = self._company.knobs
        if mark == "token_revoked":
            self._company.key_revoked = True
        given = request.headers.get("authorization", "")
        if given != f"Bearer {knobs.api_key}" or self._company.key_revoked:
            raise ApiError(17018, status=knobs.key_status)
        if mark == "scope_missing" or name in knobs.denied_calls:
            raise ApiError(17054, name)

    async def _upload(self, request: Request) -> Response:
        async with request.form() as form:
            try:
                return self._respond(await files.upload(self._company, form.multi_items(), _origin(request)))
            except ApiError as error:
                return self._respond(error.body, error.status)

    async def _download(self, request: Request) -> Response:
        file = self._company.files.get(request.path_params["key"])
        until = request.query_params.get("e", "0")
        if file is None or not until.isdecimal() or int(until) * 1000 < self._company.now():
            return self._respond(ApiError(4001).body, 404)
        return Response(file.content, media_type=file.mime)

    async def _act(self, request: Request) -> Response:
        content = await request.body()
        try:
            return self._respond(self._console.act(request.path_params["act"], _object(content)))
        except ApiError as error:
            return self._respond(error.body, error.status)

    async def _elsewhere(self, request: Request) -> Response:
        return self._respond(ApiError(1, request.url.path).body, 404)

    def _respond(self, body: object, status: int = 200) -> Response:
        headers = {"Date": times.http_date(times.moment(self._company.now())), "Content-Type": JSON}
        return Response(orjson.dumps(body), status, headers)


def _object(content: bytes) -> dict[str, Any]:
    try:
        body = orjson.loads(content or b"{}")
    except orjson.JSONDecodeError:
        raise ApiError(17017, "body") from None
    if not isinstance(body, dict):
        raise ApiError(17017, "body")
    return body


def _origin(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}"
