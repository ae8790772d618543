"""What a person may enter, without a database."""

from datetime import date
from decimal import Decimal

import pytest

from kequn.contracts.records import FIELDS, Kind, Line, Money
from kequn.domain.checks import Amount, Entered, LineInput, Unreadable, clean, missing
from kequn.domain.problems import Code

TODAY = date(2026, 1, 5)


@pytest.mark.parametrize(
    ("kind", "field", "entered", "fact"),
    [
        (Kind.CUSTOMER, "name", " 王芳 ", "王芳"),
        (Kind.CUSTOMER, "city", "", None),
        (Kind.CUSTOMER, "notes", "line\nline\t", "line\nline"),
        (Kind.CUSTOMER, "interests", [" tea", "tea", ""], frozenset({"tea"})),
        (Kind.CUSTOMER, "interests", None, frozenset()),
        (Kind.CUSTOMER, "birthday", TODAY, TODAY),
        (Kind.CUSTOMER, "opted_out", False, False),
        (Kind.TIER, "rank", 0, 0),
        (Kind.PURCHASE, "amount", Amount(Decimal("12.50"), " cny "), Money.of("12.5", "CNY")),
        (Kind.PURCHASE, "lines", [LineInput(" tea ", "", Decimal(2))], (Line("tea", None, Decimal(2)),)),
        (Kind.PURCHASE, "lines", [], ()),
        (Kind.PURCHASE, "lines", None, ()),
    ],
)
def test_what_is_good_is_cleaned(kind: Kind, field: str, entered: Entered, fact: object) -> None:
    facts, problems = clean(kind, {field: entered}, TODAY)
    assert problems == []
    assert facts == {field: fact}


@pytest.mark.parametrize(
    ("kind", "field", "entered", "code"),
    [
        (Kind.CUSTOMER, "birthday", date(2026, 1, 6), Code.BAD_DATE),
        (Kind.CUSTOMER, "birthday", date(1849, 12, 31), Code.BAD_DATE),
        (Kind.CUSTOMER, "birthday", Unreadable("soon"), Code.BAD_DATE),
        (Kind.TIER, "rank", 2**31, Code.BAD_NUMBER),
        (Kind.PURCHASE, "amount", Amount(Decimal("NaN"), "CNY"), Code.BAD_MONEY),
        (Kind.PURCHASE, "amount", Amount(Decimal(10) ** 13, "CNY"), Code.BAD_MONEY),
        (Kind.PURCHASE, "amount", Amount(Unreadable("x"), "CNY"), Code.BAD_MONEY),
        (Kind.PURCHASE, "lines", [LineInput("x", quantity=Decimal("0.0000001"))], Code.BAD_NUMBER),
        (Kind.PURCHASE, "lines", [LineInput("x")] * 201, Code.TOO_MANY),
    ],
)
def test_what_is_not_has_a_code(kind: Kind, field: str, entered: Entered, code: Code) -> None:
    facts, [problem] = clean(kind, {field: entered}, TODAY)
    assert facts == {}
    assert (problem.code, problem.path[0]) == (code, field)


def test_problems_hold_no_values() -> None:
    _, [problem] = clean(Kind.CUSTOMER, {"phone": "not a number"}, TODAY)
    assert "not a number" not in repr(problem)


def test_what_must_be_filled() -> None:
    assert [problem.path for problem in missing(Kind.CUSTOMER, {"type": "person"}, [])] == [("name",)]
    assert missing(Kind.CUSTOMER, {"type": "person", "name": "a"}, []) == []


@pytest.mark.parametrize("kind", list(Kind))
def test_every_field_of_every_kind_can_be_emptied(kind: Kind) -> None:
    facts, problems = clean(kind, dict.fromkeys(FIELDS[kind]), TODAY)
    assert problems == []
    assert facts == {name: field.empty for name, field in FIELDS[kind].items()}
