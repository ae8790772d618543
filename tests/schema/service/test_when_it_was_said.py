"""Feedback counts at the time at which it was given, whenever it came to be here."""

from datetime import timedelta
from typing import Any

import pytest

from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from tests.schema.conftest import Client
from tests.schema.test_classification import BUY, EVALUATE, NOW, ago, done, people

pytestmark = pytest.mark.anyio
TELL = "mutation($i: FeedbackInput!) { it: createFeedback(input: $i) { feedback { id happenedAt } problems { code } } }"
CHANGE = """mutation($id: ID!, $at: DateTime) { it: updateFeedback(id: $id, input: {happenedAt: $at}) {
    feedback { happenedAt } problems { code } } }"""


async def told(client: Client, customer: str, subject: str, days: float | None = None, **more: Any) -> str:
    """The id of a complaint, given so many days ago; None: nobody says when."""
    when = {} if days is None else {"happenedAt": ago(days)}
    said = {"subject": subject, "kind": "complaint", "channel": "phone", "customerId": customer, **when, **more}
    id: str = (await done(client, TELL, i=said))["feedback"]["id"]
    return id


async def subjects(client: Client, **asked: Any) -> list[str]:
    query = """query($w: FeedbackWhere, $o: [FeedbackOrder!]) { feedbacks(where: $w, orderBy: $o) {
        edges { node { subject } } } }"""
    return [edge["node"]["subject"] for edge in (await client.ask(query, **asked))["feedbacks"]["edges"]]


async def test_it_is_set_found_and_ordered_by(client: Client) -> None:
    [one] = await people(client, "one")
    old, new = await told(client, one, "old", 800), await told(client, one, "new", 1)
    await told(client, one, "some time")
    order = [{"field": "HAPPENED_AT", "direction": "ASC"}]
    assert await subjects(client, w={"happenedAt": {"lt": ago(365)}}) == ["old"]
    assert await subjects(client, w={"happenedAt": {"isNull": True}}) == ["some time"]
    assert await subjects(client, w={"happenedAt": {"isNull": False}}, o=order) == ["old", "new"]
    assert (await done(client, CHANGE, id=new, at=ago(900)))["feedback"]["happenedAt"].startswith(ago(900)[:19])
    assert await subjects(client, w={"happenedAt": {"isNull": False}}, o=order) == ["new", "old"]
    assert (await done(client, CHANGE, id=old, at=None))["feedback"]["happenedAt"] is None


async def test_figures_of_a_period_are_of_what_was_said_in_it(client: Client) -> None:
    [one] = await people(client, "one")
    await told(client, one, "old", 800, solution="sorry", status="closed")
    await told(client, one, "new", 2)
    await told(client, one, "now")
    query = """query($s: DateTime!, $u: DateTime) {
        keyFigures(since: $s, until: $u) { satisfaction { feedback } complaints { count settled } }
        journeyMap(since: $s, until: $u) { stage times pains } }"""

    async def figures(since: float, until: float | None = None) -> tuple[Any, ...]:
        found = await client.ask(query, s=ago(since), u=None if until is None else ago(until))
        key, [point] = found["keyFigures"], found["journeyMap"]
        return (*key["satisfaction"].values(), *key["complaints"].values(), *point.values())

    assert await figures(30) == (2, 2, 0, "feedback", 2, 2)
    assert await figures(900, 700) == (1, 1, 1, "feedback", 1, 1)
    voice = await client.ask("query($s: DateTime!) { figures(since: $s) { feedback complaints } }", s=ago(30))
    assert voice["figures"] == {"feedback": 2, "complaints": 2}


async def test_the_timeline_shows_it_where_it_was_said(client: Client) -> None:
    [one] = await people(client, "one")
    await told(client, one, "new", 2)
    await told(client, one, "old", 800)
    query = "query($id: ID!) { customer(id: $id) { timeline { edges { node { title at } } } } }"
    edges = (await client.ask(query, id=one))["customer"]["timeline"]["edges"]
    assert [(edge["node"]["title"], edge["node"]["at"][:10]) for edge in edges] == [
        ("new", ago(2)[:10]), ("old", ago(800)[:10])
    ]  # fmt: skip


async def test_the_last_complaint_is_the_one_that_was_said_last(client: Client) -> None:
    [one] = await people(client, "one")
    bought = {"name": "o", "kind": "SALE", "customerId": one, "paidAt": ago(400)}
    await done(client, BUY, i=[bought])
    await done(client, EVALUATE)
    take = "mutation($id: ID!, $c: Category!) { it: openTicket(feedbackId: $id, category: $c) { problems { code } } }"
    for category, days in (("PRICE", 300), ("DELIVERY", 310)):
        await done(client, take, id=await told(client, one, category, days), c=category)
    found = (await client.ask("{ churnCauses(by: LAST_COMPLAINT) { value } }"))["churnCauses"]
    assert found == [{"value": "price"}]


async def test_a_first_sync_raises_no_alert_over_what_is_years_old(client: Client) -> None:
    [old, new] = await client.add(Kind.CUSTOMER, {"name": "old"}, {"name": "new"})
    for customer, days in ((old, 800), (new, 2)):
        said = [{"subject": "s", "kind": kind, "customer": customer} for kind in ("complaint", "problem", "inquiry")]
        await client.add(Kind.FEEDBACK, *({**one, "happened_at": NOW - timedelta(days=days)} for one in said))
    await done(client, EVALUATE)
    carry = "mutation { it: carryOutEvaluation { alertsRaised problems { code } } }"
    await done(client, carry)
    edges = (await client.ask("{ alerts { edges { node { kind customer { id } } } } }"))["alerts"]["edges"]
    assert {edge["node"]["customer"]["id"] for edge in edges} == {format_id("customer", new)}
    assert {edge["node"]["kind"] for edge in edges} == {"CHURN", "SATISFACTION", "PRODUCT", "SERVICE"}
