"""From a request's document to its answer. Limits come before all other rules; what goes wrong unforeseen is noted
under a number, and nothing more of it is shown."""

import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import strawberry
from graphql import DocumentNode, GraphQLError, GraphQLSyntaxError, OperationDefinitionNode, print_schema, validate
from strawberry.exceptions import MissingQueryError
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionContext

from kequn.domain import rights
from kequn.domain.problems import Problem, Refused
from schema.context import Context
from schema.limits import rule
from schema.mutation import Mutation
from schema.permissions import NoIntrospection
from schema.problems import Fault, message, path_of
from schema.query import Query
from schema.scalars import SCALARS


@dataclass(frozen=True)
class Request:
    """What a client sends."""

    query: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    operation: str | None = None


class Guard(SchemaExtension):
    """Counts what the operation may cost, and says who may see the schema."""

    def on_operation(self) -> Iterator[None]:
        context: Context = self.execution_context.context
        self.execution_context.parse_options["max_tokens"] = context.limits.tokens
        yield

    def on_validate(self) -> Iterator[None]:
        execution = self.execution_context
        if execution.graphql_document is not None:
            execution.pre_execution_errors = list(self._errors(execution.graphql_document)) or None
        yield

    def _errors(self, document: DocumentNode) -> Iterator[GraphQLError]:
        execution, context = self.execution_context, self.execution_context.context
        operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        if len(operations) > 1 and not context.operation:
            yield GraphQLError("The document holds several operations; name one as operationName.")
        rules = [rule(context.limits, execution.variables or {})]
        if not context.actor.may(rights.INSPECT):
            rules.append(NoIntrospection)
        yield from validate(_graphql, document, rules)


class _Schema(strawberry.Schema):
    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Strawberry would log them here with all their values; `execute` notes them without."""


SCHEMA = _Schema(query=Query, mutation=Mutation, config=StrawberryConfig(scalar_map=SCALARS), extensions=[Guard])
_graphql = SCHEMA._schema


def sdl() -> str:
    """The schema in GraphQL's own language; schema/schema.graphql is kept equal to it."""
    return print_schema(_graphql) + "\n"


async def execute(request: Request, context: Context) -> dict[str, Any]:
    """The answer, as GraphQL has it: `data`, `errors` or both; without `data` nothing was executed."""
    context.operation = request.operation
    try:
        result = await SCHEMA.execute(
            request.query, dict(request.variables), context_value=context, operation_name=request.operation
        )
    except (MissingQueryError, CannotGetOperationTypeError, InvalidOperationTypeError):
        return {"errors": [_shown(Problem(Fault.INVALID), context)]}
    finally:
        await context.close()
    errors = [_formatted(error, context) for error in result.errors or ()]
    if result.data is None and not any("path" in error for error in errors):
        return {"errors": errors}
    return {"data": result.data, **({"errors": errors} if errors else {})}


def _formatted(error: GraphQLError, context: Context) -> dict[str, Any]:
    cause = error.original_error
    where: dict[str, Any] = {"path": error.path} if error.path else {}
    if error.locations:
        where["locations"] = [location.formatted for location in error.locations]
    if isinstance(cause, Refused):
        shown = _shown(cause.problems[0], context)
    elif isinstance(cause, RecursionError):
        shown = _shown(Problem(Fault.TOO_DEEP, facts={"limit": context.limits.depth}), context)
    elif cause is None or isinstance(cause, GraphQLError) or (error.path is None and isinstance(cause, ValueError)):
        shown = _invalid(error, context)
    else:
        shown = _shown(Problem(Fault.INTERNAL, facts={"id": _note(cause, context)}), context)
        if context.dev:
            shown["extensions"]["exception"] = f"{type(cause).__name__}: {cause}"
    return {**shown, **where}


def _invalid(error: GraphQLError, context: Context) -> dict[str, Any]:
    """GraphQL's own words, in English: they quote the document, for those who write it."""
    if isinstance(error, GraphQLSyntaxError) and "contains more than" in error.message:
        return _shown(Problem(Fault.TOO_MANY_TOKENS, facts={"limit": context.limits.tokens}), context)
    if isinstance(error, GraphQLSyntaxError) and "nested too deeply" in error.message:
        return _shown(Problem(Fault.TOO_DEEP, facts={"limit": context.limits.depth}), context)
    return {"message": error.message, "extensions": {"code": Fault.INVALID.value}}


def _shown(problem: Problem, context: Context) -> dict[str, Any]:
    extensions: dict[str, Any] = {"code": problem.code.value}
    if problem.path:
        extensions["argument"] = path_of(problem)
    return {"message": message(problem, context.language), "extensions": extensions}


def _note(cause: BaseException, context: Context) -> str:
    """Where it happened, not what was said: messages of exceptions hold values."""
    number = context.ledger.random.bytes(6).hex()
    frames = traceback.extract_tb(cause.__traceback__)[-3:]
    at = " < ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in reversed(frames))
    context.log.warning("unforeseen error", id=number, type=type(cause).__name__, at=at)
    return number
