"""Tiers as options of a widget, where a company has no form for them."""

from typing import Any

import pytest

from kequn.contracts.changes import Receipt
from kequn.contracts.records import Kind, Ref
from tests.plugins.jiandaoyun.rig import Rig, creation, update

pytestmark = pytest.mark.anyio

OPTIONS = {"gold": "金卡", "silver": "银卡"}


def ref(text: str) -> Ref:
    return Ref(Kind.TIER, "tiers", text)


async def chosen(**more: Any) -> Rig:
    """Customers have their tier in `source`, a combo."""
    rig = Rig()
    forms = rig.forms()
    del forms["tier"]
    customer = forms["customer"]
    fields = {name: widget for name, widget in customer["fields"].items() if name != "source"}
    given = {"options": {**customer["options"], "tier": OPTIONS}, **more}
    forms["customer"] = {**customer, "fields": {**fields, "tier": "source"}, **given}
    rig.connect(forms=forms)
    await rig.crm.open()
    return rig


async def test_the_settings_name_the_tiers() -> None:
    rig = await chosen()
    tiers = (await rig.walk("tiers")).records
    assert [(one.id, one.fields["name"]) for one in tiers] == [("金卡", "金卡"), ("银卡", "银卡")]
    sheet = rig.crm.capabilities.objects["tiers"]
    assert (sheet.kind, sheet.create, sheet.writable) == (Kind.TIER, False, frozenset())
    assert rig.crm.place(Kind.TIER, {"name": "x"}) is None
    assert [one.id for one in await rig.crm.fetch("tiers", ["金卡"])] == ["金卡"]  # type: ignore[union-attr]


async def test_a_customer_is_in_the_tier_of_its_option() -> None:
    rig = await chosen()
    change = creation(Kind.CUSTOMER, "cus_1", name="甲", tier=ref("金卡"))
    answer = await rig.answer(change)
    assert isinstance(answer, Receipt)
    assert rig.people.read("customer")[answer.id]["source"] == "金卡"
    record = await rig.record("customer", answer.id)
    assert record.fields["tier"] == ref("金卡")
    assert isinstance(await rig.answer(update(record, tier=None)), Receipt)
    assert rig.people.read("customer")[answer.id]["source"] is None


async def test_an_option_that_nobody_named_is_a_tier_too() -> None:
    rig = await chosen()
    rig.people.create("customer", {"name": "甲", "type": "个人", "source": "黑卡"})
    tier, customer = (await rig.walk()).records
    assert (tier.ref, customer.fields["tier"]) == (ref("黑卡"), ref("黑卡"))


async def test_options_must_be_named() -> None:
    rig = await chosen(options={})
    messages = [problem.message for problem in await rig.crm.check()]
    assert any("which only the settings can name" in message for message in messages)
    assert "tier" not in rig.crm.capabilities.objects["customer"].fields
