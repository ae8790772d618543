"""A statement that is ready to be sent: its text, which values it binds in which order, and what Python finishes."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLSchema
from sqlalchemy import Dialect, select
from sqlalchemy.dialects.postgresql.psycopg import PGDialectAsync_psycopg
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite

from kequn.store.scope import Scope, Sight
from schema.compiler.building import Builder
from schema.compiler.finishing import Finish, finish
from schema.compiler.holes import Values
from schema.compiler.postgresql import PostgreSQL
from schema.compiler.reading import Shape
from schema.compiler.rows import TENANT, VIEWER, scope_of
from schema.compiler.selection import Selection
from schema.compiler.sqlite import SQLite
from schema.compiler.words import Words
from schema.context import Context

DIALECTS: Mapping[str, Dialect] = {
    "postgresql": PGDialectAsync_psycopg(paramstyle="numeric_dollar"),  # type: ignore[no-untyped-call]
    "sqlite": SQLiteDialect_aiosqlite(),
}
WORDS: Mapping[str, Words] = {"postgresql": PostgreSQL(), "sqlite": SQLite()}
_PLACE = re.compile(r"v(\d+)_(\d+)")
Take = Callable[[Any, Sequence[Values]], Any]
"""Takes what is bound from the scope and the values of the fields, by slot."""


@dataclass(frozen=True)
class Plan:
    text: str
    takes: tuple[Take, ...]
    finishes: tuple[Finish, ...]

    def bound(self, scope: Scope, values: Sequence[Values]) -> list[Any]:
        """The parameters, in the order of the text."""
        return [take(scope, values) for take in self.takes]

    def finish(self, data: bytes, values: Sequence[Values], context: Context, schema: GraphQLSchema) -> bytes:
        """What the database could not say itself is said here."""
        return finish(data, self.finishes, values, context, schema) if self.finishes else data


def plan(selection: Selection, shapes: Sequence[Shape], dialect: str, sight: Sight) -> Plan:
    """The one statement that answers. Raises NotCompiled."""
    builder = Builder(WORDS[dialect], scope_of(sight), shapes)
    compiled = select(builder.root(selection).text).compile(
        dialect=DIALECTS[dialect], compile_kwargs={"render_postcompile": True}
    )
    binds = {compiled.bind_names[bind]: bind for bind in compiled.binds.values()}
    takes = [_take(name, binds[name], DIALECTS[dialect]) for name in compiled.positiontup or ()]
    return Plan(str(compiled), tuple(takes), tuple(builder.finishes))


def _take(name: str, bind: Any, dialect: Dialect) -> Take:
    process = bind.type.dialect_impl(dialect).bind_processor(dialect) or _same
    if name == TENANT:
        return lambda scope, _: process(scope.tenant)
    if name == VIEWER:
        return lambda scope, _: process(scope.sight.staff)
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
