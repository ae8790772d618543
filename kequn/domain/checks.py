"""What a person may enter into the fields of a row. Cleans values and says what is wrong with them; pure.
What comes from a CRM takes another road: it is kept as it is."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from kequn.contracts import identity
from kequn.contracts.records import FIELDS, Field, Kind, Line, Money, Type
from kequn.domain.problems import Code, Problem, Refused, refuse
from kequn.store.values import Fact, is_empty

SHORT, LONG, ELEMENTS = 255, 20_000, 200
FIRST_YEAR, LAST_YEAR = 1850, 2200  # years and hours can be added to days of these
_LONG = {"needs", "notes", "content", "solution", "purpose", "description"}
_CURRENCY = re.compile(r"[A-Z]{3}")
_IDENTITIES: Mapping[str, Code] = {"phone": Code.BAD_PHONE, "email": Code.BAD_EMAIL, "uscc": Code.BAD_USCC}
"""What is refused when it is none, whosever it is."""


@dataclass(frozen=True)
class Unreadable:
    """What was entered where a date, a time or a number belongs, and is none."""

    text: str


@dataclass(frozen=True)
class Amount:
    """Money as a person enters it."""

    amount: Decimal | Unreadable
    currency: str


@dataclass(frozen=True)
class LineInput:
    """A line of a purchase as a person enters it."""

    product: str
    category: str | None = None
    quantity: Decimal | Unreadable = Decimal(1)
    amount: Amount | None = None
    cost: Amount | None = None
    returned: bool = False


Entered = Fact | Unreadable | Amount | list[str] | list[LineInput]


def is_near(day: date) -> bool:
    """Whether a day, or a moment, is so near that others can be counted from it."""
    return FIRST_YEAR <= day.year <= LAST_YEAR


def clean(
    kind: Kind, entered: Mapping[str, Entered], today: date, region: str = "CN"
) -> tuple[dict[str, Fact], list[Problem]]:
    """The facts that were entered, and everything that is wrong with the others. `today`, `region`: tenants.Place."""
    facts: dict[str, Fact] = {}
    problems: list[Problem] = []
    for name, value in entered.items():
        try:
            facts[name] = _fact(FIELDS[kind][name], value, today, region)
        except Refused as refused:
            problems.extend(refused.problems)
    return facts, problems


def missing(kind: Kind, facts: Mapping[str, Fact], problems: Sequence[Problem]) -> list[Problem]:
    """The fields that must be filled, are not, and have no problem yet."""
    wrong = {problem.path[0] for problem in problems if problem.path}
    return [
        Problem(Code.REQUIRED, (name,))
        for name, field in FIELDS[kind].items()
        if field.required and name not in wrong and is_empty(facts.get(name))
    ]


def _fact(field: Field, value: Entered, today: date, region: str) -> Fact:
    if value is None:
        return field.empty  # type: ignore[return-value]
    match value:
        case Unreadable():
            raise refuse(Code.BAD_DATE if field.type in {Type.DATE, Type.DATETIME} else Code.BAD_NUMBER, field.name)
        case Amount():
            return _money(value, field.name)
        case str():
            return _text(field, value, region)
        case list() if field.type is Type.SET:
            return _set(field.name, [element for element in value if isinstance(element, str)])
        case list():
            return _lines(field.name, [line for line in value if isinstance(line, LineInput)])
        case date() if not isinstance(value, datetime) and not date(FIRST_YEAR, 1, 1) <= value <= today:
            raise refuse(Code.BAD_DATE, field.name)
        case datetime() if not is_near(value):
            raise refuse(Code.BAD_DATE, field.name)
        case int() if abs(value) >= 2**31:
            raise refuse(Code.BAD_NUMBER, field.name)
    return value


def _text(field: Field, text: str, region: str) -> str | None:
    text = _plain(text.strip(), field.name, limit=LONG if field.name in _LONG else SHORT)
    if not text:
        return None
    code = _IDENTITIES.get(field.name)
    if code and not identity.keys(Kind.CUSTOMER, {field.name: text}, region):
        raise refuse(code, field.name)
    if field.name == "currency" and not _CURRENCY.fullmatch(text):
        raise refuse(Code.BAD_CURRENCY, field.name)
    return text


def _plain(text: str, *path: str | int, limit: int = SHORT) -> str:
    if len(text) > limit:
        raise refuse(Code.TOO_LONG, *path, limit=limit)
    if any(letter < " " and letter not in "\n\r\t" for letter in text):
        raise refuse(Code.BAD_TEXT, *path)
    return text


def _set(name: str, elements: list[str]) -> frozenset[str]:
    if len(elements) > ELEMENTS:
        raise refuse(Code.TOO_MANY, name, limit=ELEMENTS)
    cleaned = (_plain(element.strip(), name, place) for place, element in enumerate(elements))
    return frozenset(element for element in cleaned if element)


def _money(entered: Amount, *path: str | int) -> Money:
    currency = entered.currency.strip().upper()
    if not _CURRENCY.fullmatch(currency):
        raise refuse(Code.BAD_CURRENCY, *path)
    if isinstance(entered.amount, Unreadable):
        raise refuse(Code.BAD_MONEY, *path)
    try:
        return Money.of(entered.amount, currency)
    except (ValueError, ArithmeticError):
        raise refuse(Code.BAD_MONEY, *path) from None


def _lines(name: str, lines: list[LineInput]) -> tuple[Line, ...]:
    if len(lines) > ELEMENTS:
        raise refuse(Code.TOO_MANY, name, limit=ELEMENTS)
    return tuple(_line(line, name, place) for place, line in enumerate(lines))


def _line(line: LineInput, *path: str | int) -> Line:
    product = _plain(line.product.strip(), *path, "product")
    if not product:
        raise refuse(Code.REQUIRED, *path, "product")
    category = _plain(line.category.strip(), *path, "category") if line.category else None
    amount = _money(line.amount, *path, "amount") if line.amount else None
    cost = _money(line.cost, *path, "cost") if line.cost else None
    return Line(product, category or None, _quantity(line.quantity, *path, "quantity"), amount, cost, line.returned)


def _quantity(quantity: Decimal | Unreadable, *path: str | int) -> Decimal:
    if isinstance(quantity, Unreadable) or not quantity.is_finite() or abs(quantity) > 10**9:
        raise refuse(Code.BAD_NUMBER, *path)
    if quantity != round(quantity, 6):
        raise refuse(Code.BAD_NUMBER, *path)
    return quantity
