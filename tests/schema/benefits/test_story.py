"""Benefits through GraphQL alone: drawn up, published, claimed, redeemed, run out; their calendar, effect, rules."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind, Line, Money
from tests.schema.conftest import Client

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]
MAKE = """mutation($i: BenefitInput!, $w: CustomerWhere) { it: createBenefit(input: $i, where: $w) {
    row: benefit { id state } problems { code path } } }"""
CHANGE = """mutation($id: ID!, $i: BenefitChanges!) { it: updateBenefit(id: $id, input: $i) {
    row: benefit { stock usage } problems { code path } } }"""
HANDLE = """mutation($id: ID!, $e: BenefitEvent!, $n: String! = "") { it: handleBenefit(id: $id, event: $e, note: $n) {
    row: benefit { state usage endsAt } problems { code path } } }"""
CLAIM = """mutation($b: ID!, $c: ID!) { it: claimBenefit(benefitId: $b, customerId: $c) {
    row: claim { id code state expiresAt points customer { name } } problems { code path message } } }"""
REDEEM = (
    "mutation($c: String!) { it: redeemClaim(code: $c) { row: claim { state redeemedAt } problems { code path } } }"
)
STEP = """mutation($id: ID!, $e: ClaimEvent!, $n: String! = "") { it: handleClaim(id: $id, event: $e, note: $n) {
    row: claim { state } problems { code path } } }"""
REMIND = "mutation { it: remindClaims { count problems { code } } }"
EXPIRE = "mutation { it: expireClaims { count problems { code } } }"
MAY = """query($b: ID!, $c: ID!) { benefitEligibility(benefitId: $b, customerId: $c) { about held } }"""


async def done(client: Client, mutation: str, **given: Any) -> dict[str, Any]:
    answer = (await client.ask(mutation, **given))["it"]
    assert answer["problems"] == []
    row: dict[str, Any] = answer["row"]
    return row


async def refused(client: Client, mutation: str, **given: Any) -> list[str]:
    """Code and place of every problem."""
    problems = (await client.ask(mutation, **given))["it"]["problems"]
    return [f"{one['code']} {one['path'][0]}" for one in problems]


async def count(client: Client, mutation: str, **given: Any) -> int:
    answer = (await client.ask(mutation, **given))["it"]
    assert answer["problems"] == []
    return int(answer["count"])


def span(client: Client, days: int = 30, **entered: Any) -> dict[str, Any]:
    now = client.ledger.clock.now()
    return {"startsAt": now.isoformat(), "endsAt": (now + timedelta(days=days)).isoformat(), **entered}


async def benefit(client: Client, where: dict[str, Any] | None = None, days: int = 30, **entered: Any) -> str:
    usual = {"name": "九折券", "kind": "COUPON", "usage": "结账时出示", **span(client, days), **entered}
    id: str = (await done(client, MAKE, i=usual, w=where))["id"]
    await done(client, HANDLE, id=id, e="PUBLISH")
    return id


async def people(client: Client, *facts: dict[str, Any]) -> list[str]:
    return [format_id("customer", id) for id in await client.add(Kind.CUSTOMER, *facts)]


def move(client: Client, days: float) -> None:
    client.ledger.clock.move(days * 86_400)  # type: ignore[attr-defined]


@pytest.mark.requirement("B02")
async def test_usage_and_validity_are_said_at_publication_and_kept(client: Client) -> None:
    id = (await done(client, MAKE, i={"name": "试用装", "kind": "TRIAL"}))["id"]
    assert await refused(client, HANDLE, id=id, e="PUBLISH") == [
        "REQUIRED usage",
        "REQUIRED startsAt",
        "REQUIRED endsAt",
    ]
    await done(client, CHANGE, id=id, i={"usage": "到店领取", **span(client)})
    assert (await done(client, HANDLE, id=id, e="PUBLISH"))["usage"] == "到店领取"
    assert await refused(client, CHANGE, id=id, i={"usage": "another"}) == ["WRONG_STATE usage"]
    assert (await done(client, CHANGE, id=id, i={"stock": 5}))["stock"] == 5
    assert await refused(client, HANDLE, id=id, e="SUSPEND") == ["REQUIRED note"]
    await done(client, HANDLE, id=id, e="SUSPEND", n="缺货")
    [one] = await people(client, {"name": "x"})
    assert await refused(client, CLAIM, b=id, c=one) == ["NOT_ELIGIBLE open"]


@pytest.mark.requirement("B01")
@pytest.mark.parametrize("kind", ["COUPON", "TRIAL", "EVENT", "DISCOUNT", "PRIORITY"])
async def test_each_kind_is_claimed_once_and_redeemed(client: Client, kind: str) -> None:
    id = await benefit(client, kind=kind, stock=1)
    one, other = await people(client, {"name": "甲"}, {"name": "乙"})
    claim = await done(client, CLAIM, b=id, c=one)
    assert (claim["state"], claim["customer"]["name"]) == ("CLAIMED", "甲")
    assert await refused(client, CLAIM, b=id, c=one) == ["NOT_ELIGIBLE stock", "NOT_ELIGIBLE limit"]
    assert await refused(client, CLAIM, b=id, c=other) == ["NOT_ELIGIBLE stock"]
    assert (await done(client, REDEEM, c=claim["code"].lower()))["state"] == "REDEEMED"
    assert await refused(client, REDEEM, c=claim["code"]) == ["WRONG_STATE id"]
    told = "query($id: ID!) { customer(id: $id) { interactions { edges { node { subject channel status } } } } }"
    [edge] = (await client.ask(told, id=one))["customer"]["interactions"]["edges"]
    assert edge["node"] == {"subject": f"九折券 {claim['code']}", "channel": "benefit", "status": "redeemed"}


@pytest.mark.requirement("B01")
async def test_each_kind_has_its_own_bounds(client: Client) -> None:
    """A discount ends, an event is for members, priority is for a tier, a trial is had once, a coupon lapses."""
    [tier] = await client.add(Kind.TIER, {"name": "VIP"})
    [group] = await client.add(Kind.GROUP, {"name": "福利群"})
    inside, outside = await client.add(Kind.CUSTOMER, {"name": "甲", "tier": tier}, {"name": "乙"})
    await client.add(Kind.MEMBERSHIP, {"customer": inside, "group": group, "role": "member"})
    one, other = format_id("customer", inside), format_id("customer", outside)
    event = await benefit(client, kind="EVENT", groupId=format_id("group", group))
    priority = await benefit(client, kind="PRIORITY", tierId=format_id("tier", tier))
    for id, lacking in ((event, "group"), (priority, "tier")):
        await done(client, CLAIM, b=id, c=one)
        assert await refused(client, CLAIM, b=id, c=other) == [f"NOT_ELIGIBLE {lacking}"]
    trial = await benefit(client, kind="TRIAL")
    await done(client, CLAIM, b=trial, c=other)
    assert await refused(client, CLAIM, b=trial, c=other) == ["NOT_ELIGIBLE limit"]
    discount = await benefit(client, kind="DISCOUNT", days=2)
    coupon = await done(client, CLAIM, b=await benefit(client, kind="COUPON", validDays=1), c=other)
    move(client, 3)
    assert await refused(client, CLAIM, b=discount, c=one) == ["NOT_ELIGIBLE open"]
    assert await refused(client, REDEEM, c=coupon["code"]) == ["WRONG_STATE id"]


@pytest.mark.requirement("B04", "B05", "B08")
async def test_who_may_not_claim_learns_every_reason(client: Client) -> None:
    tier, other = [format_id("tier", id) for id in await client.add(Kind.TIER, {"name": "VIP"}, {"name": "普通"})]
    [group] = await client.add(Kind.GROUP, {"name": "福利群"})
    create = """mutation($w: CustomerWhere!) { it: createSegment(name: "南方", where: $w) {
        row: segment { id } problems { code } } }"""
    segment = (await done(client, create, w={"region": {"eq": "华南"}}))["id"]
    where = {"city": {"eq": "上海"}, "purchases": {"some": {"name": {"eq": "茶"}}}, "productPreferences": {"has": "茶"}}
    id = await benefit(client, where, segmentId=segment, tierId=tier, groupId=format_id("group", group))
    [one] = await client.add(Kind.CUSTOMER, {"name": "x", "city": "上海"})
    shown = format_id("customer", one)
    facts = {fact["about"]: fact["held"] for fact in (await client.ask(MAY, b=id, c=shown))["benefitEligibility"]}
    names = {"segment", "tier", "group", "city", "purchases", "productPreferences"}
    assert {name: facts[name] for name in names} == {**dict.fromkeys(names, False), "city": True}
    lacking = await refused(client, CLAIM, b=id, c=shown)
    assert set(lacking) == {f"NOT_ELIGIBLE {name}" for name in names - {"city"}}
    change = "mutation($id: ID!, $i: CustomerChanges!) { it: updateCustomer(id: $id, input: $i) { problems { code } } }"
    await client.ask(change, id=shown, i={"region": "华南", "tierId": tier, "productPreferences": ["茶"]})
    await client.add(Kind.MEMBERSHIP, {"customer": one, "group": group})
    await client.add(Kind.PURCHASE, {"name": "茶", "customer": one})
    assert (await done(client, CLAIM, b=id, c=shown))["state"] == "CLAIMED"
    assert other != tier


@pytest.mark.requirement("B06")
async def test_points_are_paid_for_a_claim_and_come_back_with_it(client: Client) -> None:
    id = await benefit(client, points=30)
    [one] = await people(client, {"name": "x"})
    give = """mutation($c: ID!, $n: Int!) { it: adjustPoints(customerId: $c, points: $n, reason: "welcome") {
        row: customer { points { balance } } problems { code path } } }"""
    assert await refused(client, CLAIM, b=id, c=one) == ["NOT_ELIGIBLE points"]
    await done(client, give, c=one, n=50)
    claim = await done(client, CLAIM, b=id, c=one)
    balance = "query($c: ID!) { customer(id: $c) { points { balance } } }"
    assert (await client.ask(balance, c=one))["customer"]["points"]["balance"] == 20
    assert await refused(client, STEP, id=claim["id"], e="CANCEL") == ["REQUIRED note"]
    await done(client, STEP, id=claim["id"], e="CANCEL", n="不要了")
    assert (await client.ask(balance, c=one))["customer"]["points"]["balance"] == 50
    assert (await client.ask("query($b: ID!) { benefit(id: $b) { claimed } }", b=id))["benefit"]["claimed"] == 0


async def test_claims_run_out_and_are_reminded_of_once(client: Client) -> None:
    id = await benefit(client, validDays=10, remindDays=3)
    [one] = await people(client, {"name": "x"})
    claim = await done(client, CLAIM, b=id, c=one)
    assert await count(client, REMIND) == 0
    move(client, 8)
    assert [await count(client, REMIND), await count(client, REMIND)] == [1, 0]
    told = "query($c: ID!) { notices(where: {customer: {id: {eq: $c}}}) { edges { node { body } } } }"
    [notice] = (await client.ask(told, c=one))["notices"]["edges"]
    assert claim["code"] in notice["node"]["body"]
    assert await count(client, EXPIRE) == 0
    move(client, 3)
    assert await refused(client, REDEEM, c=claim["code"]) == ["WRONG_STATE id"]
    assert [await count(client, EXPIRE), await count(client, EXPIRE)] == [1, 0]


WELFARE = """mutation($b: ID!) { it: planWelfareDays(benefitId: $b, since: "2026-02-01", months: 2, day: 18) {
    count problems { code path } } }"""
SURPRISE = """mutation($b: ID!) { it: planSurprises(benefitId: $b, since: "2026-03-01", until: "2026-03-31", count: 2,
    seed: "开奖") { count problems { code path } } }"""
CALENDAR = """query { benefitDays { edges { node { id kind day plannedFor seed } } } }"""


@pytest.mark.requirement("B03")
async def test_welfare_days_on_work_days_and_surprises(client: Client) -> None:
    id = await benefit(client, days=120, onDays=True)
    assert [await count(client, WELFARE, b=id), await count(client, WELFARE, b=id)] == [2, 0]
    assert await count(client, SURPRISE, b=id) == 2
    nodes = [edge["node"] for edge in (await client.ask(CALENDAR))["benefitDays"]["edges"]]
    monthly = [(one["plannedFor"], one["day"]) for one in nodes if one["kind"] == "WELFARE"]
    assert monthly == [("2026-02-18", "2026-02-24"), ("2026-03-18", "2026-03-18")]
    assert len([one for one in nodes if one["kind"] == "SURPRISE" and one["seed"] == "开奖"]) == 2
    [one] = await people(client, {"name": "x"})
    assert await refused(client, CLAIM, b=id, c=one) == ["NOT_ELIGIBLE day"]
    clock: Any = client.ledger.clock
    clock.move((datetime(2026, 2, 24, 1, tzinfo=UTC) - clock.now()).total_seconds())
    assert (await done(client, CLAIM, b=id, c=one))["state"] == "CLAIMED"


@pytest.mark.requirement("B03")
async def test_a_short_month_has_its_day_on_the_last_and_no_surprise_falls_on_a_day_off(client: Client) -> None:
    id = await benefit(client, days=120, onDays=True)
    last = """mutation($b: ID!) { it: planWelfareDays(benefitId: $b, since: "2026-01-01", months: 3, day: 31,
        rule: SAME) { count problems { code path } } }"""
    assert await count(client, last, b=id) == 3
    weekend = SURPRISE.replace("2026-03-01", "2026-01-17").replace("2026-03-31", "2026-01-19")
    assert await count(client, weekend, b=id) == 1
    nodes = [edge["node"] for edge in (await client.ask(CALENDAR))["benefitDays"]["edges"]]
    monthly = [one["plannedFor"] for one in nodes if one["kind"] == "WELFARE"]
    assert monthly == ["2026-01-31", "2026-02-28", "2026-03-31"]
    assert [one["day"] for one in nodes if one["kind"] == "SURPRISE"] == ["2026-01-19"]


@pytest.mark.requirement("B12")
async def test_what_fits_a_customer_and_why(client: Client) -> None:
    ids = await client.add(
        Kind.CUSTOMER,
        {"name": "me", "product_preferences": frozenset({"杯具"})},
        *({"name": f"c{n}"} for n in range(4)),
    )
    me, *others = ids
    now = client.ledger.clock.now()

    async def buy(who: Any, *products: tuple[str, str]) -> None:
        lines = tuple(Line(product, category) for product, category in products)
        await client.add(Kind.PURCHASE, {"name": "p", "kind": "sale", "paid_at": now, "customer": who, "lines": lines})

    await buy(me, ("绿茶", "茶"))
    for other in others[:3]:
        await buy(other, ("绿茶", "茶"), ("茶壶", "器具"))
    await buy(others[0], ("滤网", "器具"))  # one alone says nothing
    for other in others[:2]:  # what is brought back says nothing either
        back = (Line("破壶", "器具", returned=True),)
        await client.add(Kind.PURCHASE, {"name": "p", "kind": "sale", "paid_at": now, "customer": other, "lines": back})
    await buy(others[3], ("盖碗", "杯具"))
    liked = await benefit(client, categories=["杯具"])
    await benefit(client, name="other", points=10)
    query = """query($c: ID!) { recommendations(customerId: $c) {
        products { product because what score } benefits { benefit { id } because what } } }"""
    found = (await client.ask(query, c=format_id("customer", me)))["recommendations"]
    assert found["products"] == [
        {"product": "茶壶", "because": "bought", "what": ["绿茶"], "score": 1.0},
        {"product": "盖碗", "because": "preferred", "what": ["杯具"], "score": 0.5},
    ]
    assert found["benefits"] == [{"benefit": {"id": liked}, "because": "preferred", "what": ["杯具"]}]


async def test_what_came_of_a_benefit(client: Client) -> None:
    move(client, 40)
    [one] = await client.add(Kind.CUSTOMER, {"name": "x"})
    now = client.ledger.clock.now()
    id = await benefit(client, cost="2.5", budget="100")
    claim = await done(client, CLAIM, b=id, c=format_id("customer", one))
    await done(client, REDEEM, c=claim["code"])
    for days, amount in ((-40, 9), (-5, 100), (3, 150), (40, 9)):
        paid: dict[str, Any] = {
            "paid_at": now + timedelta(days=days),
            "amount": Money.of(amount, "CNY"),
            "kind": "sale",
        }
        await client.add(Kind.PURCHASE, {"name": "p", "customer": one, **paid})
    query = """query($id: ID!) { benefitEffect(id: $id) { claimed redeemed redemption customers cost ordersBefore
        ordersAfter spendBefore spendAfter uplift } benefit(id: $id) { spent budget } }"""
    found = await client.ask(query, id=id)
    assert found["benefitEffect"] == {
        "claimed": 1, "redeemed": 1, "redemption": 1.0, "customers": 1, "cost": "2.5", "ordersBefore": 1,
        "ordersAfter": 1, "spendBefore": "100", "spendAfter": "150", "uplift": 0.5,
    }  # fmt: skip
    assert found["benefit"] == {"spent": "2.5", "budget": "100"}


DRAFT = """mutation($p: Int!) { it: draftIncentive(name: "晒单", body: "晒单一次得积分，每天一次", action: "晒单",
    points: $p) { row: incentive { id version basis } problems { code path } } }"""
RULE = """mutation($id: ID!, $e: VersionEvent!) { it: handleIncentive(id: $id, event: $e) {
    row: incentive { state } problems { code path } } }"""
REWARD = """mutation($c: ID!) { it: rewardMember(name: "晒单", customerId: $c) {
    row: customer { points { balance entries { rule version reason } } } problems { code path } } }"""


@pytest.mark.requirement("B09", "B10")
async def test_incentive_rules_are_published_equal_for_all_and_tuned(client: Client) -> None:
    one, other, *_ = await people(client, *({"name": f"c{n}"} for n in range(4)))
    assert await refused(client, REWARD, c=one) == ["NOT_FOUND name"]
    first = await done(client, DRAFT, p=10)
    await done(client, RULE, id=first["id"], e="PUBLISH")
    read = "{ incentives(where: {state: {eq: PUBLISHED}}) { edges { node { name version body points } } } }"
    [rule] = [edge["node"] for edge in (await client.ask(read))["incentives"]["edges"]]
    assert rule == {"name": "晒单", "version": 1, "body": "晒单一次得积分，每天一次", "points": 10}
    for who in (one, other):
        assert (await done(client, REWARD, c=who))["points"]["balance"] == 10
        assert await refused(client, REWARD, c=who) == ["NOT_ELIGIBLE name"]
    move(client, 1)
    entries = (await done(client, REWARD, c=one))["points"]["entries"]
    assert entries[0] == {"rule": "incentive 晒单", "version": 1, "reason": "晒单"}
    query = """query($s: DateTime!) { incentiveReview(name: "晒单", since: $s) {
        participants share rewards points fullDays advice } }"""
    review = (await client.ask(query, s="2026-01-01T00:00:00Z"))["incentiveReview"]
    assert review == {
        "participants": 2, "share": 0.5, "rewards": 3, "points": 30, "fullDays": 1.0, "advice": "raise_limit",
    }  # fmt: skip
    before = query.replace("since: $s", 'since: $s, until: "2026-01-02T00:00:00Z"')
    idle = (await client.ask(before, s="2026-01-01T00:00:00Z"))["incentiveReview"]
    assert (idle["share"], idle["advice"]) == (0.0, "raise_points")
    second = await done(client, DRAFT, p=20)
    assert (second["version"], second["basis"]["advice"]) == (2, "raise_limit")
    await done(client, RULE, id=second["id"], e="PUBLISH")
    assert await refused(client, RULE, id=first["id"], e="PUBLISH") == ["WRONG_STATE id"]
