"""Documents: texts that were parsed, kept with all that was said of them, so that a text that is sent again is not
looked at again. Decides how many are kept; whether one may be executed is decided by admission.py."""

import re
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NoUndefinedVariablesRule,
    NoUnusedVariablesRule,
    OperationDefinitionNode,
    VariablesInAllowedPositionRule,
    specified_rules,
    validate,
)
from graphql.language import Location, Token
from graphql.language.parser import Parser

from schema.amounts import Amounts
from schema.cost import Cost, Meter, size, sizing
from schema.permissions import NoIntrospection

_SCHEMA = re.compile(r"__(schema|type)\b")
MOST, CHARACTERS = 256, 250_000
SIZED = 64  # sets of sizes of one document whose cost is kept
_VARIABLES = (NoUndefinedVariablesRule, NoUnusedVariablesRule, VariablesInAllowedPositionRule)
_OTHERS = tuple(rule for rule in specified_rules if rule not in _VARIABLES)


class _Parser(Parser):
    """Gives no tokens along: they hold each other, and would be a fifth of all that is kept."""

    def loc(self, start_token: Token) -> Location | None:
        place = super().loc(start_token)
        if place is not None:
            del place.start_token, place.end_token
        return place


class Document:
    """One text of at most so many tokens. Raises GraphQLError where it is no document, RecursionError where it is
    nested too deeply."""

    def __init__(self, text: str, tokens: int) -> None:
        self.node: DocumentNode = _Parser(text, max_tokens=tokens).parse_document()
        self._introspects: list[GraphQLError] | None = None if _SCHEMA.search(text) else []
        self._operations = [one for one in self.node.definitions if isinstance(one, OperationDefinitionNode)]
        self.amounts = Amounts(self.node)
        self._sizing = sizing(self.node)
        self._costs: dict[Hashable, Cost] = {}
        self._errors: dict[int, list[GraphQLError]] = {}

    def cost(self, schema: GraphQLSchema, variables: Mapping[str, Any]) -> Cost:
        """What it costs with these variables; worked out once for each set of sizes."""
        sizes = tuple(size(variables, name) for name in self._sizing)
        if sizes not in self._costs:
            if len(self._costs) >= SIZED:
                self._costs.clear()
            self._costs[sizes] = Meter(schema, self.node, variables).cost()
        return self._costs[sizes]

    def errors(self, schema: GraphQLSchema, most: int) -> list[GraphQLError]:
        """Where it does not fit the schema; worked out once. After so many it is not read on; the rules of variables
        come last, for they read all of an operation before they say anything."""
        if most not in self._errors:
            found: list[GraphQLError] = []
            for rules in (_OTHERS, _VARIABLES):
                if len(found) < most:
                    left = most - len(found)
                    found += validate(schema, self.node, rules, max_errors=left, hide_suggestions=True)
            self._errors[most] = found
        return self._errors[most]

    def introspects(self, schema: GraphQLSchema) -> list[GraphQLError]:
        """Where it asks for the schema; worked out once, and only if that stands in it at all."""
        if self._introspects is None:
            self._introspects = validate(schema, self.node, [NoIntrospection])
        return self._introspects

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The one that is meant. Raises GraphQLError."""
        found = [one for one in self._operations if not name or (one.name and one.name.value == name)]
        if len(found) == 1:
            return found[0]
        told = "holds no operation of this name" if name else "holds several operations; name one as operationName"
        raise GraphQLError(f"The document {told if self._operations else 'holds no operation'}.")


class Shelf:
    """The documents that were asked for last: at most so many, and of so many characters. What is kept of a document
    grows with its text: some 150 bytes for each character."""

    def __init__(self, most: int = MOST, characters: int = CHARACTERS) -> None:
        self._most = most
        self._left = characters
        self._documents: OrderedDict[tuple[str, int], Document] = OrderedDict()

    def __len__(self) -> int:
        return len(self._documents)

    def document(self, text: str, tokens: int) -> Document:
        """Raises as Document does."""
        key = text, tokens
        if key in self._documents:
            self._documents.move_to_end(key)
            return self._documents[key]
        self._documents[key] = found = Document(text, tokens)
        self._left -= len(text)
        while len(self._documents) > self._most or self._left < 0:
            (old, _), _ = self._documents.popitem(last=False)
            self._left += len(old)
        return found


SHELF = Shelf()
"""Of whoever has none of their own."""
