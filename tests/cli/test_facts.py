"""What fields hold, as a person reads it in a plan."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from cli.facts import readable
from kequn.contracts.records import Kind, Line, Money
from kequn.store.values import Fact, to_json

CUSTOMER = UUID("01a20921ebc578b9ab798709b62febf5")
LINES = (
    Line("tea", "drinks", Decimal("2.500"), Money(12_500_000, "CNY")),
    Line("cup", returned=True),
)


@pytest.mark.parametrize(
    ("kind", "name", "fact", "text"),
    [
        (Kind.CUSTOMER, "name", "甲 ", "'甲 '"),
        (Kind.CUSTOMER, "name", None, "empty"),
        (Kind.CUSTOMER, "opted_out", True, "True"),
        (Kind.CUSTOMER, "birthday", datetime(1990, 5, 4, tzinfo=UTC).date(), "'1990-05-04'"),
        (Kind.CUSTOMER, "interests", frozenset({"tea", "chess"}), "chess, tea"),
        (Kind.CUSTOMER, "interests", frozenset(), "empty"),
        (Kind.PURCHASE, "amount", Money(4_672_500_000, "CNY"), "4672.5 CNY"),
        (Kind.PURCHASE, "paid_at", datetime(2026, 2, 8, 16, 0, tzinfo=UTC), "2026-02-09 00:00:00+0800"),
        (Kind.PURCHASE, "customer", CUSTOMER, f"cus_{CUSTOMER.hex}"),
        (Kind.PURCHASE, "lines", LINES, "2.5 'tea' for 12.5 CNY; 1 'cup', brought back"),
    ],
)
def test_a_value_is_said_as_people_write_it(kind: Kind, name: str, fact: Fact, text: str) -> None:
    assert readable(kind, name, to_json(fact), ZoneInfo("Asia/Shanghai")) == text


@pytest.mark.parametrize("words", ["(reference)", "Contacts 4711", "cus_1"])
def test_words_in_the_place_of_a_reference_stay(words: str) -> None:
    assert readable(Kind.PURCHASE, "customer", words) == words


def test_what_is_no_field_of_a_row_is_said_as_it_is() -> None:
    assert readable(None, "messages", 3) == "3"
