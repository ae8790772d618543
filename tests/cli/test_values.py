"""Values that are entered for a conflict are of its field, or refused."""

import asyncio

import pytest

from cli.settling import read
from kequn.contracts.records import FIELDS, Kind
from kequn.domain import customers
from tests.cli.shell import Command, Zoho
from tests.cli.story import entered, links_of, run


@pytest.mark.parametrize(
    ("kind", "field", "text"),
    [
        (Kind.CUSTOMER, "interests", '"tea"'),
        (Kind.CUSTOMER, "interests", '{"tea": 1}'),
        (Kind.CUSTOMER, "interests", "[1]"),
        (Kind.CUSTOMER, "tier", f"grp_{0:032x}"),
        (Kind.CUSTOMER, "birthday", "31.1.2026"),
        (Kind.PURCHASE, "amount", "12.50"),
    ],
)
def test_what_does_not_fit_is_refused(kind: Kind, field: str, text: str) -> None:
    with pytest.raises((ValueError, LookupError, TypeError, ArithmeticError)):
        read(FIELDS[kind][field], text)


def test_what_fits_is_taken() -> None:
    assert read(FIELDS[Kind.CUSTOMER]["interests"], '["tea", "go"]') == frozenset({"tea", "go"})
    assert read(FIELDS[Kind.CUSTOMER]["tier"], f"tir_{1:032x}")


def test_a_reference_leads_to_a_row_that_is_there(kequn: Command, synced: Zoho) -> None:
    id = synced.emulator.people.create("Contacts", {"Last_Name": "示例", "Customer_Tier": "Regular"})
    run(kequn)
    (row,) = asyncio.run(links_of(id))
    entered(kequn, lambda desk: customers.change(desk, row, {"tier": None}))
    synced.emulator.people.edit("Contacts", id, {"Customer_Tier": "VIP"})
    run(kequn)
    (one,) = kequn.well("sync", "conflicts", "--field", "tier", "--json").json["conflicts"]
    choose = ("sync", "resolve", one["id"], "--choose", "value", "--value")
    assert "--value: there is no such row" in kequn(*choose, f"tir_{1:032x}").error
    assert "holds the id of a tier, tir_..." in kequn(*choose, f"cus_{1:032x}").error
    kequn.well(*choose, one["theirs"]["tier"])
