"""Whatever is put in force is looked at again: one review of each rule is planned, it goes on with the next version,
and lapses when the rule is taken back."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from kequn.contracts.records import Kind
from tests.schema.conftest import Client

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]
REVIEWS = """{ ruleReviews(orderBy: {field: ID}) { edges { node {
    subject about state outcome dueAt everyDays group { name } } } } }"""
SHIFTS = "[{staffId: $a, since: 8, until: 20}, {staffId: $b, since: 20, until: 8}]"
TEAM = '[{staffId: $a, role: "组长"}, {staffId: $b, role: "发言人"}]'
CRISIS = f"""mutation($a: ID!, $b: ID!) {{ it: draftCrisisPlan(input: {{name: "舆情", team: {TEAM}, hotline: "95000",
    steps: [{{name: "通报", role: "组长", minutes: 15}}], roster: {SHIFTS}}}) {{
    row: plan {{ id }} problems {{ code }} }} }}"""
DRAFTS = {
    "STANDARD": "draftStandard(settings: {frequency: {high_orders: 4}}) { row: standard",
    "SERVICE_STANDARD": 'draftServiceStandard(input: {name: "投诉", department: "service", quality: "q", '
    "responseMinutes: 60, solutionMinutes: 480}) { row: standard",
    "INCENTIVE": 'draftIncentive(name: "签到", body: "b", action: "a", points: 5, perDay: 1) { row: incentive',
    "SURVEY": 'createSurvey(input: {name: "满意度", kind: PERIODIC, questions: [{key: "q", type: RATING, zh: "?"}]}) '
    "{ row: survey",
    "GROUP_RULES": 'draftRules(groupId: "%s", items: [{category: "privacy", text: "t"}]) { row: rulesVersion',
}
PUBLISH = {
    "STANDARD": "publishStandard(id: $id)",
    "SERVICE_STANDARD": "handleServiceStandard(id: $id, event: PUBLISH)",
    "INCENTIVE": "handleIncentive(id: $id, event: PUBLISH)",
    "SURVEY": "handleSurvey(id: $id, event: PUBLISH)",
    "CRISIS_PLAN": "handleCrisisPlan(id: $id, event: PUBLISH)",
    "GROUP_RULES": "publishRules(id: $id)",
}
ABOUT = {
    "STANDARD": "standard",
    "SERVICE_STANDARD": "投诉",
    "INCENTIVE": "签到",
    "SURVEY": "满意度",
    "CRISIS_PLAN": "舆情",
}
VERSIONED = ("STANDARD", "SERVICE_STANDARD", "INCENTIVE", "CRISIS_PLAN", "GROUP_RULES")


async def act(client: Client, mutation: str, **given: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await client.ask(mutation, **given))["it"]
    assert answer["problems"] == []
    return answer


async def draft(client: Client, subject: str, group: str) -> str:
    """The id of a draft."""
    if subject == "CRISIS_PLAN":
        people = (await client.ask("{ staff { edges { node { id } } } }"))["staff"]["edges"]
        made = await act(client, CRISIS, a=people[0]["node"]["id"], b=people[1]["node"]["id"])
    else:
        said = DRAFTS[subject] % group if subject == "GROUP_RULES" else DRAFTS[subject]
        made = await act(client, f"mutation {{ it: {said} {{ id }} problems {{ code }} }} }}")
    id: str = made["row"]["id"]
    return id


async def publish(client: Client, subject: str, group: str) -> str:
    id = await draft(client, subject, group)
    await act(client, f"mutation($id: ID!) {{ it: {PUBLISH[subject]} {{ problems {{ code }} }} }}", id=id)
    return id


async def reviews(client: Client) -> list[dict[str, Any]]:
    return [edge["node"] for edge in (await client.ask(REVIEWS))["ruleReviews"]["edges"]]


@pytest.fixture
async def group(client: Client) -> str:
    """A group, and people of our own."""
    await client.add(Kind.STAFF, {"name": "甲"}, {"name": "乙"})
    made = await client.ask('mutation { it: createGroup(input: {name: "茶友群"}) { group { id } } }')
    id: str = made["it"]["group"]["id"]
    return id


@pytest.mark.requirement("X10")
@pytest.mark.parametrize("subject", PUBLISH)
async def test_what_is_published_is_to_be_looked_at_again(client: Client, group: str, subject: str) -> None:
    before = client.ledger.clock.now()
    await publish(client, subject, group)
    [one] = await reviews(client)
    assert (one["subject"], one["about"], one["state"]) == (subject, ABOUT.get(subject, "茶友群"), "PLANNED")
    assert timedelta(days=180) <= datetime.fromisoformat(one["dueAt"]) - before < timedelta(days=180, minutes=1)
    assert (one["everyDays"], one["group"]) == (180, {"name": "茶友群"} if subject == "GROUP_RULES" else None)


@pytest.mark.requirement("X10")
@pytest.mark.parametrize("subject", VERSIONED)
async def test_the_next_version_keeps_the_review_that_is_planned(client: Client, group: str, subject: str) -> None:
    await publish(client, subject, group)
    [before] = await reviews(client)
    client.ledger.clock.move(86_400)  # type: ignore[attr-defined]
    await publish(client, subject, group)
    assert await reviews(client) == [before]


@pytest.mark.parametrize("subject", ["SERVICE_STANDARD", "INCENTIVE", "CRISIS_PLAN", "SURVEY"])
async def test_what_is_retired_need_not_be_looked_at(client: Client, group: str, subject: str) -> None:
    id = await publish(client, subject, group)
    retire = PUBLISH[subject].replace("PUBLISH", "RETIRE")
    await act(client, f"mutation($id: ID!) {{ it: {retire} {{ problems {{ code }} }} }}", id=id)
    assert [one["state"] for one in await reviews(client)] == ["DROPPED"]


@pytest.mark.requirement("X10")
async def test_a_process_and_the_contact_policy_are_in_force_at_once(client: Client) -> None:
    made = await act(
        client, 'mutation { it: createServiceFlow(name: "接待") { row: serviceFlow { id } problems { code } } }'
    )
    policy = "setContactPolicy(most: 2, days: 7, quietFrom: 21, quietUntil: 8)"
    for _ in range(2):
        await act(client, f"mutation {{ it: {policy} {{ problems {{ code }} }} }}")
    assert [(one["subject"], one["about"]) for one in await reviews(client)] == [
        ("FLOW", "接待"),
        ("CONTACT_POLICY", "contact_policy"),
    ]
    for event, states in (("ARCHIVE", ["DROPPED"]), ("RESTORE", ["DROPPED", "PLANNED"])):
        handle = f"mutation($id: ID!) {{ it: handleServiceFlow(id: $id, event: {event}) {{ problems {{ code }} }} }}"
        await act(client, handle, id=made["row"]["id"])
        assert [one["state"] for one in await reviews(client) if one["subject"] == "FLOW"] == states


async def test_a_review_is_postponed_to_somebody_else(client: Client, group: str) -> None:
    await publish(client, "STANDARD", group)
    asked = "{ ruleReviews { edges { node { id } } } staff { edges { node { id } } } }"
    found = await client.ask(asked)
    one, who = found["ruleReviews"]["edges"][0]["node"]["id"], found["staff"]["edges"][0]["node"]["id"]
    later = "mutation($r: ID!, $o: ID!, $at: DateTime!) { it: handleRuleReview(id: $r, event: POSTPONE, dueAt: $at, "
    later += "ownerId: $o) { row: ruleReview { state owner { id } } problems { code } } }"
    row = (await act(client, later, r=one, o=who, at="2030-01-01T00:00:00Z"))["row"]
    assert row == {"state": "PLANNED", "owner": {"id": who}}
