"""Rows of which a column, or a pair of columns, is one of many values. PostgreSQL is given the values as one list:
as many parameters it would have to read and plan one by one, and a list of pairs it takes apart into as many
conditions."""

from collections.abc import Iterable, Sequence
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

    def __init__(self, column: ColumnElement[Any], name: str | None, **given: Any) -> None:
        self.listed = column.in_(bindparam(name, type_=column.type, expanding=True, **given))
        self.array = column == any_(bindparam(name, type_=ARRAY(column.type, dimensions=1), **given))


@compiles(OneOf)
def _as_list(element: OneOf, compiler: Any, **facts: Any) -> str:
    return str(compiler.process(element.listed, **facts))


@compiles(OneOf, "postgresql")
def _as_array(element: OneOf, compiler: Any, **facts: Any) -> str:
    return str(compiler.process(element.array, **facts))


def one_of(column: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """For lists that may be long."""
    return OneOf(column, None, value=ordered(values), unique=True)


def one_of_those(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """The same in a statement that is built once: the values come as the parameter of this name, `ordered`."""
    return OneOf(column, name)


def ordered(values: Iterable[Any]) -> list[Any]:
    """Each value once, in an order that depends on nothing else."""
    return sorted(set(values), key=_rank)


def _rank(value: Any) -> Any:
    return value.int if type(value) is UUID else value  # the same order, and found in a fifth of the time


def among(first: ColumnElement[Any], second: ColumnElement[Any], pairs: Iterable[tuple[Any, Any]]) -> Any:
    """Give the column with fewer different values first."""
    return or_(false(), *((first == one) & one_of(second, some) for one, some in grouped(pairs)))


def among_those(first: ColumnElement[Any], second: ColumnElement[Any], count: int) -> Any:
    """The same in a statement that is built once: the pairs come as `named`, so many groups of them."""
    each = ((first == bindparam(f"first_{at}")) & one_of_those(second, f"seconds_{at}") for at in range(count))
    return or_(false(), *each)


def named(groups: Sequence[tuple[Any, list[Any]]]) -> dict[str, Any]:
    """The parameters of `among_those`."""
    firsts = {f"first_{at}": one for at, (one, _) in enumerate(groups)}
    return firsts | {f"seconds_{at}": some for at, (_, some) in enumerate(groups)}


def grouped(pairs: Iterable[tuple[Any, Any]]) -> list[tuple[Any, list[Any]]]:
    """The second values of each first one."""
    seconds: dict[Any, set[Any]] = {}
    for one, other in pairs:
        seconds.setdefault(one, set()).add(other)
    return [(one, ordered(some)) for one, some in sorted(seconds.items())]
