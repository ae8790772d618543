"""The filter of data/list (contract, section 3.2): which rows pass. What is not supported is error 4815; what
Jiandaoyun is known to overlook without a word is overlooked here too."""

from collections.abc import Callable, Mapping
from typing import Any

from kequn.testing.emulator import Row
from plugins.jiandaoyun.emulator import times
from plugins.jiandaoyun.emulator.company import Company
from plugins.jiandaoyun.emulator.errors import ApiError
from plugins.jiandaoyun.emulator.forms import Form
from plugins.jiandaoyun.emulator.ids import is_id

Test = Callable[[Row], bool]
MOST_VALUES = 1000
EMPTY = ("empty", "not_empty")
EXACT = ("eq", "ne", "in", "nin", *EMPTY)
METHODS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("text", "radiogroup", "combo", "user", "dept", "lookup", "flowstate"), EXACT),
    **dict.fromkeys(("checkboxgroup", "combocheck", "usergroup", "deptgroup"), ("in", "all", *EMPTY)),
    "number": ("eq", "ne", "range", "gt", "lt", *EMPTY),
    "datetime": ("eq", "ne", "range", *EMPTY),
    "phone": ("like", "verified", "unverified", *EMPTY),
    "sn": (*EXACT, "like"),
    "dataid": ("eq", "in", *EMPTY),
}
SYSTEM = {"createTime": "datetime", "creator": "user", "flowState": "flowstate", "data_id": "dataid"}


def read_filter(company: Company, form: Form, given: Any) -> Test:
    """Raises ApiError."""
    if given is None or given == {}:
        return lambda row: True
    conditions = given.get("cond") if isinstance(given, Mapping) else None
    relation = given.get("rel", "and") if isinstance(given, Mapping) else None
    if not isinstance(conditions, list) or relation not in ("and", "or"):
        raise ApiError(4815)
    found = [_condition(company, form, one) for one in conditions]
    tests = [test for test in found if test is not None]
    if not tests:
        return lambda row: True
    joined = all if relation == "and" else any
    return lambda row: joined(test(row) for test in tests)


def _condition(company: Company, form: Form, given: Any) -> Test | None:
    """None: the condition is overlooked."""
    if not isinstance(given, Mapping) or not isinstance(given.get("field"), str):
        raise ApiError(4815)
    field, method = given["field"], given.get("method")
    if field == "updateTime":
        return _updated(company, given)
    key, type = _field(form, field)
    if method not in METHODS.get(type, EMPTY):
        raise ApiError(4815, f"{field} {method}")
    if method in EMPTY:
        return lambda row: _is_empty(_kept(row, key)) is (method == "empty")
    if method in ("verified", "unverified"):
        return lambda row: bool((_kept(row, key) or {}).get("verified")) is (method == "verified")
    return _compare(company, type, key, str(method), _values(given))


def _field(form: Form, name: str) -> tuple[str, str]:
    """Where it is kept in a row, and its type."""
    if name in SYSTEM:
        return "_id" if name == "data_id" else name, SYSTEM[name]
    widget = form.widget(name)
    if widget is None:
        raise ApiError(4815, name)
    return widget.id, widget.type


def _values(given: Mapping[str, Any]) -> list[Any]:
    values = given.get("value")
    if not isinstance(values, list) or not values:
        raise ApiError(4815, str(given["field"]))
    if len(values) > MOST_VALUES:
        raise ApiError(17017, str(given["field"]))
    return values


def _compare(company: Company, type: str, key: str, method: str, values: list[Any]) -> Test | None:
    if type == "number" and any(isinstance(value, str) for value in values):
        return None  # a known trap: no error, no effect
    if type == "user" and method in ("ne", "nin") and not set(values) <= company.users.keys():
        return None
    if type == "datetime":
        return _timed(key, method, values, by_day=company.knobs.ranges == "day")
    if type == "dataid" and not all(is_id(value) for value in values):
        raise ApiError(4815, "data_id")
    if type == "phone":
        return lambda row: str(values[0]) in str((_kept(row, key) or {}).get("phone") or "")
    if type in ("checkboxgroup", "combocheck", "usergroup", "deptgroup"):
        return _several(key, method, _hashable(values))
    return _plain(key, method, values)


def _plain(key: str, method: str, values: list[Any]) -> Test:
    first, some = values[0], _hashable(values)
    low, high = [*values, None][:2]
    tests: Mapping[str, Callable[[Any], bool]] = {
        "eq": lambda held: held == first,
        "ne": lambda held: held != first,
        "in": lambda held: held in some,
        "nin": lambda held: held not in some,
        "gt": lambda held: held is not None and held > first,
        "lt": lambda held: held is not None and held < first,
        "range": lambda held: held is not None and (low is None or held >= low) and (high is None or held <= high),
        "like": lambda held: held is not None and str(first) in str(held),
    }
    test = tests[method]
    return lambda row: test(_kept(row, key))


def _several(key: str, method: str, wanted: frozenset[Any]) -> Test:
    if method == "all":
        return lambda row: wanted <= set(_kept(row, key) or ())
    return lambda row: bool(wanted & set(_kept(row, key) or ()))


def _hashable(values: list[Any]) -> frozenset[Any]:
    try:
        return frozenset(values)
    except TypeError:
        raise ApiError(4815) from None


def _updated(company: Company, given: Mapping[str, Any]) -> Test | None:
    """Only createTime is documented: what a filter on updateTime does is a switch."""
    if company.knobs.update_filter == "error":
        raise ApiError(4815, "updateTime")
    if company.knobs.update_filter == "ignored":
        return None
    method = str(given.get("method"))
    if method not in METHODS["datetime"]:
        raise ApiError(4815, f"updateTime {method}")
    return _timed("updateTime", method, _values(given), by_day=company.knobs.update_filter == "day")


def _timed(key: str, method: str, values: list[Any], *, by_day: bool) -> Test:
    """Both ends of a range are included. A value that names a day alone means all of it."""
    low, high = [*values, None][:2] if method == "range" else (values[0], values[0])
    first, last = _edge(low, by_day=by_day, end=0), _edge(high, by_day=by_day, end=1)

    def inside(row: Row) -> bool:
        held = _kept(row, key)
        return held is not None and (first is None or held >= first) and (last is None or held <= last)

    return (lambda row: not inside(row)) if method == "ne" else inside


def _edge(value: Any, *, by_day: bool, end: int) -> int | None:
    if value is None:
        return None
    try:
        stamp = times.parse(value)
    except ValueError:
        raise ApiError(4815, "time") from None
    whole = by_day or (isinstance(value, str) and len(value.strip()) == 10)
    return times.day(stamp)[end] if whole else stamp


def _kept(row: Row, key: str) -> Any:
    return row.get(key)


def _is_empty(held: Any) -> bool:
    return held is None or held in ("", [], {}) or (isinstance(held, Mapping) and not any(held.values()))
