"""What is left to Python once the database has answered: fields that are worked out of columns. The statement gives
these in the place of the value, under a number; here they are read, and replaced by what they come to."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

import orjson
from graphql import GraphQLLeafType, GraphQLList, GraphQLObjectType, GraphQLOutputType, GraphQLSchema, get_nullable_type

from schema.compiler.holes import Values
from schema.compiler.selection import Asked, NotCompiled, Selection
from schema.context import Context
from schema.declared import Column, Found, Picked

Path = tuple[str | None, ...]
"""The keys that lead to a value; None stands for every element of a list."""

Kinds = Mapping[str, type]
"""What columns hold, by name; of lists of rows by the list's name and the column's."""

HERE = ""
"""The name of the row at hand among the rows beside it."""

_READ: Mapping[type, Callable[[Any], Any]] = {
    UUID: UUID,
    bytes: bytes.fromhex,
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
}


@dataclass(frozen=True)
class Finish:
    """What Python makes of the columns that stand at a place of the answer, under a number. `slot`: of arguments."""

    path: Path
    number: str
    work: Callable[..., Any]
    type: GraphQLOutputType
    slot: int | None


@dataclass(frozen=True)
class Working(Finish):
    """The same of rows beside a row, as `declared.Worked` says it; `inner`: what is asked of its objects. `lists`: what
    the columns of each list hold."""

    noun: str = ""
    inner: Mapping[str, Selection] = field(default_factory=dict)
    lists: Mapping[str, Kinds] = field(default_factory=dict)


def finish(
    data: bytes, finishes: Sequence[Finish], values: Sequence[Values], context: Context, schema: GraphQLSchema
) -> bytes:
    """What the database could not say itself is said here."""
    answer = orjson.loads(data)
    for one in finishes:
        *way, key = one.path
        given = {} if one.slot is None else values[one.slot][0]
        for place in _places(answer, way):
            match place.get(str(key)):
                case {one.number: dict(held)} if isinstance(one, Working):
                    place[str(key)] = _worked(one, held, given, context, schema)
                case {one.number: dict(columns)}:
                    place[str(key)] = _leaf(one.work(*columns.values(), **given), one.type)
    return orjson.dumps(answer)


def _places(value: Any, way: Sequence[str | None]) -> Iterator[dict[str, Any]]:
    """The objects at the end of the way; there are none where it ends in nothing."""
    if value is None:
        return
    if not way:
        yield value
    elif way[0] is None:
        for element in value:
            yield from _places(element, way[1:])
    else:
        yield from _places(value.get(way[0]), way[1:])


def _leaf(value: Any, type: GraphQLOutputType) -> Any:
    plain = get_nullable_type(type)
    if isinstance(plain, GraphQLList):
        return None if value is None else [_leaf(one, plain.of_type) for one in value]
    return None if value is None else cast(GraphQLLeafType, plain).coerce_output_value(value)


def _worked(
    one: Working, held: Mapping[str, Any], given: Mapping[str, Any], context: Context, schema: GraphQLSchema
) -> Any:
    beside = {name: [_row(row, one.lists[name]) for row in rows] for name, rows in held.items()}
    [here] = beside.pop(HERE)
    value = one.work(Found(context, schema, one.noun, here, beside), **given)
    return _shown(value, one.type, one.inner, beside)


def _row(row: Mapping[str, Any], kinds: Kinds) -> Mapping[str, Any]:
    return {name: _value(value, kinds.get(name)) for name, value in row.items()}


def _value(plain: Any, kind: type | None) -> Any:
    read = _READ.get(kind) if kind and plain is not None else None
    return read(plain) if read else plain


Beside = Mapping[str, Sequence[Mapping[str, Any]]]


def _shown(value: Any, type: GraphQLOutputType, inner: Mapping[str, Selection], beside: Beside) -> Any:
    """A value with those of its attributes that are asked for."""
    plain = get_nullable_type(type)
    if value is None:
        return None
    if isinstance(plain, GraphQLList):
        return [_shown(one, plain.of_type, inner, beside) for one in value]
    if isinstance(plain, GraphQLObjectType):
        return {one.key: _attribute(value, one, beside) for one in inner[plain.name]}
    return cast(GraphQLLeafType, plain).coerce_output_value(value)


def _attribute(value: Any, asked: Asked, beside: Beside) -> Any:
    match asked.declared:
        case str() as name:
            return name
        case Column(name=name) if asked.type is not None:
            return _shown(getattr(value, name), asked.type, asked.inner, beside)
        case Picked(beside=among, attribute=attribute):
            id = getattr(value, attribute)
            return next((row[picked(asked)] for row in beside[among] if row["id"] == id), None)
    raise NotCompiled(asked.node.name.value)


def picked(asked: Asked) -> str:
    """The name that the object of such a field has among the columns of its row."""
    return f"@{asked.key}"


def picks(inner: Mapping[str, Selection]) -> Iterator[Asked]:
    """All such fields of objects that are worked out. Raises NotCompiled where an attribute cannot be shown."""
    for selection in inner.values():
        for one in selection:
            if isinstance(one.declared, Picked):
                yield one
            elif isinstance(one.declared, Column):
                yield from picks(one.inner)
            elif not isinstance(one.declared, str):
                raise NotCompiled(one.node.name.value)
