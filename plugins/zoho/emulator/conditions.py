"""Conditions of searches and bulk reads (contract, 5.10 and section 6): `field`, comparator, values as text."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kequn.testing.emulator import Row
from plugins.zoho.emulator import times
from plugins.zoho.emulator.errors import ApiError
from plugins.zoho.emulator.fields import Field
from plugins.zoho.emulator.org import Module, Org

Test = Callable[[Row], bool]
EMPTY_VALUE = "${EMPTY}"
_NUMBERS = {"integer", "double", "currency", "percent"}
_LOOSE = {"text", "textarea", "website", "autonumber"}
_SYNONYMS = {
    "equal": "equals", "less_than": "less_than", "greater_than": "greater_than", "less_equal": "less_equal",
    "greater_equal": "greater_equal",
}  # fmt: skip
SEARCH = {
    "equals", "not_equal", "in", "starts_with", "greater_equal", "greater_than", "less_equal", "less_than", "between",
}  # fmt: skip
BULK = {
    "equal", "not_equal", "in", "not_in", "less_than", "less_equal", "greater_than", "greater_equal", "contains",
    "not_contains", "starts_with", "ends_with", "between", "not_between",
}  # fmt: skip


def condition(
    org: Org, module: Module, name: str, comparator: str, values: Sequence[str], *, loose: bool = False
) -> Test:
    """`loose`: `equals` on text means `contains`, as searches since v7 have it. Raises ApiError."""
    field = module.fields.get(name)
    if field is None or field.api_name == "Tag" or field.type == "subform":
        raise _refused("invalid field", name)
    if comparator not in SEARCH | BULK or not values or len(values) > 100:
        raise _refused("invalid operator found", name)
    if "between" in comparator and len(values) != 2:
        raise _refused("invalid value found", name)
    negate = comparator.startswith("not_")
    plain = comparator.removeprefix("not_")
    plain = "contains" if loose and plain == "equals" and field.type in _LOOSE else _SYNONYMS.get(plain, plain)
    if values == [EMPTY_VALUE]:
        return lambda row: (row.get(name) is None) != negate
    wanted = [_value(field, value) for value in values]
    check = _CHECKS[plain]

    def test(row: Row) -> bool:
        found = _shown(org, field, row.get(name))
        return (found is not None and any(check(one, wanted) for one in _each(found))) != negate

    return test


def _each(found: Any) -> Sequence[Any]:
    return found if isinstance(found, tuple) else (found,)


def _shown(org: Org, field: Field, value: Any) -> Any:
    """A value in the form that conditions compare: folded text, numbers; of a lookup its id and its name."""
    if field.type == "lookup" and value is not None:
        target = org.modules[field.to or ""]
        row = target.table.get(value)
        return (value, target.name_of(row).casefold()) if row is not None else (value,)
    if isinstance(value, tuple):
        return tuple(one.casefold() for one in value)
    return value.casefold() if isinstance(value, str) else value


def _value(field: Field, text: str) -> Any:
    if field.type == "datetime":
        moment = times.read(text)
        if moment is None:
            raise _refused("invalid value found", field.api_name)
        return moment
    if field.type == "boolean":
        return text.lower() == "true"
    if field.type in _NUMBERS:
        try:
            return float(text)
        except ValueError as error:
            raise _refused("invalid value found", field.api_name) from error
    return text.casefold()


_CHECKS: Mapping[str, Callable[[Any, Sequence[Any]], bool]] = {
    "equals": lambda found, wanted: found == wanted[0],
    "in": lambda found, wanted: found in wanted,
    "contains": lambda found, wanted: str(wanted[0]) in str(found),
    "starts_with": lambda found, wanted: str(found).startswith(str(wanted[0])),
    "ends_with": lambda found, wanted: str(found).endswith(str(wanted[0])),
    "greater_equal": lambda found, wanted: found >= wanted[0],
    "greater_than": lambda found, wanted: found > wanted[0],
    "less_equal": lambda found, wanted: found <= wanted[0],
    "less_than": lambda found, wanted: found < wanted[0],
    "between": lambda found, wanted: wanted[0] <= found <= wanted[1],
}
_CHECKS = {**_CHECKS, "equal": _CHECKS["equals"]}


def _refused(reason: str, name: str) -> ApiError:
    return ApiError("INVALID_QUERY", "Invalid query formed", {"reason": reason, "api_name": name})
