"""Both roads give the same answer: operations composed from the schema, answered by one statement and by ordinary
execution, compared byte by byte once keys are in order."""

import random
from dataclasses import replace
from typing import Any

import orjson
import pytest

from schema.context import Context
from schema.execution import SCHEMA, Request, respond
from tests.schema.compiler.composing import Composer, Operation
from tests.schema.compiler.sowing import Rows
from tests.schema.conftest import Client

pytestmark = pytest.mark.anyio

SKIPPED = [
    "Change.fields",
    *(f"Conflict.{name}" for name in ("candidates", "base", "ours", "theirs", "oursChange", "theirsAt", "lost")),
    "Duplicate.link",
]


def normal(answer: Any) -> bytes:
    plain = orjson.loads(answer) if isinstance(answer, bytes) else answer
    return orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)


async def answer(client: Client, operation: Operation) -> Any:
    context = Context(
        client.database,
        client.ledger,
        client.actor,
        limits=replace(client.limits, aliases=10**3, tokens=10**5, characters=10**6, directives=10**3, depth=99),
        compiler=client.compiler,
    )
    return await respond(Request(operation.text, operation.variables), context)


async def differ(reader: Client, rows: Rows, seed: int, count: int) -> tuple[int, set[str]]:
    """How many were answered by one statement, and what they reached."""
    composer = Composer(SCHEMA._schema, rows, random.Random(seed), SKIPPED)
    compiled, reached = 0, set[str]()
    for _ in range(count):
        operation = composer.operation()
        one, other = await answer(reader, operation), await answer(replace(reader, compiler=False), operation)
        assert normal(one) == normal(other), (operation.text, operation.variables)
        if isinstance(one, bytes):
            compiled += 1
            reached |= operation.reached
        else:
            print(
                "NOT",
                [e["message"][:150] + str(e.get("extensions")) for e in one.get("errors", [])][:2]
                or operation.text[:600],
            )
    return compiled, reached


@pytest.mark.parametrize("seed", range(2))
async def test_both_roads_agree(reader: Client, sown: tuple[str, Rows], seed: int) -> None:
    compiled, _ = await differ(reader, sown[1], seed, 100)
    print(compiled)
    assert compiled > 80
