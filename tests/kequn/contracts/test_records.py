"""Canonical records: fields and their types, money, references."""

from dataclasses import FrozenInstanceError, replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kequn.contracts.changes import Batch, Change, Op
from kequn.contracts.crm import Subscription, WebhookRequest
from kequn.contracts.records import FIELDS, MONEY_LIMIT, Gone, Kind, Line, Money, Record, Ref, Type, check_fields

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
EXAMPLES: dict[Type, Any] = {
    Type.TEXT: "text",
    Type.INTEGER: 7,
    Type.BOOLEAN: True,
    Type.DATE: date(2026, 1, 5),
    Type.DATETIME: NOON,
    Type.MONEY: Money.of(1, "CNY"),
    Type.REF: Ref(Kind.TIER, "Tiers", "1"),
    Type.SET: frozenset({"tea"}),
    Type.LINES: (Line("Oolong"),),
}
EVERY_FIELD = [(kind, field) for kind, fields in FIELDS.items() for field in fields.values()]


def contact(**fields: Any) -> Record:
    return Record(Kind.CUSTOMER, "Contacts", "1", 5, fields)


@pytest.mark.parametrize(("kind", "field"), EVERY_FIELD, ids=[f"{kind}.{field.name}" for kind, field in EVERY_FIELD])
def test_a_field_takes_its_type_and_no_other(kind: Kind, field: Any) -> None:
    check_fields(kind, {field.name: EXAMPLES[field.type]})
    check_fields(kind, {field.name: field.empty})
    for type, value in EXAMPLES.items():
        if type is not field.type:
            with pytest.raises(TypeError, match=f"field {field.name} holds"):
                check_fields(kind, {field.name: value})


@pytest.mark.parametrize(("kind", "field"), EVERY_FIELD, ids=[f"{kind}.{field.name}" for kind, field in EVERY_FIELD])
def test_a_reference_names_its_kind_and_nothing_else_does(kind: Kind, field: Any) -> None:
    assert (field.to is not None) == (field.type is Type.REF)


def test_every_kind_has_fields_and_one_is_required() -> None:
    assert set(FIELDS) == set(Kind)
    assert all(any(field.required for field in fields.values()) for fields in FIELDS.values())


@pytest.mark.parametrize("name", ["interests", "product_preferences"])
def test_a_set_is_never_none(name: str) -> None:
    with pytest.raises(TypeError):
        contact(**{name: None})


@pytest.mark.parametrize(
    "time",
    [datetime(2026, 1, 5, 12), datetime(2026, 1, 5, 12, tzinfo=timezone(timedelta(hours=8)))],
    ids=["naive", "elsewhere"],
)
def test_times_are_in_utc(time: datetime) -> None:
    with pytest.raises(TypeError, match="in UTC"):
        Record(Kind.PURCHASE, "Deals", "1", 5, {"paid_at": time})


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(KeyError, match="customer has no field nmae"):
        contact(nmae="Li")


def test_records_do_not_change_and_do_not_print_values() -> None:
    record = replace(contact(name="Oolong"), extra={"Nick_Name": "Sencha"})
    assert repr(record).count("Oolong") == repr(record).count("Sencha") == 0
    with pytest.raises(FrozenInstanceError):
        record.id = "2"  # type: ignore[misc]


def test_a_record_and_its_tombstone_have_one_reference() -> None:
    assert contact().ref == Gone(Kind.CUSTOMER, "Contacts", "1", 9).ref == Ref(Kind.CUSTOMER, "Contacts", "1")


def test_a_change_does_not_print_values() -> None:
    change = Change(Op.UPDATE, Kind.CUSTOMER, "Contacts", "cus_1", "1", 5, {"phone": "13912345678"})
    assert "139" not in repr(Batch("b1", [change]))


def test_a_webhook_does_not_print_what_proves_it() -> None:
    query, headers = {"nonce": "Oolong"}, {"authorization": "Sencha"}
    request = WebhookRequest("POST", query, headers, b"Matcha", Subscription(None, {"token": "Genmaicha"}))
    assert [word for word in ("Oolong", "Sencha", "Matcha", "Genmaicha") if word in repr(request)] == []


@pytest.mark.parametrize(
    ("amount", "micros"), [("12.50", 12_500_000), (3, 3_000_000), (Decimal("-0.000001"), -1), ("1e3", 10**9), ("-0", 0)]
)
def test_money_is_exact(amount: Any, micros: int) -> None:
    assert Money.of(amount, "cny") == Money(micros, "CNY")


@pytest.mark.parametrize("amount", ["0.0000001", "NaN", "Infinity", "1E-999999", "1." + "0" * 40 + "1"])
def test_money_that_would_be_rounded_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="decimal places"):
        Money.of(amount, "CNY")


def test_money_that_does_not_fit_is_refused() -> None:
    assert Money(MONEY_LIMIT, "CNY").micros == MONEY_LIMIT
    with pytest.raises(OverflowError, match="more than a money field can hold"):
        Money(MONEY_LIMIT + 1, "CNY")


@pytest.mark.parametrize("amount", ["9223372036854.775808", "-1E+13", "1E+999990", "9" * 1_000_000])
def test_money_is_never_written_out_to_see_that_it_does_not_fit(amount: str) -> None:
    """The whole number of "1E+999990" takes hours."""
    assert Money.of("9223372036854.775807", "CNY").micros == Money.of("9223372036854.7758070000", "CNY").micros
    with pytest.raises(OverflowError, match="more than a money field can hold"):
        Money.of(amount, "CNY")


@given(st.integers(-MONEY_LIMIT, MONEY_LIMIT))
def test_money_is_read_back_as_it_was(micros: int) -> None:
    money = Money(micros, "CNY")
    assert Money.of(money.amount, "CNY") == money
