"""A client that is not ours judges the emulator: the package fxiaoke-python, unmodified. Its host is fixed, so that a
transport adapter sends its requests to where the emulator listens."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from fxiaoke.api import FxiaokeApi
from fxiaoke.baseObj import baseObj
from fxiaoke.op_create import createObj
from fxiaoke.op_get import getObj
from fxiaoke.op_query import queryObj
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

from kequn.clock import ManualClock, SeededRandom
from kequn.contracts.emulator import EmulatorOptions
from kequn.testing.emulator import serve
from plugins.fxiaoke.emulator import FxiaokeEmulator, build

GROUP = "object_kqgroup__c"


class Redirect(HTTPAdapter):
    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = urlsplit(base)

    def send(self, request: PreparedRequest, *given: Any, **options: Any) -> Response:
        address = urlsplit(str(request.url))
        request.url = urlunsplit((self._base.scheme, self._base.netloc, address.path, address.query, ""))
        return super().send(request, *given, **options)


@pytest.fixture
def emulator() -> Iterator[FxiaokeEmulator]:
    options = EmulatorOptions(clock=ManualClock(), random=SeededRandom(1), seed=7, records=230, knobs={"rate": 10_000})
    emulator = build(options)
    settings = emulator.settings("")
    with serve(emulator.app) as base:
        api = FxiaokeApi.init(
            app_id=settings["app_id"],
            app_secret=settings["app_secret"],
            permanent_code=settings["permanent_code"],
            open_user_id=settings["current_open_user_id"],
            timeout=30,
        )
        api._session.requests.mount("https://open.fxiaoke.com", Redirect(base))
        yield emulator
        api._session.requests.close()


def make(object: str, **fields: Any) -> str:
    given = {"owner": ["FSUID_0001"], **fields}
    return str(createObj().execute(object_data=given, dataObjectApiName=object)["dataId"])


def test_create_and_get(emulator: FxiaokeEmulator) -> None:
    id = make("AccountObj", name="客户", tel="021-88886666")
    found = getObj().execute(objectDataId=id, dataObjectApiName="AccountObj")
    assert (found["_id"], found["name"], found["owner"]) == (id, "客户", ["FSUID_0001"])
    assert emulator.people.read("AccountObj")[id]["tel"] == "021-88886666"


def test_it_pages_by_total(emulator: FxiaokeEmulator) -> None:
    orders = [{"fieldName": "create_time", "isAsc": True}]
    rows = list(queryObj().execute(dataObjectApiName="AccountObj", orders=orders, limit=100))
    assert {row["_id"] for row in rows} == set(emulator.people.read("AccountObj"))
    assert [row["create_time"] for row in rows] == sorted(row["create_time"] for row in rows)


def test_a_span_of_time(emulator: FxiaokeEmulator) -> None:
    times = sorted(row["last_modified_time"] for row in emulator.people.read("AccountObj").values())
    span = {"field_name": "last_modified_time", "field_values": [times[10], times[219]], "operator": "BETWEEN"}
    rows = list(queryObj().execute(dataObjectApiName="AccountObj", filters=[span], limit=100))
    assert len(rows) == 210


def test_describe(emulator: FxiaokeEmulator) -> None:
    fields = baseObj(dataObjectApiName="AccountObj").describe()["describe"]["fields"]
    assert fields["account_level"]["options"][0]["label"] == "普通"
    assert set(fields) == set(emulator.tenant.objects["AccountObj"].fields)


def test_custom_objects(emulator: FxiaokeEmulator) -> None:
    id = make(GROUP, name="trade fair 2")
    found = [row["_id"] for row in queryObj().execute(dataObjectApiName=GROUP, limit=100)]
    assert id in found
    assert set(found) == set(emulator.people.read(GROUP))


def test_a_refusal(emulator: FxiaokeEmulator) -> None:
    with pytest.raises(RuntimeError, match="必填字段客户名称未填写不可进行当前操作"):
        make("AccountObj", name="")
    assert len(emulator.people.read("AccountObj")) == 230
