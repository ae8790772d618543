"""What every mapping shares: what is read back of what was written, and what is refused."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kequn.contracts import codecs
from kequn.contracts.codecs import Text
from kequn.contracts.errors import MissingReference, NotThere, Rejected
from kequn.contracts.records import Kind, Money, Ref

INSTANTS = st.integers(-(10**13), 10**13).map(codecs.moment)


@given(st.text())
def test_text_that_was_written_is_read_back(entered: str) -> None:
    try:
        written = Text().write(entered)
    except Rejected:
        assert "\x00" in entered or any("\ud800" <= letter <= "\udfff" for letter in entered)
        return
    assert Text().read(written) == written == (entered.strip() or None)


def test_text_longer_than_the_field_is_refused() -> None:
    assert Text(3).write(" abc ") == "abc"
    with pytest.raises(Rejected, match="4 characters, the field takes 3"):
        Text(3).write("abcd")


@given(st.integers(-(10**18), 10**18), st.integers(-6, 0))
def test_a_number_is_said_exactly_or_not_at_all(digits: int, exponent: int) -> None:
    number = Decimal(digits).scaleb(exponent)
    try:
        written = codecs.write_number(number)
    except Rejected:
        assert len(number.normalize().as_tuple().digits) > 15
        return
    assert codecs.read_number(written) == number


@pytest.mark.parametrize("raw", [True, None, "", "abc", "NaN", "Infinity", [1]])
def test_what_is_no_number(raw: Any) -> None:
    with pytest.raises(ValueError, match="a number was expected"):
        codecs.read_number(raw)


def test_money_is_rounded_half_to_even_at_six_places() -> None:
    assert codecs.money(Decimal("1.0000005"), "CNY") == Money(1_000_000, "CNY")
    assert codecs.money(Decimal("1.0000015"), "CNY") == Money(1_000_002, "CNY")


@pytest.mark.parametrize("amount", ["1e13", "1e30"])
def test_money_beyond_what_a_field_holds(amount: str) -> None:
    with pytest.raises(ValueError, match="a money field can hold"):
        codecs.money(Decimal(amount), "CNY")


@given(INSTANTS)
def test_moments_by_milliseconds(time: datetime) -> None:
    assert codecs.moment(codecs.milliseconds(time)) == time


@pytest.mark.parametrize("raw", [None, 7, "soon", "2026-01-05T09:00:00", "0001-01-01T00:00:00+08:00"])
def test_what_is_no_time(raw: Any) -> None:
    with pytest.raises(ValueError, match=r"expected|out of range") as refused:
        codecs.parse_time(raw)
    assert not isinstance(raw, str) or raw not in str(refused.value)


@pytest.mark.parametrize("number", ["1.5", "9223372036854775808", "-1e400"])
def test_what_is_no_whole_number_of_64_bits(number: str) -> None:
    assert codecs.whole(Decimal("9223372036854775807")) == 2**63 - 1
    with pytest.raises(ValueError, match="a whole number was expected"):
        codecs.whole(Decimal(number))


def test_a_moment_out_of_range() -> None:
    with pytest.raises(ValueError, match="out of range"):
        codecs.moment(1 << 70)


def test_a_reference_to_another_object() -> None:
    ref = Ref(Kind.CUSTOMER, "Contacts", "7")
    assert codecs.id_in(ref, "Contacts") == "7"
    with pytest.raises(Rejected, match="a reference to Accounts, not to Contacts"):
        codecs.id_in(ref, "Accounts")


@pytest.mark.parametrize("kind", [Rejected, MissingReference])
def test_a_refusal_names_the_field(kind: type[Rejected]) -> None:
    def refuse() -> None:
        raise kind("too long")

    with pytest.raises(kind, match="notes: too long") as refused:
        codecs.naming("notes", refuse)
    assert (type(refused.value), refused.value.field) == (kind, "notes")


def test_other_errors_are_left_as_they_are() -> None:
    def fail() -> None:
        raise NotThere("gone")

    with pytest.raises(NotThere, match=r"^gone$"):
        codecs.naming("notes", fail)
