"""Mutations that may be sent again: the key that their sender gave, and what was asked under it."""

import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated

import strawberry
from graphql import Undefined, value_from_ast_untyped
from strawberry import Info

from kequn.domain import replays
from kequn.domain.batches import Outcome
from kequn.domain.editing import Desk
from schema.context import Context

KEY = "idempotencyKey"
WORDS = (
    "A key of your own, new for every request: who sends the same again under it within 24 hours gets the first "
    "outcome, and nothing is done twice 幂等键"
)
IdempotencyKey = Annotated[str | None, strawberry.argument(description=WORDS)]


async def do(info: Info[Context], desk: Desk, work: Callable[[], Awaitable[Sequence[Outcome]]]) -> Sequence[Outcome]:
    """Do the work, unless it was done before under the key of this mutation."""
    [field, *_] = info._raw_info.field_nodes
    given = {one.name.value: value_from_ast_untyped(one.value, info.variable_values) for one in field.arguments or ()}
    key = given.pop(KEY, Undefined)
    asked = json.dumps([info.field_name, given], default=repr, sort_keys=True)
    return await replays.once(desk, None if key is Undefined else key, hashlib.sha256(asked.encode()).hexdigest(), work)
