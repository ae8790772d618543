"""Which operations are let in: from a document's text to one that may be executed. Cheap tests come first; a document
that is too much is not even validated, and nothing is read before all of them were passed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLError, GraphQLSchema, OperationDefinitionNode, OperationType

from kequn.domain import rights
from kequn.domain.problems import Problem, Refused
from schema.context import Context
from schema.documents import Document
from schema.limits import Limits, exceeded
from schema.permissions import personal
from schema.problems import Fault


@dataclass(frozen=True)
class Request:
    """What a client sends."""

    query: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    operation: str | None = None


@dataclass(frozen=True)
class Admitted:
    """An operation that may be executed. `rows`: what it paid for; of a subscription, what every event pays again."""

    request: Request
    document: Document
    type: OperationType
    rows: int


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
    document, operation = _meant(request, context)
    cost = document.cost(schema, request.variables)
    _hold([GraphQLError(one.code, original_error=Refused(one)) for one in exceeded(cost, limits)], limits)
    many = document.amounts.exceeded(operation, request.variables)
    _hold([GraphQLError(one.code, original_error=Refused(one)) for one in many], limits)
    _hold([] if context.actor.may(rights.INSPECT) else document.introspects(schema), limits)
    _hold(document.errors(schema, limits.errors), limits)
    if not context.actor.sight.personal:
        _hold(personal(schema, document.node, request.variables), limits)
    context.toll.pay(cost.rows)
    return Admitted(request, document, operation.operation, cost.rows)


def _hold(errors: Sequence[GraphQLError], limits: Limits) -> None:
    if errors:
        raise NotAdmitted(*errors[: limits.errors])


def _meant(request: Request, context: Context) -> tuple[Document, OperationDefinitionNode]:
    try:
        document = context.shelf.document(request.query, context.limits.tokens)
        return document, document.operation(request.operation)
    except GraphQLError as error:
        raise NotAdmitted(error) from None
    except RecursionError as error:
        raise NotAdmitted(GraphQLError("The document is nested too deeply.", original_error=error)) from None
