"""Composes valid operations from the schema itself: any field, any argument, any operator; fragments, aliases,
directives, variables. The same seed gives the same operations."""

import json
import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID
from zlib import crc32

from graphql import (
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_required_argument,
)

from kequn.contracts.identity import PREFIXES, format_id
from kequn.contracts.records import FIELDS, Kind
from kequn.domain.catalogue import CATALOGUE
from schema import paging
from schema.declared import Pages, declared
from schema.lists import MODULES
from schema.paging import Direction
from schema.words import camel
from tests.schema.compiler.reaching import ways
from tests.schema.compiler.sowing import TAGS, TEXTS, Rows

DEPTH = 3
MORE = (0, 2, 4, 8)
TIMES = {date, datetime}
SHARES = 16
"""Composers divide what there is to reach among themselves: each has a share that it reaches first."""

NOUNS = {title: noun for title, (noun, _) in MODULES.items()}
NUMBERS: Mapping[str, Sequence[Any]] = {
    "Int": [-1, 0, 1, 2, 3],
    "Float": [0, 0.333, 0.9, 1],
    "Boolean": [True, False],
    "DateTime": ["2026-01-01T03:00:00Z", "2026-01-01T02:00:00.5+00:00", "2026-01-01T12:00:00+08:00"],
    "Date": ["1980-01-01", "1980-01-03"],
    "Decimal": ["0", "-0.5", 12.34, 1000],
    "String": [*TEXTS, *TAGS, "crm", "size", "L", "%", "王", "phone", "Contacts"],
}


class Name(str):
    """An enum's value: without quotes in a document."""


@dataclass(frozen=True)
class Variable:
    name: str


@dataclass
class Operation:
    """`reached`: every field, argument, input field and enum value in it, and every type that it asks for by name."""

    text: str = ""
    variables: dict[str, Any] = field(default_factory=dict)
    reached: set[str] = field(default_factory=set)


def literal(value: Any) -> str:
    """A value as it stands in a document."""
    if isinstance(value, Variable):
        return f"${value.name}"
    if isinstance(value, Name):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {literal(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    return json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else json.dumps(value)


class Composer:
    """Composes one operation after the other, of fields that a statement can answer: at random, and mostly by the way
    of something that none of them has reached yet. `variables`: how many of the values are variables."""

    variables, directed = 0.3, 1.0

    def __init__(self, schema: GraphQLSchema, rows: Rows, draw: random.Random, share: int = 0) -> None:
        self._schema = schema
        self._rows = rows
        self._draw = draw
        self._made = Operation()
        self._types: dict[str, str] = {}
        self._fragments: list[str] = []
        self._keys = 0
        self._seen: set[str] = set()
        self._ways = ways(schema)
        self._reached: set[str] = set()
        self._way: set[str] = set()
        self._share = share
        self._mine = [one for one in self._ways if crc32(one.encode()) % SHARES == share]

    def operation(self) -> Operation:
        self._made, self._types, self._fragments = Operation(), {}, []
        self._way = self._somewhere() if self._maybe(self.directed) else set()
        query = self._schema.query_type
        assert query is not None
        body = self._selection(query, DEPTH, {}, few=True)
        declared = ", ".join(f"${name}: {type}" for name, type in self._types.items())
        self._made.text = " ".join([f"query Asked{f'({declared})' if declared else ''} {body}", *self._fragments])
        self._reached |= self._made.reached
        return self._made

    def _somewhere(self) -> set[str]:
        """The ways to two things that were not reached yet, rather in the own share."""
        mine = [one for one in self._mine if one not in self._reached]
        there = mine or [one for one in self._ways if one not in self._reached]
        some = self._draw.sample(there, min(2, len(there)))
        return {step for one in some for step in self._ways[one]}

    def _wanted(self, kind: str, names: Iterable[str]) -> list[str]:
        """Those of the names that are on the way; each is taken once."""
        found = [name for name in names if f"{kind}.{name}" in self._way]
        self._way -= {f"{kind}.{name}" for name in found}
        return found

    def where(self, title: str) -> dict[str, Any]:
        """A filter without variables."""
        self.variables = 0
        kind: Any = self._schema.type_map[f"{title}Where"]
        return self._input(kind, NOUNS[title], 2)

    def _new(self, kind: str, names: Iterable[str]) -> str:
        """One of the names, rather one that was not asked yet."""
        names = list(names)
        if wanted := self._wanted(kind, names):
            return wanted[0]
        fresh = [name for name in names if f"{kind}.{name}" not in self._seen]
        mine = [name for name in fresh if crc32(f"{kind}.{name}".encode()) % SHARES == self._share]
        rather = mine if mine and self._maybe(0.8) else fresh
        chosen = self._draw.choice(rather if rather and self._maybe(0.85) else names)
        self._seen.add(f"{kind}.{chosen}")
        return chosen

    def _maybe(self, chance: float) -> bool:
        return self._draw.random() < chance

    def _selection(self, type: Any, depth: int, used: dict[str, str], *, few: bool = False) -> str:
        """`used`: what stands for each key of the object already; equal keys must mean the same."""
        if isinstance(type, GraphQLInterfaceType):
            return self._of_any(type, depth)
        fields = [one for one in type.fields.items() if declared(one[1]) is not None]
        chosen = self._wanted(type.name, dict(fields))
        if depth <= 0:
            fields = [one for one in fields if is_leaf_type(get_named_type(one[1].type))]
        if not fields and not chosen:
            return "{ __typename }"
        if fields:
            many = self._draw.choice([1, 1, 1, 2] if few else [1, 1, 2])
            chosen += [self._new(type.name, dict(fields)) for _ in range(many)]
        parts = [self._field(type, name, type.fields[name], depth, used) for name in chosen]
        if self._maybe(0.15):
            parts.append("__typename")
        if self._maybe(0.12):
            parts.append(self._fragment(type, self._selection(type, depth - 1, used)))
        return "{ " + " ".join(parts) + " }"

    def _of_any(self, type: GraphQLInterfaceType, depth: int) -> str:
        kinds = sorted(self._schema.get_possible_types(type), key=lambda one: one.name)
        wanted = self._wanted("on", [kind.name for kind in kinds])
        some = [kind for kind in kinds if kind.name in wanted] + [self._draw.choice(kinds) for _ in range(3)]
        self._made.reached.update(f"on.{kind.name}" for kind in some)
        parts = [f"... on {kind.name} {self._selection(kind, depth - 1, _Apart())}" for kind in some]
        return "{ __typename id " + " ".join(parts) + " }"

    def _fragment(self, type: GraphQLObjectType, body: str) -> str:
        over = self._draw.choice([type.name, *(one.name for one in type.interfaces)]) if body == "{ id }" else type.name
        if self._maybe(0.5):
            return f"... {self._draw.choice(['', f'on {over} '])}{body}"
        name = f"Part{len(self._fragments)}"
        self._fragments.append(f"fragment {name} on {over} {body}")
        return f"...{name}"

    def _decision(self) -> str:
        """Whether it is asked at all."""
        if not self._maybe(0.06):
            return ""
        decision = self._value(GraphQLNonNull(self._schema.type_map["Boolean"]), "")
        return f" @{self._draw.choice(['include', 'skip'])}(if: {literal(decision)})"

    def _field(self, type: GraphQLObjectType, name: str, one: GraphQLField, depth: int, used: dict[str, str]) -> str:
        self._made.reached.add(f"{type.name}.{name}")
        arguments = dict(self._arguments(type, name, one)) if one.args else {}
        given = f"({', '.join(f'{key}: {literal(value)}' for key, value in arguments.items())})" if arguments else ""
        inner = get_named_type(one.type)
        body = "" if is_leaf_type(inner) else " " + self._selection(inner, depth - (name != "edges"), {})
        text = f"{name}{given}{self._decision()}{body}"
        if self._maybe(0.1) or not _fits(used.setdefault(name, text), text):
            self._keys += 1
            return f"k{self._keys}: {text}"
        return text

    def _arguments(self, type: GraphQLObjectType, name: str, one: GraphQLField) -> Iterator[tuple[str, Any]]:
        said = declared(one)
        wanted = self._wanted(f"{type.name}.{name}", one.args)
        given = self._page(one, said, wanted) if isinstance(said, Pages) else {}
        for argument, kind in one.args.items():
            if argument in given:
                yield argument, given[argument]
            elif argument == "atMost" and (argument in wanted or self._maybe(0.3)):
                yield argument, self._kept(1 + self._draw.randrange(4), "Int!")
            elif argument == "atMost":
                continue
            elif argument == "groupBy" and (argument in wanted or self._maybe(0.5)):
                yield argument, [self._group(get_named_type(kind.type), NOUNS[type.name.removesuffix("Connection")])]
            elif argument == "groupBy":
                continue
            elif (name, argument) == ("provenance", "field"):
                fields = sorted(FIELDS[Kind(NOUNS[type.name])])
                yield argument, self._kept(camel(self._draw.choice(fields)), "String!")
            elif (name, argument) == ("labels", "of"):
                yield argument, self._draw.sample(["Feedback.kind", "Tier.name", "BatchOutcome", "Role"], 2)
            elif is_required_argument(kind) or (argument not in PAGE and (argument in wanted or self._maybe(0.45))):
                noun = NOUNS.get(get_named_type(one.type).name, "")
                yield argument, self._value(kind.type, noun)
            else:
                continue
            self._made.reached.add(f"{type.name}.{name}.{argument}")

    def _group(self, type: Any, noun: str) -> dict[str, Any]:
        """A field to group by; of a time, now and then, by its days or months."""
        columns: Any = get_named_type(type.fields["field"].type)
        source = CATALOGUE[noun].source
        of_time = [name for name, value in columns.values.items() if paging.holds(source.c[_column(value)]) in TIMES]
        wanted = self._wanted(type.name, ["per"] if of_time else [])
        name = self._new(columns.name, of_time if wanted else columns.values)
        self._made.reached |= {f"{columns.name}.{name}", f"{type.name}.field"}
        if name not in of_time or (not wanted and self._maybe(0.3)):
            return {"field": Name(name)}
        units: Any = get_named_type(type.fields["per"].type)
        unit = self._new(units.name, units.values)
        self._made.reached |= {f"{units.name}.{unit}", f"{type.name}.per"}
        return {"field": Name(name), "per": self._kept(Name(unit), units.name)}

    def _page(self, one: GraphQLField, said: Pages, wanted: Sequence[str]) -> dict[str, Any]:
        """Arguments of a page that fit together, rather some that are wanted."""
        size = self._draw.randrange(4)
        ways: list[dict[str, Any]] = [
            {}, {"first": size}, {"first": size}, {"last": size}, {"page": 1 + size, "pageSize": 2}, {"first": None},
        ]  # fmt: skip
        sides = [side for side in ("after", "before") if side in wanted]
        fit = [way for way in ways if way.keys() & {*wanted}] or [way for way in ways if not sides or "page" not in way]
        given = self._draw.choice(fit)
        order = self._order(one) if "orderBy" in wanted or self._maybe(0.4) else None
        entered = None if order is None else [part for _, part in order]
        if "page" not in given and self._rows[said.noun] and (sides or self._maybe(0.3)):
            keys = paging.order(entered, said.usual, CATALOGUE[said.noun].key)
            cursor = paging.encode(self._draw.choice(self._rows[said.noun]), keys)
            given[self._draw.choice(sides or ["after", "before"])] = cursor
        whole = {
            name: self._kept(value, "Int" if isinstance(value, int) else "String") for name, value in given.items()
        }
        return whole if order is None else {**whole, "orderBy": [shown for shown, _ in order]}

    def _order(self, one: GraphQLField) -> list[tuple[dict[str, Any], Any]]:
        kind: Any = get_named_type(one.args["orderBy"].type)
        columns: Any = get_named_type(kind.fields["field"].type)
        found = []
        for name in dict.fromkeys(self._new(columns.name, columns.values) for _ in range(self._draw.choice([1, 1, 2]))):
            way = self._draw.choice(list(Direction))
            self._made.reached |= {f"{columns.name}.{name}", f"{kind.name}.field", f"{kind.name}.direction"}
            self._made.reached.add(f"Direction.{way.name}")
            part = SimpleNamespace(field=SimpleNamespace(value=_column(columns.values[name])), direction=way)
            found.append(({"field": Name(name), "direction": Name(way.name)}, part))
        return found

    def _value(self, type: Any, noun: str, depth: int = 2) -> Any:
        """A value of this type, or a variable that has one."""
        plain = get_nullable_type(type)
        if isinstance(plain, GraphQLList):
            some = [self._value(plain.of_type, noun, depth) for _ in range(self._draw.randrange(3))]
            return some[0] if len(some) == 1 and self._maybe(0.2) and not isinstance(some[0], list | Variable) else some
        if isinstance(plain, GraphQLInputObjectType):
            return self._input(plain, noun, depth)
        if isinstance(plain, GraphQLEnumType):
            name = self._new(plain.name, plain.values)
            self._made.reached.add(f"{plain.name}.{name}")
            return self._kept(Name(name), str(type))
        if plain.name == "ID":
            return self._kept(self._id(noun), str(type))
        return self._kept(self._draw.choice(NUMBERS[plain.name]), str(type))

    def _input(self, type: GraphQLInputObjectType, noun: str, depth: int) -> dict[str, Any]:
        if type.name == "Duration":
            units = [*self._wanted(type.name, type.fields), *self._draw.sample(sorted(type.fields), 2)]
            self._made.reached.update(f"{type.name}.{unit}" for unit in units)
            return {unit: self._draw.randrange(50) for unit in units}
        noun = NOUNS.get(type.name.removesuffix("Where"), noun) if type.name.endswith("Where") else noun
        required = [name for name, one in type.fields.items() if isinstance(one.type, GraphQLNonNull)]
        free = [name for name, one in type.fields.items() if depth > 0 or "Where" not in get_named_type(one.type).name]
        free = free or list(type.fields)
        chosen = {*required, *self._wanted(type.name, type.fields)} or {self._new(type.name, free)}
        more = self._draw.choice(MORE) if depth > 1 else int(self._maybe(0.3))
        for _ in range(more or type.name == "ExtraFilter"):
            chosen.add(self._new(type.name, free))
        given = {}
        for name in sorted(chosen):
            self._made.reached.add(f"{type.name}.{name}")
            inner = depth - get_named_type(type.fields[name].type).name.endswith("Where")
            given[name] = self._value(type.fields[name].type, "segment" if name == "inSegment" else noun, inner)
        return given

    def _id(self, noun: str) -> str:
        """Of a row mostly; of a noun without rows, of nothing."""
        nouns = sorted(one for one in self._rows if one in PREFIXES and one in NOUNS.values())
        chosen = noun if noun in PREFIXES else self._draw.choice(nouns)
        ids = [row.id for row in self._rows[chosen]] or [UUID(int=self._draw.randrange(9))]
        return format_id(chosen, self._draw.choice(ids))

    def _kept(self, value: Any, type: str) -> Any:
        """The value itself, or a variable."""
        if value is None or not self._maybe(self.variables):
            return value
        name = f"v{len(self._types)}"
        self._types[name] = type
        self._made.variables[name] = str(value) if isinstance(value, Name) else value
        return Variable(name)


PAGE = {"first", "after", "last", "before", "page", "pageSize", "orderBy"}


_SIMPLE = re.compile(r"\w+ \{ [\w ]+ \}")


def _fits(one: str, other: str) -> bool:
    """Whether both may stand under one key: they are the same, or the same object with a few plain fields of it."""
    both_simple = _SIMPLE.fullmatch(one) and _SIMPLE.fullmatch(other)
    return one == other or bool(both_simple and one.split()[0] == other.split()[0])


def _column(value: GraphQLEnumValue) -> str:
    """The column that a value of an enum of fields names."""
    return str(getattr(value.value, "value", value.value))


class _Apart(dict[str, str]):
    """Keys that may mean something else in the type beside: each field gets one of its own."""

    def setdefault(self, key: str, default: str = "") -> str:
        return ""
