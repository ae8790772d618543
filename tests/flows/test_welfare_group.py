"""A welfare group from its founding to its review, through GraphQL alone: who may join, the rules and their second
version, content, an event and a draw, a welfare benefit, a complaint under its clock, a survey, and what was
learned."""

from datetime import timedelta
from typing import Any

import pytest

from kequn.contracts.identity import parse_id
from kequn.contracts.records import Kind, Money
from kequn.store.values import Fact
from tests.schema.community.running import Group, customer, q
from tests.schema.conftest import Client
from tests.schema.conftest import client as client
from tests.schema.conftest import ledger as ledger

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]


def move(client: Client, days: float) -> None:
    client.ledger.clock.move(days * 86_400)  # type: ignore[attr-defined]


async def bought(client: Client, name: str, times: int) -> str:
    id = await customer(client, name, phone=f"1380000000{times}{len(name)}"[:11])
    now = client.ledger.clock.now()
    for ago in range(times):
        paid: dict[str, Fact] = {
            "paid_at": now - timedelta(days=ago + 1),
            "amount": Money.of("50", "CNY"),
            "kind": "sale",
        }
        await client.add(Kind.PURCHASE, {"name": "茶", "customer": parse_id(id)[1], **paid})
    return id


async def template(client: Client) -> Group:
    made = await client.ask(
        """mutation { applyTemplate(template: "welfare-group", name: "福利群") {
        templateUse { group { id rulesVersions { edges { node { id } } } } } problems { code path } } }"""
    )
    assert made["applyTemplate"]["problems"] == []
    found = made["applyTemplate"]["templateUse"]["group"]
    group = Group(client, found["id"])
    await group.do(
        "publishRules", "rulesVersion { id }", group=False, id=q(found["rulesVersions"]["edges"][0]["node"]["id"])
    )
    return group


@pytest.mark.requirement("G01", "G05", "G08", "G10", "G14", "G17", "G24", "B01", "B03", "F01", "F07", "X12")
async def test_the_life_of_a_welfare_group(client: Client) -> None:
    twice, often, once = [await bought(client, name, times) for name, times in (("甲", 2), ("乙", 3), ("丙", 1))]
    evaluated = await client.ask("mutation { evaluateCustomers { problems { code } } }")
    assert evaluated["evaluateCustomers"]["problems"] == []
    group = await template(client)
    await _join(group, twice, often, once)
    await _new_rules(group, twice, often)
    await _content(group, twice, often)
    await _benefit(group, often)
    await _complaint(client, often)
    await _survey(client)
    await _review(group)


async def _join(group: Group, twice: str, often: str, once: str) -> None:
    """Three apply; one is refused, with the reason."""
    fields = "application { id state missing }"
    made = {
        one: await group.do("applyToGroup", fields, customerId=q(one), agreed="true") for one in (twice, often, once)
    }
    assert [made[one]["state"] for one in (twice, often, once)] == ["ASKED", "ASKED", "REFUSED"]
    assert made[once]["missing"] == [{"fact": "standing.orders.gte", "wanted": {"standing": {"orders": {"gte": 2}}}}]
    for one in (twice, often):
        await group.do("handleApplication", "application { id }", group=False, id=q(made[one]["id"]), event="ADMIT")
        await group.do("introduceMember", "memberStanding { id }", customerId=q(one), words=q("大家好"))


async def _new_rules(group: Group, twice: str, often: str) -> None:
    """The second version; one does not agree."""
    items = '[{category: "speech", text: "每天发言不超过十条"}, {category: "privacy", text: "用于发放福利"}]'
    second = await group.do("draftRules", "rulesVersion { id version }", items=items, note=q("新增发言上限"))
    await group.do("publishRules", "rulesVersion { state }", group=False, id=q(second["id"]))
    await group.do("noteConsent", "consent { id }", customerId=q(often), agreed="true")
    await group.do("noteConsent", "consent { id }", customerId=q(twice), agreed="false")
    asked = f'{{ membersWithoutConsent(groupId: "{group.id}") rulesAnnouncement(groupId: "{group.id}") }}'
    found = await group.client.ask(asked)
    assert found["membersWithoutConsent"] == [twice]
    assert "每天发言不超过十条" in found["rulesAnnouncement"]


async def _content(group: Group, twice: str, often: str) -> None:
    """The template's posts are scheduled and go out; an event and a draw."""
    drafts = await group.list("posts(orderBy: {field: DUE_AT})", "id dueAt")
    for draft in drafts:
        due = q(draft["dueAt"])
        await group.do("handlePost", "post { id }", group=False, id=q(draft["id"]), event="SCHEDULE", dueAt=due)
    plan = f'contentPlan(groupId: "{group.id}", since: "2026-01-12", weeks: 4) {{ topic short few }}'
    weeks = (await group.client.ask(f"{{ {plan} }}"))["contentPlan"]
    assert [week["short"] for week in weeks] == [0, 0, 0, 0]
    move(group.client, 14)
    assert (await group.client.ask("mutation { publishDuePosts { done } }"))["publishDuePosts"]["done"] >= 2
    event = await group.do(
        "planGathering", "gathering { id }", name=q("有奖问答"), kind="QUIZ", startsAt=q("2026-01-20T12:00:00Z"),
        capacity=1,
    )  # fmt: skip
    this = {"group": False, "id": q(event["id"])}
    await group.do("handleGathering", "gathering { id }", event="OPEN", **this)
    seats = [
        (await group.do("signUp", "signUp { state }", group=False, gatheringId=q(event["id"]), customerId=q(one)))[
            "state"
        ]
        for one in (twice, often)
    ]
    assert seats == ["SEATED", "WAITING"]
    move(group.client, 2)
    await group.do("handleGathering", "gathering { id }", event="HOLD", outcome=q("答对率80%"), **this)
    await group.do("noteAttendance", "gathering { id }", customerIds=f'["{twice}"]', **this)
    draw = await group.do("commitDraw", "draw { id commitment }", name=q("新年抽奖"), prizes=1)
    drawn = await group.do("holdDraw", "draw { seed winners }", group=False, id=q(draw["id"]))
    assert len(drawn["winners"]) == 1
    day = group.client.ledger.clock.now().date().isoformat()
    await group.do("noteActivity", "activityDay { id }", customerId=q(twice), day=q(day), messages=6)


async def _benefit(group: Group, often: str) -> None:
    """The welfare day's coupon is published and claimed; a stranger has no right to it."""
    found = await group.client.ask("{ benefits { edges { node { id state } } } }")
    benefit = found["benefits"]["edges"][0]["node"]["id"]
    await group.do("handleBenefit", "benefit { state }", group=False, id=q(benefit), event="PUBLISH")
    claim = {"group": False, "benefitId": q(benefit)}
    made = await group.do("claimBenefit", "claim { code state }", customerId=q(often), **claim)
    assert made["state"] == "CLAIMED"
    stranger = await customer(group.client, "外人")
    assert (await group.refused("claimBenefit", customerId=q(stranger), **claim))[0] == "NOT_ELIGIBLE"


async def _complaint(client: Client, often: str) -> None:
    """Answered, solved and closed under the clock of its standard; the result is published."""
    group = Group(client, "")
    said = f'{{subject: "发货慢", kind: "complaint", channel: "online", customerId: "{often}"}}'
    feedback = await group.do("createFeedback", "feedback { id }", group=False, input=said)
    opened = await group.do("openTicket", "ticket { id respondBy solveBy }", group=False, feedbackId=q(feedback["id"]))
    assert opened["respondBy"] < opened["solveBy"]
    this = {"group": False, "id": q(opened["id"])}
    await group.do("handleTicket", "ticket { state }", event="ANSWER", note=q("已联系仓库"), **this)
    await group.do("handleTicket", "ticket { state }", event="SOLVE", note=q("补发并赠券"), **this)
    closed = await group.do("handleTicket", "ticket { state }", event="CLOSE", note=q("客户满意"), rating=5, **this)
    assert closed["state"] == "CLOSED"


async def _survey(client: Client) -> None:
    """The template's survey is held, and answered by telephone."""
    group = Group(client, "")
    found = (await client.ask("{ surveys { edges { node { id name } } } }"))["surveys"]["edges"][0]["node"]
    assert found["name"] == "福利群 满意度调查"
    await group.do("handleSurvey", "survey { state }", group=False, id=q(found["id"]), event="PUBLISH")
    wave = await group.do("holdSurvey", "wave { id invited }", group=False, surveyId=q(found["id"]), seed=q("s"))
    assert wave["invited"] == 2  # the members, and nobody else
    asked = f'{{ surveyWave(id: "{wave["id"]}") {{ invitations(first: 1) {{ edges {{ node {{ id }} }} }} }} }}'
    [one] = (await client.ask(asked))["surveyWave"]["invitations"]["edges"]
    answers = '{overall: 5, recommend: 0, words: "多办活动"}'
    await group.do(
        "answerSurvey", "invitation { id }", group=False, id=q(one["node"]["id"]), channel="PHONE", answers=answers
    )
    result = f'{{ surveyResult(waveId: "{wave["id"]}") {{ invited opinions {{ __typename }} }} }}'
    assert (await client.ask(result))["surveyResult"]["invited"] == wave["invited"]


async def _review(group: Group) -> None:
    """The figures of the month, what follows from them, and what the members are told."""
    move(group.client, 1)
    made: dict[str, Any] = await group.do(
        "makeReview", "review { id figures }", since=q("2026-01-01T00:00:00Z"),
        until=q(group.client.ledger.clock.now().isoformat()), findings=q("问答受欢迎"),
    )  # fmt: skip
    figures = made["figures"]
    assert (figures["members"], figures["active"], figures["participants"]) == (2, 1, 1)
    this = {"group": False, "id": q(made["id"])}
    await group.do("handleReview", "review { state }", event="AGREE", plan=q("每月两次问答"), **this)
    done = await group.do(
        "handleReview", "review { state }", event="ANNOUNCE", announcement=q("下月起每月两次问答"), **this
    )
    assert done["state"] == "ANNOUNCED"
    told = [one["body"] for one in await group.list("notices", "body")]
    assert "下月起每月两次问答" in told
