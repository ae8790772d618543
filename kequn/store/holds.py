"""Whether a `Where` holds for one row that is at hand: the same answer as `where.translate` gives in a database, for a
record that no database has yet. Pure."""

import operator
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from kequn.store.where import Either, Every, Has, Named, Not, Op, Test, Where, fold

Columns = Mapping[str, Any]
"""As rows.columns makes them."""

Ends = Mapping[Any, Columns]
"""The live rows that are referred to, by id."""


def holds(where: Where, columns: Columns, ends: Ends = MappingProxyType({})) -> bool:
    """A column that is not there is empty. Of relations those that are references of the row itself."""
    match where:
        case Test():
            return _TESTS[where.op](columns.get(where.field), where.value)
        case Every():
            return all(holds(part, columns, ends) for part in where.parts)
        case Either():
            return any(holds(part, columns, ends) for part in where.parts)
        case Not():
            return not holds(where.part, columns, ends)
        case Has():
            end = ends.get(columns.get(f"{where.relation}_id"))
            return end is not None and holds(where.where, end, ends)
        case Named():
            raise LookupError("a tree that is kept under an id must be unfolded before it is judged by")


def _filled(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """What is empty equals nothing, and is neither less nor more."""
    return lambda held, value: held is not None and compare(held, value)


_TESTS: Mapping[Op, Callable[[Any, Any], bool]] = {
    Op.EQ: _filled(operator.eq),
    Op.NE: lambda held, value: held is None or held != value,
    Op.IN: _filled(lambda held, values: held in values),
    Op.NOT_IN: lambda held, values: held is None or held not in values,
    Op.LT: _filled(operator.lt),
    Op.LTE: _filled(operator.le),
    Op.GT: _filled(operator.gt),
    Op.GTE: _filled(operator.ge),
    Op.EMPTY: lambda held, empty: (held is None) == empty,
    Op.CONTAINS: _filled(lambda held, text: fold(text) in fold(held)),
    Op.STARTS: _filled(lambda held, text: fold(held).startswith(fold(text))),
    Op.HAS: _filled(lambda held, text: text in held),
}
