"""What goes over the wire, as Zoho wants it: limits of a request, times, conditions, and nothing that is not needed."""

import asyncio
import re
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson
import pytest

from kequn.contracts.changes import Change, Op, Receipt
from kequn.contracts.errors import BrokenReply, CrmError
from kequn.contracts.records import Kind
from tests.plugins.zoho.rig import Rig, opened

pytestmark = pytest.mark.anyio

PERSON = Kind.CUSTOMER


def sent(rig: Rig, method: str, path: str) -> list[httpx.Request]:
    return [one for one in rig.tap.sent if one.method == method and one.url.path.startswith(path)]


def body(request: httpx.Request) -> Any:
    return orjson.loads(request.content)


@pytest.fixture(scope="module")
def busy() -> Rig:
    """A connection that has done a bit of everything. To be looked at, not used."""
    return asyncio.run(_work())


async def _work() -> Rig:
    rig = await opened(records=250)
    for at in range(60):
        rig.people.add_field("Contacts", f"Custom {at}", "text")
    await rig.reopen()
    for feed in rig.crm.feeds():
        walked = await rig.walk(feed.name)
        await rig.walk(feed.name, walked.cursor)
    records = (await rig.walk("contacts")).records
    await rig.crm.fetch("Contacts", [record.id for record in records])
    await rig.push(*[Change(Op.CREATE, PERSON, "Contacts", f"cus_{at}", fields={"name": "Bado"}) for at in range(120)])
    rig.later()
    changes = [
        Change(Op.UPDATE, PERSON, "Contacts", "cus_1", one.id, one.version, {"name": "Mola"}) for one in records[:3]
    ]
    assert [type(answer) for answer in await rig.push(*changes)] == [Receipt] * 3
    await rig.push(*[Change(Op.DELETE, PERSON, "Contacts", "cus_1", one.id) for one in records])
    return rig


def test_no_request_is_larger_than_zoho_takes(busy: Rig) -> None:
    for request in busy.tap.sent:
        assert len(request.url.params.get("fields", "").split(",")) <= 50
        assert len(request.url.params.get("ids", "").split(",")) <= 100
        if request.content[:1] == b"{":
            assert len(body(request).get("data", [])) <= 100
    assert {one.status for one in busy.emulator.requests if one.path.startswith("/crm/v8/Contacts")} <= {
        200,
        201,
        204,
        304,
    }


def test_lists_name_their_fields_and_order(busy: Rig) -> None:
    lists = [one for one in sent(busy, "GET", "/crm/v8/Contacts") if "per_page" in one.url.params]
    walked = [one for one in lists if "deleted" not in one.url.path and "Email" in one.url.params.get("fields", "")]
    assert walked
    assert {(one.url.params["sort_by"], one.url.params["sort_order"]) for one in walked} == {("Modified_Time", "asc")}


def test_times_have_an_offset_and_no_fraction(busy: Rig) -> None:
    times = [one.headers[name] for one in busy.tap.sent for name in CONDITIONS if name in one.headers]
    assert len(times) > 5
    assert [time for time in times if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", time)] == []


CONDITIONS = ("if-modified-since", "if-unmodified-since")


async def test_a_moment_with_a_fraction_is_written_in_whole_seconds() -> None:
    rig = await opened()
    moment = datetime(2026, 1, 5, 9, 0, 0, 761000, tzinfo=UTC)
    await rig.create(Kind.INTERACTION, "Calls", "int_1", subject="Ring", happened_at=moment)
    (request,) = sent(rig, "POST", "/crm/v8/Calls")
    assert body(request)["data"][0]["Call_Start_Time"] == "2026-01-05T09:00:00+00:00"


def test_writes_start_no_automation(busy: Rig) -> None:
    writes = sent(busy, "POST", "/crm/v8/Contacts") + sent(busy, "PUT", "/crm/v8/Contacts")
    assert {tuple(body(request)["trigger"]) for request in writes} == {()}
    assert {one.url.params["wf_trigger"] for one in sent(busy, "DELETE", "/crm/v8/Contacts")} == {"false"}


def test_creates_are_upserts_over_the_kequn_id(busy: Rig) -> None:
    creates = sent(busy, "POST", "/crm/v8/Contacts")
    assert [len(body(one)["data"]) for one in creates] == [100, 20]
    assert {one.url.path for one in creates} == {"/crm/v8/Contacts/upsert"}
    assert {tuple(body(one)["duplicate_check_fields"]) for one in creates} == {("Kequn_Id",)}


def test_updates_are_conditional_and_name_the_changed_fields_alone(busy: Rig) -> None:
    updates = sent(busy, "PUT", "/crm/v8/Contacts")
    assert len(updates) == 3
    assert all("if-unmodified-since" in one.headers for one in updates)
    assert {tuple(sorted(body(one)["data"][0])) for one in updates} == {("First_Name", "Last_Name")}


def test_the_token_stands_in_the_header_alone(busy: Rig) -> None:
    assert busy.tokens.token is not None
    token = busy.tokens.token.access
    api = [one for one in busy.tap.sent if one.url.path.startswith("/crm/")]
    assert {one.headers["authorization"] for one in api} == {f"Zoho-oauthtoken {token}"}
    assert [one for one in busy.tap.sent if token in str(one.url)] == []


WRONG = [
    {"data": [{"Last_Name": "Bado"}]},
    {"data": {"id": "1"}},
    {"data": "x"},
    {"data": [1]},
    {"data": [{"id": "1", "Modified_Time": 7, "Last_Name": ["x"]}], "info": 3},
    {"data": [{"id": "1", "Modified_Time": "2026-01-05T09:00:00+00:00", "Last_Name": "x", "Owner": 3, "Tag": 5}]},
    {"users": 3, "tags": [{"name": 3}], "fields": [{}]},
    {"data": [{"status": "success", "details": None}]},
]


@pytest.mark.parametrize("answer", WRONG)
@pytest.mark.parametrize("feed", ["users", "tags", "contacts", "deals", "tasks", "taggings"])
async def test_an_answer_of_the_wrong_shape_is_an_error_of_the_contract(answer: dict[str, Any], feed: str) -> None:
    rig = await opened(records=2)

    rig.tap.nonsense = answer
    try:
        walked = await rig.walk(feed)
    except BrokenReply:
        return
    assert all(record.id for record in walked.records)


@pytest.mark.parametrize("answer", WRONG)
@pytest.mark.parametrize("op", [Op.CREATE, Op.UPDATE, Op.DELETE])
async def test_a_write_answered_in_the_wrong_shape_is_not_taken_for_done(answer: dict[str, Any], op: Op) -> None:
    rig = await opened(records=2)
    id = next(iter(rig.people.read("Contacts")))

    rig.tap.nonsense = answer
    version = None if op is Op.CREATE else 1
    fields = {} if op is Op.DELETE else {"name": "Bado"}
    (answer_,) = await rig.push(
        Change(op, PERSON, "Contacts", "cus_1", None if op is Op.CREATE else id, version, fields)
    )
    assert isinstance(answer_, CrmError) or op is Op.DELETE
    assert op is Op.DELETE or getattr(answer_, "maybe_applied", False) is (len(sent(rig, METHODS[op], CONTACTS)) == 1)


CONTACTS = "/crm/v8/Contacts"
METHODS = {Op.CREATE: "POST", Op.UPDATE: "PUT"}
