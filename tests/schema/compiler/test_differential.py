"""Both roads give the same answer: operations composed from the schema, answered by one statement and by ordinary
execution, compared byte by byte once keys are in order."""

import random
from dataclasses import replace
from typing import Any

import orjson
import pytest
from graphql import GraphQLObjectType

from kequn.store.scope import Role, Sight
from schema.context import Context
from schema.declared import Pages, declared
from schema.execution import SCHEMA, Request, respond
from tests.schema.compiler.composing import SHARES, Composer, Operation
from tests.schema.compiler.reaching import ways
from tests.schema.compiler.sowing import Rows
from tests.schema.conftest import Client
from tests.schema.test_loading import statements

pytestmark = pytest.mark.anyio

SEEDS, EACH = 8, 125  # on each database
LEAST = {"sqlite": 0.9, "postgresql": 1.0}
"""Of each seed's operations so many are answered by one statement. Measured on SQLite: 0.988 of all, 0.952 of the worst
seed."""
CONDITIONS = "SELECT tenant.time_zone, segment.id, segment.tree"
"""Read before the statement that asks for them can be written: what segments mean is kept as rows."""
ALLOWED = {"the database takes no such statement"}  # SQLite: nested too deeply


def normal(answer: Any) -> bytes:
    plain = orjson.loads(answer) if isinstance(answer, bytes) else answer
    return orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)


async def answer(client: Client, operation: Operation) -> Any:
    context = Context(
        client.database,
        client.ledger,
        client.actor,
        limits=replace(
            client.limits, aliases=10**3, tokens=10**5, characters=10**6, directives=10**3, depth=99, seconds=600
        ),
        compiler=client.compiler,
    )
    found = await respond(Request(operation.text, operation.variables), context)
    return found, context.not_compiled


def composer_of(rows: Rows, dialect: str, seed: int) -> Composer:
    share = (2 * seed + (dialect == "sqlite")) % SHARES
    return Composer(SCHEMA._schema, rows, random.Random(f"{dialect} {seed}"), share)


async def differ(reader: Client, rows: Rows, seed: int, count: int) -> float:
    """Ask both roads, as somebody who sees everything or as one who sees some customers alone, and hold their answers
    against each other. The share of the operations that were answered by one statement, which all of them can be."""
    draw = random.Random(f"who {seed}")
    staff = draw.choice([None, draw.choice(rows["staff"]).id])
    sight = Sight(staff, department=staff is not None and draw.random() < 0.5)
    role = Role.ADMIN if staff is None else Role.VIEWER
    reader = replace(reader, actor=replace(reader.actor, role=role, sight=sight))
    composer = composer_of(rows, reader.database.dialect, seed)
    compiled = 0
    for _ in range(count):
        operation = composer.operation()
        before = reader.database.straight.asked
        with statements(reader.database) as sent:
            one, why = await answer(reader, operation)
        if isinstance(one, bytes):
            compiled += 1
            assert reader.database.straight.asked - before == 1, operation.text
            assert len(sent) <= ("inSegment" in operation.text), (sent, operation.text)
            assert all(each.startswith(CONDITIONS) for each in sent), (sent, operation.text)
        other, _ = await answer(replace(reader, compiler=False), operation)
        assert normal(one) == normal(other), (operation.text, operation.variables)
        assert isinstance(one, bytes) or why in ALLOWED, (why, one, operation.text, operation.variables)
    return compiled / count


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_both_roads_agree(reader: Client, sown: tuple[str, Rows], seed: int) -> None:
    assert await differ(reader, sown[1], seed, EACH) >= LEAST[reader.database.dialect]


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(200))
async def test_both_roads_agree_on_many_more(reader: Client, sown: tuple[str, Rows], seed: int) -> None:
    assert await differ(reader, sown[1], SEEDS + seed, EACH) >= LEAST[reader.database.dialect]


def test_the_composed_operations_reach_everything(sown_sqlite: tuple[str, Rows]) -> None:
    """The same operations as above, composed and not asked."""
    reached: set[str] = set()
    for dialect in ("sqlite", "postgresql"):
        for seed in range(SEEDS):
            composer = composer_of(sown_sqlite[1], dialect, seed)
            for _ in range(EACH):
                reached |= composer.operation().reached
    there = ways(SCHEMA._schema).keys()
    print(f"{len(there & reached)} of {len(there)} fields, arguments, operators and values are reached")
    assert reached <= there
    assert there - reached <= cursorless(sown_sqlite[1])


def cursorless(rows: Rows) -> set[str]:
    """Where no cursor can be given: lists of what there is nothing of."""
    types = [one for one in SCHEMA._schema.type_map.values() if isinstance(one, GraphQLObjectType)]
    fields = {f"{one.name}.{name}": declared(field) for one in types for name, field in one.fields.items()}
    empty = [place for place, said in fields.items() if isinstance(said, Pages) and not rows[said.noun]]
    return {f"{place}.{side}" for place in empty for side in ("after", "before")}
