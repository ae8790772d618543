"""Rules are looked at again: planned, told of once, in `today`, and followed by the next."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from jobs.chores import CHORES
from kequn.contracts.hooks import NoticeSender, SentNotice
from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from kequn.domain.notices import sending
from kequn.log import EventLog
from kequn.store.scope import Role
from tests.schema.conftest import Client

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]
DAY = 86_400
PLAN = """mutation($s: RuleSubject!, $at: DateTime!, $id: ID, $o: ID, $n: Int) {
    it: planRuleReview(subject: $s, dueAt: $at, subjectId: $id, ownerId: $o, everyDays: $n) {
    ruleReview { id about state owner { name } } problems { code path } } }"""
HANDLE = """mutation($id: ID!, $e: RuleReviewEvent!, $o: String! = "", $at: DateTime) {
    it: handleRuleReview(id: $id, event: $e, outcome: $o, dueAt: $at) {
    ruleReview { state outcome endedBy dueAt } problems { code path } } }"""
TODAY = "query($o: ID) { today(ownerId: $o) { what about overdue ownerId } }"
NOTICES = "{ notices { edges { node { subject body state customer { id } staff { name } } } } }"


async def done(client: Client, query: str, **given: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await client.ask(query, **given))["it"]
    assert answer["problems"] == []
    row: dict[str, Any] = answer["ruleReview"]
    return row


async def remind(client: Client) -> None:
    """As a worker does, every hour."""
    [chore] = [chore for chore in CHORES if chore.name == "reviews of rules"]
    actor = replace(client.actor, role=Role.OPERATOR, name="system")
    await chore.work(client.database, client.ledger, actor)


async def notices(client: Client) -> list[Mapping[str, Any]]:
    return [edge["node"] for edge in (await client.ask(NOTICES))["notices"]["edges"]]


@pytest.mark.requirement("X10")
async def test_the_owner_of_a_rule_is_reminded_once_when_it_is_to_be_reviewed(client: Client) -> None:
    [owner] = await client.add(Kind.STAFF, {"name": "甲"})
    whose, now = format_id("staff", owner), client.ledger.clock.now()
    given = {"s": "STANDARD", "at": (now + timedelta(days=30)).isoformat(), "o": whose, "n": 90}
    made = await done(client, PLAN, **given)
    assert (made["about"], made["owner"]) == ("standard", {"name": "甲"})
    await remind(client)
    assert ((await client.ask(TODAY, o=whose))["today"], await notices(client)) == ([], [])
    client.ledger.clock.move(31 * DAY)  # type: ignore[attr-defined]
    for _ in range(2):
        await remind(client)
    waits = (await client.ask(TODAY, o=whose))["today"]
    assert waits == [{"what": "rule", "about": "standard", "overdue": True, "ownerId": whose}]
    [told] = await notices(client)
    assert (told["staff"], told["customer"], told["state"]) == ({"name": "甲"}, None, "WAITING")
    assert "standard" in told["body"]
    ended = await done(client, HANDLE, id=made["id"], e="FINISH", o="the threshold of VIP goes up")
    assert (ended["state"], ended["endedBy"]) == ("DONE", "tester")
    assert (await client.ask(TODAY, o=whose))["today"] == []
    client.ledger.clock.move(91 * DAY)  # type: ignore[attr-defined]
    await remind(client)
    assert len(await notices(client)) == 2


@pytest.mark.requirement("X10")
async def test_a_template_that_was_applied_is_reviewed_by_the_owner_of_its_group(client: Client) -> None:
    [owner] = await client.add(Kind.STAFF, {"name": "乙"})
    name = (await client.ask("{ templates { name reviewDays } }"))["templates"][0]
    apply = 'mutation($t: String!) { applyTemplate(template: $t, name: "g") { templateUse { group { id } } } }'
    group = (await client.ask(apply, t=name["name"]))["applyTemplate"]["templateUse"]["group"]["id"]
    own = "mutation($id: ID!, $o: ID!) { updateGroup(id: $id, input: {ownerId: $o}) { problems { code } } }"
    whose = format_id("staff", owner)
    await client.ask(own, id=group, o=whose)
    client.ledger.clock.move((name["reviewDays"] + 1) * DAY)  # type: ignore[attr-defined]
    for _ in range(2):
        await remind(client)
    [told] = await notices(client)
    assert told["staff"] == {"name": "乙"}
    assert f"{name['name']} g" in told["body"]
    today = "{ today { what id about ownerId } }"
    [mine] = [one for one in (await client.ask(today))["today"] if one["what"] == "rule" and one["ownerId"] == whose]
    assert mine["about"] == name["name"]
    await done(client, HANDLE, id=mine["id"], e="FINISH", o="the gift changes")
    assert mine["id"] not in {one["id"] for one in (await client.ask(today))["today"]}


async def test_a_reminder_to_one_of_our_own_asks_no_contact_policy(client: Client) -> None:
    taken: list[SentNotice] = []

    async def take(notice: SentNotice) -> bool:
        taken.append(notice)
        return True

    [owner] = await client.add(Kind.STAFF, {"name": "甲"})
    at = client.ledger.clock.now().isoformat()
    await client.ask(
        "mutation { setContactPolicy(most: 0, days: 7, quietFrom: 0, quietUntil: 24) { problems { code } } }"
    )
    await done(client, PLAN, s="CONTACT_POLICY", at=at, o=format_id("staff", owner))
    await remind(client)
    log, sender = EventLog(), NoticeSender("chat", take)
    sent = await sending.send_due(client.database, client.ledger, client.actor, log, (sender,))
    assert sent == sending.Sent(1, 0)
    assert [(notice.customer, notice.staff) for notice in taken] == [("", str(owner))]
    assert (await client.ask("{ interactions { totalCount } }"))["interactions"]["totalCount"] == 0


async def test_what_cannot_be_planned_or_done(client: Client) -> None:
    at = client.ledger.clock.now().isoformat()
    refused: list[dict[str, Any]] = [
        {"s": "SEGMENT"},
        {"s": "SEGMENT", "id": "seg_" + "0" * 32},
        {"s": "STANDARD", "n": 0},
        {"s": "STANDARD", "o": "stf_" + "0" * 32},
    ]
    problems = [(await client.ask(PLAN, at=at, **given))["it"]["problems"] for given in refused]
    assert [(one["code"], one["path"]) for [one] in problems] == [
        ("REQUIRED", ["subjectId"]),
        ("NOT_FOUND", ["subjectId"]),
        ("BAD_NUMBER", ["everyDays"]),
        ("UNKNOWN_STAFF", ["ownerId"]),
    ]
    made = await done(client, PLAN, s="STANDARD", at=at)
    for event, code in (("FINISH", "REQUIRED"), ("DROP", "REQUIRED"), ("POSTPONE", "REQUIRED")):
        assert (await client.ask(HANDLE, id=made["id"], e=event))["it"]["problems"][0]["code"] == code
    await done(client, HANDLE, id=made["id"], e="DROP", o="twice")
    assert (await client.ask(HANDLE, id=made["id"], e="DROP", o="x"))["it"]["problems"][0]["code"] == "WRONG_STATE"
