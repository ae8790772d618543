"""Sections 5 and 6 of the requirements, each as one story that runs through GraphQL alone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind, Money
from tests.schema.conftest import Client

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]


async def done(client: Client, text: str, select: str, **given: Any) -> dict[str, Any]:
    """A mutation, `text` with its arguments written out; `select`: what is shown of the row."""
    answer = (await client.ask(f"mutation {{ it: {text} {{ {select} problems {{ code path }} }} }}", **given))["it"]
    assert answer["problems"] == [], text
    row: dict[str, Any] = answer
    return row


async def codes(client: Client, text: str) -> list[str]:
    problems = (await client.ask(f"mutation {{ it: {text} {{ problems {{ code path }} }} }}"))["it"]["problems"]
    return [one["path"][0] for one in problems]


def to(client: Client, *moment: int) -> None:
    clock: Any = client.ledger.clock
    clock.move((datetime(*moment, tzinfo=UTC) - clock.now()).total_seconds())  # type: ignore[misc, arg-type]


@pytest.mark.requirement("B03", "B04", "B09", "B10")
async def test_a_welfare_day_from_its_plan_to_its_effect(client: Client) -> None:
    to(client, 2026, 2, 1)
    ids = await client.add(Kind.CUSTOMER, *({"name": name} for name in ("两次", "一次", "零次")))
    for place, times in enumerate((2, 1, 0)):
        for day in range(times):
            paid = datetime(2026, 1, 10 + day, tzinfo=UTC)
            facts: dict[str, Any] = {"name": "茶", "kind": "sale", "amount": Money.of(100, "CNY"), "paid_at": paid}
            await client.add(Kind.PURCHASE, {**facts, "customer": ids[place]})
    people = [format_id("customer", id) for id in ids]
    segment = (await done(client, 'createSegment(name: "老客户", where: {purchases: {some: {name: {eq: "茶"}}}})',
                          "segment { id }"))["segment"]["id"]  # fmt: skip
    made = await done(
        client,
        f'createBenefit(input: {{name: "九折", kind: COUPON, usage: "结账时出示", segmentId: "{segment}", stock: 1, '
        'onDays: true, validDays: 7, cost: "5", startsAt: "2026-02-01T00:00:00Z", endsAt: "2026-12-31T00:00:00Z"})',
        "benefit { id }",
    )
    benefit = made["benefit"]["id"]
    await done(client, f'handleBenefit(id: "{benefit}", event: PUBLISH)', "benefit { state }")
    plan = f'planWelfareDays(benefitId: "{benefit}", since: "2026-02-01", months: 1, day: 18)'
    assert (await done(client, plan, "count"))["count"] == 1
    claim = 'claimBenefit(benefitId: "%s", customerId: "%s")'
    assert await codes(client, claim % (benefit, people[0])) == ["day"]
    to(client, 2026, 2, 24, 2)  # the first work day after the holiday
    assert await codes(client, claim % (benefit, people[2])) == ["segment"]
    got = (await done(client, claim % (benefit, people[0]), "claim { code expiresAt }"))["claim"]
    assert got["expiresAt"].startswith("2026-03-03")
    assert await codes(client, claim % (benefit, people[1])) == ["stock"]
    await done(client, f'redeemClaim(code: "{got["code"]}")', "claim { state }")
    now = client.ledger.clock.now()
    facts = {"name": "茶", "kind": "sale", "amount": Money.of(300, "CNY"), "paid_at": now + timedelta(days=1)}
    await client.add(Kind.PURCHASE, {**facts, "customer": ids[0]})
    query = "query($b: ID!) { benefitEffect(id: $b, days: 60) { claimed redeemed cost spendBefore spendAfter } }"
    effect = (await client.ask(query, b=benefit))["benefitEffect"]
    assert effect == {"claimed": 1, "redeemed": 1, "cost": "5", "spendBefore": "200", "spendAfter": "300"}
    rule = 'draftIncentive(name: "推荐", body: "推荐一位好友得50分", action: "推荐好友", points: 50)'
    drafted = (await done(client, rule, "incentive { id }"))["incentive"]["id"]
    await done(client, f'handleIncentive(id: "{drafted}", event: PUBLISH)', "incentive { state }")
    earned = await done(
        client, f'rewardMember(name: "推荐", customerId: "{people[0]}")', "customer { points { balance } }"
    )
    assert earned["customer"]["points"]["balance"] == 50
    review = '{ incentiveReview(name: "推荐", since: "2026-02-01T00:00:00Z") { participants advice } }'
    assert (await client.ask(review))["incentiveReview"] == {"participants": 1, "advice": "raise_limit"}


@pytest.mark.requirement("F03", "F07", "F08", "F09", "F10")
async def test_a_complaint_under_its_clock_then_a_survey_then_the_standard_is_tightened(client: Client) -> None:
    to(client, 2026, 3, 2, 1)  # a Monday, nine in Shanghai
    await client.add(Kind.STAFF, {"name": "甲", "department": "service", "active": True})
    [customer] = await client.add(Kind.CUSTOMER, {"name": "林语"})
    draft = ('draftServiceStandard(input: {name: "投诉", kind: "complaint", department: "service", quality: "有礼貌", '
             "responseMinutes: 60, solutionMinutes: 480})")  # fmt: skip
    standard = (await done(client, draft, "standard { id }"))["standard"]["id"]
    await done(client, f'handleServiceStandard(id: "{standard}", event: PUBLISH)', "standard { state }")
    said = (f'createFeedback(input: {{subject: "物流太慢", kind: "complaint", channel: "wechat", '
            f'customerId: "{format_id("customer", customer)}"}})')  # fmt: skip
    feedback = (await done(client, said, "feedback { id }"))["feedback"]["id"]
    assert (await done(client, "openTickets", "count"))["count"] == 1
    query = "query($f: ID!) { feedback(id: $f) { tickets { id category setting owner { name } } solution status } }"
    [ticket] = (await client.ask(query, f=feedback))["feedback"]["tickets"]
    assert (ticket["category"], ticket["setting"], ticket["owner"]["name"]) == ("DELIVERY", "PRIVATE", "甲")
    id = ticket["id"]
    assert await codes(client, f'handleTicket(id: "{id}", event: ANSWER, note: "抱歉", setting: GROUP)') == ["setting"]
    await done(client, f'handleTicket(id: "{id}", event: ANSWER, note: "已私聊道歉")', "ticket { state }")
    to(client, 2026, 3, 4, 1)
    assert (await done(client, "escalateTickets", "count"))["count"] == 1
    await done(client, f'handleTicket(id: "{id}", event: SOLVE, note: "改用另一家物流")', "ticket { state }")
    result = 'result: "更换了物流", plan: "三月起次日达"'
    await done(client, f'handleTicket(id: "{id}", event: PUBLISH, {result})', "ticket { publishedAt }")
    assert (await client.ask(query, f=feedback))["feedback"]["status"] == "solved"
    survey = ('createSurvey(input: {name: "售后回访", kind: KEY_NODE, node: AFTER_SALES, restDays: 0, questions: '
              '[{key: "overall", type: RATING, zh: "满意吗？", about: OVERALL, required: true}]})')  # fmt: skip
    made = (await done(client, survey, "survey { id }"))["survey"]["id"]
    await done(client, f'handleSurvey(id: "{made}", event: PUBLISH)', "survey { state }")
    assert (await done(client, "triggerSurveys", "count"))["count"] == 1
    asked = "{ surveyInvitations { edges { node { id wave { id } customer { name } } } } }"
    [edge] = (await client.ask(asked))["surveyInvitations"]["edges"]
    assert edge["node"]["customer"]["name"] == "林语"
    phone = f'answerSurvey(id: "{edge["node"]["id"]}", channel: PHONE, answers: {{overall: 2}})'
    await done(client, phone, "invitation { state }")
    figures = "query($w: ID!) { surveyResult(waveId: $w) { questions { estimate { value high } } } }"
    [question] = (await client.ask(figures, w=edge["node"]["wave"]["id"]))["surveyResult"]["questions"]
    assert question["estimate"]["value"] == 0
    assert question["estimate"]["high"] > 0.5  # one answer says little
    kept = """{ serviceCompliance(since: "2026-03-01T00:00:00Z") { answered { kept due } solved { kept due } met }
        staffPerformance(since: "2026-03-01T00:00:00Z") { staff { name } tickets } }"""
    found = await client.ask(kept)
    assert found["serviceCompliance"] == [
        {"answered": {"kept": 1, "due": 1}, "solved": {"kept": 0, "due": 1}, "met": False}
    ]
    assert found["staffPerformance"] == [{"staff": {"name": "甲"}, "tickets": 1}]
    tighter = draft.replace("solutionMinutes: 480", "solutionMinutes: 240")
    assert (await done(client, tighter, "standard { version }"))["standard"]["version"] == 2
