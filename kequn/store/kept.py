"""Trees that are kept: a `Where` as JSON, with values that depend on when it is asked, and with references to others
that are kept under an id. Decides how both are put in their places; who keeps trees is decided elsewhere."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from kequn.store.where import Either, Every, Has, Named, Not, Op, Plain, Relative, Test, Where

Trees = Mapping[UUID, Where]


def unfold(where: Where, trees: Trees, now: datetime) -> Where:
    """The tree with every other that it refers to in its place, as it is `now`. Raises KeyError for one that is not
    among `trees`, OverflowError beyond the calendar. `trees` lead in no circle."""
    match where:
        case Test(value=Relative() as value):
            return replace(where, value=value.at(now))
        case Test():
            return where
        case Every():
            return Every(tuple(unfold(part, trees, now) for part in where.parts))
        case Either():
            return Either(tuple(unfold(part, trees, now) for part in where.parts))
        case Not():
            return Not(unfold(where.part, trees, now))
        case Has():
            return Has(where.relation, unfold(where.where, trees, now))
        case Named():
            return unfold(trees[where.id], trees, now)


def named(where: Where) -> Iterator[UUID]:
    """The trees that it refers to itself."""
    match where:
        case Every() | Either():
            for part in where.parts:
                yield from named(part)
        case Not():
            yield from named(where.part)
        case Has():
            yield from named(where.where)
        case Named():
            yield where.id


def size(where: Where) -> int:
    """How much it asks; what asks nothing is a part of the statement, too."""
    match where:
        case Every() | Either():
            return sum(size(part) for part in where.parts) or 1
        case Not():
            return size(where.part)
        case Has():
            return 1 + size(where.where)
        case Named():
            return 1
    return int(where.op is not Op.FOUND)


Show = Callable[[Relative], dict[str, Any]]
Read = Callable[[Mapping[str, Any]], Relative]


def show(where: Where, relative: Show) -> dict[str, Any]:
    """The JSON of which `read` makes the same tree. `relative`: how a value that depends on the moment is said."""
    match where:
        case Test():
            return {"field": where.field, "op": where.op.value, "value": _shown(where.value, relative)}
        case Every():
            return {"every": [show(part, relative) for part in where.parts]}
        case Either():
            return {"either": [show(part, relative) for part in where.parts]}
        case Not():
            return {"not": show(where.part, relative)}
        case Has():
            return {"has": where.relation, "where": show(where.where, relative)}
        case Named():
            return {"named": where.id.hex}


def _shown(value: Plain, relative: Show) -> Any:
    match value:
        case None | bool() | int() | str():
            return value
        case datetime():
            return {"moment": value.isoformat()}
        case date():
            return {"date": value.isoformat()}
        case UUID():
            return {"id": value.hex}
        case tuple():
            return [_shown(one, relative) for one in value]
    return {"relative": relative(value)}


def read(plain: Mapping[str, Any], relative: Read) -> Where:
    match plain:
        case {"field": str() as field, "op": str() as op, "value": value}:
            return Test(field, Op(op), _value(value, relative))
        case {"every": list() as parts}:
            return Every(tuple(read(part, relative) for part in parts))
        case {"either": list() as parts}:
            return Either(tuple(read(part, relative) for part in parts))
        case {"not": dict() as part}:
            return Not(read(part, relative))
        case {"has": str() as relation, "where": dict() as inner}:
            return Has(relation, read(inner, relative))
        case {"named": str() as id}:
            return Named(UUID(id))
    raise ValueError("no tree that was kept")


def _value(plain: Any, relative: Read) -> Plain:
    match plain:
        case {"moment": str() as text}:
            return datetime.fromisoformat(text)
        case {"date": str() as text}:
            return date.fromisoformat(text)
        case {"id": str() as text}:
            return UUID(text)
        case {"relative": dict() as said}:
            return relative(said)
        case list():
            return tuple(_value(one, relative) for one in plain)
    found: Plain = plain
    return found
