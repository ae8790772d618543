"""Mutations that may be sent again: the key that their sender gave, and what was asked under it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import strawberry
from graphql import Undefined, value_from_ast_untyped
from strawberry import Info

from kequn.domain import replays
from kequn.domain.batches import Outcome
from kequn.domain.editing import Desk
from kequn.domain.replays import Request
from schema.context import Context

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
    """The same of work that has transactions of its own, and may be done twice without harm."""
    request = _request(info)
    async with info.context.desk() as desk:
        before = await replays.past(desk, request)
    if before is not None:
        return before
    facts = await work()
    async with info.context.desk() as desk:
        await replays.remember(desk, request, facts)
    return facts


def _request(info: Info[Context]) -> Request:
    [field, *_] = info._raw_info.field_nodes
    given = {one.name.value: value_from_ast_untyped(one.value, info.variable_values) for one in field.arguments or ()}
    key = given.pop(KEY, Undefined)
    asked = json.dumps([info.field_name, given], default=repr, sort_keys=True)
    return Request(None if key is Undefined else key, hashlib.sha256(asked.encode()).hexdigest())
