"""Mutations that may be sent again: the key that their sender gave, and what was asked under it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any

import strawberry
from graphql import Undefined, value_from_ast_untyped
from strawberry import Info

from kequn.domain import replays
from kequn.domain.batches import Outcome
from kequn.domain.editing import Desk
from kequn.domain.problems import Refused, refuse
from kequn.domain.replays import Request
from schema.context import Context
from schema.problems import Fault

KEY = "idempotencyKey"
WORDS = (
    "A key of your own, new for every request: who sends the same again under it within 24 hours gets the first "
    "outcome, and nothing is done twice 幂等键"
)
IdempotencyKey = Annotated[str | None, strawberry.argument(description=WORDS)]


async def do(info: Info[Context], desk: Desk, work: replays.Work) -> Sequence[Outcome]:
    """Do the work, unless it was done before under the key of this mutation."""
    return await replays.once(desk, _request(info), work)


async def tell(info: Info[Context], desk: Desk, work: replays.Telling) -> Mapping[str, Any]:
    """The same of work of which plain JSON tells."""
    return await replays.told(desk, _request(info), work)


async def repeat(info: Info[Context], work: replays.Telling) -> Mapping[str, Any]:
    """The same of work that has transactions of its own. It takes no longer than any edit may; until then whoever sends
    the same is told to come again."""
    request, within = _request(info), timedelta(seconds=info.context.limits.edit_seconds)
    try:
        async with info.context.desk() as desk:
            before = await replays.begin(desk, request, within)
    except replays.UnderWay:
        raise refuse(Fault.LATER, "idempotency_key") from None
    if before is not None:
        return before
    try:
        facts = await work()
    except Refused:
        await _end(info, request, None)
        raise
    await _end(info, request, facts)
    return facts


async def _end(info: Info[Context], request: Request, facts: Mapping[str, Any] | None) -> None:
    async with info.context.desk() as desk:
        await replays.end(desk, request, facts)


def _request(info: Info[Context]) -> Request:
    [field, *_] = info._raw_info.field_nodes
    given = {one.name.value: value_from_ast_untyped(one.value, info.variable_values) for one in field.arguments or ()}
    key = given.pop(KEY, Undefined)
    asked = json.dumps([info.field_name, given], default=repr, sort_keys=True)
    return Request(None if key is Undefined else key, hashlib.sha256(asked.encode()).hexdigest())
