"""From a request to its answer. What goes wrong unforeseen is noted under a number, and nothing more of it is shown."""

import asyncio
import traceback
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from inspect import isawaitable
from typing import Any

import orjson
import strawberry
from graphql import ExecutionResult as GraphQLResult
from graphql import GraphQLError, GraphQLSyntaxError, OperationType, create_source_event_stream, print_schema
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext
from strawberry.types.execution import ExecutionResult

from kequn.domain.problems import Problem, Refused
from kequn.store import trouble
from schema.admission import Admitted, NotAdmitted, Request, admit
from schema.compiler.road import Road
from schema.compiler.selection import NotCompiled
from schema.context import Context
from schema.filters import RELATIONS
from schema.mutation import Mutation
from schema.naming import AfterTheFirst
from schema.problems import Fault, message, path_of, timed_out
from schema.query import Query
from schema.scalars import SCALARS
from schema.subscription import Subscription
from schema.toll import TooFast

__all__ = ["SCHEMA", "Request", "execute", "sdl", "stream"]


class Prepared(SchemaExtension):
    """The document was parsed and validated before it was let in."""

    def on_operation(self) -> Iterator[None]:
        execution = self.execution_context
        execution.graphql_document = execution.context.admitted.document.node
        execution.validation_rules = ()
        yield


class _Schema(strawberry.Schema):
    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Strawberry would log them here with all their values; `execute` notes them without."""


SCHEMA = _Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    config=StrawberryConfig(name_converter=AfterTheFirst(), scalar_map=SCALARS),
    extensions=[Prepared],
)
_graphql = SCHEMA._schema
_road = Road(SCHEMA)


def sdl() -> str:
    """The schema in GraphQL's own language; schema/schema.graphql is kept equal to it."""
    return print_schema(_graphql) + "\n"


async def execute(request: Request, context: Context) -> dict[str, Any]:
    """The answer, as GraphQL has it: `data`, `errors` or both; without `data` nothing was executed.
    Raises TooFast when the caller's budget is spent."""
    answer = await respond(request, context)
    read: dict[str, Any] = orjson.loads(answer) if isinstance(answer, bytes) else answer
    return read


async def respond(request: Request, context: Context) -> dict[str, Any] | bytes:
    """The same, as the bytes that the database made where it could say the whole answer."""
    try:
        admitted = admit(_graphql, request, context)
        if admitted.type is OperationType.SUBSCRIPTION:
            raise NotAdmitted(GraphQLError("Subscriptions are answered as a stream of events, or over a WebSocket."))
        return await _run(admitted, context)
    except NotAdmitted as refused:
        return {"errors": [_formatted(error, context) for error in refused.errors]}
    finally:
        await context.close()


def stream(request: Request, context: Context) -> AsyncGenerator[dict[str, Any] | bytes, None]:
    """The parts of an answer: one for each event of a subscription, a single one for all else. Raises TooFast, at
    once or before a part that cannot be paid for any more."""
    try:
        return _parts(admit(_graphql, request, context), context)
    except NotAdmitted as refused:
        return _refused(refused, context)


async def _refused(refused: NotAdmitted, context: Context) -> AsyncGenerator[dict[str, Any] | bytes, None]:
    yield {"errors": [_formatted(error, context) for error in refused.errors]}


async def _parts(admitted: Admitted, context: Context) -> AsyncGenerator[dict[str, Any] | bytes, None]:
    try:
        if admitted.type is not OperationType.SUBSCRIPTION:
            yield await _run(admitted, context)
            return
        async with aclosing(_events(admitted, context)) as events:
            async for event in events:
                yield await _told(admitted, context, event)
    except NotAdmitted as refused:
        yield {"errors": [_formatted(error, context) for error in refused.errors]}
    finally:
        await context.close()


async def _told(admitted: Admitted, context: Context, event: Any) -> dict[str, Any] | bytes:
    """The answer for an event. Where the database goes away meanwhile, once it is back."""
    answer: dict[str, Any] | bytes = {}
    async with aclosing(context.bell.rings(context.actor.scope)) as rings:
        async for _ in rings:
            context.toll.pay(admitted.rows)
            context.renew()
            answer = await _run(admitted, context, event)
            await context.close()  # what is asked next is read anew
            if not _is_later(answer):
                break
            context.bell.missed(context.actor.scope)
    return answer


def _is_later(answer: dict[str, Any] | bytes) -> bool:
    errors = answer.get("errors", ()) if isinstance(answer, dict) else ()
    return any(error["extensions"]["code"] == Fault.LATER for error in errors)


async def _events(admitted: Admitted, context: Context) -> AsyncGenerator[Any, None]:
    """What the root field of a subscription tells. Raises NotAdmitted where it tells nothing, or no more."""
    request = admitted.request
    built = SCHEMA.execution_context_class.build(
        _graphql, admitted.document.node, None, context, dict(request.variables), request.operation
    )
    if isinstance(built, list):
        raise NotAdmitted(*built)
    source: Any = create_source_event_stream(built)
    source = await source if isawaitable(source) else source
    if isinstance(source, GraphQLResult):
        raise NotAdmitted(*(source.errors or ()))
    try:
        async with aclosing(source):
            async for event in source:
                yield event
    except TooFast:
        raise
    except Exception as error:
        raise NotAdmitted(GraphQLError("The subscription ended.", original_error=error)) from error


async def _run(admitted: Admitted, context: Context, event: Any = None) -> dict[str, Any] | bytes:
    context.admitted = admitted
    editing = admitted.type is OperationType.MUTATION
    seconds = context.limits.edit_seconds if editing else context.limits.seconds
    try:
        async with asyncio.timeout(seconds):
            if event is None and (answer := await _compiled(admitted, context)) is not None:
                return answer
            result = await SCHEMA.execute(
                admitted.request.query,
                dict(admitted.request.variables),
                context_value=context,
                root_value=event,
                operation_name=admitted.request.operation,
            )
    except TimeoutError:
        await context.break_off()
        return {"errors": [_shown(timed_out(seconds), context)]}
    return _answer(result, context)


async def _compiled(admitted: Admitted, context: Context) -> bytes | None:
    """The answer by one statement, where there is one."""
    if admitted.type is not OperationType.QUERY or not context.compiler:
        return None
    try:
        data = await _road.answer(admitted, context)
    except NotCompiled as reason:
        context.not_compiled = str(reason)
        return None
    return b"".join((b'{"data":', data, b',"extensions":{"compiled":true}}' if context.dev else b"}"))


def _answer(result: ExecutionResult, context: Context) -> dict[str, Any]:
    errors = [_formatted(error, context) for error in (result.errors or ())[: context.limits.errors]]
    if result.data is None and not any("path" in error for error in errors):
        return {"errors": errors}
    told = {"extensions": {"compiled": False, "reason": context.not_compiled}} if context.dev else {}
    return {"data": result.data, **({"errors": errors} if errors else {}), **told}


def _formatted(error: GraphQLError, context: Context) -> dict[str, Any]:
    cause = error.original_error
    where: dict[str, Any] = {"path": error.path} if error.path else {}
    if error.locations:
        where["locations"] = [location.formatted for location in error.locations]
    if isinstance(cause, Refused):
        shown = _shown(cause.problems[0], context)
    elif isinstance(cause, RecursionError):
        shown = _shown(Problem(Fault.TOO_DEEP, facts={"limit": context.limits.depth}), context)
    elif cause is not None and trouble.too_deep(cause):
        shown = _shown(Problem(Fault.TOO_DEEP, facts={"limit": RELATIONS}), context)
    elif cause is not None and (ailing := trouble.word(cause)):
        context.log.warning("cannot answer", type=ailing)
        shown = _shown(Problem(Fault.LATER), context)
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
    return {"message": error.message.partition(" Did you mean ")[0], "extensions": {"code": Fault.INVALID.value}}


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
