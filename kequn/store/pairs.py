"""Rows of which a column, or a pair of columns, is one of many values. PostgreSQL is given the values as one list:
as many parameters it would have to read and plan one by one, and a list of pairs it takes apart into as many
conditions."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, ColumnElement, any_, bindparam, false, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.visitors import InternalTraversal


class OneOf(ColumnElement[bool]):
    """`column` is one of `values`."""

    inherit_cache = True
    type = Boolean()
    _traverse_internals = [  # noqa: RUF012 - as SQLAlchemy wants it
        ("listed", InternalTraversal.dp_clauseelement),
        ("array", InternalTraversal.dp_clauseelement),
    ]

    def __init__(self, column: ColumnElement[Any], values: list[Any]) -> None:
        self.listed = column.in_(bindparam(None, values, type_=column.type, unique=True, expanding=True))
        self.array = column == any_(bindparam(None, values, type_=ARRAY(column.type, dimensions=1), unique=True))


@compiles(OneOf)
def _as_list(element: OneOf, compiler: Any, **facts: Any) -> str:
    return str(compiler.process(element.listed, **facts))


@compiles(OneOf, "postgresql")
def _as_array(element: OneOf, compiler: Any, **facts: Any) -> str:
    return str(compiler.process(element.array, **facts))


def one_of(column: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """For lists that may be long. Each value once, in an order that depends on nothing else."""
    return OneOf(column, sorted(set(values), key=_rank))


def _rank(value: Any) -> Any:
    return value.int if type(value) is UUID else value  # the same order, and found in a fifth of the time


def among(first: ColumnElement[Any], second: ColumnElement[Any], pairs: Iterable[tuple[Any, Any]]) -> Any:
    """Give the column with fewer different values first."""
    seconds: dict[Any, set[Any]] = {}
    for one, other in pairs:
        seconds.setdefault(one, set()).add(other)
    return or_(false(), *((first == one) & one_of(second, some) for one, some in sorted(seconds.items())))
