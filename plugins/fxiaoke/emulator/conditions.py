"""The filters of a query (contract, 5.3): all must hold. Numbers and texts of numbers compare as numbers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from kequn.testing.emulator import Row
from plugins.fxiaoke.emulator.errors import ApiError
from plugins.fxiaoke.emulator.tenant import Object, Tenant

Test = Callable[[Any, list[Any]], bool]


@dataclass(frozen=True)
class Condition:
    field: str
    operator: str
    values: list[Any]

    def holds(self, row: Row) -> bool:
        return TESTS[self.operator](row.get(self.field), self.values)


def read_conditions(tenant: Tenant, object: Object, filters: Any) -> list[Condition]:
    """Raises ApiError."""
    if filters is None:
        return []
    if not isinstance(filters, list):
        raise bad_filter("filters")
    return [_condition(tenant, object, one) for one in filters]


def _condition(tenant: Tenant, object: Object, given: Any) -> Condition:
    if not isinstance(given, Mapping):
        raise bad_filter("filters")
    name, operator, values = given.get("field_name"), given.get("operator"), given.get("field_values")
    field = object.fields.get(name) if isinstance(name, str) else None
    if not isinstance(name, str) or (name != "_id" and (field is None or not field.is_active)):
        raise bad_filter(f"field_name={name}")
    if operator not in TESTS:
        raise bad_filter(f"operator={operator}")
    if operator in {"IS", "ISN"}:
        values = values or []
    if not isinstance(values, list) or (operator in {"BETWEEN", "NBETWEEN"} and len(values) != 2):
        raise bad_filter(f"field_values of {name}")
    if not values and operator not in {"IS", "ISN"}:
        raise bad_filter(f"field_values of {name}")
    if field is not None and field.type == "employee":
        values = [user.id if (user := tenant.person(one)) else one for one in values]
    return Condition(name, str(operator), values)


def bad_filter(what: str) -> ApiError:
    return ApiError(15002, f"illegal parameter: {what}")


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return str(one).lower() == str(other).lower()
    first, second = _number(one), _number(other)
    if first is not None and second is not None:
        return first == second
    return str(one) == str(other)


def _any(value: Any, values: list[Any]) -> bool:
    members = value if isinstance(value, list) else [] if value is None else [value]
    return any(_same(member, one) for member in members for one in values)


def _equal(value: Any, values: list[Any]) -> bool:
    if isinstance(value, list):
        return {str(one) for one in value} == {str(one) for one in values}
    return value is not None and _same(value, values[0])


def _order(value: Any, other: Any) -> int | None:
    """-1, 0 or 1; None when they do not compare."""
    if value is None or isinstance(value, list):
        return None
    first, second = _number(value), _number(other)
    if first is not None and second is not None:
        return (first > second) - (first < second)
    return (str(value) > str(other)) - (str(value) < str(other))


def _between(value: Any, values: list[Any]) -> bool:
    low, high = _order(value, values[0]), _order(value, values[1])
    return low in {0, 1} and high in {0, -1}


def _has_text(value: Any, values: Sequence[Any]) -> bool:
    if isinstance(value, list):
        return _any(value, list(values))
    return value is not None and str(values[0]) in str(value)


def _empty(value: Any, values: list[Any]) -> bool:
    return value in (None, "", [])


def _not(test: Test) -> Test:
    return lambda value, values: not test(value, values)


TESTS: Mapping[str, Test] = {
    "EQ": _equal,
    "N": _not(_equal),
    "GT": lambda value, values: _order(value, values[0]) == 1,
    "GTE": lambda value, values: _order(value, values[0]) in {0, 1},
    "LT": lambda value, values: _order(value, values[0]) == -1,
    "LTE": lambda value, values: _order(value, values[0]) in {0, -1},
    "LIKE": _has_text,
    "NLIKE": _not(_has_text),
    "IS": _empty,
    "ISN": _not(_empty),
    "IN": _any,
    "NIN": _not(_any),
    "BETWEEN": _between,
    "NBETWEEN": _not(_between),
    "STARTWITH": lambda value, values: value is not None and str(value).startswith(str(values[0])),
    "ENDWITH": lambda value, values: value is not None and str(value).endswith(str(values[0])),
    "CONTAINS": _has_text,
    "HASANYOF": _any,
    "NHASANYOF": _not(_any),
}
