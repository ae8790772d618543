"""The service process through GraphQL: from the first contact to the follow-up, each step with its owner; drawn as a
flow chart, a board and a Gantt chart; and the journey map of what customers met."""

from typing import Any

import pytest

from kequn.clock import ManualClock
from kequn.contracts.records import Kind
from tests.schema.conftest import Client
from tests.schema.test_classification import ago, buy, done, people, talk

pytestmark = pytest.mark.anyio
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

CREATE = """mutation($n: String!, $s: [FlowStepInput!]) { it: createServiceFlow(name: $n, steps: $s) {
    serviceFlow { id version steps flowChart } problems { code path } } }"""
START = """mutation($f: ID!, $c: ID!) { it: startServiceCase(flowId: $f, customerId: $c, subject: "a pot") {
    serviceCase { id state steps { id name department state owner { name } dueAt plannedFrom } }
    problems { code } } }"""
HANDLE = """mutation($id: ID!, $e: StepEvent!, $n: String! = "done") {
    it: handleCaseStep(id: $id, event: $e, note: $n) { caseStep { state note serviceCase { state steps { state } } }
    problems { code path } } }"""
BOARD = """query($f: ID!) { serviceBoard(flowId: $f) { position name department count late
    steps { serviceCase { customer { name } } } } }"""


def hours(client: Client, number: float) -> None:
    assert isinstance(client.ledger.clock, ManualClock)
    client.ledger.clock.move(3600 * number)


@pytest.mark.requirement("L07")
async def test_from_the_first_contact_to_the_follow_up(client: Client) -> None:
    [somebody] = await client.add(Kind.STAFF, {"name": "lin"})
    [customer] = await people(client, "one")
    steps = [
        {"name": "初次接触", "department": "MARKET", "hours": 4, "ownerId": f"stf_{somebody.hex}"},
        {"name": "记录需求", "department": "SALES", "hours": 8, "content": "in the customer's words"},
        {"name": "售后跟进", "department": "SERVICE", "hours": 48},
    ]
    flow = (await done(client, CREATE, n="pots", s=steps))["serviceFlow"]
    case = (await done(client, START, f=flow["id"], c=customer))["serviceCase"]
    first, second, third = case["steps"]
    assert (first["state"], first["owner"], second["state"]) == ("OPEN", {"name": "lin"}, "WAITING")
    assert second["plannedFrom"] == first["dueAt"]
    answer = (await client.ask(HANDLE, id=second["id"], e="FINISH"))["it"]["problems"]
    assert answer == [{"code": "WRONG_STATE", "path": ["id"]}]
    await done(client, HANDLE, id=first["id"], e="FINISH", n="rang")
    over = """mutation($id: ID!) { it: handOverCaseStep(id: $id, department: SERVICE) {
        caseStep { department owner { name } } problems { code } } }"""
    assert (await done(client, over, id=second["id"]))["caseStep"] == {"department": "SERVICE", "owner": None}
    found = (await done(client, HANDLE, id=second["id"], e="FINISH", n="wants a red one"))["caseStep"]
    assert (found["state"], found["note"], found["serviceCase"]["state"]) == ("DONE", "wants a red one", "OPEN")
    found = (await done(client, HANDLE, id=third["id"], e="SKIP", n="not wanted"))["caseStep"]
    assert found["serviceCase"]["state"] == "DONE"
    query = """query($id: ID!) { customer(id: $id) { serviceCases { edges { node { endedAt
        steps { endedBy note } flow { name } } } } } }"""
    [edge] = (await client.ask(query, id=customer))["customer"]["serviceCases"]["edges"]
    assert edge["node"]["endedAt"] is not None
    assert [step["note"] for step in edge["node"]["steps"]] == ["rang", "wants a red one", "not wanted"]


@pytest.mark.requirement("L08")
async def test_flow_chart_board_and_gantt(client: Client) -> None:
    ids = await people(client, "one", "two", "three")
    flow = (await done(client, CREATE, n="usual"))["serviceFlow"]
    assert flow["flowChart"].splitlines()[:2] == ["flowchart LR", '  s0["first contact 初次接触<br/>market · 24 h"]']
    cases = [(await done(client, START, f=flow["id"], c=id))["serviceCase"] for id in ids]
    hours(client, 30)
    await done(client, HANDLE, id=cases[0]["steps"][0]["id"], e="FINISH")
    drop = 'mutation($id: ID!) { it: handleServiceCase(id: $id, event: DROP, note: "x") { problems { code } } }'
    await done(client, drop, id=cases[2]["id"])
    board = (await client.ask(BOARD, f=flow["id"]))["serviceBoard"]
    assert [(column["count"], column["late"]) for column in board] == [(1, 1), (1, 0), (0, 0), (0, 0), (0, 0)]
    assert [step["serviceCase"]["customer"]["name"] for column in board for step in column["steps"]] == ["two", "one"]
    chart = (await client.ask("query($id: ID!) { serviceCase(id: $id) { gantt } }", id=cases[0]["id"]))["serviceCase"]
    lines = chart["gantt"].splitlines()
    assert lines[0] == "gantt"
    assert [line.split(":")[1].split(",")[0] for line in lines if " :" in line] == ["crit", "active", "s2", "s3", "s4"]


@pytest.mark.requirement("L09")
async def test_the_journey_map(client: Client) -> None:
    one, other = await people(client, "one", "other")
    await buy(client, one, (5, "10"), (4, "10"))
    await buy(client, other, (3, "10"), kind="RETURN")
    await talk(client, one, 2)
    flow = (await done(client, CREATE, n="usual"))["serviceFlow"]
    await done(client, START, f=flow["id"], c=one)
    said = [("complaint", "phone", one), ("suggestion", "phone", other), ("inquiry", "online", one),
            ("problem", "mail", one), ("opinion", "mail", one)]  # fmt: skip
    tell = "mutation($i: FeedbackInput!) { it: createFeedback(input: $i) { problems { code } } }"
    for kind, channel, customer in said:
        await done(client, tell, i={"subject": "s", "kind": kind, "channel": channel, "customerId": customer})
    hours(client, 30)
    query = "query($s: DateTime!) { journeyMap(since: $s) { stage name times customers pains improvements } }"
    found: list[dict[str, Any]] = (await client.ask(query, s=ago(10)))["journeyMap"]
    assert [tuple(point.values()) for point in found] == [
        ("contact", None, 1, 1, 0, 0),
        ("purchase", "sale", 2, 1, 0, 0),
        ("purchase", "return", 1, 1, 1, 0),
        ("service", "first contact 初次接触", 1, 1, 1, 0),
        ("feedback", "mail", 2, 1, 1, 1),
        ("feedback", "phone", 2, 2, 1, 1),
        ("feedback", "online", 1, 1, 0, 0),
    ]
    asked = "query($id: ID!) { customer(id: $id) { journey { stage name times customers pains improvements } } }"
    found = (await client.ask(asked, id=other))["customer"]["journey"]
    assert [tuple(point.values()) for point in found] == [
        ("purchase", "return", 1, 1, 1, 0),
        ("feedback", "phone", 1, 1, 0, 1),
    ]


@SQLITE
@pytest.mark.requirement("L09")
async def test_a_step_that_ended_late_is_a_pain_and_one_in_time_is_none(client: Client) -> None:
    [one] = await people(client, "one")
    steps = [{"name": name, "department": "SALES", "hours": 4} for name in ("早", "晚", "后")]
    flow = (await done(client, CREATE, n="pots", s=steps))["serviceFlow"]
    early, late, _ = (await done(client, START, f=flow["id"], c=one))["serviceCase"]["steps"]
    for step, taken in ((early, 1), (late, 9)):
        hours(client, taken)
        await done(client, HANDLE, id=step["id"], e="FINISH")
    query = "query($s: DateTime!) { journeyMap(since: $s) { name pains } }"
    found = (await client.ask(query, s=ago(10)))["journeyMap"]
    assert {point["name"]: point["pains"] for point in found} == {"早": 0, "晚": 1, "后": 0}


async def test_steps_in_versions(client: Client) -> None:
    flow = (await done(client, CREATE, n="usual"))["serviceFlow"]
    change = """mutation($id: ID!, $s: [FlowStepInput!]) { it: updateServiceFlow(id: $id, steps: $s) {
        serviceFlow { version versions { version madeBy steps } } problems { code path } } }"""
    fewer = [{"name": "one", "department": "SALES"}]
    changed = (await done(client, change, id=flow["id"], s=fewer))["serviceFlow"]
    assert [(one["version"], len(one["steps"])) for one in changed["versions"]] == [(2, 1), (1, 5)]
    wrong = (await client.ask(change, id=flow["id"], s=[{**fewer[0], "hours": 0}]))["it"]["problems"]
    assert wrong == [{"code": "BAD_VALUE", "path": ["steps", "0", "hours"]}]
    assert (await client.ask(CREATE, n="usual"))["it"]["problems"] == [{"code": "NAME_TAKEN", "path": ["name"]}]
