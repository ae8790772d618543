"""A third opinion, in plain Python: which rows a list has, worked out on the rows themselves. Shares no code with
filters, orders and pages; only the names of columns and relations come from the catalogue."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLSchema, get_named_type

from kequn.contracts.identity import format_id
from kequn.domain.catalogue import CATALOGUE
from kequn.store.where import Relation
from tests.schema.compiler.sowing import Rows

Asked = Mapping[str, Any]
FOLDED = str.maketrans({chr(letter): chr(letter + 32) for letter in range(ord("A"), ord("Z") + 1)})
COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "lt": lambda one, other: one < other,
    "lte": lambda one, other: one <= other,
    "gt": lambda one, other: one > other,
    "gte": lambda one, other: one >= other,
}


def live(row: Any) -> bool:
    return getattr(row, "deleted_at", None) is None and getattr(row, "merged_into", None) is None


@dataclass(frozen=True)
class Judge:
    schema: GraphQLSchema
    rows: Rows

    def list(self, noun: str, where: Asked, order: Sequence[Asked], *, deleted: bool) -> Sequence[Any]:
        """All rows of the list, in order."""
        kind: Any = self.schema.type_map[f"{_title(noun)}Where"]
        found = [row for row in self.rows[noun] if (deleted or live(row)) and self.holds(row, noun, where, kind)]
        ways = [(_column(self.schema, noun, one["field"]), one["direction"] == "DESC") for one in order] or [
            ("id", False)
        ]
        if "id" not in dict(ways):
            ways.append(("id", ways[-1][1]))
        for column, down in reversed(ways):
            found.sort(key=lambda row: _rank(getattr(row, column)), reverse=down)
        return found

    def holds(self, row: Any, noun: str, where: Asked, kind: GraphQLInputObjectType) -> bool:
        return all(self._part(row, noun, name, value, kind) for name, value in where.items())

    def _part(self, row: Any, noun: str, name: str, value: Any, kind: GraphQLInputObjectType) -> bool:
        if name in ("and", "or"):
            parts = [self.holds(row, noun, one, kind) for one in (value if isinstance(value, list) else [value])]
            return all(parts) if name == "and" else any(parts)
        if name == "not":
            return not self.holds(row, noun, value, kind)
        if name == "inSegment":
            [segment] = [one for one in self.rows["segment"] if format_id("segment", one.id) == value]
            return self.holds(row, noun, segment.asked, kind)
        inner: Any = get_named_type(kind.fields[name].type)
        column = _names(kind)[name]
        relation = CATALOGUE[noun].relations.get(column)
        if relation is not None:
            return self._related(row, relation, value, inner)
        if inner.name == "ExtraFilter":
            return self._extra(row, value)
        return all(self._test(row, noun, column, inner, op, asked) for op, asked in value.items())

    def _related(self, row: Any, relation: Relation, asked: Asked, kind: GraphQLInputObjectType) -> bool:
        far = [one for one in self.far(row, relation) if live(one)]
        if kind.name.endswith("ListFilter"):
            inner: Any = get_named_type(kind.fields["some"].type)
            held = {how: [self.holds(one, relation.to, where, inner) for one in far] for how, where in asked.items()}
            verdicts = {"some": any, "none": lambda all_of: not any(all_of), "every": all}
            return all(verdicts[how](parts) for how, parts in held.items())
        return any(self.holds(one, relation.to, asked, kind) for one in far)

    def far(self, row: Any, relation: Relation) -> Sequence[Any]:
        """The rows at the other end, dead ones too; those between must be alive."""
        near = getattr(row, relation.here)
        if relation.through is None:
            return [one for one in self.rows[relation.to] if near is not None and getattr(one, relation.there) == near]
        if relation.to == "duplicate":
            return [one for one in self.rows["duplicate"] if near in (one.first_id, one.second_id)]
        between = [one for one in self.rows["membership"] if live(one) and getattr(one, relation.through.near) == near]
        ids = [getattr(one, relation.through.far) for one in between]
        return [one for id in ids for one in self.rows[relation.to] if getattr(one, relation.there) == id]

    def _extra(self, row: Any, asked: Asked) -> bool:
        branch = row.extra.get(asked["connection"])
        leaf = branch.get(asked["key"]) if isinstance(branch, dict) else None
        if isinstance(leaf, bool):
            leaf = str(leaf).lower()
        text = None if leaf is None or isinstance(leaf, dict | list) else str(leaf)
        return all(_verdict(text, op, value) for op, value in asked.items() if op not in ("connection", "key"))

    def _test(self, row: Any, noun: str, column: str, kind: GraphQLInputObjectType, op: str, asked: Any) -> bool:
        if op == "currency":
            return bool(getattr(row, f"{column}_currency") == asked.upper())
        if kind.name in ("MoneyFilter", "DecimalFilter"):
            return _verdict(getattr(row, f"{column}_micros"), op, asked, lambda text: int(Decimal(str(text)) * 10**6))
        if kind.name == "ShareFilter":
            return _verdict(getattr(row, column), op, asked, lambda share: round(share * 1000))
        if kind.name == "IDFilter":
            return _verdict(format_id(noun, getattr(row, column)), op, asked)
        enum = get_named_type(kind.fields["eq"].type) if "eq" in kind.fields else None
        if isinstance(enum, GraphQLEnumType):
            values = {name: getattr(one.value, "value", one.value) for name, one in enum.values.items()}
            value = self._standing(row) if (noun, column) == ("link", "state") else getattr(row, column)
            return _verdict(value, op, asked, lambda name: values[name])
        return _verdict(getattr(row, column), op, asked, _reader(getattr(row, column)))

    def _standing(self, link: Any) -> str:
        """How a link stands, by what waits for its row and what is noted of its record."""
        if not link.in_scope or (link.parted and link.is_primary):
            return "out_of_scope"
        if any(one.state == "open" for one in self._about(link, "conflict")):
            return "disputed"
        where = (link.connection_id, link.row_id)
        waiting = [one for one in self.rows["outbox"] if (one.connection_id, one.row_id) == where]
        notes = [one for one in self._about(link, "hint") if one.code != "WEBHOOK"]
        if notes or any(one.code for one in waiting):
            return "blocked"
        return "secondary" if not link.is_primary else "pending" if waiting or link.stale else "agreed"

    def _about(self, link: Any, noun: str) -> Sequence[Any]:
        place = (link.connection_id, link.object, link.external_id)
        return [one for one in self.rows[noun] if (one.connection_id, one.object, one.external_id) == place]


def _reader(value: Any) -> Callable[[Any], Any]:
    if isinstance(value, datetime):
        return lambda text: datetime.fromisoformat(text).astimezone(UTC)
    return date.fromisoformat if isinstance(value, date) else lambda plain: plain


def _verdict(value: Any, op: str, asked: Any, read: Callable[[Any], Any] = lambda plain: plain) -> bool:
    """Whether one test holds. An empty value equals nothing and differs from everything."""
    many = (
        [read(one) for one in (asked if isinstance(asked, list) else [asked])]
        if op in ("in", "notIn") and value is not None
        else []
    )
    match op:
        case "isNull":
            return (value is None) is asked
        case "ne" | "notIn" if value is None:
            return True
        case "has" | "hasAny" | "hasAll":
            wanted = asked if isinstance(asked, list) else [asked]
            return (all if op == "hasAll" else any)(one in value for one in wanted)
        case _ if value is None:
            return False
        case "eq" | "ne":
            return (value == read(asked)) is (op == "eq")
        case "in" | "notIn":
            return (value in many) is (op == "in")
        case "contains":
            return asked.translate(FOLDED) in value.translate(FOLDED)
        case "startsWith":
            return bool(value.translate(FOLDED).startswith(asked.translate(FOLDED)))
        case "between":
            return bool(read(asked["from"]) <= value <= read(asked["to"]))
    return COMPARED[op](value, read(asked))


def _rank(value: Any) -> tuple[bool, Any]:
    return value is None, 0 if value is None else value


def _title(noun: str) -> str:
    return {"run": "SyncRun", "line": "PurchaseLine"}.get(noun, noun.capitalize())


def _names(kind: GraphQLInputObjectType) -> Mapping[str, str]:
    """Python's names of an input's fields."""
    fields = kind.extensions["strawberry-definition"].fields
    own = {"and_": "and", "or_": "or", "not_": "not"}
    return {
        field.graphql_name or own.get(field.python_name) or _camel(field.python_name): field.python_name
        for field in fields
    }


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def _column(schema: GraphQLSchema, noun: str, name: str) -> str:
    enum: Any = schema.type_map[f"{_title(noun)}OrderField"]
    value = enum.values[name].value
    return str(getattr(value, "value", value))
