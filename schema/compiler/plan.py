"""A statement that is ready to be sent: its text, which values it binds in which order, and what Python finishes."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import orjson
from graphql import GraphQLLeafType, GraphQLList, GraphQLOutputType, get_nullable_type
from sqlalchemy import Dialect, select
from sqlalchemy.dialects.postgresql.psycopg import PGDialectAsync_psycopg
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite

from schema.compiler.building import Builder, Finish
from schema.compiler.holes import Values
from schema.compiler.postgresql import PostgreSQL
from schema.compiler.reading import Shape
from schema.compiler.rows import TENANT
from schema.compiler.selection import Selection
from schema.compiler.sqlite import SQLite
from schema.compiler.words import Words

DIALECTS: Mapping[str, Dialect] = {
    "postgresql": PGDialectAsync_psycopg(paramstyle="numeric_dollar"),  # type: ignore[no-untyped-call]
    "sqlite": SQLiteDialect_aiosqlite(),
}
WORDS: Mapping[str, Words] = {"postgresql": PostgreSQL(), "sqlite": SQLite()}
_PLACE = re.compile(r"v(\d+)_(\d+)")
Take = Callable[[Any, Sequence[Values]], Any]
"""Takes what is bound from the tenant and the values of the fields, by slot."""


@dataclass(frozen=True)
class Plan:
    text: str
    takes: tuple[Take, ...]
    finishes: tuple[Finish, ...]

    def bound(self, tenant: UUID, values: Sequence[Values]) -> list[Any]:
        """The parameters, in the order of the text."""
        return [take(tenant, values) for take in self.takes]

    def finish(self, data: bytes, values: Sequence[Values]) -> bytes:
        """What the database could not say itself is said here."""
        if not self.finishes:
            return data
        answer = orjson.loads(data)
        for one in self.finishes:
            *way, key = one.path
            given = {} if one.slot is None else values[one.slot][0]
            for place in _places(answer, way):
                match place.get(str(key)):
                    case {one.number: dict(columns)}:
                        place[str(key)] = _printed(one.work(*columns.values(), **given), one.type)
        return orjson.dumps(answer)


def plan(selection: Selection, shapes: Sequence[Shape], dialect: str) -> Plan:
    """The one statement that answers. Raises NotCompiled."""
    builder = Builder(WORDS[dialect], shapes)
    compiled = select(builder.root(selection).text).compile(
        dialect=DIALECTS[dialect], compile_kwargs={"render_postcompile": True}
    )
    binds = {compiled.bind_names[bind]: bind for bind in compiled.binds.values()}
    takes = [_take(name, binds[name], DIALECTS[dialect]) for name in compiled.positiontup or ()]
    return Plan(str(compiled), tuple(takes), tuple(builder.finishes))


def _take(name: str, bind: Any, dialect: Dialect) -> Take:
    process = bind.type.dialect_impl(dialect).bind_processor(dialect) or _same
    if name == TENANT:
        return lambda tenant, _: process(tenant)
    place = _PLACE.fullmatch(name)
    if place is None:
        constant = process(bind.effective_value)
        return lambda *_: constant
    slot, number = map(int, place.groups())
    return (
        (lambda _, values: values[slot][number])
        if process is _same
        else (lambda _, values: process(values[slot][number]))
    )


def _same(value: Any) -> Any:
    return value


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


def _printed(value: Any, type: GraphQLOutputType) -> Any:
    plain = get_nullable_type(type)
    if isinstance(plain, GraphQLList):
        return None if value is None else [_printed(one, plain.of_type) for one in value]
    return None if value is None else cast(GraphQLLeafType, plain).coerce_output_value(value)
