"""A first load by bulk read: the same records as the list brings, resumable, and nothing lost behind it."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import httpx
import orjson
import pytest

from kequn.contracts.crm import Page
from kequn.contracts.errors import RetryLater
from kequn.contracts.records import Kind, Ref
from kequn.testing.emulator import EmulatorTransport
from tests.plugins.zoho.rig import Rig, opened

pytestmark = pytest.mark.anyio


LONG: dict[str, Any] = {"records": 220, "bulk_threshold": 200, "groups": "campaigns"}
"""A list of two pages, the second of which is not asked for."""


def exports(rig: Rig) -> int:
    return sum(seen.path == "/crm/bulk/v8/read" for seen in rig.emulator.requests)


async def begun(rig: Rig) -> Page:
    """The page after the first one: the export is ordered."""
    listed = await rig.crm.pull("contacts", None)
    return await rig.crm.pull("contacts", listed.next_cursor)


async def test_an_export_brings_what_the_list_brings() -> None:
    rig = await opened(**LONG)
    exported = await rig.walk("contacts")
    assert exports(rig) == 1
    await rig.reopen(bulk_threshold=5000, groups="campaigns")
    listed = await rig.walk("contacts")
    assert {record.id: dict(record.fields) for record in exported.records} == {
        record.id: dict(record.fields) for record in listed.records
    }
    assert {record.id: record.version for record in exported.records} == {
        record.id: record.version for record in listed.records
    }


@pytest.mark.parametrize("few", [{"records": 200}, {"bulk_threshold": 400}, {"groups": "tags"}])
async def test_what_a_list_brings_as_fast_is_listed(few: dict[str, Any]) -> None:
    """Tags are in no export: all contacts would have to be listed for them."""
    rig = await opened(**LONG | few)
    await rig.walk("contacts")
    assert exports(rig) == 0


async def test_fields_that_one_request_cannot_name_make_an_export_shorter() -> None:
    rig = await opened(**LONG | {"groups": "tags"})
    for at in range(60):
        rig.people.add_field("Contacts", f"Custom {at}", "text")
    await rig.crm.describe()
    walked = await rig.walk("contacts")
    assert (exports(rig), len(set(walked.ids))) == (1, 220)
    assert {roster.owner.id for roster in (await rig.walk("taggings")).rosters} == set(walked.ids)


async def test_what_changes_meanwhile_is_found_behind_it() -> None:
    rig = await opened(**LONG)
    page = await rig.crm.pull("contacts", None)
    page = await rig.crm.pull("contacts", page.next_cursor)
    edited, deleted = list(rig.people.read("Contacts"))[:2]
    page = await rig.crm.pull("contacts", page.next_cursor)
    rig.people.edit("Contacts", edited, {"Title": "Miller"})
    rig.people.delete("Contacts", deleted)
    rest = await rig.walk("contacts", page.next_cursor)
    assert [record.fields["occupation"] for record in rest.records if record.id == edited][-1] == "Miller"
    assert deleted in [gone.id for gone in rest.gone]


async def test_a_restart_goes_on_where_it_was() -> None:
    rig = await opened(**LONG | {"records": 2500})
    start = await begun(rig)
    first = await rig.crm.pull("contacts", start.next_cursor)
    await rig.reopen(bulk_threshold=200, groups="campaigns")
    rest = await rig.walk("contacts", first.next_cursor)
    assert len(first.records) == 1000
    assert {record.id for record in first.records} | set(rest.ids) == set(rig.people.read("Contacts"))
    assert exports(rig) == 1


async def test_an_export_that_zoho_has_thrown_away_is_made_again() -> None:
    rig = await opened(**LONG)
    start = await begun(rig)
    assert start.next_cursor is not None
    rest = await rig.walk("contacts", {**start.next_cursor, "job": "554023000000999999"})
    assert len(set(rest.ids)) == 220
    assert exports(rig) == 2


async def test_an_export_of_several_pages() -> None:
    """The first by its fields, the others by the token that the one before has brought."""
    rig = await opened(**LONG, knobs={"bulk_page": 80})
    assert len(set((await rig.walk("contacts")).ids)) == 220
    asked = [orjson.loads(sent.content)["query"] for sent in rig.tap.sent if sent.url.path == "/crm/bulk/v8/read"]
    assert [sorted(query) for query in asked] == [["fields", "module", "page"], ["page_token"], ["page_token"]]


async def test_a_deletion_between_two_pages_shifts_nothing() -> None:
    rig = await opened(**LONG, knobs={"bulk_page": 80})
    page = await rig.crm.pull("contacts", (await begun(rig)).next_cursor)
    first, *others = sorted(rig.people.read("Contacts"))
    rig.people.delete("Contacts", first)
    rest = await rig.walk("contacts", page.next_cursor)
    assert set(others) <= {record.id for record in page.records} | set(rest.ids)


async def test_behind_a_token_that_has_expired_the_list_goes_on() -> None:
    rig = await opened(**LONG, knobs={"bulk_page": 80})
    page = listed = await rig.crm.pull("contacts", None)
    while "export" not in (page.next_cursor or {}):
        page = await rig.crm.pull("contacts", page.next_cursor)
    rig.later(25 * 3600)
    rest = await rig.walk("contacts", page.next_cursor)
    assert {record.id for record in listed.records} | set(rest.ids) == set(rig.people.read("Contacts"))
    assert [problem.message for problem in rest.problems if "bulk_threshold" in problem.message]


class Wire(EmulatorTransport):
    """Damages what comes from one address, so many times. `met`: how often that was asked for."""

    def __init__(self, rig: Rig, end: str, damage: Callable[[bytes], bytes], times: int = 99) -> None:
        super().__init__(rig.emulator.app)
        self.met = 0
        self._end = end
        self._damage = damage
        self._times = times

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        reply = await super().handle_async_request(request)
        if "/bulk/" not in request.url.path or not request.url.path.endswith(self._end):
            return reply
        self.met += 1
        body = await reply.aread()
        damaged = self._damage(body) if self.met <= self._times else body
        return httpx.Response(reply.status_code, content=damaged, request=request)


def zipped(csv: bytes | None, damage: Callable[[bytes], bytes] = lambda packed: packed) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        if csv is not None:
            archive.writestr("1.csv", csv)
    return damage(packed.getvalue())


def changed(edit: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """The archive with a CSV that was edited."""

    def damage(body: bytes) -> bytes:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return zipped(edit(archive.read(archive.namelist()[0])))

    return damage


def locked(packed: bytes) -> bytes:
    """As if it wanted a password."""
    at = packed.index(b"PK\x01\x02")
    return packed[:6] + b"\x01" + packed[7 : at + 8] + b"\x01" + packed[at + 9 :]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda body: b"",
    "a page": lambda body: b"<html>please wait</html>",
    "half": lambda body: body[: len(body) // 2],
    "a flipped byte": lambda body: body[:200] + bytes([body[200] ^ 255]) + body[201:],
    "no file": lambda body: zipped(None),
    "a password": lambda body: zipped(b"id\n1\n", locked),
    "an empty file": changed(lambda csv: b""),
    "a cut row": changed(lambda csv: csv[: csv.rindex(b",")]),
    "fewer rows": changed(lambda csv: b"".join(csv.splitlines(keepends=True)[:50])),
    "a row too long": changed(lambda csv: csv.rstrip() + b",surplus\r\n"),
    "an open quote": changed(lambda csv: csv.rstrip() + b'\r\n"'),
    "no ids": changed(lambda csv: csv.replace(b"id,", b"di,", 1)),
    "a row without id": changed(lambda csv: csv.rstrip() + b"\r\n" + b"," * csv.splitlines()[0].count(b",")),
    "no text": changed(lambda csv: csv + b"\xff\xfe"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
async def test_instead_of_an_export_that_cannot_be_read_the_list_goes_on(damage: Callable[[bytes], bytes]) -> None:
    rig = Rig(**LONG)
    wire = Wire(rig, "/result", damage)
    rig.connect(far_end=wire)
    await rig.crm.open()
    walked = await rig.walk("contacts")
    assert wire.met == 2
    assert set(walked.ids) == set(rig.people.read("Contacts"))
    assert all(record.fields["name"] for record in walked.records)
    (told,) = [problem for problem in walked.problems if "bulk_threshold" in problem.message]
    assert (told.object, told.id) == ("Contacts", "")
    assert (await rig.walk("contacts", walked.cursor)).problems == []


async def test_an_export_that_was_damaged_on_the_way_is_fetched_again() -> None:
    rig = Rig(**LONG)
    wire = Wire(rig, "/result", DAMAGES["half"], times=1)
    rig.connect(far_end=wire)
    await rig.crm.open()
    walked = await rig.walk("contacts")
    assert (wire.met, len(set(walked.ids)), walked.problems) == (2, 220, [])


async def test_a_download_that_is_answered_with_half_a_text_gives_way_to_the_list() -> None:
    rig = Rig(**LONG)
    wire = Wire(rig, "/result", lambda body: b'{"data": [')
    rig.connect(far_end=wire)
    await rig.crm.open()
    walked = await rig.walk("contacts")
    assert (wire.met, set(walked.ids)) == (4, set(rig.people.read("Contacts")))


@pytest.mark.parametrize("forgotten", [b"next_page_token", b"download_url", b'"result"'])
async def test_a_job_that_says_less_than_it_should_gives_way_to_the_list(forgotten: bytes) -> None:
    rig = Rig(**LONG, knobs={"bulk_page": 80})
    rig.connect(far_end=Wire(rig, "", lambda body: body.replace(forgotten, b'"x"' if b'"' in forgotten else b"x")))
    await rig.crm.open()
    walked = await rig.walk("contacts")
    assert (exports(rig), set(walked.ids)) == (1, set(rig.people.read("Contacts")))


async def test_a_job_that_never_ends_is_left_for_later() -> None:
    rig = await opened(**LONG, knobs={"bulk_seconds": 1e6})
    start = await begun(rig)
    with pytest.raises(RetryLater):
        await rig.crm.pull("contacts", start.next_cursor)


async def test_what_changes_between_two_exports_is_found_behind_them() -> None:
    """The pages of an export are jobs of their own: the second shows later changes than the first one could."""
    rig = await opened(**LONG, knobs={"bulk_page": 80})
    page = await rig.crm.pull("contacts", (await begun(rig)).next_cursor)
    first, *_, last = sorted(rig.people.read("Contacts"))
    rig.people.edit("Contacts", first, {"Title": "Miller"})
    rig.later(600)
    rig.people.edit("Contacts", last, {"Title": "Baker"})
    rest = await rig.walk("contacts", page.next_cursor)
    assert "Miller" in [record.fields["occupation"] for record in rest.records if record.id == first]


async def test_behind_an_export_that_fails_the_list_goes_on() -> None:
    rig = await opened(**LONG, knobs={"bulk_fails": True})
    walked = await rig.walk("contacts")
    assert (exports(rig), set(walked.ids)) == (1, set(rig.people.read("Contacts")))


async def test_instead_of_an_export_that_is_refused_the_list_goes_on() -> None:
    rig = Rig(**LONG)
    rig.people.add_field("Contacts", "Wishes", "text")
    await rig.crm.open()
    page = await rig.crm.pull("contacts", None)
    rig.people.remove_field("Contacts", "Wishes")
    rest = await rig.walk("contacts", page.next_cursor)
    assert {record.id for record in page.records} | set(rest.ids) == set(rig.people.read("Contacts"))


async def test_an_export_says_which_organisation_an_activity_is_about() -> None:
    rig = await opened(bulk_threshold=200)
    account = rig.people.create("Accounts", {"Account_Name": "Mill"})
    about = {"What_Id": {"id": account}, "$se_module": "Accounts"}
    for at in range(201):
        rig.people.create("Tasks", {"Subject": f"Visit {at}", **about})
    walked = await rig.walk("tasks")
    assert exports(rig) == 1
    assert {record.fields["customer"] for record in walked.records} == {Ref(Kind.CUSTOMER, "Accounts", account)}
