"""The key figures of a period through GraphQL, of everybody, of a department and of a segment."""

from typing import Any

import pytest

from kequn.contracts.records import Kind
from tests.schema.conftest import Client
from tests.schema.test_classification import EVALUATE, ago, buy, done, market, people

pytestmark = pytest.mark.anyio

FIGURES = """query($since: DateTime!, $until: DateTime, $department: String, $segment: ID) {
    it: keyFigures(since: $since, until: $until, department: $department, segmentId: $segment) { %s } }"""
ANSWER = """mutation($id: ID!, $s: Int!) { it: recordAnswer(customerId: $id, scale: CSAT, score: $s) {
    problems { code } } }"""
COMPLAIN = "mutation($i: FeedbackInput!) { it: createFeedback(input: $i) { problems { code } } }"
CHANGE = "mutation($id: ID!, $i: CustomerChanges!) { it: updateCustomer(id: $id, input: $i) { problems { code } } }"


async def figures(client: Client, selection: str, days: float = 365, **whose: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await client.ask(FIGURES % selection, since=ago(days), **whose))["it"]
    return found


async def looked_after(client: Client, department: str, *customers: str) -> None:
    [somebody] = await client.add(Kind.STAFF, {"name": department, "department": department})
    for id in customers:
        await done(client, CHANGE, id=id, i={"ownerId": f"stf_{somebody.hex}"})


@pytest.mark.requirement("I09", "L02")
async def test_whether_it_works(client: Client) -> None:
    ids = await market(client)
    await looked_after(client, "销售部", ids["a"], ids["b"])
    for name, score in (("a", 5), ("b", 1), ("c", 4)):
        await done(client, ANSWER, id=ids[name], s=score)
    for solution, status in (("sorry", "closed"), ("soon", "open"), (None, None)):
        said = {"subject": "s", "kind": "complaint", "customerId": ids["b"], "solution": solution, "status": status}
        await done(client, COMPLAIN, i=said)
    await done(client, ANSWER, id=ids["b"], s=3)
    await done(client, EVALUATE)
    wanted = """satisfaction { answers csat feedback } complaints { count customers answered settled content }
        loyalty { customers judged loyal low acquire maintain retain }"""
    found = await figures(client, wanted)
    assert found["satisfaction"] == {"answers": 4, "csat": 0.5, "feedback": 3}
    assert found["complaints"] == {"count": 3, "customers": 1, "answered": 2, "settled": 1, "content": 50}
    stages = {name: found["loyalty"][name] for name in ("customers", "acquire", "maintain", "retain")}
    assert stages == {"customers": 5, "acquire": 1, "maintain": 2, "retain": 2}
    assert found["loyalty"]["loyal"] >= 1
    some = await figures(client, wanted, department="销售部")
    assert (some["satisfaction"]["answers"], some["loyalty"]["customers"]) == (3, 2)
    assert (await figures(client, wanted, department="nobody"))["complaints"]["count"] == 0
    long_ago = await figures(client, "loyalty { customers acquire }", days=900, until=ago(800))
    assert long_ago == {"loyalty": {"customers": 0, "acquire": 0}}


@pytest.mark.requirement("I10", "I13")
async def test_who_stays_by_segment(client: Client) -> None:
    """a bought all the time; d 400 days ago, and never again."""
    await market(client)
    make = """mutation($w: CustomerWhere!) { it: createSegment(name: "good", where: $w) { segment { id }
        problems { code } } }"""
    good = (await done(client, make, w={"standing": {"valueClass": {"in": ["HIGH", "MEDIUM"]}}}))["segment"]["id"]
    wanted = "staying { activeAtStart activeAtEnd newCustomers retentionRate churnRate repurchaseRate }"
    everybody = (await figures(client, wanted, days=90))["staying"]
    assert everybody == {
        "activeAtStart": 3,
        "activeAtEnd": 3,
        "newCustomers": 1,
        "retentionRate": pytest.approx(2 / 3),
        "churnRate": pytest.approx(1 / 3),
        "repurchaseRate": pytest.approx(2 / 3),
    }
    some = (await figures(client, wanted, days=90, segment=good))["staying"]
    assert (some["activeAtStart"], some["retentionRate"], some["repurchaseRate"]) == (2, 1, 1)
    assert await client.code(FIGURES % wanted, since=ago(1), segment=f"seg_{0:032x}") == "UNKNOWN_SEGMENT"
    assert await client.code(FIGURES % wanted, since=ago(-1)) == "BAD_DATE"


@pytest.mark.requirement("I14")
async def test_sales_and_openings(client: Client) -> None:
    """Tea and pots are bought together, by two; one who bought tea has no pot yet."""
    ids = await people(client, *"abcd")
    order = "mutation($i: PurchaseInput!) { it: createPurchase(input: $i) { problems { code } } }"
    bought = [("a", 10, "tea", 30), ("a", 9, "pot", 70), ("b", 8, "tea", 10), ("b", 100, "pot", 50), ("c", 7, "tea", 5)]
    for name, days, category, amount in bought:
        money = {"amount": str(amount), "currency": "CNY"}
        line = {"product": category, "category": category, "amount": money}
        facts = {"name": "o", "customerId": ids["abcd".index(name)], "paidAt": ago(days), "amount": money}
        await done(client, order, i={**facts, "lines": [line]})
    await buy(client, ids[3], (5, "15"), kind="RETURN")
    wanted = """sales { orders customers spend average ordersBefore spendBefore growth }
        categories { name customers spend spendBefore growth } openings { having wanting together open }"""
    found = await figures(client, wanted, days=60)
    assert found["sales"] == {
        "orders": 4,
        "customers": 3,
        "spend": "100",
        "average": "25",
        "ordersBefore": 1,
        "spendBefore": "50",
        "growth": 1,
    }
    assert found["categories"] == [
        {"name": "pot", "customers": 1, "spend": "70", "spendBefore": "50", "growth": pytest.approx(0.4)},
        {"name": "tea", "customers": 3, "spend": "45", "spendBefore": "0", "growth": None},
    ]
    assert found["openings"] == [{"having": "tea", "wanting": "pot", "together": 2, "open": 1}]


@pytest.mark.requirement("L10", "L03")
async def test_where_customers_come_from_and_whether_they_buy(client: Client) -> None:
    ids = await people(client, *"abcdefg")
    sources = ("SEO", "SEO", "SEO", "口碑", None, "Customer Referral", "转介绍")
    for id, source in zip(ids, sources, strict=True):
        await done(client, CHANGE, id=id, i={"source": source})
    await buy(client, ids[0], (-0.001, "10"))
    await buy(client, ids[3], (-0.001, "20"), (-0.001, "5"))
    client.ledger.clock.move(3600)  # type: ignore[attr-defined]
    wanted = "sources { name wordOfMouth customers converted rate spend }"
    found = (await figures(client, wanted, days=1))["sources"]
    assert [tuple(one.values()) for one in found] == [
        ("SEO", False, 3, 1, pytest.approx(1 / 3), "10"),
        (None, False, 1, 0, 0, "0"),
        ("Customer Referral", True, 1, 0, 0, "0"),
        ("口碑", True, 1, 1, 1, "25"),
        ("转介绍", True, 1, 0, 0, "0"),
    ]
    assert (await figures(client, wanted, days=-0.03))["sources"] == []  # of those who came later: nobody
