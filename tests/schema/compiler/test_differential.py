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

ALLOWED = {"the database takes no such statement"}  # SQLite: nested too deeply


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
    found = await respond(Request(operation.text, operation.variables), context)
    return found, context.not_compiled


async def differ(reader: Client, rows: Rows, seed: int, count: int) -> set[str]:
    """Ask both roads; gives back what the operations reached. All of them can be answered by one statement."""
    composer = Composer(SCHEMA._schema, rows, random.Random(seed))
    reached: set[str] = set()
    for _ in range(count):
        operation = composer.operation()
        one, why = await answer(reader, operation)
        other, _ = await answer(replace(reader, compiler=False), operation)
        assert normal(one) == normal(other), (operation.text, operation.variables)
        assert isinstance(one, bytes) or why in ALLOWED, (why, one, operation.text, operation.variables)
        reached |= operation.reached
    return reached


@pytest.mark.parametrize("seed", range(2))
async def test_both_roads_agree(reader: Client, sown: tuple[str, Rows], seed: int) -> None:
    assert await differ(reader, sown[1], seed, 200)
