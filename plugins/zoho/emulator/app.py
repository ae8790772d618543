"""The HTTP surface: authentication, scopes, limits, the faults that only the application can produce, headers."""

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qsl

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kequn.testing.emulator import mark_of
from plugins.zoho.emulator import times
from plugins.zoho.emulator.call import Call, Reply
from plugins.zoho.emulator.errors import ApiError, bad_token, bad_url, scope_mismatch
from plugins.zoho.emulator.faults import play
from plugins.zoho.emulator.limits import Limits
from plugins.zoho.emulator.oauth import Accounts
from plugins.zoho.emulator.org import Org
from plugins.zoho.emulator.scopes import allowed
from plugins.zoho.emulator.ways import WAYS, Way

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
Endpoint = Callable[[Request], Awaitable[Response]]


class Server:
    """Turns requests into calls and replies into responses. `after` runs at the end of each API call."""

    def __init__(self, org: Org, accounts: Accounts, after: Callable[[], None]) -> None:
        self._org = org
        self._accounts = accounts
        self._limits = Limits(org)
        self._after = after
        self.app = Starlette(
            routes=[
                Route("/oauth/v2/auth", self._authorise, methods=["GET"]),
                Route("/oauth/v2/token", self._token, methods=["POST"]),
                Route("/oauth/v2/token/revoke", self._revoke, methods=["POST"]),
                *(Route(path, self._endpoint(by_method), methods=METHODS) for path, by_method in WAYS.items()),
                Route("/crm/{version}/{rest:path}", self._elsewhere, methods=METHODS),
                Route("/{rest:path}", self._elsewhere, methods=METHODS),
            ]
        )

    def _endpoint(self, by_method: Mapping[str, Way]) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            call = await self._call(request)
            try:
                reply = await self._answer(call, by_method.get(request.method))
            except ApiError as error:
                reply = Reply(error.status, error.body)
            self._after()
            return self._respond(reply)

        return endpoint

    async def _answer(self, call: Call, way: Way | None) -> Reply:
        if way is None:
            raise ApiError("INVALID_REQUEST_METHOD", "The http request method type is not a valid one")
        self._check_rights(call, way)
        with self._limits.room(heavy=way.heavy(call)):
            if self._org.knobs.latency:
                await self._org.clock.sleep(self._org.knobs.latency)
            self._limits.spend(way.price(call))
            play(self._org, call.mark, call.path.get("module", ""))
            return way.handler(call)

    def _check_rights(self, call: Call, way: Way) -> None:
        if call.mark in {"token_expired", "token_revoked"}:
            self._accounts.spoil(call.headers.get("authorization"), revoke=call.mark == "token_revoked")
            raise bad_token()
        call.user = self._accounts.user_of(call.headers.get("authorization"))
        scopes = [scope.replace("{module}", call.path.get("module", "")) for scope in way.scopes]
        if call.mark == "scope_missing" or not all(allowed(self._org.knobs.scopes, scope) for scope in scopes):
            raise scope_mismatch()

    async def _call(self, request: Request) -> Call:
        return Call(
            org=self._org, method=request.method, path=request.path_params, params=dict(request.query_params),
            headers=request.headers, content=await request.body(), origin=_origin(request), mark=mark_of(request.scope),
        )  # fmt: skip

    async def _authorise(self, request: Request) -> Response:
        return self._respond(self._accounts.authorise(dict(request.query_params), _origin(request)))

    async def _token(self, request: Request) -> Response:
        return self._respond(self._accounts.token(await _form(request), _origin(request)))

    async def _revoke(self, request: Request) -> Response:
        return self._respond(self._accounts.revoke((await _form(request)).get("token")))

    async def _elsewhere(self, request: Request) -> Response:
        version = request.path_params.get("version", "")
        error = bad_url()
        if version.startswith("v") and version != "v8":
            error = ApiError("API_NOT_SUPPORTED", "api version is not supported", {"supported_version": 8})
        return self._respond(Reply(error.status, error.body))

    def _respond(self, reply: Reply) -> Response:
        headers = {**reply.headers, **self._limits.headers(), "Date": times.http_date(self._org.moment())}
        if reply.body is None:
            return Response(status_code=reply.status, headers=headers)
        body = reply.body if isinstance(reply.body, bytes) else orjson.dumps(reply.body)
        return Response(body, reply.status, {**headers, "Content-Type": reply.content_type})


def _origin(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}"


async def _form(request: Request) -> dict[str, str]:
    """Parameters of the body and of the query, which Zoho takes alike."""
    return {**request.query_params, **dict(parse_qsl((await request.body()).decode(errors="replace")))}
