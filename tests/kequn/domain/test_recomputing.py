"""Whatever the history: classes, scores, tiers, predictions and alerts are worked out again from what was stored with
them, when everything that they were made of is gone."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from shutil import copyfile
from typing import Any
from uuid import UUID

from hypothesis import strategies as some
from sqlalchemy import delete, select

from kequn.contracts.records import Kind
from kequn.domain import alerts, explaining
from kequn.store import tables
from kequn.store.database import Database
from tests.kequn.domain.market import Market
from tests.kequn.domain.test_explaining import AGAIN, same, stepped
from tests.schema.world import examples

RAISED: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "purchase_drop": lambda of: (
        of["orders_before"] > 0 and of["orders_recent"] * 3 <= of["orders_before"] * of["share"]
    ),
    "contact_drop": lambda of: (
        of["contacts_before"] > 0 and of["contacts_recent"] * 3 <= of["contacts_before"] * of["share"]
    ),
    "low_answer": lambda of: of["answer"] <= of["low_answer"],
    "negative_feedback": lambda of: of["answer"] <= of["low_answer"],
    "attitude": lambda of: of["answer"] <= of["low_answer"],
    "response": lambda of: of["answer"] <= of["low_answer"],
    "product_answer": lambda of: of["answer"] <= of["low_answer"],
    "fall": lambda of: of["previous"] - of["answer"] >= of["fall"],
    "mean_fall": lambda of: of["three_before"] - of["last_three"] >= 3 * of["mean_fall"],
    "complaint": lambda of: of["complaints"] > 0,
    "problem": lambda of: of["problems"] > 0,
    "slow_answer": lambda of: of["waiting"] > 0,
    "returns": lambda of: of["returns_recent"] >= of["returns"],
}
SOURCES = (tables.PurchaseLine, tables.Purchase, tables.Interaction, tables.Feedback, tables.Answer)


async def lived(url: str, seed: int, people: int) -> tuple[Market, Database]:
    """Customers with a history, evaluated, with alerts; then the history is gone."""
    database = Database(url)
    async with database.reading() as session:
        tenant: UUID = (await session.execute(select(tables.Tenant.id))).scalars().one()  # type: ignore[call-overload]
    market = Market(database, tenant, seed)
    await stepped(market)
    ids = await market.people(people)
    await market.live(*ids)
    told = [{"subject": "x", "kind": kind, "customer": id} for id in ids[:3] for kind in ("complaint", "problem")]
    await market.add(Kind.FEEDBACK, *told)
    await market.evaluate()
    await market.do(alerts.raise_all)
    async with database.writing() as session:
        for source in SOURCES:
            await session.execute(delete(source))
    return market, database


async def check(url: str, seed: int, people: int) -> set[str]:
    """The reasons that were met."""
    market, database = await lived(url, seed, people)
    async with database.reading() as session:
        for id in market.told:
            for said in await explaining.explain(session, market.actor.scope, id):
                assert said.rule not in AGAIN or same(AGAIN[said.rule](said.inputs), said.value), (seed, said)
        query = select(tables.Alert.reasons, tables.Alert.inputs)  # type: ignore[call-overload]
        raised = (await session.execute(query)).all()
    await database.close()
    for reasons, inputs in raised:
        assert reasons
        assert all(RAISED[reason](inputs[reason]) for reason in reasons), (seed, inputs)
    return {reason for reasons, _ in raised for reason in reasons}


def test_what_was_stored_is_enough(sqlite_template: Path, tmp_path: Path) -> None:
    met: set[str] = set()
    for place, (seed, people) in enumerate(examples(some.tuples(some.integers(0, 10**6), some.integers(1, 30)), 5)):
        path = tmp_path / f"{place}.db"
        copyfile(sqlite_template, path)
        met |= asyncio.run(check(f"sqlite+aiosqlite:///{path}", seed, people))
    assert {"purchase_drop", "complaint", "low_answer"} <= met
