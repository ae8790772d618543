"""A client of the emulator in one process, with a token and a clock that tests move."""

from typing import Any

import httpx

from kequn.clock import ManualClock, SeededRandom
from kequn.contracts.emulator import EmulatorOptions
from kequn.testing.emulator import EmulatorTransport
from plugins.fxiaoke.emulator import build

BASE = "http://fxiaoke.test"
PRESET = "/cgi/crm/v2/data"
CUSTOM = "/cgi/crm/custom/v2/data"

Answer = dict[str, Any]


def family(object: str) -> str:
    return CUSTOM if object.endswith("__c") else PRESET


class Desk:
    """`await desk.call("/cgi/user/list", departmentId=1000)`, logged in; the answer's JSON."""

    def __init__(self, *, records: int = 0, transport: httpx.AsyncBaseTransport | None = None, **knobs: Any) -> None:
        self.clock = ManualClock()
        options = EmulatorOptions(
            clock=self.clock, random=SeededRandom(1), seed=7, records=records, transport=transport, knobs=knobs
        )
        self.emulator = build(options)
        self.people = self.emulator.people
        self.http = httpx.AsyncClient(transport=EmulatorTransport(self.emulator.app), base_url=BASE)
        self.login: Answer = {}

    @property
    def now(self) -> int:
        return self.emulator.tenant.now()

    async def post(self, path: str, body: Answer, **headers: str) -> Answer:
        reply = await self.http.post(path, json=body, headers=headers)
        assert reply.status_code == 200
        answer: Answer = reply.json()
        assert answer["traceId"].startswith("E-O.")
        return answer

    async def token(self, path: str = "/cgi/corpAccessToken/get/V2", **changes: Any) -> Answer:
        settings = self.emulator.settings(BASE)
        names = {"appId": "app_id", "appSecret": "app_secret", "permanentCode": "permanent_code"}
        return await self.post(path, {ours: settings[name] for ours, name in names.items()} | changes)

    async def auth(self) -> Answer:
        """The top-level keys that each call carries."""
        if not self.login:
            token = await self.token()
            self.login = {name: token[name] for name in ("corpAccessToken", "corpId")}
            self.login["currentOpenUserId"] = "FSUID_0001"
        return self.login

    async def call(self, path: str, **body: Any) -> Answer:
        return await self.post(path, {**await self.auth(), **body})

    async def create(self, object: str, *, more: Answer | None = None, **fields: Any) -> Answer:
        data = {"object_data": {"dataObjectApiName": object, "owner": ["FSUID_0001"], **fields}, **(more or {})}
        return await self.call(f"{family(object)}/create", triggerApprovalFlow=False, data=data)

    async def add(self, object: str, **fields: Any) -> str:
        """A record over the API; returns its id."""
        answer = await self.create(object, **fields)
        assert answer["errorCode"] == 0, answer
        return str(answer["dataId"])

    async def get(self, object: str, id: str, **body: Any) -> Answer:
        data = {"dataObjectApiName": object, "objectDataId": id}
        return await self.call(f"{family(object)}/get", data=data, **body)

    async def update(self, object: str, id: str, **fields: Any) -> Answer:
        data = {"object_data": {"_id": id, "dataObjectApiName": object, **fields}}
        return await self.call(f"{family(object)}/update", data=data)

    async def query(self, object: str, *filters: tuple[str, str, list[Any]], **info: Any) -> Answer:
        """`filters`: (field, operator, values)."""
        said = [{"field_name": name, "operator": op, "field_values": values} for name, op, values in filters]
        asked = {"limit": 100, "offset": 0, "filters": said, **info}
        data = {"dataObjectApiName": object, "search_query_info": asked}
        return await self.call(f"{family(object)}/query", data=data)

    async def ids(self, object: str, *filters: tuple[str, str, list[Any]], **info: Any) -> list[str]:
        answer = await self.query(object, *filters, **info)
        assert answer["errorCode"] == 0, answer
        return [row["_id"] for row in answer["data"]["dataList"]]

    async def act(self, object: str, action: str, *ids: str) -> Answer:
        """invalid, recover or delete."""
        named: Answer = {"object_data_id": ids[0]} if action == "invalid" else {"idList": list(ids)}
        return await self.call(f"{family(object)}/{action}", data={"dataObjectApiName": object, **named})
