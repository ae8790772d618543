"""The lines of orders: records of their own in Fxiaoke, one tuple in kequn."""

from decimal import Decimal
from typing import Any

import orjson
import pytest

from kequn.contracts.changes import Change, Op, Receipt
from kequn.contracts.errors import Rejected
from kequn.contracts.records import Kind, Line, Money
from tests.plugins.fxiaoke.rig import Rig, opened
from tests.plugins.rig import Walked

pytestmark = pytest.mark.anyio

ORDER, LINES = "SalesOrderObj", "SalesOrderProductObj"
FLOUR = Line("Flour", quantity=Decimal(2), amount=Money.of("5.00", "CNY"))
OATS = Line("Oats", quantity=Decimal("1.5"), amount=None)


async def shop(**knobs: Any) -> Rig:
    rig = await opened(lines=True, **knobs)
    for name in ("Flour", "Oats"):
        rig.people.create("ProductObj", {"name": name})
    return rig


def change(id: str, *lines: Line) -> Change:
    return Change(Op.UPDATE, Kind.PURCHASE, ORDER, "pur_1", id, None, {"lines": lines})


async def test_an_order_is_made_with_its_lines() -> None:
    rig = await shop()
    receipt = await rig.create(Kind.PURCHASE, ORDER, "pur_1", name="SO1", lines=(OATS, FLOUR))
    record = await rig.record(ORDER, receipt.id)
    assert record.fields["lines"] == (FLOUR, OATS)
    assert rig.crm.normal(ORDER, {"lines": (OATS, FLOUR)}) == {"lines": (FLOUR, OATS)}
    assert len(rig.people.read(LINES)) == 2


async def test_lines_are_taken_away_and_added() -> None:
    rig = await shop()
    receipt = await rig.create(Kind.PURCHASE, ORDER, "pur_1", name="SO1", lines=(FLOUR, FLOUR, OATS))
    more = Line("Oats", quantity=Decimal(4))
    rig.later()
    before = len(rig.emulator.requests)
    (answer,) = await rig.push(change(receipt.id, FLOUR, OATS, more))
    assert isinstance(answer, Receipt)
    asked = rig.paths(before)
    assert (asked.count("invalid"), asked.count("create"), asked.count("update")) == (1, 1, 0)
    assert (await rig.record(ORDER, receipt.id)).fields["lines"] == (FLOUR, OATS, more)
    (answer,) = await rig.push(change(receipt.id))
    assert (await rig.record(ORDER, receipt.id)).fields["lines"] == ()


async def test_a_product_that_is_not_there_is_refused_without_a_write() -> None:
    rig = await shop()
    (answer,) = await rig.push(
        Change(Op.CREATE, Kind.PURCHASE, ORDER, "pur_1", fields={"name": "SO1", "lines": (Line("Secret"),)})
    )
    assert isinstance(answer, Rejected)
    assert (answer.field, "Secret" in answer.message) == ("lines", False)
    assert rig.people.read(ORDER) == {}


async def test_a_line_that_changes_brings_its_order() -> None:
    rig = await shop()
    _, second = [await rig.create(Kind.PURCHASE, ORDER, f"pur_{at}", name=f"SO{at}", lines=(FLOUR,)) for at in "12"]
    walked = await rig.walk(ORDER)
    assert [record.fields["lines"] for record in walked.records] == [(FLOUR,)] * 2
    rig.later(3600)
    for _ in range(3):
        walked = await rig.walk(ORDER, walked.cursor)
    line = next(id for id, row in rig.people.read(LINES).items() if row["order_id"] == second.id)
    rig.people.edit(LINES, line, {"quantity": "7"})
    walked = await rig.walk(ORDER, walked.cursor)
    seen = {record.id: record.fields["lines"][0].quantity for record in walked.records}  # type: ignore[index, union-attr]
    assert seen[second.id] == 7
    rig.people.delete(LINES, line)
    rig.later(1)
    (record,) = await rig.crm.fetch(ORDER, [second.id])
    assert getattr(record, "fields", {})["lines"] == ()


async def sold(rig: Rig, *lines: Line) -> tuple[str, str, Walked]:
    """An order, its first line, and the walks until nothing is new any more. Another order is newer: the newest comes
    with every walk."""
    receipt = await rig.create(Kind.PURCHASE, ORDER, "pur_1", name="SO1", lines=lines)
    line = next(iter(rig.people.read(LINES)))
    rig.later(300)
    await rig.create(Kind.PURCHASE, ORDER, "pur_2", name="SO2", lines=(FLOUR,))
    walked = await rig.walk(ORDER)
    for _ in range(3):
        rig.later(300)
        walked = await rig.walk(ORDER, walked.cursor)
    assert receipt.id not in walked.ids
    return receipt.id, line, walked


async def test_a_line_that_is_thrown_away_brings_its_order() -> None:
    rig = await shop()
    order, line, walked = await sold(rig, FLOUR, OATS)
    rig.people.delete(LINES, line)
    walked = await rig.walk(ORDER, walked.cursor)
    assert [record.fields["lines"] for record in walked.records if record.id == order][-1] == (OATS,)
    rig.later(300)
    rig.people.restore(LINES, line)
    walked = await rig.walk(ORDER, walked.cursor)
    assert [record.fields["lines"] for record in walked.records if record.id == order][-1] == (FLOUR, OATS)


async def test_a_line_that_is_gone_for_good_shows_after_a_day() -> None:
    rig = await shop()
    order, line, walked = await sold(rig, FLOUR, OATS)
    rig.people.delete(LINES, line)
    rig.people.purge(LINES, line)
    rig.later(24 * 3600)
    walked = await rig.walk(ORDER, walked.cursor)
    assert {record.id: record.fields["lines"] for record in walked.records}[order] == (OATS,)


async def test_a_round_without_news_asks_twice_for_lines() -> None:
    """What changed and what was thrown away; and what was changed last counts again, in its own millisecond."""
    rig = await shop()
    *_, walked = await sold(rig, FLOUR)
    before = len(rig.tap.sent)
    await rig.walk(ORDER, walked.cursor)
    asked = [orjson.loads(sent.content)["data"] for sent in rig.tap.sent[before:]]
    told = [(one["dataObjectApiName"], one["search_query_info"]["filters"][-1]["field_name"]) for one in asked]
    assert [name for object, name in told if object == LINES and name != "order_id"] == [
        "last_modified_time",
        "life_status",
    ]


async def test_many_orders_are_read_with_few_requests() -> None:
    rig = await opened(lines=True, records=600)
    before = len(rig.emulator.requests)
    walked = await rig.walk(ORDER)
    assert len(walked.records) == 200
    assert all(record.fields["lines"] for record in walked.records)
    assert len(rig.emulator.requests) - before <= 12


async def test_lines_are_left_alone_unless_asked_for() -> None:
    rig = await opened(records=30)
    assert "lines" not in rig.crm.capabilities.objects[ORDER].fields
    await rig.walk(ORDER)
    assert all("lines" not in record.fields for record in (await rig.walk(ORDER)).records)
