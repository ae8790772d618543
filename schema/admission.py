"""Which operations are let in: from a document's text to one that may be executed. Cheap tests come first; a document
that is too much is not even validated, and nothing is read before all of them were passed."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    parse,
    validate,
)

from kequn.domain import rights
from kequn.domain.problems import Problem, Refused
from schema.context import Context
from schema.cost import Cost, Meter, size, sizing
from schema.limits import Limits, exceeded
from schema.permissions import NoIntrospection, personal
from schema.problems import Fault

KEPT = 256
SIZED = 64  # sets of sizes of one document whose cost is kept


@dataclass(frozen=True)
class Request:
    """What a client sends."""

    query: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    operation: str | None = None


class Document:
    """A text that was parsed, kept with all that was said of it: a text that is sent again is not looked at again."""

    def __init__(self, node: DocumentNode) -> None:
        self.node = node
        self._operations = [one for one in node.definitions if isinstance(one, OperationDefinitionNode)]
        self._sizing = sizing(node)
        self._costs: dict[Hashable, Cost] = {}
        self._errors: list[GraphQLError] | None = None
        self._introspects: list[GraphQLError] | None = None

    def cost(self, schema: GraphQLSchema, variables: Mapping[str, Any]) -> Cost:
        """What it costs with these variables; worked out once for each set of sizes."""
        sizes = tuple(size(variables, name) for name in self._sizing)
        if sizes not in self._costs:
            if len(self._costs) >= SIZED:
                self._costs.clear()
            self._costs[sizes] = Meter(schema, self.node, variables).cost()
        return self._costs[sizes]

    def errors(self, schema: GraphQLSchema) -> list[GraphQLError]:
        """Where it does not fit the schema; worked out once."""
        if self._errors is None:
            self._errors = validate(schema, self.node, max_errors=Limits.errors, hide_suggestions=True)
        return self._errors

    def introspects(self, schema: GraphQLSchema) -> list[GraphQLError]:
        """Where it asks for the schema; worked out once."""
        if self._introspects is None:
            self._introspects = validate(schema, self.node, [NoIntrospection])
        return self._introspects

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The one that is meant. Raises NotAdmitted."""
        found = [one for one in self._operations if not name or (one.name and one.name.value == name)]
        if len(found) == 1:
            return found[0]
        told = "holds no operation of this name" if name else "holds several operations; name one as operationName"
        raise NotAdmitted(GraphQLError(f"The document {told if self._operations else 'holds no operation'}."))


@dataclass(frozen=True)
class Admitted:
    """An operation that may be executed."""

    request: Request
    document: Document
    type: OperationType


class NotAdmitted(Exception):
    """Why nothing is executed."""

    def __init__(self, *errors: GraphQLError) -> None:
        super().__init__(errors)
        self.errors = errors


def admit(schema: GraphQLSchema, request: Request, context: Context) -> Admitted:
    """Raises NotAdmitted, or TooFast when the caller's budget is spent."""
    limits = context.limits
    if len(request.query) > limits.characters:
        problem = Problem(Fault.TOO_MANY_CHARACTERS, facts={"limit": limits.characters})
        raise NotAdmitted(GraphQLError(problem.code, original_error=Refused(problem)))
    document = _parsed(request.query, limits.tokens)
    operation = document.operation(request.operation)
    cost = document.cost(schema, request.variables)
    _hold([GraphQLError(one.code, original_error=Refused(one)) for one in exceeded(cost, limits)], limits)
    _hold([] if context.actor.may(rights.INSPECT) else document.introspects(schema), limits)
    _hold(document.errors(schema), limits)
    if not context.actor.sight.personal:
        _hold(personal(schema, document.node, request.variables), limits)
    context.toll.pay(cost.rows)
    return Admitted(request, document, operation.operation)


def _hold(errors: Sequence[GraphQLError], limits: Limits) -> None:
    if errors:
        raise NotAdmitted(*errors[: limits.errors])


@lru_cache(KEPT)
def _parsed(text: str, tokens: int) -> Document:
    try:
        return Document(parse(text, max_tokens=tokens))
    except GraphQLError as error:
        raise NotAdmitted(error) from None
