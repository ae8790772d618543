"""Classes, tiers, predictions, alerts and points through GraphQL alone: entered by mutations, evaluated, asked."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kequn.domain import requests
from kequn.store.scope import Role
from tests.schema.conftest import Client

pytestmark = pytest.mark.anyio
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)

CREATE = (
    "mutation($i: [CustomerInput!]!) { it: createCustomers(input: $i) { results { row { id } problems { code } } } }"
)
BUY = "mutation($i: [PurchaseInput!]!) { it: createPurchases(input: $i) { results { problems { code } } } }"
EVALUATE = """mutation($full: Boolean! = true) { it: evaluateCustomers(full: $full) {
    evaluation { version whole counts { rule value count } } problems { code } } }"""
CARRY = """mutation { it: carryOutEvaluation { tiersChanged tiersPinned alertsRaised alertsRepeated pointsAwarded
    pointsExpired problems { code } } }"""
WHERE = "query($w: CustomerWhere) { customers(where: $w) { edges { node { name } } } }"


def ago(days: float) -> str:
    return (NOW - timedelta(days=days)).isoformat()


async def done(client: Client, mutation: str, **given: Any) -> dict[str, Any]:
    """What a mutation answered that has no problem."""
    answer: dict[str, Any] = (await client.ask(mutation, **given))["it"]
    assert answer.get("problems", []) == []
    return answer


async def people(client: Client, *names: str) -> list[str]:
    results = (await done(client, CREATE, i=[{"name": name} for name in names]))["results"]
    return [result["row"]["id"] for result in results]


async def buy(client: Client, customer: str, *orders: tuple[float, str], kind: str = "SALE") -> None:
    """(days ago, amount)"""
    items = [
        {"name": "o", "kind": kind, "customerId": customer, "paidAt": ago(days),
         "amount": {"amount": amount, "currency": "CNY"}}
        for days, amount in orders
    ]  # fmt: skip
    results = (await done(client, BUY, i=items))["results"]
    assert all(result["problems"] == [] for result in results)


async def names(client: Client, **standing: Any) -> set[str]:
    edges = (await client.ask(WHERE, w={"standing": standing}))["customers"]["edges"]
    return {edge["node"]["name"] for edge in edges}


async def talk(client: Client, customer: str, days: float) -> None:
    mutation = "mutation($i: InteractionInput!) { it: createInteraction(input: $i) { problems { code } } }"
    await done(client, mutation, i={"subject": "t", "customerId": customer, "happenedAt": ago(days)})


async def market(client: Client) -> dict[str, str]:
    """Five customers of five kinds."""
    ids = dict(zip("abcde", await people(client, *"abcde"), strict=True))
    await buy(client, ids["a"], *((days, "500") for days in (1, 20, 50, 80, 100, 150, 250, 300)))
    await buy(client, ids["b"], (100, "20"), (130, "20"), (160, "20"))
    await buy(client, ids["c"], (3, "10"))
    await buy(client, ids["d"], (400, "9"))
    await talk(client, ids["a"], 2)
    await done(client, EVALUATE)
    return ids


@pytest.mark.requirement("K02", "K03", "K06", "K07", "L01")
async def test_customers_are_found_by_class(client: Client) -> None:
    await market(client)
    assert await names(client, frequencyClass={"eq": "HIGH"}) == {"a"}
    assert await names(client, frequencyClass={"eq": "AT_RISK"}) == {"b"}
    assert await names(client, frequencyClass={"eq": "LOW"}) == {"c"}
    assert await names(client, valueClass={"eq": "HIGH"}) == {"a"}
    assert await names(client, valueClass={"eq": "MEDIUM"}) == {"b"}
    assert await names(client, loyaltyClass={"eq": "LOYAL"}) == {"a"}
    assert await names(client, activity={"eq": "INACTIVE"}) == {"d", "e"}
    stages = {"CHURN": {"d"}, "INTRODUCTION": {"c"}, "MATURITY": set(), "GROWTH": {"a", "b"}, "NONE": {"e"}}
    assert {stage: await names(client, lifecycle={"eq": stage}) for stage in stages} == stages


@SQLITE
@pytest.mark.requirement("K02", "K04", "K07", "L01")
async def test_where_the_edges_lie(client: Client) -> None:
    """Six orders a year are many, 5,000 points make a VIP, three months without a word are quiet, and so on."""
    said = ("six", "five", "early", "later", "year", "rich", "poor")
    ids = dict(zip(said, await people(client, *said), strict=True))
    orders = {"six": range(1, 7), "five": range(1, 6), "early": [88], "later": [92], "year": [366]}
    for name, days in orders.items():
        await buy(client, ids[name], *((day, "1") for day in days))
    adjust = 'mutation($c: ID!, $p: Int!) { it: adjustPoints(customerId: $c, points: $p, reason: "r") { '
    for name, points in (("rich", 5000), ("poor", 4999)):
        await done(client, adjust + "problems { code } } }", c=ids[name], p=points)
    await done(client, EVALUATE)
    await done(client, CARRY)
    classes = {"HIGH": {"six"}, "LOW": {"five", "early"}, "NONE": {"year", "rich", "poor"}}
    assert {one: await names(client, frequencyClass={"eq": one}) for one in classes} == classes
    assert await names(client, activity={"eq": "QUIET"}) == {"later"}
    assert await names(client, activity={"eq": "INACTIVE"}) == {"year", "rich", "poor"}
    assert await names(client, lifecycle={"eq": "INTRODUCTION"}) == {"six", "five", "early"}
    assert await names(client, lifecycle={"eq": "GROWTH"}) == {"later"}
    vip = (await client.ask(WHERE, w={"tier": {"name": {"eq": "VIP"}}}))["customers"]["edges"]
    assert {edge["node"]["name"] for edge in vip} & {"rich", "poor"} == {"rich"}


@pytest.mark.requirement("K05")
async def test_what_customers_are_worth(client: Client) -> None:
    ids = await market(client)
    query = """query($id: ID!) { customer(id: $id) { standing { orders spend spendWindow ordersWindow importance rfm
        lastOrderAt customer { name } } } }"""
    standing = (await client.ask(query, id=ids["a"]))["customer"]["standing"]
    assert standing.pop("lastOrderAt").startswith("2026-01-04T09:00:00")
    assert standing == {
        "orders": 8,
        "spend": "4000",
        "spendWindow": "4000",
        "ordersWindow": 8,
        "importance": "IMPORTANT",
        "rfm": "555",
        "customer": {"name": "a"},
    }
    ordered = (
        """{ customers(where: {standing: {spend: {gte: "10"}}}, orderBy: {field: NAME}) { edges { node { name } } } }"""
    )
    assert [edge["node"]["name"] for edge in (await client.ask(ordered))["customers"]["edges"]] == ["a", "b", "c"]


@pytest.mark.requirement("K08", "K15")
async def test_every_class_is_explained_and_counted(client: Client) -> None:
    ids = await market(client)
    query = "query($id: ID!) { customer(id: $id) { explanations { rule value version since inputs } } }"
    said = {one["rule"]: one for one in (await client.ask(query, id=ids["b"]))["customer"]["explanations"]}
    frequency = said["frequencyClass"]
    assert (frequency["value"], frequency["version"], frequency["since"][:10]) == ("at_risk", 0, "2026-01-05")
    assert frequency["inputs"]["orders_before"] == 3
    assert frequency["inputs"]["drop"] == 0.5
    assert {"purchase_rank", "interaction_rank", "satisfaction_rank"} <= said["loyaltyClass"]["inputs"].keys()
    report = (await client.ask("{ evaluation { version counts { rule value count } } }"))["evaluation"]
    counts = {(one["rule"], one["value"]): one["count"] for one in report["counts"]}
    assert (counts["valueClass", "high"], counts["lifecycle", "none"], counts["activity", "inactive"]) == (1, 1, 2)


@SQLITE
@pytest.mark.requirement("K08")
async def test_loyalty_is_of_what_is_bought_said_and_thought(client: Client) -> None:
    """Whoever buys more, talks more or is more content than another who is otherwise alike has the higher score."""
    pairs = [("buys", "bought"), ("talks", "talked"), ("likes", "liked")]
    ids = dict(zip(said := [one for pair in pairs for one in pair], await people(client, *said), strict=True))
    for name in said:
        await buy(client, ids[name], (40, "10"))
    await buy(client, ids["buys"], (41, "10"))
    await talk(client, ids["talks"], 40)
    for name, score in (("likes", 5), ("liked", 1)):
        await done(client, ANSWER, c=ids[name], s=score)
    await done(client, EVALUATE)
    query = "{ customers { edges { node { name explanations { rule value } } } } }"
    nodes = [edge["node"] for edge in (await client.ask(query))["customers"]["edges"]]
    scores = {
        one["name"]: next(rule["value"] for rule in one["explanations"] if rule["rule"] == "loyaltyScore")
        for one in nodes
    }
    assert [scores[more] > scores[less] for more, less in pairs] == [True] * 3


@pytest.mark.requirement("K01")
async def test_a_new_standard_is_previewed_published_and_kept(client: Client) -> None:
    await market(client)
    draft = """mutation($s: JSON!) { it: draftStandard(settings: $s, note: "three is often") {
        standard { id version state } problems { code path } } }"""
    made = (await done(client, draft, s={"frequency": {"high_orders": 1}}))["standard"]
    assert (made["version"], made["state"]) == (1, "draft")
    preview = """mutation($id: ID!) { it: previewStandard(id: $id) { version counts { rule value count }
        movements { rule before after count customers { name } } problems { code } } }"""
    shown = await done(client, preview, id=made["id"])
    move = {"rule": "frequencyClass", "before": "low", "after": "high", "count": 1, "customers": [{"name": "c"}]}
    assert move in shown["movements"]
    assert await names(client, frequencyClass={"eq": "HIGH"}) == {"a"}
    await done(client, "mutation($id: ID!) { it: publishStandard(id: $id) { problems { code } } }", id=made["id"])
    await done(client, EVALUATE)
    assert await names(client, frequencyClass={"eq": "HIGH"}) == {"a", "c"}
    versions = await client.ask("{ standards { version state note createdBy publishedBy } standard { settings } }")
    assert versions["standards"] == [
        {"version": 1, "state": "published", "note": "three is often", "createdBy": "tester", "publishedBy": "tester"}
    ]
    wrong = (await client.ask(draft, s={"value": {"high_share": 3}}))["it"]["problems"]
    assert wrong == [{"code": "BAD_VALUE", "path": ["settings", "value", "highShare"]}]


@pytest.mark.requirement("K14")
async def test_customers_are_reclassified_when_something_changes(client: Client) -> None:
    ids = await market(client)
    client.ledger.clock.move(3600)  # type: ignore[attr-defined]
    await buy(client, ids["c"], *((days, "400") for days in range(4, 12)))
    made = (await done(client, EVALUATE, full=False))["evaluation"]
    assert made["whole"] is False
    assert await names(client, frequencyClass={"eq": "HIGH"}) == {"a", "c"}
    query = "query($id: ID!) { customer(id: $id) { assessments { rule value } } }"
    history = (await client.ask(query, id=ids["c"]))["customer"]["assessments"]
    assert [one["value"] for one in history if one["rule"] == "frequencyClass"] == ["high"]


CARE = """{ customers { edges { node { name care { phase contactBy
    service { approach dedicatedManager priority responseHours exclusiveEvents contactDays content }
    strategies { rule value advice contactDays } } } } } }"""


async def care(client: Client) -> dict[str, dict[str, Any]]:
    edges = (await client.ask(CARE))["customers"]["edges"]
    return {edge["node"]["name"]: edge["node"]["care"] for edge in edges}


@pytest.mark.requirement("K10", "K11", "K12", "K13", "K16", "K18", "L02", "L06")
async def test_class_tier_and_stage_decide_what_a_customer_gets(client: Client) -> None:
    await market(client)
    await done(client, CARRY)
    found = await care(client)
    approaches = {name: one["service"]["approach"] for name, one in found.items()}
    assert approaches == {"a": "cultivate", **dict.fromkeys("bcde", "basic")}
    assert (found["a"]["service"]["responseHours"], found["b"]["service"]["responseHours"]) == (8, 24)
    assert found["a"]["service"]["exclusiveEvents"] is True
    assert {name: one["phase"] for name, one in found.items()} == {
        "a": "MAINTAIN", "b": "RETAIN", "c": "MAINTAIN", "d": "RETAIN", "e": "ACQUIRE",
    }  # fmt: skip
    said = {name: {(one["rule"], one["value"]) for one in care["strategies"]} for name, care in found.items()}
    assert said["a"] == {("frequency", "high"), ("lifecycle", "growth")}
    assert said["b"] >= {("frequency", "at_risk"), ("value", "medium")}
    assert said["d"] >= {("lifecycle", "churn"), ("value", "low")}
    last = {"a": 1, "b": 100, "c": 3}  # days since anything came of them; a: hears every 30, b: 7, c: 14 days
    due = {name: ago(last[name] - days)[:19] for name, days in (("a", 30), ("b", 7), ("c", 14))}
    assert {name: found[name]["contactBy"][:19] for name in due} == due


@pytest.mark.requirement("K16")
async def test_services_and_strategies_are_the_tenants_own(client: Client) -> None:
    await market(client)
    draft = "mutation($s: JSON!) { it: draftStandard(settings: $s) { standard { id } problems { code path } } }"
    call = [{"rule": "frequency", "value": "low", "advice": "ring up", "contact_days": 3}]
    settings = {"strategies": call, "service": {"regular": {"content": "a letter", "contact_days": 365}}}
    made = (await done(client, draft, s=settings))["standard"]
    await done(client, "mutation($id: ID!) { it: publishStandard(id: $id) { problems { code } } }", id=made["id"])
    found = await care(client)
    assert [one["advice"] for one in found["c"]["strategies"]] == ["ring up"]
    assert found["c"]["contactBy"][:19] == ago(0)[:19]
    assert (found["b"]["service"]["content"], found["b"]["strategies"]) == ("a letter", [])


@pytest.mark.requirement("I02", "K17")
async def test_the_models_predict_once_there_is_enough(client: Client) -> None:
    ids = await people(client, *(f"c{place}" for place in range(60)))
    for place, id in enumerate(ids):
        first, orders = 60 + 11 * (place % 9), 1 + place % 5
        await buy(client, id, *((first - step * first / orders, str(20 + place)) for step in range(orders)))
    [rising] = await people(client, "rising")
    await buy(client, rising, *((days, "40") for days in (1, 3, 5)))
    await done(client, EVALUATE)
    query = """{ customers { edges { node { name standing { importance }
        prediction { alive churn purchases value spend lifetime } } } } }"""
    for edge in (await client.ask(query))["customers"]["edges"]:
        found = edge["node"]["prediction"]
        assert 0 <= found["alive"] <= 1
        assert found["alive"] + found["churn"] == pytest.approx(1)
        assert float(found["spend"]) == pytest.approx(found["purchases"] * float(found["value"]), rel=0.01, abs=0.05)
        assert float(found["lifetime"]) >= float(found["spend"]) * 0.9
    assert "rising" in await names(client, importance={"eq": "POTENTIAL"}, valueClass={"in": ["LOW", "MEDIUM"]})
    draft = "mutation($s: JSON!) { it: draftStandard(settings: $s) { standard { id } problems { code } } }"
    made = (await done(client, draft, s={"forecast": {"years": 1, "discount": 1.0}}))["standard"]["id"]
    await done(client, "mutation($id: ID!) { it: publishStandard(id: $id) { problems { code } } }", id=made)
    await done(client, EVALUATE)
    for edge in (await client.ask(query))["customers"]["edges"]:  # one year, counted from its middle, at 100 %
        found = edge["node"]["prediction"]
        assert float(found["lifetime"]) == pytest.approx(float(found["spend"]) / 2**0.5, rel=0.01, abs=0.05)


ALERTS = """query($w: AlertWhere) { alerts(where: $w) { edges { node { id kind state reasons inputs outcome dueAt
    customer { name } tasks { state department dueAt outcome } } } } }"""
HANDLE = """mutation($id: ID!, $e: AlertEvent!, $n: String, $o: AlertOutcome) {
    it: handleAlert(id: $id, event: $e, note: $n, outcome: $o) { alert { state outcome } problems { code path } } }"""
ANSWER = """mutation($c: ID!, $s: Int!, $scale: AnswerScale! = CSAT, $about: AnswerAbout! = OVERALL) {
    it: recordAnswer(customerId: $c, score: $s, scale: $scale, about: $about) {
    customer { answers { score } } problems { code path } } }"""
FEEDBACK = "mutation($i: FeedbackInput!) { it: createFeedback(input: $i) { problems { code } } }"


async def alerts(client: Client, **where: Any) -> dict[tuple[str, str], dict[str, Any]]:
    edges = (await client.ask(ALERTS, w=where))["alerts"]["edges"]
    return {(edge["node"]["customer"]["name"], edge["node"]["kind"]): edge["node"] for edge in edges}


@pytest.mark.requirement("I04", "I05", "I06", "I07")
async def test_alerts_of_the_four_kinds(client: Client) -> None:
    ids = await market(client)
    await talk(client, ids["e"], 100)
    await done(client, ANSWER, c=ids["c"], s=2)
    await done(client, ANSWER, c=ids["e"], s=1, about="ATTITUDE")
    await done(client, FEEDBACK, i={"subject": "s", "kind": "complaint", "customerId": ids["d"], "solution": "sorry"})
    await buy(client, ids["a"], (2, "5"), (3, "5"), kind="RETURN")
    await done(client, EVALUATE)
    assert (await done(client, CARRY))["alertsRaised"] == 8
    found = await alerts(client)
    assert {place: one["reasons"] for place, one in found.items()} == {
        ("b", "CHURN"): ["purchase_drop"],
        ("c", "SATISFACTION"): ["low_answer"],
        ("c", "CHURN"): ["negative_feedback"],
        ("d", "SATISFACTION"): ["complaint"],
        ("d", "CHURN"): ["complaint"],
        ("e", "CHURN"): ["contact_drop"],
        ("e", "SERVICE"): ["attitude"],
        ("a", "PRODUCT"): ["returns"],
    }
    assert found["a", "PRODUCT"]["inputs"] == {"returns": {"returns": 2, "returns_recent": 2}}
    again = await done(client, CARRY)
    assert (again["alertsRaised"], again["alertsRepeated"]) == (0, 0)


ANSWERS = {
    "fell": [5, 3], "less": [5, 4], "sank": [5, 5, 5, 4, 4, 4], "slipped": [5, 5, 5, 4, 4, 5], "few": [5, 4, 4],
}  # fmt: skip
ORDERS = {"half": [*range(100, 340, 40), 10], "more": [*range(100, 340, 40), 10, 20]}


@SQLITE
@pytest.mark.requirement("I04", "I05", "I06", "I07")
async def test_where_alerts_begin(client: Client) -> None:
    """A fall by two points, the mean of three by one, half of the orders; a problem, and a day without an answer."""
    ids = dict(zip(all_of := (*ANSWERS, *ORDERS, "waits", "broke"), await people(client, *all_of), strict=True))
    for name, scores in ANSWERS.items():
        for place, score in enumerate(scores):
            said = ANSWER.replace("about: $about", f'about: $about, givenAt: "{ago(9 - place)}"')
            await done(client, said, c=ids[name], s=score)
    for name, days in ORDERS.items():
        await buy(client, ids[name], *((day, "1") for day in days))
    for name, kind in (("waits", "inquiry"), ("broke", "problem")):
        await done(client, FEEDBACK, i={"subject": "s", "kind": kind, "customerId": ids[name]})

    async def raised() -> dict[tuple[str, str], list[str]]:
        await done(client, EVALUATE)
        await done(client, CARRY)
        return {place: one["reasons"] for place, one in (await alerts(client)).items()}

    first = {
        ("fell", "SATISFACTION"): ["fall"],
        ("sank", "SATISFACTION"): ["mean_fall"],
        ("half", "CHURN"): ["purchase_drop"],
        ("broke", "PRODUCT"): ["problem"],
    }
    assert await raised() == first
    client.ledger.clock.move(86_400)  # type: ignore[attr-defined]
    slow = {(name, "SERVICE"): ["slow_answer"] for name in ("waits", "broke")}
    assert await raised() == {**first, **slow}


@SQLITE
async def test_alerts_are_raised_of_one_segment_alone(client: Client) -> None:
    """The preview says so before, and goes by the same."""
    ids = await market(client)
    await done(client, ANSWER, c=ids["c"], s=2)
    await done(client, ANSWER, c=ids["e"], s=1)
    make = 'mutation { it: createSegment(name: "c", where: {name: {eq: "c"}}) { segment { id } problems { code } } }'
    draft = "mutation($s: JSON!) { it: draftStandard(settings: $s) { standard { id } problems { code path } } }"
    none = {"alerts": {"segment": "seg_" + "0" * 32}}
    [problem] = (await client.ask(draft, s=none))["it"]["problems"]
    assert problem == {"code": "UNKNOWN_SEGMENT", "path": ["settings", "alerts", "segment"]}
    segment = (await done(client, make))["segment"]["id"]
    made = (await done(client, draft, s={"alerts": {"segment": segment}}))["standard"]["id"]
    preview = "mutation($id: ID!) { it: previewStandard(id: $id) { alerts { reason customers } problems { code } } }"
    shown = (await done(client, preview, id=made))["alerts"]
    assert {one["reason"]: one["customers"] for one in shown} == {"low_answer": 1, "negative_feedback": 1}
    await done(client, "mutation($id: ID!) { it: publishStandard(id: $id) { problems { code } } }", id=made)
    await done(client, EVALUATE)
    await done(client, CARRY)
    assert {name for name, _ in await alerts(client)} == {"c"}


@pytest.mark.requirement("I08")
async def test_an_alert_is_seen_to_until_it_is_closed(client: Client) -> None:
    ids = await market(client)
    await done(client, ANSWER, c=ids["e"], s=0, scale="NPS")
    await done(client, EVALUATE)
    await done(client, CARRY)
    [alert] = (await alerts(client, kind={"eq": "SATISFACTION"})).values()
    assert [(task["state"], task["department"], task["outcome"]) for task in alert["tasks"]] == [
        ("OPEN", "SERVICE", None)
    ]
    assert alert["tasks"][0]["dueAt"] == alert["dueAt"]
    for event, said in (("ACKNOWLEDGE", {}), ("HANDLE", {"n": "rang up"}), ("CLOSE", {"o": "KEPT"})):
        handled = (await done(client, HANDLE, id=alert["id"], e=event, **said))["alert"]
    assert handled == {"state": "CLOSED", "outcome": "KEPT"}
    refused = (await client.ask(HANDLE, id=alert["id"], e="REOPEN"))["it"]["problems"]
    assert refused == [{"code": "WRONG_STATE", "path": ["id"]}]
    [closed] = (await alerts(client, kind={"eq": "SATISFACTION"})).values()
    assert [(task["state"], task["outcome"]) for task in closed["tasks"]] == [("DONE", "kept")]


POINTS = "query($id: ID!) { customer(id: $id) { points { balance entries { kind points rule version inputs } } } }"
REDEEM = """mutation($c: ID!, $p: Int!) { it: redeemPoints(customerId: $c, points: $p, reason: "a cup") {
    customer { points { balance } } problems { code message } } }"""


@pytest.mark.requirement("B06")
async def test_points_are_earned_explained_and_redeemed(client: Client) -> None:
    ids = await market(client)
    assert (await done(client, CARRY))["pointsAwarded"] == 13
    found = (await client.ask(POINTS, id=ids["b"]))["customer"]["points"]
    assert found["balance"] == 60
    award = {"kind": "award", "points": 20, "rule": "purchase", "version": 0}
    assert found["entries"] == [{**award, "inputs": {"paid_micros": 20_000_000, "per_unit": 1.0}}] * 3
    assert (await done(client, REDEEM, c=ids["b"], p=45))["customer"]["points"] == {"balance": 15}
    assert (await client.ask(REDEEM, c=ids["b"], p=16))["it"]["problems"] == [
        {"code": "TOO_FEW_POINTS", "message": "The balance is 15; that is too few points."}
    ]


@pytest.mark.requirement("B06")
async def test_points_of_a_purchase_that_is_deleted_are_taken_back(client: Client) -> None:
    [one] = await people(client, "one")
    await done(client, BUY, i=[{"name": "o", "customerId": one, "amount": {"amount": "50", "currency": "CNY"},
                                "paidAt": ago(3)}])  # fmt: skip
    assert (await done(client, CARRY))["pointsAwarded"] == 1
    purchases = "query($id: ID!) { customer(id: $id) { purchases { edges { node { id } } } } }"
    [edge] = (await client.ask(purchases, id=one))["customer"]["purchases"]["edges"]
    await done(
        client, "mutation($id: ID!) { it: deletePurchase(id: $id) { problems { code } } }", id=edge["node"]["id"]
    )
    assert [(await done(client, CARRY))["pointsAwarded"] for _ in range(2)] == [1, 0]
    query = """query($id: ID!) { customer(id: $id) { points { balance
        entries { kind points purchaseId reason at notedAt } } } }"""
    found = (await client.ask(query, id=one))["customer"]["points"]
    assert (found["balance"], {entry["purchaseId"] for entry in found["entries"]}) == (0, {edge["node"]["id"]})
    taken, given = found["entries"]
    assert (taken["kind"], taken["points"], given["points"]) == ("reverse", -50, 50)
    assert taken["reason"] == "the purchase was deleted 订单已删除"
    assert taken["at"] == given["at"] < given["notedAt"] < taken["notedAt"]


async def test_viewers_read_and_change_nothing(client: Client) -> None:
    ids = await market(client)
    viewer = client.who(Role.VIEWER)
    assert await names(viewer, valueClass={"eq": "HIGH"}) == {"a"}
    for mutation, given in (
        (EVALUATE, {}),
        (CARRY, {}),
        (ANSWER, {"c": ids["a"], "s": 1}),
        (REDEEM, {"c": ids["a"], "p": 1}),
    ):
        assert [problem["code"] for problem in (await viewer.ask(mutation, **given))["it"]["problems"]] == ["FORBIDDEN"]


@pytest.mark.parametrize(
    ("score", "scale", "code"), [(0, "CSAT", "BAD_NUMBER"), (6, "CSAT", "BAD_NUMBER"), (11, "NPS", "BAD_NUMBER")]
)
async def test_an_answer_lies_on_its_scale(client: Client, score: int, scale: str, code: str) -> None:
    [one] = await people(client, "x")
    problems = (await client.ask(ANSWER, c=one, s=score, scale=scale))["it"]["problems"]
    assert problems == [{"code": code, "path": ["score"]}]


async def test_a_preview_counts_the_alerts_that_would_be_raised(client: Client) -> None:
    await market(client)
    await done(client, CARRY)
    draft = "mutation($s: JSON!) { it: draftStandard(settings: $s) { standard { id } problems { code } } }"
    preview = """mutation($id: ID!) { it: previewStandard(id: $id) { alerts { kind reason customers fresh }
        problems { code } } }"""
    shown = {}
    for drop in (0.5, 0.0):
        made = await done(client, draft, s={"frequency": {"drop": drop}, "alerts": {"contact_drop": drop}})
        shown[drop] = (await done(client, preview, id=made["standard"]["id"]))["alerts"]
    raised = {"kind": "CHURN", "reason": "purchase_drop", "customers": 1, "fresh": 0}
    assert raised in shown[0.5]


async def test_too_many_customers_are_left_to_a_worker(client: Client) -> None:
    await people(client, *"abcd")
    client.limits = replace(client.limits, customers=3)
    ask = "mutation { it: evaluateCustomers { queued evaluation { version } problems { code } } }"
    for _ in range(2):  # one that waits is enough
        assert await done(client, ask) == {"queued": True, "evaluation": None, "problems": []}
    assert (await client.ask("{ evaluation { version } }"))["evaluation"] is None
    given = (client.database, client.ledger, client.actor)
    assert [await requests.carry_out(*given), await requests.carry_out(*given)] == [True, False]
    assert (await client.ask("{ evaluation { whole } }"))["evaluation"] == {"whole": True}
