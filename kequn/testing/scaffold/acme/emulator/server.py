"""Acme's HTTP surface:

POST /oauth/token                      client_id, client_secret -> access_token, expires_in
GET  /v1/me
GET  /v1/objects/{object}/fields
GET  /v1/{object}?since=&after=        in the order of change, 50 at once; `next` is good for a day
GET  /v1/{object}?ids= | external_ids= deleted ones too, by id
POST /v1/{object}/batch                up to 100 changes, a result for each
POST /v1/webhooks                      url, secret"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kequn.testing.emulator import Row, mark_of

from .state import LIFE_SECONDS, ORDER, Refused, State

PAGE = 50
AT_ONCE = 100
DAY_MS = 86_400_000
LAG_SECONDS = 2.0

Answer = tuple[int, Mapping[str, Any]]
Handler = Callable[[Request, Mapping[str, Any]], Answer]


class Server:
    def __init__(self, state: State) -> None:
        self._state = state
        self.app = Starlette(
            routes=[
                Route("/oauth/token", self._token, methods=["POST"]),
                Route("/v1/me", self._api(lambda request, body: (200, {"user": "kequn"}))),
                Route("/v1/objects/{object}/fields", self._api(self._fields)),
                Route("/v1/webhooks", self._api(self._subscribe), methods=["POST"]),
                Route("/v1/{object}/batch", self._api(self._batch), methods=["POST"]),
                Route("/v1/{object}", self._api(self._list)),
            ]
        )

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        if (form.get("client_id"), form.get("client_secret")) != (self._state.client_id, self._state.client_secret):
            return _respond((401, {"code": "bad_client"}))
        return _respond((200, {"access_token": self._state.new_token(), "expires_in": LIFE_SECONDS}))

    def _api(self, handler: Handler) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            refusal = self._refusal(request)
            if refusal is not None:
                return _respond(refusal)
            if request.path_params.get("object", "contacts") not in self._state.objects:
                return _respond((404, {"code": "unknown_object"}))
            content = await request.body()
            return _respond(handler(request, orjson.loads(content) if content else {}))

        return endpoint

    def _refusal(self, request: Request) -> Answer | None:
        access = request.headers.get("authorization", "").removeprefix("Bearer ")
        fault = mark_of(request.scope)
        if fault == "token_expired":
            self._state.tokens.pop(access, None)
        if fault == "token_revoked":
            return 401, {"code": "token_revoked"}
        if fault == "scope_missing":
            return 403, {"code": "scope_missing", "scope": "contacts:read"}
        if self._state.tokens.get(access, 0.0) <= self._state.clock.monotonic():
            return 401, {"code": "token_expired"}
        return None

    def _fields(self, request: Request, body: Mapping[str, Any]) -> Answer:
        object = self._state.objects[request.path_params["object"]]
        return 200, {"label": object.label, "fields": [asdict(field) for field in object.fields.values()]}

    def _list(self, request: Request, body: Mapping[str, Any]) -> Answer:
        name, params = request.path_params["object"], request.query_params
        table = self._state.objects[name].table
        fault = mark_of(request.scope)
        if "ids" in params:
            rows: list[Row | None] = [table.get(id) for id in params["ids"].split(",")]
        elif "external_ids" in params:
            wanted = params["external_ids"].split(",")
            rows = [table.get(id) for one in wanted for id in table.find("external_id", one)]
            rows = [row for row in rows if row is not None and not row["deleted"]]
        else:
            return self._walk(name, params, lag=LAG_SECONDS if fault == "stale_read" else 0.0, fault=fault)
        return 200, {"records": [self._state.show(name, row) for row in rows if row is not None], "next": None}

    def _walk(self, name: str, params: Mapping[str, str], lag: float, fault: str | None) -> Answer:
        after = None
        if "after" in params:
            made, modified, id = params["after"].split(".")
            if fault == "page_token_expired" or int(made) < self._state.now() - DAY_MS:
                return 410, {"code": "page_expired"}
            after = int(modified), id
        start = int(params.get("since", "0")), ""
        rows = []
        for row in self._state.objects[name].table.walk(ORDER, after=after, start=start, lag=lag):
            rows.append(row)
            if len(rows) > PAGE:
                break
        last = rows[PAGE - 1] if len(rows) > PAGE else None
        token = f"{self._state.now()}.{last['modified']}.{last['id']}" if last else None
        return 200, {"records": [self._state.show(name, row) for row in rows[:PAGE]], "next": token}

    def _batch(self, request: Request, body: Mapping[str, Any]) -> Answer:
        changes = body.get("changes", [])
        if len(changes) > AT_ONCE:
            return 400, {"code": "too_many"}
        return 200, {"results": [self._one(request.path_params["object"], change) for change in changes]}

    def _one(self, name: str, change: Mapping[str, Any]) -> Mapping[str, Any]:
        id, version, fields = str(change.get("id")), change.get("version"), change.get("fields", {})
        try:
            if change["op"] == "create":
                row = self._state.create(name, fields, change.get("external_id"))
            elif change["op"] == "update":
                row = self._state.change(name, id, fields, version)
            else:
                row = self._state.delete(name, id, version)
        except Refused as refused:
            details = {"error": refused.code, "field": refused.field, "other_id": refused.other}
            return {"status": "error", **details}
        return {"status": "ok", "id": row["id"], "modified": row["modified"]}

    def _subscribe(self, request: Request, body: Mapping[str, Any]) -> Answer:
        self._state.hooks[str(body["url"])] = str(body["secret"])
        return 201, {"url": body["url"]}


def _respond(answer: Answer) -> Response:
    return Response(orjson.dumps(answer[1]), answer[0], {"content-type": "application/json"})
