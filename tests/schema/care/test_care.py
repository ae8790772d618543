"""Care through GraphQL: call-backs and their results, birthdays and holidays, tasks of people and departments, what is
noted in the CRMs, and the membership."""

from typing import Any

import pytest
from sqlalchemy import Table, func, select

from kequn.contracts.records import Kind
from kequn.domain.care import telling
from kequn.log import EventLog
from kequn.store import tables
from kequn.store.scope import Role
from tests.schema.conftest import Client, connected
from tests.schema.test_classification import CARRY, EVALUATE, buy, done, people

pytestmark = pytest.mark.anyio
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PLAN = "mutation($at: DateTime) { it: planCare(asOf: $at) { calls birthdays holidays problems { code } } }"
TASKS = """query($w: TaskWhere) { tasks(where: $w) { edges { node { id kind occasion content department dueAt state
    customer { name } owner { name } } } } }"""
HANDLE = """mutation($id: ID!, $e: TaskEvent!, $o: String! = "", $n: String! = "", $c: String, $d: DateTime) {
    it: handleTask(id: $id, event: $e, outcome: $o, note: $n, channel: $c, dueAt: $d) { task { state outcome note dueAt
    interaction { subject content channel customer { name } tasks { kind } } } problems { code path } } }"""
ANSWER = """mutation($id: ID!) { it: recordAnswer(customerId: $id, scale: CSAT, score: 1, about: ATTITUDE) {
    problems { code } } }"""
STANDARD = """mutation($s: JSON!) { it: draftStandard(settings: $s) { standard { id } problems { code path } } }"""
PUBLISH = "mutation($id: ID!) { it: publishStandard(id: $id) { problems { code } } }"


async def tasks(client: Client, **where: Any) -> list[dict[str, Any]]:
    return [edge["node"] for edge in (await client.ask(TASKS, w=where))["tasks"]["edges"]]


async def standard(client: Client, **settings: Any) -> None:
    drafted = (await done(client, STANDARD, s=settings))["standard"]["id"]
    await done(client, PUBLISH, id=drafted)


@pytest.mark.requirement("K16", "L04")
async def test_call_backs_by_class_and_their_results(client: Client) -> None:
    """A new customer is called after 14 days, whoever is leaving after 7; what was said goes to the customer."""
    new, seldom, lately = await people(client, "new", "seldom", "lately")
    await buy(client, new, (20, "10"))
    await buy(client, seldom, (100, "20"), (130, "20"), (160, "20"))
    await buy(client, lately, (2, "10"))
    await done(client, EVALUATE)
    assert (await done(client, PLAN))["calls"] == 2
    calls = {task["customer"]["name"]: task for task in await tasks(client)}
    assert calls.keys() == {"new", "seldom"}
    assert "首次回访" in calls["new"]["content"]
    assert "挽回" in calls["seldom"]["content"]
    said = {"o": "reached", "n": "moved house", "c": "phone"}
    task = (await done(client, HANDLE, id=calls["seldom"]["id"], e="FINISH", **said))["task"]
    assert (task["state"], task["outcome"], task["note"]) == ("DONE", "reached", "moved house")
    talk = task["interaction"]
    assert (talk["customer"]["name"], talk["content"], talk["channel"]) == ("seldom", "moved house", "phone")
    assert talk["tasks"] == [{"kind": "call_back"}]
    await done(client, HANDLE, id=calls["new"]["id"], e="POSTPONE", d="2026-02-01T00:00:00Z")
    assert (await done(client, PLAN))["calls"] == 0
    assert [task["dueAt"] for task in await tasks(client, state={"eq": "OPEN"})] == ["2026-02-01T00:00:00+00:00"]


@pytest.mark.requirement("C10", "B11")
async def test_birthdays_and_holidays(client: Client) -> None:
    """Mid-Autumn 2025 is the 6th of October, in a week of days off: the work day before is the 30th of September."""
    one, other = await people(client, "one", "other")
    change = "mutation($id: ID!, $i: CustomerChanges!) { it: updateCustomer(id: $id, input: $i) { problems { code } } }"
    await done(client, change, id=one, i={"birthday": "1990-10-02"})
    [vip] = await client.add(Kind.TIER, {"name": "VIP", "rank": 2})
    await done(client, change, id=other, i={"tierId": f"tir_{vip.hex}"})
    occasions = [
        {"name": "birthday", "wish": "happy birthday"},
        {"name": "mid_autumn", "tiers": ["vip"], "wish": "happy Mid-Autumn", "gift": "moon cakes"},
    ]
    await standard(client, care={"calls_a_day": 0, "ahead_days": 9, "occasions": occasions})
    found = await done(client, PLAN, at="2025-09-29T02:00:00Z")
    assert (found["calls"], found["birthdays"], found["holidays"]) == (0, 1, 1)
    wishes = {task["customer"]["name"]: task for task in await tasks(client)}
    assert wishes["other"]["content"] == "happy Mid-Autumn\nmoon cakes"
    assert {name: (task["kind"], task["occasion"], task["dueAt"][:13]) for name, task in wishes.items()} == {
        "one": ("birthday", "birthday 2025-10-02", "2025-09-30T10"),
        "other": ("holiday", "mid_autumn 2025-10-06", "2025-09-30T10"),
    }
    assert {task["department"] for task in wishes.values()} == {"MARKET"}


@SQLITE
@pytest.mark.requirement("B11")
async def test_who_was_born_on_a_29th_of_february_is_wished_a_day_before(client: Client) -> None:
    [one] = await people(client, "one")
    change = "mutation($id: ID!, $i: CustomerChanges!) { it: updateCustomer(id: $id, input: $i) { problems { code } } }"
    await done(client, change, id=one, i={"birthday": "1992-02-29"})
    await standard(client, care={"calls_a_day": 0, "ahead_days": 3})
    assert (await done(client, PLAN, at="2026-02-26T02:00:00Z"))["birthdays"] == 1
    assert [task["occasion"] for task in await tasks(client)] == ["birthday 2026-02-28"]


@pytest.mark.requirement("K10")
async def test_whoever_is_promised_a_manager_is_to_get_one(client: Client) -> None:
    """Customers of the highest tier without an owner, once; not those who have one."""
    one, served, _ = await people(client, "one", "served", "usual")
    [tier] = await client.add(Kind.TIER, {"name": "战略", "rank": 3})
    [somebody] = await client.add(Kind.STAFF, {"name": "lin"})
    change = "mutation($id: ID!, $i: CustomerChanges!) { it: updateCustomer(id: $id, input: $i) { problems { code } } }"
    for id, owner in ((one, None), (served, f"stf_{somebody.hex}")):
        await done(client, change, id=id, i={"tierId": f"tir_{tier.hex}", "ownerId": owner})
    plan = "mutation { it: planCare { calls managers problems { code } } }"
    assert [(await done(client, plan))["managers"] for _ in "12"] == [1, 0]
    [task] = await tasks(client, kind={"eq": "dedicated_manager"})
    assert (task["customer"]["name"], task["department"]) == ("one", "SALES")
    assert "专属客户经理" in task["content"]


@SQLITE
@pytest.mark.requirement("L04")
async def test_no_more_calls_a_day_than_the_standard_says(client: Client) -> None:
    for name in await people(client, "one", "other"):
        await buy(client, name, (40, "10"))
    await done(client, EVALUATE)
    await standard(client, care={"calls_a_day": 1})
    assert [(await done(client, PLAN))["calls"] for _ in "12"] == [1, 0]


@pytest.mark.requirement("X09")
async def test_tasks_of_departments_and_people(client: Client) -> None:
    [customer] = await people(client, "one")
    [somebody] = await client.add(Kind.STAFF, {"name": "lin", "department": "客服部"})
    create = """mutation($c: ID!, $d: Department!, $o: ID) { it: createTask(customerId: $c, kind: "visit",
        department: $d, dueAt: "2026-01-09T00:00:00Z", content: "bring a cup", ownerId: $o) { task { id }
        problems { code path } } }"""
    made = [(await done(client, create, c=customer, d=name))["task"]["id"] for name in ("MARKET", "SALES", "SERVICE")]
    assert [task["id"] for task in await tasks(client, department={"eq": "SALES"})] == [made[1]]
    assign = """mutation($id: ID!, $o: ID) { it: assignTask(id: $id, ownerId: $o, department: SERVICE) {
        task { owner { name } department } problems { code } } }"""
    given = (await done(client, assign, id=made[1], o=f"stf_{somebody.hex}"))["task"]
    assert given == {"owner": {"name": "lin"}, "department": "SERVICE"}
    mine = await client.ask("{ staff { edges { node { name tasks { totalCount } } } } }")
    assert mine["staff"]["edges"] == [{"node": {"name": "lin", "tasks": {"totalCount": 1}}}]
    assert len(await tasks(client, department={"eq": "SERVICE"})) == 2
    refused = (await client.ask(create, c=customer, d="SALES", o=f"stf_{0:032x}"))["it"]["problems"]
    assert refused == [{"code": "UNKNOWN_STAFF", "path": ["ownerId"]}]
    for mutation, given in ((PLAN, {}), (assign, {"id": made[0]})):
        answer = (await client.who(Role.VIEWER).ask(mutation, **given))["it"]
        assert [problem["code"] for problem in answer["problems"]] == ["FORBIDDEN"]


@pytest.mark.requirement("I08")
async def test_the_care_that_an_alert_asked_for_is_tracked_to_its_close(client: Client) -> None:
    [customer] = await people(client, "one")
    await done(client, ANSWER, id=customer)
    await done(client, EVALUATE)
    await done(client, CARRY)
    [service] = await tasks(client, alert={"kind": {"eq": "SERVICE"}})
    await done(client, HANDLE, id=service["id"], e="FINISH", o="apologised", c="phone")
    query = """{ alerts(where: {kind: {eq: SERVICE}}) { edges { node { id state note tasks { state outcome } } } } }"""
    [edge] = (await client.ask(query))["alerts"]["edges"]
    alert = edge["node"].pop("id")
    done_well = [{"state": "DONE", "outcome": "apologised"}]
    assert edge["node"] == {"state": "HANDLED", "note": "apologised", "tasks": done_well}
    close = """mutation($id: ID!) { it: handleAlert(id: $id, event: CLOSE, outcome: SOLVED) { alert { state }
        problems { code } } }"""
    assert (await done(client, close, id=alert))["alert"]["state"] == "CLOSED"


@pytest.mark.requirement("X05")
async def test_alerts_go_to_the_crms_as_notices(client: Client) -> None:
    """What kequn notes is an interaction like any other: it waits to go out to every connection."""
    [customer] = await people(client, "one")
    await connected(client)
    await standard(client, alerts={"noted": True})
    await done(client, ANSWER, id=customer)
    await done(client, EVALUATE)
    assert (await done(client, CARRY))["alertsRaised"] > 0
    told = await telling.tell(client.database, client.ledger, client.actor, {}, EventLog())
    query = """query($id: ID!) { customer(id: $id) { alerts { totalCount } interactions { edges { node { subject channel
        status } } } } }"""
    seen = (await client.ask(query, id=customer))["customer"]
    notes = [edge["node"] for edge in seen["interactions"]["edges"]]
    assert len(notes) == told == seen["alerts"]["totalCount"]
    assert {"subject": "service quality alert 服务质量预警", "channel": "notice", "status": "open"} in notes
    outbox: Table = tables.Outbox.__table__  # type: ignore[attr-defined]
    async with client.database.reading() as session:
        waiting = select(func.count()).select_from(outbox).where(outbox.c.kind == Kind.INTERACTION)
        assert (await session.execute(waiting)).scalar_one() == told


@pytest.mark.requirement("B07", "B08")
async def test_the_membership_by_points_and_rule(client: Client) -> None:
    one, other, edge = await people(client, "one", "other", "edge")
    levels = [{"name": "member"}, {"name": "gold", "from_points": 100, "discount": 0.05, "early_hours": 24}]
    await standard(client, programme={"levels": levels})
    await buy(client, one, (3, "150.90"))
    await buy(client, other, (3, "60"))
    await buy(client, edge, (3, "100"))
    await done(client, EVALUATE)
    await done(client, CARRY)
    redeem = 'mutation($id: ID!) { it: redeemPoints(customerId: $id, points: 90, reason: "cup") { problems { code } } }'
    await done(client, redeem, id=one)
    query = """query($id: ID!) { customer(id: $id) { points { balance } programme { earned missing version
        level { name discount earlyHours } next { name } rules { name fromPoints } } } }"""
    seen = (await client.ask(query, id=one))["customer"]
    assert seen["points"]["balance"] == 60
    assert seen["programme"] == {
        "earned": 150,
        "missing": None,
        "version": 1,
        "level": {"name": "gold", "discount": 0.05, "earlyHours": 24},
        "next": None,
        "rules": [{"name": "member", "fromPoints": 0}, {"name": "gold", "fromPoints": 100}],
    }
    seen = (await client.ask(query, id=other))["customer"]["programme"]
    assert (seen["level"]["name"], seen["missing"], seen["next"]["name"]) == ("member", 40, "gold")
    assert (await client.ask(query, id=edge))["customer"]["programme"]["level"]["name"] == "gold"
    client.ledger.clock.move(366 * 86400)  # type: ignore[attr-defined]
    assert (await client.ask(query, id=one))["customer"]["programme"]["level"]["name"] == "member"


@pytest.mark.parametrize(
    "settings",
    [
        {"programme": {"levels": [{"name": "a", "from_points": 5}]}},
        {"programme": {"levels": [{"name": "a"}, {"name": "b"}]}},
        {"care": {"birthdays": "stars"}},
        {"care": {"occasions": [{"name": "monday"}]}},
    ],
)
async def test_rules_of_care_that_are_none(client: Client, settings: dict[str, Any]) -> None:
    answer = (await client.ask(STANDARD, s=settings))["it"]
    assert answer["standard"] is None
    assert [problem["code"] for problem in answer["problems"]] == ["BAD_VALUE"]
