"""Offers that are pushed: those whom one reaches are told what is offered, as far as the contact policy allows."""

import pytest

from tests.schema.care.test_offers import CREATE, STEP, segment
from tests.schema.conftest import Client
from tests.schema.test_classification import done, people

pytestmark = pytest.mark.anyio
PUSH = """mutation($id: ID!) { it: handleOffer(id: $id, event: START, tell: true) { offer { state reached }
    problems { code path } } }"""
CHANGE = "mutation($id: ID!, $i: OfferInput!) { it: updateOffer(id: $id, input: $i) { problems { code } } }"
TOLD = "{ notices { edges { node { subject body state customer { name } } } } }"


@pytest.mark.requirement("B13")
async def test_those_whom_an_offer_reaches_are_told_what_is_offered(client: Client) -> None:
    _, quiet, _ = await people(client, "c1", "c2", "d")
    opt = "mutation($id: ID!) { it: updateCustomer(id: $id, input: {optedOut: true}) { problems { code } } }"
    await done(client, opt, id=quiet)
    given = {"name": "春茶", "kind": "PROMOTION", "segmentId": await segment(client, "c", name={"startsWith": "c"})}
    id = (await done(client, CREATE, i=given))["offer"]["id"]
    assert (await client.ask(PUSH, id=id))["it"]["problems"] == [{"code": "REQUIRED", "path": ["content"]}]
    await done(client, CHANGE, id=id, i={**given, "content": "第二件半价"})
    assert (await done(client, PUSH, id=id))["offer"] == {"state": "RUNNING", "reached": 1}
    told = {"subject": "春茶", "body": "第二件半价", "state": "WAITING", "customer": {"name": "c1"}}
    assert [edge["node"] for edge in (await client.ask(TOLD))["notices"]["edges"]] == [told]


async def test_an_offer_that_is_made_by_telephone_is_told_to_nobody(client: Client) -> None:
    await people(client, "c1")
    given = {"name": "春茶", "kind": "WIN_BACK", "segmentId": await segment(client, "c"), "content": "第二件半价"}
    id = (await done(client, CREATE, i=given))["offer"]["id"]
    assert (await done(client, STEP, id=id, e="START"))["offer"]["reached"] == 1
    assert (await client.ask(TOLD))["notices"]["edges"] == []
