"""Reads the arguments of a field, by the same functions as ordinary execution: what of them the statement depends on
(its shape), and the values that are bound."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from graphql import FieldNode, GraphQLField, visit
from graphql.execution.values import VariableValues, get_argument_values
from graphql.language import Visitor
from strawberry import UNSET, Schema
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

from kequn.contracts.identity import PREFIXES, parse_id
from kequn.domain.catalogue import CATALOGUE
from schema import filters
from schema.compiler.holes import Hole, Values, emptied
from schema.compiler.selection import Asked, NotCompiled
from schema.declared import ById, Pages, Part
from schema.paging import LARGEST, Window


@dataclass(frozen=True)
class Single:
    """One row by its id."""

    noun: str
    id: Hole
    deleted: bool = False


@dataclass(frozen=True)
class Several:
    """Rows by their ids; `among`: of which nouns they are."""

    among: tuple[str, ...]
    nouns: Hole
    ids: Hole


Shape = Window | Single | Several
Read = tuple[Shape, Values]
NOUNS = {PREFIXES[noun]: noun for noun in CATALOGUE if noun in PREFIXES}


@dataclass(frozen=True)
class Reader:
    """Reads for one request."""

    schema: Schema
    variables: VariableValues
    now: datetime

    def read(self, asked: Asked) -> Read:
        """Raises Refused when the arguments cannot be meant, NotCompiled when they say more than a statement can."""
        given = self._arguments(asked)
        match asked.declared:
            case Pages():
                return emptied(asked.declared.window(given, self.now))
            case ById(noun=noun):
                id = filters.uuid(given["id"], noun, "id")
                return Single(noun, Hole(0), given.get("include_deleted", False)), [id]
            case Part.ANYTHING:
                noun, id = _noun_and_id(given["id"])
                return Single(noun, Hole(0)), [id]
            case Part.ANYTHINGS:
                pairs = [_noun_and_id(text) for text in given["ids"]]
                if len(pairs) > LARGEST:
                    raise NotCompiled("too many ids")
                nouns, ids = [noun for noun, _ in pairs], [id for _, id in pairs]
                return Several(tuple(sorted(set(nouns))), Hole(0), Hole(1)), [nouns, ids]
        raise NotCompiled(asked.node.name.value)

    def _arguments(self, asked: Asked) -> dict[str, Any]:
        field = cast(GraphQLField, asked.definition)
        definition = cast(StrawberryField, field.extensions["strawberry-definition"])
        given = get_argument_values(field, asked.node, self.variables)
        converter = self.schema.schema_converter
        read = convert_arguments(given, definition.arguments, converter.scalar_registry, converter.config)
        return {name: value for name, value in read.items() if value is not UNSET}


def _noun_and_id(text: str) -> tuple[str, UUID]:
    try:
        prefix, id = parse_id(text)
        return NOUNS[prefix], id
    except (ValueError, KeyError):
        raise NotCompiled("an id of nothing") from None


class _Variables(Visitor):
    found = False

    def enter_variable(self, *_: object) -> None:
        self.found = True


def is_constant(node: FieldNode) -> bool:
    """Whether its arguments mean the same in every request. A filter may ask for what was 30 days ago."""
    search = _Variables()
    for argument in node.arguments or ():
        visit(argument, search)
    return not search.found and all(argument.name.value != "where" for argument in node.arguments or ())
