"""Lists against a third opinion: both roads could share a wrong filter, an evaluator in plain Python does not."""

import json
import random
from typing import Any

import pytest

from kequn.contracts.identity import format_id
from schema.execution import SCHEMA
from tests.schema.compiler.composing import Composer, literal
from tests.schema.compiler.judging import Judge
from tests.schema.compiler.sowing import Rows
from tests.schema.conftest import Client

pytestmark = pytest.mark.anyio

LISTS = {
    "customers": "Customer",
    "groups": "Group",
    "tiers": "Tier",
    "staff": "Staff",
    "memberships": "Membership",
    "purchases": "Purchase",
    "interactions": "Interaction",
    "feedbacks": "Feedback",
    "connections": "Connection",
    "syncRuns": "SyncRun",
    "conflicts": "Conflict",
}
NOUNS = {"SyncRun": "run"}


def depends_on_now(where: Any) -> bool:
    return '"since"' in json.dumps(where) or '"until"' in json.dumps(where)


def list_of(composer: Composer, draw: random.Random, title: str) -> tuple[dict[str, Any], list[dict[str, str]], bool]:
    """A filter, an order, and whether deleted rows are wanted."""
    where = composer.where(title)
    while depends_on_now(where):
        where = composer.where(title)
    columns: Any = SCHEMA._schema.type_map[f"{title}OrderField"]
    names = draw.sample(sorted(columns.values), draw.randrange(3))
    order = [{"field": name, "direction": draw.choice(["ASC", "DESC"])} for name in names]
    return where, order, draw.random() < 0.3 and "deletedAt" in SCHEMA._schema.type_map[title].fields  # type: ignore[attr-defined]


@pytest.mark.parametrize("seed", range(4))
async def test_lists_are_what_a_plain_evaluator_says(reader: Client, sown: tuple[str, Rows], seed: int) -> None:
    draw = random.Random(seed)
    composer, judge = Composer(SCHEMA._schema, sown[1], draw), Judge(SCHEMA._schema, sown[1])
    for _ in range(50):
        field = draw.choice(sorted(LISTS))
        title, size = LISTS[field], draw.randrange(6)
        where, order, deleted = list_of(composer, draw, title)
        noun = NOUNS.get(title, title.lower())
        orders = ", ".join(f"{{field: {one['field']}, direction: {one['direction']}}}" for one in order)
        given = (
            f"first: {size}, where: {literal(where)}, orderBy: [{orders}]{', includeDeleted: true' if deleted else ''}"
        )
        page = (await reader.ask(f"{{ {field}({given}) {{ totalCount edges {{ node {{ id }} }} }} }}"))[field]
        want = judge.list(noun, where, order, deleted=deleted)
        found = [edge["node"]["id"] for edge in page["edges"]]
        assert found == [format_id(noun, row.id) for row in want[:size]], given
        assert page["totalCount"] == len(want), given
