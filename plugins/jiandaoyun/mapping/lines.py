"""The lines of a purchase and the rows of a subform. Pure. A subform is written whole: rows that stay keep their ids
and what kequn does not map in them; what cannot be written back is refused, never lost."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from kequn.contracts.codecs import cannot_hold, write_number
from kequn.contracts.errors import Rejected
from kequn.contracts.records import Line, Money, Value
from plugins.jiandaoyun.mapping.columns import EMPTY, Amount, Column
from plugins.jiandaoyun.mapping.values import Flag, Raw, Text, number_of, read_money

PARTS = ("product", "category", "quantity", "amount", "cost", "returned")
"""What a line may say: the keys of the setting `lines`."""

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Rows(Column):
    """`items`: the widgets of a row by the parts of a line. `types`: of every widget of a row. `money`: how the
    amount of the purchase says its currency, which the lines share."""

    name: str
    items: Mapping[str, str]
    types: Mapping[str, str]
    money: Amount
    flag: Flag = field(default_factory=Flag)
    field: str = "lines"
    names: tuple[str, ...] = ()
    lossy: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", (self.name,))

    def read(self, raw: Raw) -> Value:
        currency = self.money.currency_of(raw)
        return tuple(self._line(row, currency) for row in _rows(raw.get(self.name)))

    def _line(self, row: Row, currency: str) -> Line:
        cell = {part: row.get(name) for part, name in self.items.items()}
        quantity = number_of(cell.get("quantity"))
        return Line(
            Text().read(cell.get("product")) or "",
            Text().read(cell.get("category")),
            Decimal(1) if quantity is None else quantity,
            read_money(cell.get("amount"), currency),
            read_money(cell.get("cost"), currency),
            bool(self.flag.read(cell.get("returned"))),
        )

    def write(self, value: Value, present: Raw) -> dict[str, Any]:
        lines = value if isinstance(value, tuple) else ()
        currency = self.money.currency_of(present)
        wanted = {money.currency for line in lines for money in (line.amount, line.cost) if money is not None}
        if wanted - {currency}:
            raise cannot_hold(f"the lines are not in {currency}, as the purchase is")
        rows = _rows(present.get(self.name))
        pairs = _paired([self._line(row, currency) for row in rows], lines)
        return {self.name: [self._row(line, rows[at] if at is not None else {}) for line, at in pairs]}

    def _row(self, line: Line, row: Row) -> dict[str, Any]:
        if row and self._line(row, _currency(line, self.money.home)) == line:
            said = {name: row[name] for name in self.items.values() if name in row}  # as it stands
        else:
            said = {name: self._cell(part, line) for part, name in self.items.items()}
        return {**({"_id": row["_id"]} if "_id" in row else {}), **self._unmapped(row), **said}

    def _cell(self, part: str, line: Line) -> Any:
        match getattr(line, part):
            case Money() as money:
                return write_number(money.amount)
            case Decimal() as number:
                return write_number(number)
            case bool() as said:
                return self.flag.write(said)
            case text:
                return Text().write(text)

    def _unmapped(self, row: Row) -> dict[str, Any]:
        """What must be sent again of a row that stays, in the form in which it is written."""
        kept: dict[str, Any] = {}
        for name, value in row.items():
            if name == "_id" or name in self.items.values() or value in EMPTY:
                continue
            type = self.types.get(name, "")
            if type in _COMPUTED:
                continue
            if type not in _AGAIN:
                raise Rejected(f"Jiandaoyun replaces the lines whole, and {name} in them cannot be written back")
            kept[name] = _AGAIN[type](value)
        return kept

    def normal(self, value: Value) -> Value:
        """The lines by themselves: their currency is settled when they are written."""
        lines = value if isinstance(value, tuple) else ()
        currencies = {money.currency for line in lines for money in (line.amount, line.cost) if money is not None}
        if len(currencies) > 1 or (not self.money.currency and currencies - {self.money.home}):
            raise cannot_hold("the lines are in several currencies, or in one that the form does not have")
        currency = next(iter(currencies), self.money.home)
        cells = ({name: self._cell(part, line) for part, name in self.items.items()} for line in lines)
        return tuple(self._line(row, currency) for row in cells)


def _currency(line: Line, home: str) -> str:
    return next((money.currency for money in (line.amount, line.cost) if money is not None), home)


def _rows(held: Any) -> Sequence[Row]:
    if held in EMPTY:
        return ()
    if not isinstance(held, list) or not all(isinstance(row, Mapping) for row in held):
        raise ValueError("rows of a subform were expected")
    return held


def _paired(before: Sequence[Line], after: Sequence[Line]) -> list[tuple[Line, int | None]]:
    """For each line the place of the row that it stands in: the equal one, else one of the same product."""
    free = list(range(len(before)))
    found: dict[int, int] = {}
    for fits in (_equal, _of_same_product):
        for place, line in enumerate(after):
            at = next((at for at in free if place not in found and fits(before[at], line)), None)
            if at is not None:
                found[place] = at
                free.remove(at)
    return [(line, found.get(place)) for place, line in enumerate(after)]


def _equal(one: Line, other: Line) -> bool:
    return one == other


def _of_same_product(one: Line, other: Line) -> bool:
    return one.product == other.product


def _same(value: Any) -> Any:
    return value


def _usernames(value: Any) -> Any:
    return [_username(one) for one in value]


def _numbers(value: Any) -> Any:
    return [_number(one) for one in value]


def _phone(value: Any) -> Any:
    return {"phone": value.get("phone")}


def _username(value: Any) -> Any:
    return value.get("username") if isinstance(value, Mapping) else value


def _number(value: Any) -> Any:
    return value.get("dept_no") if isinstance(value, Mapping) else value


_COMPUTED = ("sn", "aggregation", "formula")
"""Types that Jiandaoyun fills itself."""

_AGAIN: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("text", "textarea", "number", "datetime", "radiogroup", "combo", "address", "location"), _same),
    **dict.fromkeys(("checkboxgroup", "combocheck", "lookup"), _same),
    "user": _username,
    "dept": _number,
    "usergroup": _usernames,
    "deptgroup": _numbers,
    "phone": _phone,
}
"""How a value that was read is written back, by the type of its widget."""
