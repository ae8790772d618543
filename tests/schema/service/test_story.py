"""Feedback and service through GraphQL alone: a complaint under its clocks, what members read of it, the standards and
how they are kept, crises and their drills, trainings, and what each member of staff did."""

from datetime import UTC, datetime
from typing import Any

import pytest

from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from tests.schema.conftest import Client

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]
OPEN = """mutation($f: ID!, $s: Severity) { it: openTicket(feedbackId: $f, severity: $s) { row: ticket {
    id state category severity sentiment sentimentBy setting department respondBy solveBy owner { name }
    standard { name } } problems { code path } } }"""
HANDLE = """mutation($id: ID!, $e: TicketEvent!, $n: String! = "", $w: Setting, $r: Int, $res: String! = "",
    $p: String! = "") {
    it: handleTicket(id: $id, event: $e, note: $n, setting: $w, rating: $r, result: $res, plan: $p) {
    row: ticket { state level reopened owner { name } respondedAt solvedAt rating publishedAt
        feedback { status solution } steps { edges { node { event shownIn note doneBy } } } }
    problems { code path } } }"""
DRAFT = """mutation($i: ServiceStandardInput!) { it: draftServiceStandard(input: $i) {
    row: standard { id version } problems { code path } } }"""
STANDARD = """mutation($id: ID!, $e: VersionEvent!) { it: handleServiceStandard(id: $id, event: $e) {
    row: standard { state } problems { code path } } }"""


async def done(client: Client, mutation: str, **given: Any) -> dict[str, Any]:
    answer = (await client.ask(mutation, **given))["it"]
    assert answer["problems"] == []
    row: dict[str, Any] = answer["row"]
    return row


async def refused(client: Client, mutation: str, **given: Any) -> list[str]:
    problems = (await client.ask(mutation, **given))["it"]["problems"]
    return [f"{one['code']} {'.'.join(one['path'])}" for one in problems]


async def staff(client: Client, **facts: str) -> str:
    return format_id("staff", (await client.add(Kind.STAFF, {"active": True, "department": "service", **facts}))[0])


def at(client: Client, *moment: int) -> None:
    clock: Any = client.ledger.clock
    clock.move((datetime(*moment, tzinfo=UTC) - clock.now()).total_seconds())  # type: ignore[misc, arg-type]


async def said(client: Client, **facts: Any) -> str:
    """What a customer said, over whatever channel."""
    fields = {"subject": "s", **facts}
    make = """mutation($i: FeedbackInput!) { it: createFeedback(input: $i) {
        row: feedback { id } problems { code path } } }"""
    id: str = (await done(client, make, i=fields))["id"]
    return id


async def standard(client: Client, **fields: Any) -> str:
    usual = {
        "name": "投诉",
        "department": "service",
        "responseMinutes": 60,
        "solutionMinutes": 420,
        "quality": "有礼貌",
    }
    id: str = (await done(client, DRAFT, i={**usual, **fields}))["id"]
    await done(client, STANDARD, id=id, e="PUBLISH")
    return id


@pytest.mark.requirement("F07", "F09", "F08")
async def test_a_complaint_from_receipt_to_what_members_are_told(client: Client) -> None:
    at(client, 2026, 1, 5, 2)  # a Monday, ten in Shanghai
    await standard(client, kind="complaint")
    await staff(client, name="乙", role="客服经理")
    seller = await staff(client, name="甲")
    [one] = await client.add(Kind.CUSTOMER, {"name": "x"})
    about = {"kind": "complaint", "subject": "客服态度差", "customerId": format_id("customer", one), "ownerId": seller}
    feedback = await said(client, **about, channel="phone")
    ticket = await done(client, OPEN, f=feedback)
    assert await refused(client, OPEN, f=feedback) == ["REPEATED feedbackId"]
    id = ticket.pop("id")
    assert ticket == {
        "state": "OPEN", "category": "SERVICE", "severity": "HIGH", "sentiment": "NEGATIVE", "sentimentBy": "kind",
        "setting": "PRIVATE", "department": "service", "owner": {"name": "甲"}, "standard": {"name": "投诉"},
        "respondBy": ticket["respondBy"], "solveBy": ticket["solveBy"],
    }  # fmt: skip
    assert [ticket[name][:16] for name in ("respondBy", "solveBy")] == ["2026-01-05T03:00", "2026-01-05T09:00"]
    assert await refused(client, HANDLE, id=id, e="ANSWER", n="公开说", w="GROUP") == ["BAD_VALUE setting"]
    assign = """mutation($id: ID!) { it: assignTicket(id: $id, department: "service") {
        row: ticket { department owner { name } } problems { code path } } }"""
    assert await done(client, assign, id=id) == {"department": "service", "owner": {"name": "甲"}}
    late = "mutation { it: escalateTickets { count problems { code } } }"
    assert (await client.ask(late))["it"]["count"] == 0
    at(client, 2026, 1, 5, 4)
    assert [(await client.ask(late))["it"]["count"] for _ in "12"] == [1, 0]
    answered = await done(client, HANDLE, id=id, e="ANSWER", n="非常抱歉", w="PRIVATE")
    assert (answered["state"], answered["level"], answered["owner"]["name"]) == ("ESCALATED", 1, "乙")
    assert await refused(client, HANDLE, id=id, e="CLOSE") == ["WRONG_STATE id"]
    solved = await done(client, HANDLE, id=id, e="SOLVE", n="已致歉并补偿")
    assert solved["feedback"] == {"status": "solved", "solution": "已致歉并补偿"}
    again = await done(client, HANDLE, id=id, e="REOPEN", n="又发生了")
    assert (again["state"], again["reopened"], again["respondedAt"]) == ("OPEN", 1, None)
    await done(client, HANDLE, id=id, e="SOLVE", n="专人跟进")
    closed = await done(client, HANDLE, id=id, e="CLOSE", r=2)
    assert (closed["state"], closed["rating"]) == ("CLOSED", 2)
    told = [(edge["node"]["event"], edge["node"]["shownIn"]) for edge in closed["steps"]["edges"]]
    assert told == [
        ("open", None), ("assign", None), ("escalate", None), ("answer", "PRIVATE"), ("solve", "PRIVATE"),
        ("reopen", None), ("solve", "PRIVATE"), ("close", None),
    ]  # fmt: skip
    query = "query($c: ID!) { customer(id: $c) { answers { scale score about } } }"
    answers = (await client.ask(query, c=about["customerId"]))["customer"]["answers"]
    assert answers == [{"scale": "csat", "score": 2, "about": "response"}]


@pytest.mark.requirement("F07")
async def test_a_complaint_is_followed_up_until_the_customer_is_content(client: Client) -> None:
    """It waits in today's list, is not closed before it is solved, and comes back when it was not."""
    at(client, 2026, 1, 5, 2)
    await standard(client, kind="complaint")
    seller = await staff(client, name="甲")
    [one] = await client.add(Kind.CUSTOMER, {"name": "x"})
    about = {"kind": "complaint", "subject": "漏发", "customerId": format_id("customer", one), "ownerId": seller}
    id = (await done(client, OPEN, f=await said(client, **about)))["id"]

    async def waits() -> list[str]:
        return [row["what"] for row in (await client.ask("{ today { what } }"))["today"]]

    assert await waits() == ["ticket"]
    for event in ("CLOSE", "REOPEN"):
        assert await refused(client, HANDLE, id=id, e=event, n="x") == ["WRONG_STATE id"]
    await done(client, HANDLE, id=id, e="SOLVE", n="补发")
    assert await waits() == []
    await done(client, HANDLE, id=id, e="REOPEN", n="还是没到")
    assert await waits() == ["ticket"]
    await done(client, HANDLE, id=id, e="SOLVE", n="加急补发")
    assert (await done(client, HANDLE, id=id, e="CLOSE", r=5))["rating"] == 5
    assert await refused(client, HANDLE, id=id, e="ANSWER", n="x") == ["WRONG_STATE id"]
    history = [
        edge["node"]["event"] for edge in (await done(client, HANDLE, id=id, e="NOTE", n="电话回访"))["steps"]["edges"]
    ]
    assert history == ["open", "solve", "reopen", "solve", "close", "note"]


@pytest.mark.requirement("F05", "F14")
async def test_the_words_that_grade_feedback_are_the_tenants_own_in_versions(client: Client) -> None:
    [one] = await client.add(Kind.CUSTOMER, {"name": "x"})

    async def graded(subject: str) -> tuple[str, str, str, str]:
        about = {"kind": "opinion", "subject": subject, "customerId": format_id("customer", one)}
        ticket = await done(client, OPEN, f=await said(client, **about))
        return ticket["category"], ticket["severity"], ticket["sentiment"], ticket["sentimentBy"]

    assert await graded("茶香，不满意") == ("OTHER", "LOW", "NEGATIVE", "words")
    words = {"categories": {"product": ["茶香"]}, "critical": ["茶垢"], "positive": ["绝了"]}
    draft = (
        """mutation($s: JSON!) { it: draftStandard(settings: $s) { row: standard { id } problems { code path } } }"""
    )
    publish = "mutation($id: ID!) { it: publishStandard(id: $id) { row: standard { id } problems { code path } } }"
    assert await refused(client, draft, s={"grading": {"categories": {"tea": ["茶"]}}}) != []
    id = (await done(client, draft, s={"grading": words}))["id"]
    assert (await graded("茶香绝了"))[0] == "OTHER"  # a draft grades nothing
    await done(client, publish, id=id)
    assert await graded("茶香绝了") == ("PRODUCT", "LOW", "POSITIVE", "words")
    assert (await graded("有茶垢"))[1] == "CRITICAL"


@pytest.mark.requirement("F06")
async def test_results_and_plans_are_published(client: Client) -> None:
    [one] = await client.add(Kind.CUSTOMER, {"name": "x"})
    feedback = await said(client, kind="suggestion", subject="出小包装", customerId=format_id("customer", one))
    id = (await done(client, OPEN, f=feedback))["id"]
    assert await refused(client, HANDLE, id=id, e="PUBLISH", res="采纳", p="三月上架") == ["WRONG_STATE id"]
    await done(client, HANDLE, id=id, e="SOLVE", n="采纳")
    assert await refused(client, HANDLE, id=id, e="PUBLISH") == ["REQUIRED result"]
    assert await refused(client, HANDLE, id=id, e="PUBLISH", res="采纳") == ["REQUIRED plan"]
    assert (await done(client, HANDLE, id=id, e="PUBLISH", res="采纳", p="三月上架"))["publishedAt"]
    box = """{ tickets(where: {publishedAt: {isNull: false}, feedback: {kind: {eq: "suggestion"}}}) { edges { node {
        result plan feedback { subject } } } } notices { edges { node { body } } } }"""
    found = await client.ask(box)
    assert [edge["node"] for edge in found["tickets"]["edges"]] == [
        {"result": "采纳", "plan": "三月上架", "feedback": {"subject": "出小包装"}}
    ]
    assert found["notices"]["edges"][0]["node"]["body"] == "采纳\n三月上架"
    await client.edit(Kind.CUSTOMER, one, deleted_at=client.ledger.clock.now())
    assert (await done(client, HANDLE, id=id, e="PUBLISH", res="采纳", p="四月上架"))["publishedAt"]


@pytest.mark.requirement("F05", "F14")
@pytest.mark.parametrize("channel", ["online", "phone", "email", "wechat group"])
async def test_every_channel_and_kind_gets_a_ticket(client: Client, channel: str) -> None:
    kinds = ["inquiry", "problem", "opinion", "suggestion", "complaint"]
    for kind in kinds:
        await said(client, kind=kind, channel=channel)
    take = "mutation { it: openTickets { count problems { code } } }"
    assert [(await client.ask(take))["it"]["count"] for _ in "12"] == [5, 0]
    query = "query { tickets { edges { node { setting feedback { kind channel } } } } }"
    found = [edge["node"] for edge in (await client.ask(query))["tickets"]["edges"]]
    assert {one["feedback"]["kind"] for one in found if one["setting"] == "PRIVATE"} == {"complaint"}
    assert {one["feedback"]["channel"] for one in found} == {channel}


@pytest.mark.requirement("F08")
async def test_a_complaint_is_answered_in_private_however_small(client: Client) -> None:
    for kind in ("complaint", "problem"):
        found = await done(client, OPEN, f=await said(client, kind=kind, priority="low"))
        assert (found["severity"], found["setting"]) == ("LOW", "PRIVATE" if kind == "complaint" else "GROUP")


@pytest.mark.requirement("F09")
async def test_the_clock_stands_still_on_days_off(client: Client) -> None:
    """A Friday at five in Shanghai: of four hours one is left of that day, and three are Monday's."""
    at(client, 2026, 1, 9, 9)
    await standard(client, kind="complaint", responseMinutes=240)
    found = await done(client, OPEN, f=await said(client, kind="complaint"))
    assert found["respondBy"].startswith("2026-01-12T04:00")


@pytest.mark.requirement("F10", "F13")
async def test_how_standards_are_kept_and_what_staff_do(client: Client) -> None:
    at(client, 2026, 1, 5, 2)
    await standard(client, name="咨询", kind="inquiry", leastRating=4)
    one, other = await staff(client, name="甲"), await staff(client, name="乙")
    ids = []
    for owner in (one, other, one):
        feedback = await said(client, kind="inquiry", ownerId=owner)
        ids.append((await done(client, OPEN, f=feedback))["id"])
    at(client, 2026, 1, 5, 2, 30)
    await done(client, HANDLE, id=ids[0], e="SOLVE", n="答复")
    await done(client, HANDLE, id=ids[0], e="CLOSE", r=5)
    at(client, 2026, 1, 5, 5)
    await done(client, HANDLE, id=ids[1], e="SOLVE", n="答复")
    await done(client, HANDLE, id=ids[1], e="CLOSE", r=2)
    query = """query($s: DateTime!) {
        serviceCompliance(since: $s) { standard { name } tickets answered { kept due rate } solved { kept due }
            rating met }
        staffPerformance(since: $s) { staff { name } tickets answered { kept due } minutes rating } }"""
    found = await client.ask(query, s="2026-01-01T00:00:00Z")
    assert found["serviceCompliance"] == [
        {"standard": {"name": "咨询"}, "tickets": 3, "answered": {"kept": 1, "due": 3, "rate": 1 / 3},
         "solved": {"kept": 2, "due": 2}, "rating": 3.5, "met": False}
    ]  # fmt: skip
    by = {row["staff"]["name"]: row for row in found["staffPerformance"]}
    assert (by["甲"]["tickets"], by["甲"]["answered"], by["甲"]["rating"]) == (2, {"kept": 1, "due": 2}, 5.0)
    assert (by["乙"]["answered"], by["乙"]["rating"]) == ({"kept": 0, "due": 1}, 2.0)
    assert 29 < by["甲"]["minutes"] < 31
    assert 179 < by["乙"]["minutes"] < 181


async def test_a_standard_is_kept_in_versions(client: Client) -> None:
    first = await standard(client)
    second = await done(client, DRAFT, i={"name": "投诉", "department": "sales", "responseMinutes": 30,
                                          "solutionMinutes": 60, "quality": "更快"})  # fmt: skip
    await done(client, STANDARD, id=second["id"], e="PUBLISH")
    query = "{ serviceStandards { edges { node { id version state } } } }"
    nodes = [edge["node"] for edge in (await client.ask(query))["serviceStandards"]["edges"]]
    assert [(one["version"], one["state"]) for one in nodes] == [(2, "PUBLISHED"), (1, "RETIRED")]
    assert await refused(client, STANDARD, id=first, e="PUBLISH") == ["WRONG_STATE id"]
    bad = {"name": "x", "department": "s", "responseMinutes": 60, "solutionMinutes": 30}
    assert await refused(client, DRAFT, i=bad) == ["BAD_NUMBER solutionMinutes"]


PLAN = """mutation($i: CrisisPlanInput!) { it: draftCrisisPlan(input: $i) {
    row: plan { id version } problems { code path } } }"""
PUBLISH = """mutation($id: ID!) { it: handleCrisisPlan(id: $id, event: PUBLISH) {
    row: plan { state hotline team } problems { code path } } }"""
BEGIN = """mutation($p: ID!, $k: CrisisKind!) { it: beginCrisisRun(planId: $p, kind: $k, reason: "食品安全") {
    row: run { id } problems { code path } } }"""
GO = """mutation($id: ID!, $e: CrisisEvent!, $s: String! = "", $l: String! = "") {
    it: handleCrisisRun(id: $id, event: $e, step: $s, lessons: $l) { row: run { state late done lessons }
    problems { code path } } }"""


@pytest.mark.requirement("F11")
async def test_a_crisis_plan_and_its_drill(client: Client) -> None:
    one, other = await staff(client, name="甲"), await staff(client, name="乙")
    team = [{"staffId": one, "role": "组长"}, {"staffId": other, "role": "发言人"}]
    steps = [{"name": "通报", "role": "组长", "minutes": 15}, {"name": "回应", "role": "发言人", "minutes": 60}]
    day = {"staffId": one, "since": 8, "until": 20}
    plan = {"name": "舆情", "trigger": "媒体曝光", "team": team, "steps": steps, "hotline": "95000", "roster": [day]}
    first = (await done(client, PLAN, i=plan))["id"]
    assert "REQUIRED roster.3" in await refused(client, PUBLISH, id=first)
    assert await refused(client, BEGIN, p=first, k="DRILL") == ["WRONG_STATE planId"]
    night = {"staffId": other, "since": 20, "until": 8}
    second = await done(client, PLAN, i={**plan, "roster": [day, night]})
    assert second["version"] == 2
    published = await done(client, PUBLISH, id=second["id"])
    assert (published["hotline"], [member["role"] for member in published["team"]]) == ("95000", ["组长", "发言人"])
    on_call = "query($p: ID!) { crisisPlan(id: $p) { onCall { since staff { name } } } }"
    for hour, since, name in ((1, 8, "甲"), (13, 20, "乙")):  # nine and twenty-one in Shanghai
        at(client, 2026, 1, 6, hour)
        answers = [{"since": since, "staff": {"name": name}}]
        assert (await client.ask(on_call, p=second["id"]))["crisisPlan"]["onCall"] == answers
    run = (await done(client, BEGIN, p=second["id"], k="DRILL"))["id"]
    assert (await done(client, GO, id=run, e="DO", s="通报"))["late"] == 0
    assert await refused(client, GO, id=run, e="DO", s="通报") == ["REPEATED step"]
    assert await refused(client, GO, id=run, e="DO", s="别的") == ["BAD_VALUE step"]
    client.ledger.clock.move(2 * 3600)  # type: ignore[attr-defined]
    assert (await done(client, GO, id=run, e="DO", s="回应"))["late"] == 1
    assert await refused(client, GO, id=run, e="END") == ["REQUIRED lessons"]
    ended = await done(client, GO, id=run, e="END", l="口径要先备好")
    assert (ended["state"], ended["done"]["回应"]["late"], ended["lessons"]) == ("ENDED", True, "口径要先备好")


TRAIN = (
    """mutation($i: TrainingInput!) { it: planTraining(input: $i) { row: training { id } problems { code path } } }"""
)
ENROL = """mutation($t: ID!, $s: [ID!]!) { it: enrolStaff(id: $t, staffIds: $s) {
    row: training { trainees { edges { node { id staff { name } } } } } problems { code path } } }"""
HELD = "mutation($t: ID!) { it: handleTraining(id: $t, event: HOLD) { row: training { state } problems { code } } }"
NOTE = """mutation($t: ID!, $e: TraineeEvent!, $s: Int) { it: noteTrainee(id: $t, event: $e, score: $s) {
    row: trainee { state score } problems { code path } } }"""


@pytest.mark.requirement("F15", "G25")
@pytest.mark.parametrize("form", ["INTERNAL", "EXTERNAL", "ONLINE"])
async def test_a_training_by_subject_and_form(client: Client, form: str) -> None:
    people = [await staff(client, name="甲"), await staff(client, name="乙")]
    about = {"title": "群规", "subject": "PROBLEMS", "form": form, "heldAt": "2026-01-05T09:00:00Z"}
    id = (await done(client, TRAIN, i=about))["id"]
    edges = (await done(client, ENROL, t=id, s=people))["trainees"]["edges"]
    trainees = {edge["node"]["staff"]["name"]: edge["node"]["id"] for edge in edges}
    assert await refused(client, NOTE, t=trainees["甲"], e="ATTEND", s=80) == ["WRONG_STATE id"]
    await done(client, HELD, t=id)
    assert await done(client, NOTE, t=trainees["甲"], e="ATTEND", s=80) == {"state": "ATTENDED", "score": 80}
    assert await refused(client, NOTE, t=trainees["甲"], e="ATTEND", s=101) == ["BAD_NUMBER score"]
    await done(client, NOTE, t=trainees["乙"], e="MISS")
    query = "query($s: DateTime!) { staffPerformance(since: $s) { staff { name } trainings { kept due } score } }"
    found = (await client.ask(query, s="2026-01-01T00:00:00Z"))["staffPerformance"]
    assert {one["staff"]["name"]: (one["trainings"], one["score"]) for one in found} == {
        "甲": ({"kept": 1, "due": 1}, 80.0), "乙": ({"kept": 0, "due": 1}, None),
    }  # fmt: skip
