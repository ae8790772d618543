"""Mutations that are one function of the domain, by declaration: their arguments, what is done with them, and the row
that is answered. Each takes an idempotency key."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import strawberry
from strawberry import Info

from kequn.domain.editing import Desk
from kequn.domain.problems import Refused
from schema import once
from schema.context import Context
from schema.payloads import KEY, Payload, answer
from schema.problems import show

_INFO = inspect.Parameter("info", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Info)


@strawberry.type(description="How many rows were written, or why none 执行结果")
class CountPayload(Payload):
    count: int = strawberry.field(default=0, description="How many 数量")


def act(
    payload: Any, field: str, noun: str, words: str, work: Callable[..., Awaitable[Any]], *arguments: inspect.Parameter
) -> Any:
    """`work` is given the desk, and the arguments by name; it gives back the id of a row of `noun`."""

    async def resolve(info: Info[Context], **given: Any) -> Any:
        given.pop("idempotency_key", None)

        async def run(desk: Desk) -> Any:
            return await work(desk, **given)

        return await answer(info, payload, field, noun, run)

    return _field(resolve, payload, words, *arguments)


def count(words: str, work: Callable[..., Awaitable[int]], *arguments: inspect.Parameter) -> Any:
    """The same, answered with how many."""

    async def resolve(info: Info[Context], **given: Any) -> CountPayload:
        given.pop("idempotency_key", None)
        try:
            async with info.context.desk() as desk:

                async def told() -> Mapping[str, Any]:
                    return {"count": await work(desk, **given)}

                return CountPayload(**await once.tell(info, desk, told))
        except Refused as refused:
            return CountPayload(problems=show(refused.problems, info.context.language))

    return _field(resolve, CountPayload, words, *arguments)


def _field(resolve: Any, payload: Any, words: str, *arguments: inspect.Parameter) -> Any:
    resolve.__signature__ = inspect.Signature([_INFO, *arguments, KEY])
    return strawberry.field(resolver=resolve, graphql_type=payload, description=words)
