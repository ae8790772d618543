"""Search and count (contract, 5.10, 5.11), over an index that lags behind the records."""

import re
from collections.abc import Callable

from kequn.testing.emulator import Row
from plugins.zoho.emulator.call import Call, Reply
from plugins.zoho.emulator.conditions import SEARCH, Test, condition
from plugins.zoho.emulator.errors import ApiError, bad_param
from plugins.zoho.emulator.lists import field_names, short_page
from plugins.zoho.emulator.org import Module
from plugins.zoho.emulator.paging import BY_NUMBER, SORTS

WAYS = ("criteria", "email", "phone", "word")
MOST_CONDITIONS = 10
_PIECE = re.compile(r"\\.|[(),]|[^\\(),]+|\\$", re.DOTALL)


def search_records(call: Call) -> Reply:
    module = call.module
    rows = _found(call, module)
    size, page = call.number("per_page", 200, 200), call.number("page", 1)
    if size * page > BY_NUMBER:
        raise ApiError("LIMIT_REACHED", "the limit of records for search is reached", {"limit": BY_NUMBER})
    sort_by = call.params.get("sort_by", "Modified_Time")
    if sort_by not in SORTS:
        raise bad_param("sort_by", supported_values=list(SORTS))
    descending = call.params.get("sort_order", "desc") == "desc"
    rows.sort(key=lambda row: module.table.key(sort_by, row), reverse=descending)
    return short_page(call, module, rows, field_names(call, needed=False) or list(module.fields))


def count_records(call: Call) -> Reply:
    asked = any(name in call.params for name in WAYS)
    rows = _found(call, call.module) if asked else list(call.module.table.all(call.org.knobs.search_lag))
    return Reply(200, {"count": len(rows)})


def _found(call: Call, module: Module) -> list[Row]:
    test = _test(call, module)
    return [row for row in module.table.all(max(call.lag, call.org.knobs.search_lag)) if test(row)]


def _test(call: Call, module: Module) -> Test:
    params = call.params
    if criteria := params.get("criteria"):
        return _Criteria(call, module, criteria).read()
    if email := params.get("email"):
        return _any_field(module, {"email"}, lambda value: value.casefold() == email.casefold())
    if phone := params.get("phone"):
        return _any_field(module, {"phone"}, lambda value: _digits(value) == _digits(phone))
    if word := params.get("word"):
        kinds = {"text", "textarea", "email", "phone", "website", "picklist"}
        return _any_field(module, kinds, lambda value: word.casefold() in value.casefold())
    message = "One of the expected parameter is missing"
    raise ApiError("EXPECTED_PARAM_MISSING", message, {"expected_params": list(WAYS)})


def _any_field(module: Module, kinds: set[str], matches: Callable[[str], bool]) -> Test:
    names = [name for name, field in module.fields.items() if field.type in kinds]
    return lambda row: any(isinstance(value := row.get(name), str) and matches(value) for name in names)


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


class _Criteria:
    """`(Field:operator:value)`, joined in brackets by `and` and `or`; a backslash guards what follows it."""

    def __init__(self, call: Call, module: Module, text: str) -> None:
        self._call = call
        self._module = module
        self._pieces: list[str] = _PIECE.findall(text.strip())
        self._at = 0
        self._count = 0

    def read(self) -> Test:
        test = self._group()
        if self._at < len(self._pieces):
            raise self._bad()
        return test

    def _group(self) -> Test:
        self._take("(")
        test = self._joined() if self._peek() == "(" else self._condition()
        self._take(")")
        return test

    def _joined(self) -> Test:
        test = self._group()
        while self._peek().strip() in {"and", "or"}:
            operator = self._next().strip()
            test = _both(operator, test, self._group())
        return test

    def _condition(self) -> Test:
        self._count += 1
        if self._count > MOST_CONDITIONS:
            raise ApiError("LIMIT_EXCEEDED", "the number of criteria exceeds the limit", {"limit": MOST_CONDITIONS})
        head = self._next()
        name, _, rest = head.partition(":")
        operator, colon, first = rest.partition(":")
        if not colon or operator not in SEARCH:
            raise self._bad()
        values = self._values(first, many=operator in {"in", "between"})
        return condition(self._call.org, self._module, name.strip(), operator, values, loose=True)

    def _values(self, first: str, *, many: bool) -> list[str]:
        values = [first]
        while self._peek() not in {")", ""}:
            piece = self._next()
            if piece == "," and many:
                values.append("")
            else:
                values[-1] += piece[1:] if piece.startswith("\\") and len(piece) == 2 else piece
        return values

    def _peek(self) -> str:
        return self._pieces[self._at] if self._at < len(self._pieces) else ""

    def _next(self) -> str:
        if self._at >= len(self._pieces):
            raise self._bad()
        self._at += 1
        return self._pieces[self._at - 1]

    def _take(self, piece: str) -> None:
        if self._next() != piece:
            raise self._bad()

    def _bad(self) -> ApiError:
        return ApiError("INVALID_QUERY", "Invalid query formed", {"param_name": "criteria"})


def _both(operator: str, left: Test, right: Test) -> Test:
    if operator == "and":
        return lambda row: left(row) and right(row)
    return lambda row: left(row) or right(row)
