"""A client of the emulator in one process, with a token and a clock that tests move."""

from typing import Any

import httpx

from kequn.clock import ManualClock, SeededRandom
from kequn.contracts.emulator import EmulatorOptions
from kequn.testing.emulator import EmulatorTransport
from plugins.zoho.emulator import build

BASE = "http://zoho.test"


class Desk:
    """`await desk.get("/Contacts", fields="Last_Name")` and so on, below /crm/v8; the reply as httpx gives it."""

    def __init__(self, *, records: int = 0, transport: httpx.AsyncBaseTransport | None = None, **knobs: Any) -> None:
        self.clock = ManualClock()
        options = EmulatorOptions(
            clock=self.clock, random=SeededRandom(1), seed=7, records=records, transport=transport, knobs=knobs
        )
        self.emulator = build(options)
        self.people = self.emulator.people
        self.http = httpx.AsyncClient(transport=EmulatorTransport(self.emulator.app), base_url=BASE)

    def now(self, plus: int = 0) -> str:
        """The clock as the API writes it."""
        return self.emulator.org.time(self.emulator.org.now() + plus)

    async def token(self, **changes: str) -> httpx.Response:
        settings = self.emulator.settings(BASE)
        form = {name: settings[name] for name in ("client_id", "client_secret", "refresh_token")}
        return await self.http.post("/oauth/v2/token", data={**form, "grant_type": "refresh_token", **changes})

    async def login(self) -> None:
        reply = await self.token()
        self.http.headers["Authorization"] = f"Zoho-oauthtoken {reply.json()['access_token']}"

    async def ask(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None, **params: object
    ) -> httpx.Response:
        if "Authorization" not in self.http.headers:
            await self.login()
        address = path if path.startswith("/crm/") else f"/crm/v8{path}"
        asked = {name: str(value) for name, value in params.items()}
        return await self.http.request(method, address, json=body, headers=headers, params=asked)

    async def get(self, path: str, headers: dict[str, str] | None = None, **params: object) -> httpx.Response:
        return await self.ask("GET", path, None, headers, **params)

    async def post(self, path: str, body: object, **params: object) -> httpx.Response:
        return await self.ask("POST", path, body, None, **params)

    async def put(
        self, path: str, body: object, headers: dict[str, str] | None = None, **params: object
    ) -> httpx.Response:
        return await self.ask("PUT", path, body, headers, **params)

    async def delete(self, path: str, **params: object) -> httpx.Response:
        return await self.ask("DELETE", path, None, None, **params)

    async def add(self, module: str, **fields: object) -> str:
        """A record over the API; returns its id."""
        reply = await self.post(f"/{module}", {"data": [fields], "trigger": []})
        assert reply.status_code == 201, reply.text
        return str(reply.json()["data"][0]["details"]["id"])
