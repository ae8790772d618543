"""The HTTP surface: one door for all calls, the envelope, authentication, limits, and the faults that only the
application can produce. The status is always 200."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from kequn.testing.emulator import mark_of
from plugins.fxiaoke.emulator import directory, metadata, writes
from plugins.fxiaoke.emulator.call import Call
from plugins.fxiaoke.emulator.errors import ApiError, bad_parameter, bad_token, no_such_path, plain
from plugins.fxiaoke.emulator.faults import CODES, LATE, play
from plugins.fxiaoke.emulator.limits import Limits
from plugins.fxiaoke.emulator.query import query
from plugins.fxiaoke.emulator.tenant import Tenant
from plugins.fxiaoke.emulator.tokens import Tokens

Handler = Callable[[Call], dict[str, Any]]
Login = Callable[[Mapping[str, Any]], Awaitable[dict[str, Any]]]

_RECORDS: Mapping[str, Handler] = {
    "create": writes.create, "get": writes.get, "query": query, "update": writes.update, "invalid": writes.invalid,
    "recover": writes.recover, "delete": writes.delete, "changeOwner": writes.change_owner,
}  # fmt: skip

WAYS: Mapping[str, Handler] = {
    "/cgi/user/getByMobile": directory.by_mobile,
    "/cgi/user/get": directory.get_user,
    "/cgi/user/list": directory.list_users,
    "/cgi/user/simpleList": directory.list_simply,
    "/cgi/user/get/batchByUpdTime": directory.list_changed,
    "/cgi/department/list": directory.list_departments,
    "/cgi/crm/v2/object/list": metadata.list_objects,
    "/cgi/crm/v2/object/describe": metadata.describe,
    "/cgi/crm/v2/object/lock": writes.lock,
    "/cgi/crm/v2/object/unlock": writes.unlock,
    **{f"/cgi/crm/v2/data/{name}": handler for name, handler in _RECORDS.items()},
    **{f"/cgi/crm/custom/v2/data/{name}": handler for name, handler in _RECORDS.items()},
    **{f"/cgi/crm/custom/data/{name}": handler for name, handler in _RECORDS.items()},
    "/cgi/crm/custom/data/invalid": writes.invalid_many,
}


class Server:
    """An ASGI application. `after` runs at the end of each call."""

    def __init__(self, tenant: Tenant, tokens: Tokens, after: Callable[[], None]) -> None:
        self._tenant = tenant
        self._tokens = tokens
        self._limits = Limits(tenant)
        self._after = after
        self._logins: Mapping[str, Login] = {
            "/cgi/corpAccessToken/get/V2": tokens.legacy,
            "/oauth2.0/token": tokens.bearer,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            answer = {"errorCode": 0, "errorMessage": "success", "errorDescription": "success"}
            answer |= {"traceId": self._tenant.trace(), **await self._answer(request)}
        except ApiError as error:
            answer = {"errorCode": error.code, "errorMessage": error.message, "errorDescription": error.description}
            answer |= {"traceId": self._tenant.trace(), **error.more}
        self._after()
        await Response(orjson.dumps(answer), media_type="application/json;charset=utf-8")(scope, receive, send)

    async def _answer(self, request: Request) -> dict[str, Any]:
        path = request.url.path
        login, handler = self._logins.get(path), WAYS.get(path)
        if request.method != "POST" or (login is None and handler is None):
            raise no_such_path(path)
        body = _read(await request.body())
        if self._tenant.knobs.trace_required and not request.query_params.get("thirdTraceId"):
            raise bad_parameter("thirdTraceId")
        if handler is None:
            return await login(body) if login is not None else {}
        return self._handle(handler, path, body, request)

    def _handle(self, handler: Handler, path: str, body: Mapping[str, Any], request: Request) -> dict[str, Any]:
        mark = mark_of(request.scope)
        self._spoil(mark)
        caller = self._tokens.caller(body, request.headers)
        if caller.user is None and path.startswith("/cgi/crm/"):
            raise ApiError(10010, "the parameter currentOpenUserId is missing or illegal")
        self._limits.count(path)
        call = Call(self._tenant, path, body, caller.user or "", caller.numbers, mark)
        play(self._tenant, mark, _object_in(body))
        done = handler(call)
        if mark == "late_error":
            raise plain(LATE)
        return done

    def _spoil(self, mark: str | None) -> None:
        if mark in {"token_expired", "token_revoked"}:
            self._tokens.expire()
            self._tokens.revoked = mark == "token_revoked"
            raise bad_token()
        if mark in CODES:
            raise plain(CODES[mark])


def _read(content: bytes) -> Mapping[str, Any]:
    if not content:
        raise ApiError(12004, "POST数据为空")
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError:
        raise bad_parameter("body") from None
    if not isinstance(body, dict):
        raise bad_parameter("body")
    return body


def _object_in(body: Mapping[str, Any]) -> Any:
    data = body.get("data")
    if not isinstance(data, Mapping):
        return body.get("apiName")
    inner = data.get("object_data")
    return data.get("dataObjectApiName") or (inner.get("dataObjectApiName") if isinstance(inner, Mapping) else None)
