"""Answers a COQL query (contract, 5.12): columns along lookups, comparisons by the column's type, order, limit."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from kequn.testing.emulator import Row
from plugins.zoho.emulator import coql, times
from plugins.zoho.emulator.call import EMPTY, Call, Reply
from plugins.zoho.emulator.errors import ApiError
from plugins.zoho.emulator.fields import Field
from plugins.zoho.emulator.org import Module, Org
from plugins.zoho.emulator.render import show_value

ORDERED = {"date", "datetime", "integer", "double", "currency", "percent", "bigint", "autonumber"}
_ALLOWED = {
    "lookup": {"=", "!=", "in", "not in", "is null", "is not null"},
    "boolean": {"="},
    "text": {"=", "!=", "like", "not like", "in", "not in", "is null", "is not null"},
    "ordered": {"=", "!=", ">", ">=", "<", "<=", "in", "not in", "between", "not between", "is null", "is not null"},
}

Get = Callable[[Row], Any]


def run_query(call: Call) -> Reply:
    text = call.body.get("select_query")
    if not isinstance(text, str) or not text.strip():
        raise ApiError("MANDATORY_NOT_FOUND", "mandatory key not found", {"api_name": "select_query"})
    query = coql.parse(text)
    module = call.org.module(query.module)
    if module is None or module.standard.subform:
        raise ApiError("INVALID_QUERY", "the module name given seems to be invalid", {"module": query.module})
    columns = [Column(call.org, module, name, call.lag) for name in dict.fromkeys((*query.columns, "id"))]
    keep = _test(call, module, query.where)
    rows = [row for row in module.table.all(call.lag) if keep(row)]
    for name, descending in reversed((*query.order, ("id", False))):
        column = Column(call.org, module, name, call.lag)
        rows.sort(key=lambda row: _rank(column.get(row)), reverse=descending)
    shown = rows[query.offset : query.offset + query.limit]
    if not shown:
        return EMPTY
    info = {"count": len(shown), "more_records": len(rows) > query.offset + query.limit}
    return Reply(200, {"data": [{c.name: c.show(row) for c in columns} for row in shown], "info": info})


def cost(call: Call) -> int:
    """Credits by the limit that is asked for."""
    found = re.search(r"\blimit\s+(?:\d+\s*,\s*)?(\d+)\s*$", str(call.body.get("select_query")), re.IGNORECASE)
    limit = int(found.group(1)) if found else 200
    return 1 if limit <= 200 else 2 if limit <= 1000 else 3


class Column:
    """A field of the module, or along lookups of a module that it leads to (two dots at most)."""

    def __init__(self, org: Org, module: Module, name: str, lag: float) -> None:
        self.name = name
        *path, last = name.split(".")
        if len(path) > 2:
            raise _unsupported(name)
        self._org = org
        self._steps: list[tuple[str, Module]] = []
        for step in path:
            field = module.fields.get(step)
            if field is None or field.type != "lookup":
                raise _unsupported(name)
            module = org.modules[field.to or ""]
            self._steps.append((step, module))
        found = module.fields.get(last)
        if found is None or found.type == "subform" or found.api_name == "Tag":
            raise _unsupported(name)
        self.field: Field = found
        self._module = module
        self._lag = lag

    def get(self, row: Row) -> Any:
        """The value as the table keeps it; long integers as numbers, since they compare as such."""
        at = self._follow(row)
        value = None if at is None else at.get(self.field.api_name)
        return int(value) if value is not None and self.field.type == "bigint" else value

    def show(self, row: Row) -> Any:
        """The value as the answer shows it: of a lookup the id alone."""
        value = self.get(row)
        if value is None:
            return None
        if self.field.type == "bigint":
            return str(value)
        if self.field.type == "multi_module_lookup":
            return {"id": value[1]}
        if self.field.type in {"lookup", "ownerlookup"}:
            return {"id": value}
        return show_value(self._org, self._module, self.field, value)

    def _follow(self, row: Row) -> Row | None:
        at: Row | None = row
        for step, module in self._steps:
            id = at.get(step) if at is not None else None
            at = module.table.get(id, self._lag) if id is not None else None
        return at


def _test(call: Call, module: Module, where: coql.Condition | coql.Both) -> Callable[[Row], bool]:
    if isinstance(where, coql.Condition):
        return _condition(Column(call.org, module, where.column, call.lag), where)
    left, right = _test(call, module, where.left), _test(call, module, where.right)
    if where.operator == "and":
        return lambda row: left(row) and right(row)
    return lambda row: left(row) or right(row)


def _condition(column: Column, asked: coql.Condition) -> Callable[[Row], bool]:
    kind = _kind(column.field)
    if asked.operator not in _ALLOWED[kind]:
        raise ApiError("INVALID_QUERY", "Invalid query formed", {
            "reason": "invalid operator found", "column_name": asked.column, "operator": asked.operator,
        })  # fmt: skip
    get, operator = column.get, asked.operator
    if operator in {"is null", "is not null"}:
        return lambda row: (get(row) is None) == (operator == "is null")
    if operator in {"like", "not like"}:
        pattern = re.compile(re.escape(str(asked.value)).replace("%", ".*"), re.IGNORECASE | re.DOTALL)
        return lambda row: bool(pattern.fullmatch(str(get(row) or ""))) == (operator == "like")
    if isinstance(asked.value, tuple):
        values = tuple(_literal(column, value) for value in asked.value)
        return _in(get, operator, values)
    value = _literal(column, asked.value)
    if kind == "ordered" and operator in _COMPARE:
        compare = _COMPARE[operator]
        return lambda row: (found := get(row)) is not None and compare(found, value)
    return lambda row: (_fold(get(row)) == _fold(value)) == (operator == "=")


def _in(get: Get, operator: str, values: tuple[Any, ...]) -> Callable[[Row], bool]:
    if operator in {"between", "not between"}:
        low, high = values
        return lambda row: (found := get(row)) is not None and (low <= found <= high) == (operator == "between")
    folded = {_fold(value) for value in values}
    return lambda row: (_fold(get(row)) in folded) == (operator == "in")


_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def _kind(field: Field) -> str:
    if field.type in {"lookup", "ownerlookup", "multi_module_lookup"}:
        return "lookup"
    return "boolean" if field.type == "boolean" else "ordered" if field.type in ORDERED else "text"


def _literal(column: Column, value: Any) -> Any:
    """A value of the query in the form that the table keeps."""
    field = column.field
    bad = ApiError("INVALID_QUERY", "invalid value found", {"column_name": column.name, "value": str(value)})
    if field.type == "datetime":
        if (moment := times.read(value)) is None:
            raise bad
        return moment
    if field.type in {"integer", "double", "currency", "percent"}:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise bad
        return value
    if field.type == "bigint":
        if not re.fullmatch(r"-?\d+", str(value)):
            raise bad
        return int(value)
    if field.type == "boolean":
        return value if isinstance(value, bool) else str(value).lower() == "true"
    return str(value)


def _fold(value: Any) -> Any:
    if isinstance(value, tuple):
        return value[-1] if value else None
    return value.casefold() if isinstance(value, str) else value


def _rank(value: Any) -> tuple[bool, Any]:
    """Sorts empty values first, and text without regard to case."""
    return (False, 0) if value is None else (True, _fold(value))


def _unsupported(name: str) -> ApiError:
    return ApiError("INVALID_QUERY", "unsupported column", {"column_name": name})
