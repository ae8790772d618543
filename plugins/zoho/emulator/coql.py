"""COQL (contract, 5.12), a part of it: `select <columns> from <module> where <conditions> order by <columns> limit
[offset,] <count>`. Here the text is read; which rows it means is in query.py."""

import re
from dataclasses import dataclass
from typing import Any

from plugins.zoho.emulator.errors import ApiError

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")|(?P<number>-?\d+(?:\.\d+)?)(?![\w.])"
    r"|(?P<word>[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*)|(?P<sign><=|>=|!=|=|<|>|\(|\)|,))"
)
_KEYWORDS = {"where", "order", "limit", "and", "or", "from", "asc", "desc", "by", "group", "having"}
MOST_CONDITIONS = 25
MOST_COLUMNS = 500
MOST_ROWS = 2000
MOST_OFFSET = 100_000


@dataclass(frozen=True)
class Condition:
    """`value`: a scalar, or a tuple for `in` and `between`."""

    column: str
    operator: str
    value: Any = None


@dataclass(frozen=True)
class Both:
    operator: str
    left: "Condition | Both"
    right: "Condition | Both"


@dataclass(frozen=True)
class Query:
    columns: tuple[str, ...]
    module: str
    where: Condition | Both
    order: tuple[tuple[str, bool], ...]
    offset: int
    limit: int


def parse(text: str) -> Query:
    """Raises ApiError."""
    return _Parser(text).query()


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = _split(text)
        self._at = 0
        self._conditions = 0

    def query(self) -> Query:
        self._expect("select")
        columns = self._list(self._column)
        self._expect("from")
        module = self._column()
        if not self._accept("where"):
            raise ApiError("SYNTAX_ERROR", "missing clause", {"clause": "where"})
        where = self._pair()
        order = self._order() if self._accept("order") else (("id", False),)
        offset, limit = self._limit() if self._accept("limit") else (0, 200)
        if self._at < len(self._tokens):
            raise self._error()
        if len(columns) > MOST_COLUMNS:
            raise ApiError("LIMIT_EXCEEDED", "the number of columns exceeds the limit", {"limit": MOST_COLUMNS})
        return Query(tuple(columns), module, where, order, offset, limit)

    def _pair(self) -> Condition | Both:
        """One condition, or two joined: a third must stand in brackets with one of them."""
        left = self._term()
        for operator in ("and", "or"):
            if self._accept(operator):
                return Both(operator, left, self._term())
        return left

    def _term(self) -> Condition | Both:
        if self._accept("("):
            inner = self._pair()
            self._expect(")")
            return inner
        self._conditions += 1
        if self._conditions > MOST_CONDITIONS:
            raise ApiError("LIMIT_EXCEEDED", "the number of conditions exceeds the limit", {"limit": MOST_CONDITIONS})
        return self._condition(self._column())

    def _condition(self, column: str) -> Condition:
        kind, sign = self._next()
        if kind == "sign" and sign in {"=", "!=", "<", ">", "<=", ">="}:
            return Condition(column, sign, self._value())
        word = sign.lower()
        if word == "is":
            operator = "is not null" if self._accept("not") else "is null"
            self._expect("null")
            return Condition(column, operator)
        if word == "not":
            word = "not " + self._next()[1].lower()
        if word in {"like", "not like"}:
            return Condition(column, word, self._value())
        if word in {"in", "not in"}:
            return Condition(column, word, self._values())
        if word == "between":
            low = self._value()
            self._expect("and")
            return Condition(column, word, (low, self._value()))
        raise ApiError("INVALID_QUERY", "Invalid query formed", {
            "reason": "invalid operator found", "column_name": column, "operator": sign,
        })  # fmt: skip

    def _values(self) -> tuple[Any, ...]:
        self._expect("(")
        values = tuple(self._list(self._value))
        self._expect(")")
        if len(values) > 100:
            raise ApiError("LIMIT_EXCEEDED", "the number of values exceeds the limit", {"limit": 100})
        return values

    def _order(self) -> tuple[tuple[str, bool], ...]:
        self._expect("by")
        return tuple(self._list(self._order_column))

    def _order_column(self) -> tuple[str, bool]:
        column = self._column()
        descending = self._accept("desc")
        if not descending:
            self._accept("asc")
        return column, descending

    def _limit(self) -> tuple[int, int]:
        numbers = self._list(self._value)
        if len(numbers) > 2 or not all(isinstance(number, int) for number in numbers):
            raise self._error()
        offset, limit = (0, numbers[0]) if len(numbers) == 1 else (numbers[0], numbers[1])
        if limit <= 0:
            raise ApiError("INVALID_DATA", "limit should be greater than 0")
        if limit > MOST_ROWS or offset + limit > MOST_OFFSET:
            raise ApiError("LIMIT_EXCEEDED", "the limit is exceeded", {"limit": MOST_ROWS})
        return offset, limit

    def _value(self) -> Any:
        kind, text = self._next()
        if kind == "text":
            return re.sub(r"\\(.)", r"\1", text[1:-1])
        if kind == "number":
            return float(text) if "." in text else int(text)
        if text.lower() in {"true", "false"}:
            return text.lower() == "true"
        raise self._error(back=1)

    def _column(self) -> str:
        kind, text = self._next()
        if kind != "word" or text.lower() in _KEYWORDS:
            raise self._error(back=1)
        return text

    def _list(self, one: Any) -> list[Any]:
        things = [one()]
        while self._accept(","):
            things.append(one())
        return things

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise self._error()
        self._at += 1
        return self._tokens[self._at - 1]

    def _accept(self, text: str) -> bool:
        kind, found = self._tokens[self._at] if self._at < len(self._tokens) else ("", "")
        if kind not in {"word", "sign"} or found.lower() != text:
            return False
        self._at += 1
        return True

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            raise self._error()

    def _error(self, back: int = 0) -> ApiError:
        at = min(self._at - back, len(self._tokens) - 1)
        near = self._tokens[at][1] if self._tokens else ""
        return ApiError("SYNTAX_ERROR", "error occured while parsing the query", {"near": near})


def _split(text: str) -> list[tuple[str, str]]:
    tokens, at, text = [], 0, text.strip().rstrip(";")
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            near = text[at:].strip()[:20]
            raise ApiError("SYNTAX_ERROR", "error occured while parsing the query", {"near": near})
        tokens.append((str(found.lastgroup), found.group(str(found.lastgroup))))
        at = found.end()
    return tokens
