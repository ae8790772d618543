"""Values that are entered for a conflict are of its field, or refused."""

import pytest

from cli.settling import read
from kequn.contracts.records import FIELDS, Kind


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
