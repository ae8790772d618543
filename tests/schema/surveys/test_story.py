"""Surveys through GraphQL alone: drawn up, held over a sample or at a key node, answered over every channel, and what
can be made of that; beside them the story of sections 5 and 6 of the requirements in one go."""

from datetime import timedelta
from typing import Any

import pytest

from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from tests.schema.conftest import Client

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]
MAKE = """mutation($i: SurveyInput!) { it: createSurvey(input: $i) { row: survey { id version state }
    problems { code path } } }"""
CHANGE = """mutation($id: ID!, $i: SurveyChanges!) { it: updateSurvey(id: $id, input: $i) {
    row: survey { questionsVersion } problems { code path } } }"""
HANDLE = """mutation($id: ID!, $e: SurveyEvent!) { it: handleSurvey(id: $id, event: $e) {
    row: survey { state } problems { code path } } }"""
HOLD = """mutation($s: ID!, $seed: String!) { it: holdSurvey(surveyId: $s, seed: $seed) { row: wave { id number version
    population invited invitations { edges { node { id customer { name } } } } } problems { code path } } }"""
ANSWER = """mutation($id: ID!, $c: SurveyChannel!, $a: JSON!) { it: answerSurvey(id: $id, channel: $c, answers: $a) {
    row: invitation { state channel answers } problems { code path } } }"""
SILENT = """mutation($id: ID!, $e: NoAnswer!) { it: noteNoAnswer(id: $id, event: $e, note: "电话无人接") {
    row: invitation { state } problems { code path } } }"""
SEND = """mutation($w: ID!, $r: Boolean! = false) { it: sendSurveyInvitations(waveId: $w, address: "https://example.com",
    reminder: $r) { count problems { code path } } }"""
RESULT = """query($w: ID!) { surveyResult(waveId: $w) { invited response { value low high count } overall
    states { state count } channels { channel count }
    questions { key text answers mean estimate { value low high count } distribution { answer label count } }
    drivers { count explained drivers { key weight } } opinions { category count texts } } }"""
QUESTIONS: list[dict[str, Any]] = [
    {"key": "overall", "type": "RATING", "zh": "总体满意吗？", "en": "Content?", "required": True, "about": "OVERALL"},
    {"key": "nps", "type": "NPS", "zh": "会推荐吗？"},
    {"key": "speed", "type": "RATING", "zh": "响应快吗？", "about": "RESPONSE"},
    {
        "key": "why",
        "type": "MULTIPLE",
        "zh": "看重什么？",
        "options": [{"zh": "质量", "en": "Quality"}, {"zh": "价格"}],
    },
    {"key": "words", "type": "TEXT", "zh": "还有什么？"},
]


async def done(client: Client, mutation: str, **given: Any) -> dict[str, Any]:
    answer = (await client.ask(mutation, **given))["it"]
    assert answer["problems"] == []
    row: dict[str, Any] = answer.get("row") or answer
    return row


async def refused(client: Client, mutation: str, **given: Any) -> list[str]:
    problems = (await client.ask(mutation, **given))["it"]["problems"]
    return [f"{one['code']} {'.'.join(one['path'])}" for one in problems]


async def survey(client: Client, **fields: Any) -> str:
    usual = {"name": "满意度", "kind": "PERIODIC", "questions": QUESTIONS, "restDays": 0}
    id: str = (await done(client, MAKE, i={**usual, **fields}))["id"]
    await done(client, HANDLE, id=id, e="PUBLISH")
    return id


async def hold(client: Client, id: str, seed: str = "一") -> tuple[str, dict[str, str]]:
    """The wave, and the invitations by the customer's name."""
    wave = await done(client, HOLD, s=id, seed=seed)
    nodes = [edge["node"] for edge in wave["invitations"]["edges"]]
    return wave["id"], {one["customer"]["name"]: one["id"] for one in nodes}


async def people(client: Client, count: int, **facts: Any) -> list[Any]:
    return await client.add(Kind.CUSTOMER, *({"name": f"c{place}", **facts} for place in range(count)))


def move(client: Client, days: float) -> None:
    client.ledger.clock.move(days * 86_400)  # type: ignore[attr-defined]


@pytest.mark.requirement("F01", "F02")
async def test_a_periodic_survey_asks_a_sample_over_every_channel(client: Client) -> None:
    await people(client, 6)
    await client.add(Kind.CUSTOMER, {"name": "quiet", "opted_out": True})
    id = await survey(client, sample=4, restDays=30, everyDays=90)
    wave, asked = await hold(client, id)
    assert len(asked) == 4
    assert "quiet" not in asked
    assert [(await done(client, SEND, w=wave))["count"] for _ in "12"] == [4, 0]
    notices = (await client.ask("{ notices { edges { node { body } } } }"))["notices"]["edges"]
    assert all("https://example.com/s/" in edge["node"]["body"] for edge in notices)
    first, second, third, fourth = sorted(asked.values())
    answers = {"overall": 5, "nps": 0, "why": [0, 1], "words": "快递慢"}
    assert (await done(client, ANSWER, id=first, c="PHONE", a=answers))["answers"] == answers
    assert await refused(client, ANSWER, id=first, c="PHONE", a=answers) == ["WRONG_STATE id"]
    assert await refused(client, ANSWER, id=second, c="FORM", a={"nps": 11}) == [
        "REQUIRED answers.overall", "BAD_VALUE answers.nps",
    ]  # fmt: skip
    await done(client, ANSWER, id=second, c="FORM", a={"overall": 2})
    assert (await done(client, SILENT, id=third, e="FAIL"))["state"] == "UNREACHABLE"
    assert (await done(client, SEND, w=wave, r=True))["count"] == 0
    move(client, 4)
    assert [(await done(client, SEND, w=wave, r=True))["count"] for _ in "12"] == [1, 0]
    move(client, 20)
    close = "mutation { it: closeDueWaves { count problems { code path } } }"
    assert (await done(client, close))["count"] == 1
    assert await refused(client, ANSWER, id=fourth, c="ONLINE", a=answers) == ["WRONG_STATE id"]
    result = (await client.ask(RESULT, w=wave))["surveyResult"]
    assert {one["state"]: one["count"] for one in result["states"]} == {"ANSWERED": 2, "UNREACHABLE": 1, "EXPIRED": 1}
    assert {one["channel"]: one["count"] for one in result["channels"]} == {"PHONE": 1, "FORM": 1}
    assert result["response"]["value"] == 0.5
    _, later = await hold(client, id, "二")
    assert set(later) == {f"c{place}" for place in range(6)} - set(asked)  # the others are left in peace


@pytest.mark.requirement("F01")
async def test_every_method_is_counted_and_none_is_lost(client: Client) -> None:
    """A questionnaire, a call and the page: each answer counts once, by how it came, and goes to the customer."""
    await people(client, 3)
    wave, asked = await hold(client, await survey(client))
    for (name, invitation), (channel, score) in zip(
        sorted(asked.items()), (("FORM", 5), ("PHONE", 4), ("ONLINE", 0)), strict=True
    ):
        said = {"overall": max(score, 1), "nps": score}
        assert (await done(client, ANSWER, id=invitation, c=channel, a=said))["channel"] == channel, name
    result = (await client.ask(RESULT, w=wave))["surveyResult"]
    assert {one["channel"]: one["count"] for one in result["channels"]} == {"FORM": 1, "PHONE": 1, "ONLINE": 1}
    overall, nps = result["questions"][:2]
    assert (overall["mean"], overall["answers"], nps["answers"]) == (10 / 3, 3, 3)
    told = "{ surveyAnswers { edges { node { scale score channel customer { answers { score } } } } } }"
    scores = [edge["node"] for edge in (await client.ask(told))["surveyAnswers"]["edges"]]
    assert sorted((one["scale"], one["score"], one["channel"]) for one in scores) == [
        ("NPS", 0, "ONLINE"), ("NPS", 4, "PHONE"), ("NPS", 5, "FORM"),
        ("RATING", 1, "ONLINE"), ("RATING", 4, "PHONE"), ("RATING", 5, "FORM"),
    ]  # fmt: skip
    assert all(len(one["customer"]["answers"]) == 1 for one in scores)  # of what tells how content they are


@pytest.mark.requirement("F02")
async def test_key_nodes_are_asked_about_once(client: Client) -> None:
    one, other, third = await people(client, 3)
    ids = {node: await survey(client, name=node, kind="KEY_NODE", node=node, delayDays=days, restDays=0)
           for node, days in (("PURCHASE", 1), ("USE", 20), ("AFTER_SALES", 0))}  # fmt: skip
    now = client.ledger.clock.now()
    await client.add(Kind.PURCHASE, {"name": "p", "customer": one, "paid_at": now - timedelta(days=2)})
    await client.add(Kind.PURCHASE, {"name": "p", "customer": other, "paid_at": now - timedelta(days=25)})
    [said] = await client.add(Kind.FEEDBACK, {"subject": "s", "customer": third})
    take = "mutation($f: ID!) { it: openTicket(feedbackId: $f) { row: ticket { id } problems { code path } } }"
    ticket = (await done(client, take, f=format_id("feedback", said)))["id"]
    solve = """mutation($t: ID!) { it: handleTicket(id: $t, event: SOLVE, note: "好") {
        row: ticket { state } problems { code path } } }"""
    await done(client, solve, t=ticket)
    trigger = "mutation { it: triggerSurveys { count problems { code path } } }"
    assert [(await done(client, trigger))["count"] for _ in "12"] == [4, 0]
    query = "query($s: ID!) { survey(id: $s) { waves { edges { node { invited invitations { edges { node {"
    query += " occasion customer { name } } } } } } } } }"
    found = {}
    for node, id in ids.items():
        [wave] = (await client.ask(query, s=id))["survey"]["waves"]["edges"]
        found[node] = {edge["node"]["customer"]["name"] for edge in wave["node"]["invitations"]["edges"]}
    assert found == {"PURCHASE": {"c0", "c1"}, "USE": {"c1"}, "AFTER_SALES": {"c2"}}
    assert await refused(client, MAKE, i={"name": "x", "kind": "KEY_NODE", "questions": QUESTIONS}) == ["REQUIRED node"]


@pytest.mark.requirement("F03", "F04")
async def test_scores_trends_drivers_and_opinions(client: Client) -> None:
    await people(client, 40)
    id = await survey(client)
    wave, asked = await hold(client, id)
    for place, invitation in enumerate(asked.values()):
        score = 1 + place % 5
        nps = 0 if place < 10 else 8 if place < 16 else 9
        said = {"overall": score, "speed": score, "nps": nps, "why": [place % 2]}
        texts = {0: "快递太慢了", 4: "快递太慢了", 1: "太贵了"}
        words = {"words": texts[place % 8]} if place % 8 in texts else {}
        await done(client, ANSWER, id=invitation, c="ONLINE", a={**said, **words})
    result = (await client.ask(RESULT, w=wave))["surveyResult"]
    by = {one["key"]: one for one in result["questions"]}
    assert by["overall"]["estimate"]["value"] == 0.4
    assert 0.26 < by["overall"]["estimate"]["low"] < 0.4 < by["overall"]["estimate"]["high"] < 0.56
    assert (by["nps"]["estimate"]["value"], by["nps"]["answers"]) == (0.35, 40)  # 24 promoters, 10 detractors
    assert by["nps"]["distribution"][0] == {"answer": 0, "label": "0", "count": 10}
    assert by["why"]["distribution"][0] == {"answer": 0, "label": "Quality", "count": 20}
    assert by["overall"]["text"] == "Content?"
    assert result["overall"] == "overall"
    drivers = result["drivers"]
    assert (drivers["count"], drivers["drivers"][0]["key"]) == (40, "speed")
    assert drivers["drivers"][0]["weight"] > 0.9
    assert [(one["category"], one["count"]) for one in result["opinions"]] == [("delivery", 10), ("price", 5)]
    second, asked = await hold(client, id, "二")
    for invitation in asked.values():
        await done(client, ANSWER, id=invitation, c="ONLINE", a={"overall": 5})
    trend = """query($s: ID!) { surveyTrend(surveyId: $s, key: "overall") {
        number estimate { value } change { value low clear } } }"""
    before, after = (await client.ask(trend, s=id))["surveyTrend"]
    assert (before["change"], after["estimate"]["value"], after["change"]["clear"]) == (None, 1.0, True)
    assert after["change"]["value"] == pytest.approx(0.6)
    assert wave != second
    figures = '{ figures(since: "2026-01-01T00:00:00Z") { answers csat } }'
    assert (await client.ask(figures))["figures"]["answers"] == 120  # overall and speed; then overall


async def test_other_questions_are_another_version(client: Client) -> None:
    await people(client, 1)
    id = await survey(client)
    wave, asked = await hold(client, id)
    assert (await done(client, CHANGE, id=id, i={"questions": QUESTIONS}))["questionsVersion"] == 1
    assert (await done(client, CHANGE, id=id, i={"questions": QUESTIONS[:1]}))["questionsVersion"] == 2
    [invitation] = asked.values()
    await done(client, ANSWER, id=invitation, c="FORM", a={"overall": 3, "nps": 9})  # the wave goes by the first
    result = (await client.ask(RESULT, w=wave))["surveyResult"]
    assert [one["key"] for one in result["questions"]] == [one["key"] for one in QUESTIONS]
    wrong = [{**QUESTIONS[0], "key": "K"}, QUESTIONS[0], QUESTIONS[0]]
    assert await refused(client, CHANGE, id=id, i={"questions": wrong}) == [
        "BAD_VALUE questions.0.key", "REPEATED questions",
    ]  # fmt: skip
    await done(client, HANDLE, id=id, e="RETIRE")
    assert await refused(client, HOLD, s=id, seed="x") == ["WRONG_STATE surveyId"]


async def test_who_is_gone_is_asked_nothing_and_stops_nobody(client: Client) -> None:
    ids = await people(client, 2)
    wave, _ = await hold(client, await survey(client))
    await client.edit(Kind.CUSTOMER, ids[0], deleted_at=client.ledger.clock.now())
    assert (await client.ask(SEND, w=wave))["it"] == {"count": 1, "problems": []}


async def test_a_link_is_the_same_each_time(client: Client) -> None:
    await people(client, 1)
    _, asked = await hold(client, await survey(client))
    link = "mutation($id: ID!) { it: issueSurveyLink(id: $id) { path invitation { state } problems { code } } }"
    [invitation] = asked.values()
    first, second = [await done(client, link, id=invitation) for _ in "12"]
    assert first["path"] == second["path"]
    assert first["path"].startswith("/s/")
    assert len(first["path"]) > 40
    assert second["invitation"]["state"] == "SENT"
