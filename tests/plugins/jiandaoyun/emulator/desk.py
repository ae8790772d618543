"""One emulator and somebody who calls it, for tests."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson

from kequn.clock import ManualClock, SeededRandom
from kequn.contracts.emulator import EmulatorOptions
from kequn.testing.emulator import EmulatorTransport
from plugins.jiandaoyun.emulator import JiandaoyunEmulator, build
from plugins.jiandaoyun.emulator.designs import APP_ID, entry_id
from plugins.jiandaoyun.emulator.forms import Form, Widget

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


class Desk:
    """`ask` answers with the body of a success, `refused` with the code of an error."""

    def __init__(self, records: int = 0, transport: httpx.AsyncBaseTransport | None = None, **knobs: Any) -> None:
        self.clock = ManualClock(NOW)
        options = EmulatorOptions(self.clock, SeededRandom(1), 1, records, transport=transport, knobs=knobs)
        self.emulator: JiandaoyunEmulator = build(options)
        self.http = httpx.AsyncClient(transport=EmulatorTransport(self.emulator.app), base_url="http://jdy.test")
        self.headers = {"Authorization": "Bearer k-test", "Content-Type": "application/json;charset=utf-8"}

    @property
    def people(self) -> Any:
        return self.emulator.people

    def form(self, key: str = "customer") -> Form:
        return self.emulator.company.form(key)

    def design(self, *widgets: Widget, entry: str = "6b" + "0" * 22, name: str = "客户") -> dict[str, str]:
        """A form of its own, for the contract's samples; returns how calls name it."""
        self.emulator.company.add_form(APP_ID, entry, name, widgets, key="sample")
        return {"app_id": APP_ID, "entry_id": entry}

    async def post(self, path: str, body: Mapping[str, Any] | None = None) -> httpx.Response:
        return await self.http.post(f"/api/{path}", content=orjson.dumps(body or {}), headers=self.headers)

    async def ask(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        reply = await self.post(f"v5/{path}", body)
        assert reply.status_code == 200, reply.text
        return reply.json()

    async def refused(self, path: str, body: Mapping[str, Any] | None = None) -> int:
        reply = await self.post(f"v5/{path}", body)
        assert reply.status_code == 400, reply.text
        assert set(reply.json()) == {"code", "msg"}
        return int(reply.json()["code"])

    async def data(self, call: str, form: str | Mapping[str, str] = "customer", **more: Any) -> Any:
        return await self.ask(f"app/entry/data/{call}", {**app(form), **more})

    async def no_data(self, call: str, form: str | Mapping[str, str] = "customer", **more: Any) -> int:
        return await self.refused(f"app/entry/data/{call}", {**app(form), **more})

    async def make(self, form: str | Mapping[str, str] = "customer", **values: Any) -> Any:
        return (await self.data("create", form, data=wrapped(values)))["data"]

    async def found(self, form: str, *conditions: Mapping[str, Any], rel: str = "and") -> list[Any]:
        answer = await self.data("list", form, limit=100, filter={"rel": rel, "cond": list(conditions)})
        return list(answer["data"])


def app(form: str | Mapping[str, str]) -> Mapping[str, str]:
    return {"app_id": APP_ID, "entry_id": entry_id(form)} if isinstance(form, str) else form


def wrapped(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: {"value": value} for name, value in values.items()}


def cond(field: str, type: str, method: str, *value: Any) -> dict[str, Any]:
    return {"field": field, "type": type, "method": method, **({"value": list(value)} if value else {})}
