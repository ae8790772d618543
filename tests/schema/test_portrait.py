"""One portrait for all departments: what each sees of a customer, and that it sees at once what another has learned."""

from typing import Any

import pytest

from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from kequn.domain.portrait import SIDES
from kequn.store import tables
from tests.schema.conftest import Client

pytestmark = pytest.mark.anyio
PORTRAIT = """query($id: ID!, $side: Side!) { customer(id: $id) { portrait(side: $side) {
    knows { field value } advice } } }"""


async def seen(client: Client, id: str, side: str) -> tuple[dict[str, Any], list[str]]:
    found = (await client.ask(PORTRAIT, id=id, side=side))["customer"]["portrait"]
    return {one["field"]: one["value"] for one in found["knows"]}, found["advice"]


@pytest.mark.requirement("C19")
async def test_each_department_sees_its_side(client: Client) -> None:
    [uuid] = await client.add(Kind.CUSTOMER, {"name": "a", "source": "seo", "interests": frozenset({"tea"})})
    id = format_id("customer", uuid)
    sides = {side: await seen(client, id, side.upper()) for side in SIDES}
    assert sides["marketing"][0]["source"] == "seo"
    assert sides["marketing"][0]["interests"] == ["tea"]
    assert {"returnsRecent", "favourite"} <= sides["product"][0].keys()
    assert {"satisfaction", "lastContactAt"} <= sides["service"][0].keys()
    assert all(advice == [] for _, advice in sides.values())
    await client.ask("mutation { evaluateCustomers { problems { code } } }")
    assert (await seen(client, id, "SALES"))[0]["valueClass"] == "low"
    assert any("Raise" in one for one in (await seen(client, id, "SALES"))[1])
    assert not any("Raise" in one for one in (await seen(client, id, "SERVICE"))[1])


@pytest.mark.requirement("C20")
async def test_what_one_department_learns_all_know(client: Client) -> None:
    """Service hears of a need; sales, product and marketing see it, and sales is told to act, in one history."""
    [uuid] = await client.add(Kind.CUSTOMER, {"name": "a"})
    id = format_id("customer", uuid)
    learn = """mutation($id: ID!) { it: learnFromCustomer(customerId: $id, how: CALL_BACK, values: {needs: "a pot"}) {
        problems { code } } }"""
    hand = """mutation($id: ID!) { it: createTask(customerId: $id, kind: "hand over", content: "wants a pot",
        department: SALES, dueAt: "2026-02-01T00:00:00Z") { problems { code } } }"""
    for mutation in (learn, hand):
        assert (await client.ask(mutation, id=id))["it"]["problems"] == []
    for side in ("SALES", "PRODUCT", "SERVICE"):
        assert (await seen(client, id, side))[0]["needs"] == "a pot"
    history = """query($id: ID!) { customer(id: $id) { timeline { edges { node { kind title } } }
        tasks(where: {department: {eq: SALES}}) { edges { node { content } } } } }"""
    found = (await client.ask(history, id=id))["customer"]
    assert {edge["node"]["kind"] for edge in found["timeline"]["edges"]} == {"INTERACTION", "TASK"}
    assert [edge["node"]["content"] for edge in found["tasks"]["edges"]] == ["wants a pot"]


def test_every_side_is_of_fields_that_there_are() -> None:
    known = {*tables.Customer.model_fields, *tables.Standing.model_fields}
    assert {name for side in SIDES.values() for name in side} - known == set()
