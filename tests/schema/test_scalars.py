"""Scalars: what is read as a number, and what is none."""

from decimal import Decimal
from typing import Any

import pytest
from graphql import parse_value

from kequn.domain.checks import Unreadable
from schema.scalars import LONGEST, read_decimal, read_json


@pytest.mark.parametrize("entered", ["12.5", 7, 0.1, "-0", "9" * LONGEST, f"1E+{LONGEST - 1}", f"1E-{LONGEST - 1}"])
def test_a_number_is_read(entered: Any) -> None:
    assert read_decimal(entered) == Decimal(str(entered))


@pytest.mark.parametrize(
    "entered",
    ["x", True, "NaN", "9" * (LONGEST + 1), f"1E+{LONGEST}", f"1E-{LONGEST}", f"0E+{LONGEST}", "1E+999999", 1e300],
)
def test_what_is_long_or_great_is_no_number(entered: Any) -> None:
    assert isinstance(read_decimal(entered), Unreadable)


def test_json_in_a_document() -> None:
    whole = 2**63 - 1024  # the greatest that is a float below 2**63
    assert read_json(parse_value(f'{{a: [{whole}, -1.5], b: "1E400"}}')) == {"a": [whole, -1.5], "b": "1E400"}


@pytest.mark.parametrize("number", [str(2**63), "1E400", "-1E19", "9" * 5000])
def test_numbers_of_more_than_64_bits_are_none(number: str) -> None:
    with pytest.raises(ValueError, match="64 bits"):
        read_json(parse_value(f"{{a: [{number}]}}"))
