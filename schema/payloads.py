"""What mutations answer: the row as it now is, or the problems that kept it from changing. And how a mutation is made
of a function of the domain."""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import UNSET, Info

from kequn.contracts.records import Kind
from kequn.domain.batches import Done, Outcome
from kequn.domain.editing import Desk
from kequn.domain.problems import Problem, Refused
from kequn.store.rows import Row
from schema import filters, inputs, once
from schema.context import Context
from schema.problems import ProblemShown, show


@strawberry.type
class Payload:
    problems: list[ProblemShown] = strawberry.field(
        description="Why nothing was changed; empty when it was 问题列表", default_factory=list
    )


async def answer(
    info: Info[Context],
    payload: Callable[..., Any],
    field: str,
    noun: str,
    work: Callable[[Desk], Awaitable[UUID]],
    place: Callable[[Problem], Problem] = lambda problem: problem,
) -> Any:
    """Do the work in a transaction; answer with the row, or with what was wrong."""

    async def one(desk: Desk) -> Sequence[Outcome]:
        return [Outcome(Done.UPDATED, await work(desk))]

    try:
        async with info.context.desk() as desk:
            [outcome] = await once.do(info, desk, lambda: one(desk))
    except Refused as refused:
        placed = [place(problem) for problem in refused.problems]
        return payload(problems=show(placed, info.context.language))
    return payload(**{field: await info.context.ask.one(noun, outcome.id, deleted=True)})


def argument(name: str, kind: Any, words: str, deprecated: str | None = None, **options: Any) -> inspect.Parameter:
    """`deprecated`: what to use instead."""
    annotation = Annotated[kind, strawberry.argument(description=words, deprecation_reason=deprecated)]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, **options)


ID = argument("id", strawberry.ID, "Its id 编号")
READ = "The version that was read: refused when somebody changed it since 所读版本"
VERSION = argument("version", int | None, READ, default=UNSET)
Version = Annotated[int | None, strawberry.argument(description=READ)]
KEY = argument("idempotency_key", str | None, once.WORDS, default=None)


def edits(
    kind: Kind, payload: Any, words: str, work: Callable[..., Awaitable[Row]], *arguments: inspect.Parameter
) -> Any:
    """A mutation of one row of `kind`. `work` is given the desk, then what was said of: id, input, version."""

    async def resolve(info: Info[Context], **given: Any) -> Any:
        async def run(desk: Desk) -> UUID:
            said: list[Any] = []
            if "id" in given:
                said.append(filters.uuid(given["id"], kind, "id"))
            if "input" in given:
                said.append(inputs.entered(kind, given["input"]))
            if given.get("version", UNSET) is not UNSET:
                said.append(given["version"])
            return (await work(desk, *said)).id

        return await answer(info, payload, kind.value, kind, run, lambda problem: inputs.path(kind, problem))

    info = inspect.Parameter("info", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Info)
    resolve.__signature__ = inspect.Signature([info, *arguments, KEY])  # type: ignore[attr-defined]
    return strawberry.field(resolver=resolve, graphql_type=payload, description=words)


def creates(kind: Kind, payload: Any, given: type, work: Callable[..., Awaitable[Row]], words: str) -> Any:
    return edits(kind, payload, words, work, argument("input", given, "What it is to be 内容"))


def changes(kind: Kind, payload: Any, given: type, work: Callable[..., Awaitable[Row]], words: str) -> Any:
    fields = argument("input", given, "What is to change; null empties a field, what is left out stays 修改内容")
    return edits(kind, payload, words, work, ID, fields, VERSION)


def deletes(kind: Kind, payload: Any, work: Callable[..., Awaitable[Row]], words: str) -> Any:
    return edits(kind, payload, words, work, ID, VERSION)
