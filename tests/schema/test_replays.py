"""Mutations that are sent twice under one key: they tell the same, and are done once."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select

from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from kequn.domain import standards
from kequn.store.scope import Role
from kequn.store.tables import Evaluation
from schema.execution import SCHEMA
from tests.schema.conftest import Client
from tests.working import held_up

pytestmark = pytest.mark.anyio


def test_every_mutation_takes_a_key() -> None:
    mutation = SCHEMA._schema.mutation_type
    assert mutation is not None
    assert [name for name, field in mutation.fields.items() if "idempotencyKey" not in field.args] == []


async def twice(client: Client, query: str, **variables: Any) -> list[dict[str, Any]]:
    return [(await client.ask(query, **variables))["it"] for _ in "12"]


async def test_a_search_for_duplicates(client: Client) -> None:
    query = "mutation($k: String) { it: findDuplicates(idempotencyKey: $k) { came went problems { code path } } }"
    phone = {"name": "林语", "phone": "+86 138 0013 8000"}
    await client.add(Kind.CUSTOMER, phone, phone)
    first, second = await twice(client, query, k="one")
    assert first == second == {"came": 1, "went": 0, "problems": []}
    assert (await client.ask(query, k="two"))["it"]["came"] == 0
    other = await client.ask(
        'mutation { it: findDuplicates(full: false, idempotencyKey: "one") { problems { code } } }'
    )
    assert other["it"]["problems"] == [{"code": "KEY_REUSED"}]


async def test_an_evaluation(client: Client) -> None:
    await client.add(Kind.CUSTOMER, {"name": "a"})
    query = """mutation { it: evaluateCustomers(idempotencyKey: "k") {
        evaluation { version asOf whole counts { rule value count } } problems { code } } }"""
    first, second = await twice(client, query)
    assert first == second
    assert first["evaluation"]["counts"]
    async with client.database.reading() as session:
        assert (await session.execute(select(func.count()).select_from(Evaluation))).scalar_one() == 1


EVALUATE = 'mutation { it: evaluateCustomers(idempotencyKey: "k") { evaluation { asOf } problems { code } } }'
LATER = {"evaluation": None, "problems": [{"code": "LATER"}]}


async def evaluations(client: Client) -> int:
    async with client.database.reading() as session:
        return (await session.execute(select(func.count()).select_from(Evaluation))).scalar_one()


async def test_what_is_still_at_work_is_not_begun_again(client: Client) -> None:
    answers = await asyncio.gather(*(client.ask(EVALUATE) for _ in "123"))
    found = [answer["it"] for answer in answers if answer["it"] != LATER]
    assert found
    assert await evaluations(client) == 1
    assert (await client.ask(EVALUATE))["it"] == found[0]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_what_was_broken_off_may_be_begun_again_after_a_while(client: Client) -> None:
    """SQLite has one writer: nothing is broken off between two of its transactions by waiting."""
    async with client.database.writing() as session:
        await standards.in_force(session, client.actor.scope, lock=True)
        task = asyncio.create_task(client.ask(EVALUATE))
        await held_up(client.database, task)
        task.cancel()
        assert (await client.ask(EVALUATE))["it"] == LATER
    with pytest.raises(asyncio.CancelledError):
        await task
    client.ledger.clock.move(30)  # type: ignore[attr-defined]
    assert (await client.ask(EVALUATE))["it"]["problems"] == []
    assert await evaluations(client) == 1


async def test_what_was_refused_may_be_sent_again_at_once(client: Client) -> None:
    viewer = client.who(Role.VIEWER)
    assert await twice(viewer, EVALUATE) == [{"evaluation": None, "problems": [{"code": "FORBIDDEN"}]}] * 2


async def test_taking_a_merge_back(client: Client) -> None:
    winner, loser = (format_id("customer", id) for id in await client.add(Kind.CUSTOMER, {"name": "a"}, {"name": "b"}))
    merge = "mutation($w: ID!, $l: ID!) { it: mergeCustomers(winner: $w, loser: $l) { problems { code } } }"
    await client.ask(merge, w=winner, l=loser)
    await client.ask(
        "mutation($id: ID!, $i: CustomerChanges!) { updateCustomer(id: $id, input: $i) { problems { code } } }",
        id=winner,
        i={"name": "c"},
    )
    query = """mutation($id: ID!) { it: unmergeCustomers(id: $id, idempotencyKey: "k") {
        winner { id } loser { id mergedInto { id } } kept { row { id } field } problems { code } } }"""
    first, second = await twice(client, query, id=loser)
    assert first == second
    assert (first["loser"], first["problems"]) == ({"id": loser, "mergedInto": None}, [])
    fresh = await client.ask(query.replace('"k"', '"other"'), id=loser)
    assert fresh["it"]["problems"] != []


async def test_settling_many(client: Client) -> None:
    query = """mutation { it: settleConflicts(where: {}, choice: OURS, idempotencyKey: "k") {
        settled remaining failed { id } problems { code } } }"""
    first, second = await twice(client, query)
    assert first == second == {"settled": 0, "remaining": 0, "failed": [], "problems": []}
