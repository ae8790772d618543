"""Offers and trials through GraphQL: to whom, at what cost, and what came of it by class and stage."""

from typing import Any

import pytest

from kequn.clock import ManualClock
from kequn.contracts.identity import parse_id
from kequn.contracts.records import Kind
from kequn.domain.trials import making
from tests.schema.conftest import Client
from tests.schema.test_classification import EVALUATE, buy, done, market, people

pytestmark = pytest.mark.anyio
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SEGMENT = """mutation($n: String!, $w: CustomerWhere!) { it: createSegment(name: $n, where: $w) { segment { id }
    problems { code path } } }"""
CREATE = "mutation($i: OfferInput!) { it: createOffer(input: $i) { offer { id state } problems { code path } } }"
STEP = """mutation($id: ID!, $e: CampaignEvent!) { it: handleOffer(id: $id, event: $e) { offer { state reached }
    problems { code } } }"""
OUTCOMES = """query($id: ID!, $by: OfferBy!) { offer(id: $id) { cost segment { name } outcomes(by: $by) { value reached
    bought boughtBefore rate uplift orders spend cost } } }"""
TRIAL = "mutation($i: TrialInput!) { it: createTrial(input: $i) { trial { id } problems { code path } } }"
TRY = """mutation($id: ID!, $e: CampaignEvent!, $c: String! = "") {
    it: handleTrial(id: $id, event: $e, conclusion: $c) { trial { state conclusion } problems { code path } } }"""
RESULT = """query($id: ID!) { trial(id: $id) { result { a { customers value } b { customers value } difference low high
    verdict words } } }"""


async def segment(client: Client, title: str, **where: Any) -> str:
    id: str = (await done(client, SEGMENT, n=title, w=where))["segment"]["id"]
    return id


async def offered(client: Client, kind: str, segment_id: str, **more: Any) -> str:
    given = {"name": kind, "kind": kind, "segmentId": segment_id, "cost": "5.5", **more}
    id: str = (await done(client, CREATE, i=given))["offer"]["id"]
    assert (await done(client, STEP, id=id, e="START"))["offer"]["state"] == "RUNNING"
    return id


async def outcomes(client: Client, id: str, by: str = "ALL") -> dict[str | None, dict[str, Any]]:
    found = (await client.ask(OUTCOMES, id=id, by=by))["offer"]["outcomes"]
    return {one.pop("value"): one for one in found}


def days(client: Client, number: float) -> None:
    assert isinstance(client.ledger.clock, ManualClock)
    client.ledger.clock.move(86400 * number)


@pytest.mark.requirement("K13", "L05")
async def test_who_is_leaving_is_won_back(client: Client) -> None:
    """At risk is b, gone is d: the offer is theirs alone; b buys again."""
    ids = await market(client)
    leaving = {"or": [{"frequencyClass": {"eq": "AT_RISK"}}, {"lifecycle": {"eq": "CHURN"}}]}
    offer = await offered(client, "WIN_BACK", await segment(client, "leaving", standing=leaving))
    await buy(client, ids["b"], (-2, "30"))
    await buy(client, ids["a"], (-2, "999"))
    days(client, 3)
    assert await outcomes(client, offer, "STAGE") == {
        "growth": _outcome(reached=1, bought=1, orders=1, spend="30"),
        "churn": _outcome(reached=1),
    }
    risk = (await outcomes(client, offer, "FREQUENCY"))["at_risk"]
    assert (risk["bought"], risk["rate"], risk["uplift"]) == (1, 1, 1)
    again = {"and": [{"standing": leaving}, {"offerRecipients": {"none": {"offer": {"kind": {"eq": "WIN_BACK"}}}}}]}
    nobody = await offered(client, "WIN_BACK", await segment(client, "not asked yet", **again))
    assert await outcomes(client, nobody) == {}
    query = "query($id: ID!) { customer(id: $id) { care { phase strategies { advice } } } }"
    care = (await client.ask(query, id=ids["b"]))["customer"]["care"]
    assert care["phase"] == "RETAIN"
    assert any("挽回" in one["advice"] for one in care["strategies"])


@SQLITE
@pytest.mark.requirement("L05", "B13")
async def test_nobody_is_offered_anything_who_asked_to_be_left_alone(client: Client) -> None:
    ids = await people(client, "c1", "c2")
    opt = "mutation($id: ID!) { it: updateCustomer(id: $id, input: {optedOut: true}) { problems { code } } }"
    await done(client, opt, id=ids[0])
    offer = await offered(client, "PROMOTION", await segment(client, "all", name={"startsWith": "c"}))
    query = "query($id: ID!) { offer(id: $id) { recipients { edges { node { customer { name } } } } } }"
    edges = (await client.ask(query, id=offer))["offer"]["recipients"]["edges"]
    assert [edge["node"]["customer"]["name"] for edge in edges] == ["c2"]


def _outcome(reached: int, bought: int = 0, orders: int = 0, spend: str = "0", before: int = 0) -> dict[str, Any]:
    shares = {"rate": bought / reached, "uplift": (bought - before) / reached}
    cost = {1: "5.5", 2: "11", 3: "16.5"}[reached]
    known = {"reached": reached, "bought": bought, "boughtBefore": before, "orders": orders}
    return {**known, **shares, "spend": spend, "cost": cost}


@pytest.mark.requirement("B13", "I11", "K18")
async def test_a_promotion_and_its_result_by_class(client: Client) -> None:
    """What counts is what was bought within the window, by the class in which a customer got it."""
    ids = await market(client)
    await client.add(Kind.CUSTOMER, {"type": "person", "name": "left alone", "opted_out": True})
    buyers = await segment(client, "buyers", standing={"orders": {"gte": 1}}, name={"in": ["a", "b", "c"]})
    offer = await offered(client, "PROMOTION", buyers, windowDays=10)
    await buy(client, ids["c"], (-1, "40"), (-2, "2"), (-20, "500"))
    await buy(client, ids["c"], (-3, "12"), kind="RETURN")
    days(client, 30)
    await done(client, EVALUATE)
    assert await outcomes(client, offer) == {None: _outcome(3, bought=1, orders=2, spend="30", before=2)}
    by_value = await outcomes(client, offer, "VALUE")
    assert {value: (one["reached"], one["bought"]) for value, one in by_value.items()} == {
        "high": (1, 0),
        "medium": (1, 0),
        "low": (1, 1),
    }
    assert (await done(client, STEP, id=offer, e="END"))["offer"] == {"state": "ENDED", "reached": 3}


async def test_an_offer_is_for_somebody(client: Client) -> None:
    made = (await done(client, CREATE, i={"name": "o", "kind": "PROMOTION"}))["offer"]
    assert [one["code"] for one in (await client.ask(STEP, id=made["id"], e="START"))["it"]["problems"]] == ["REQUIRED"]
    assert await outcomes(client, made["id"]) == {}
    change = """mutation($id: ID!, $i: OfferInput!) { it: updateOffer(id: $id, input: $i) { offer { name }
        problems { code } } }"""
    assert (await done(client, change, id=made["id"], i={"name": "p", "kind": "RETENTION"}))["offer"] == {"name": "p"}
    await done(client, STEP, id=made["id"], e="CANCEL")
    again = (await client.ask(change, id=made["id"], i={"name": "q", "kind": "RETENTION"}))["it"]["problems"]
    assert again == [{"code": "WRONG_STATE"}]


@pytest.mark.requirement("I12")
async def test_two_ways_are_compared(client: Client) -> None:
    """Sixty customers; of those with the new way all buy, of the others none."""
    ids = await people(client, *(f"c{place}" for place in range(60)))
    everybody = await segment(client, "all", name={"startsWith": "c"})
    given = {"measure": "BOUGHT", "segmentId": everybody, "wayA": "a letter", "wayB": "a call"}
    trials = {}
    for measure in ("BOUGHT", "SPEND", "RETAINED", "SATISFIED"):
        made = (await done(client, TRIAL, i={**given, "name": measure, "measure": measure}))["trial"]["id"]
        await done(client, TRY, id=made, e="START")
        trials[measure] = made
    bought = [id for id in ids if _way(trials["BOUGHT"], id) == "b"]
    query = """query($id: ID!) { trial(id: $id) { subjects(where: {way: {eq: B}}) {
        edges { node { customer { id } } } } } }"""
    edges = (await client.ask(query, id=trials["BOUGHT"]))["trial"]["subjects"]["edges"]
    assert {edge["node"]["customer"]["id"] for edge in edges} == set(bought)
    for id in bought:
        await buy(client, id, (-1, "10"))
    days(client, 2)
    result = (await client.ask(RESULT, id=trials["BOUGHT"]))["trial"]["result"]
    assert (result["a"]["customers"], result["b"]["customers"]) == (60 - len(bought), len(bought))
    assert (result["a"]["value"], result["b"]["value"], result["difference"]) == (0, 1, 1)
    assert 0.8 < result["low"] < result["high"] <= 1
    assert result["verdict"] == "BETTER"
    assert result["words"].startswith("The new way is better: a difference of 1, with 95 % confidence between 0.")
    unclear = (await client.ask(RESULT, id=trials["SATISFIED"]))["trial"]["result"]
    assert (unclear["difference"], unclear["verdict"]) == (None, "UNCLEAR")
    assert unclear["words"] == "There are too few customers to tell."
    spend = (await client.ask(RESULT, id=trials["SPEND"]))["trial"]["result"]
    means = [_mean(trials["SPEND"], way, ids, set(bought)) for way in "ab"]
    assert [spend["a"]["value"], spend["b"]["value"]] == pytest.approx(means)
    kept = (await client.ask(RESULT, id=trials["RETAINED"]))["trial"]["result"]
    assert kept["low"] < kept["difference"] < kept["high"]
    refused = (await client.ask(TRY, id=trials["BOUGHT"], e="END"))["it"]["problems"]
    assert refused == [{"code": "REQUIRED", "path": ["conclusion"]}]
    ended = (await done(client, TRY, id=trials["BOUGHT"], e="END", c="calls work"))["trial"]
    assert ended == {"state": "ENDED", "conclusion": "calls work"}


@SQLITE
@pytest.mark.requirement("I12")
async def test_a_small_difference_shows_nothing(client: Client) -> None:
    ids = await people(client, *(f"c{place}" for place in range(8)))
    everybody = await segment(client, "all", name={"startsWith": "c"})
    given = {"name": "t", "measure": "BOUGHT", "segmentId": everybody, "wayA": "a letter", "wayB": "a call"}
    trial = (await done(client, TRIAL, i=given))["trial"]["id"]
    await done(client, TRY, id=trial, e="START")
    await buy(client, next(id for id in ids if _way(trial, id) == "b"), (-1, "10"))
    days(client, 2)
    result = (await client.ask(RESULT, id=trial))["trial"]["result"]
    assert (result["difference"] > 0 > result["low"], result["verdict"]) == (True, "UNCLEAR")


def _way(trial: str, customer: str) -> str:
    return making.way_of(parse_id(trial)[1], parse_id(customer)[1], making.MILLION // 2)


def _mean(trial: str, way: str, ids: list[str], bought: set[str]) -> float:
    mine = [10.0 * (id in bought) for id in ids if _way(trial, id) == way]
    return sum(mine) / len(mine)
