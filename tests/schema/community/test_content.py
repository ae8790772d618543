"""Content and events of groups through GraphQL: plans with their gaps, posts with states, seats and who waits for them,
and draws that anybody can check."""

import asyncio
import hashlib
from uuid import UUID

import pytest

from kequn.contracts.identity import parse_id
from kequn.contracts.records import Kind
from kequn.domain.community import gatherings
from kequn.domain.editing import Desk
from tests.schema.community.running import Group, customer, found, q
from tests.schema.conftest import Client

pytestmark = pytest.mark.anyio
sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SEATS, CROWD = 50, 200


async def post(group: Group, category: str, title: str = "t", due: str | None = None) -> str:
    made = await group.do("draftPost", "post { id }", category=category, title=q(title))
    if due:
        await group.do("handlePost", "post { id }", group=False, id=q(made["id"]), event="SCHEDULE", dueAt=q(due))
    id: str = made["id"]
    return id


@sqlite
@pytest.mark.requirement("G14", "G15", "G16", "G29")
async def test_the_plan_tells_what_it_lacks(client: Client) -> None:
    group = await found(client)
    await group.do("setCharter", "charter { id }", postsAWeek=2, variety=3)
    await group.do("setTopic", "charter { topics }", week=q("2026-01-14"), words=q("春茶周"))
    for category, due in [
        ("PRODUCT", "2026-01-06T10:00:00Z"),
        ("OFFER", "2026-01-07T10:00:00Z"),
        ("NEWS", "2026-01-13T10:00:00Z"),
        ("TIP", "2026-01-14T10:00:00Z"),
        ("STORY", "2026-01-15T10:00:00Z"),
    ]:
        await post(group, category, due=due)
    await post(group, "TIP", "no date")
    plan = f'contentPlan(groupId: "{group.id}", since: "2026-01-07", weeks: 3)'
    weeks = (await client.ask(f"{{ it: {plan} {{ monday topic posts categories short few }} }}"))["it"]
    assert weeks == [
        {"monday": "2026-01-05", "topic": None, "posts": 2, "categories": ["offer", "product"], "short": 0, "few": 1},
        {"monday": "2026-01-12", "topic": "春茶周", "posts": 3, "categories": ["news", "story", "tip"], "short": 0,
         "few": 0},
        {"monday": "2026-01-19", "topic": None, "posts": 0, "categories": [], "short": 2, "few": 0},
    ]  # fmt: skip
    later = f'contentPlan(groupId: "{group.id}", since: "2026-02-02", weeks: 2)'
    assert [week["few"] for week in (await client.ask(f"{{ it: {later} {{ few }} }}"))["it"]] == [0, 3]


@sqlite
@pytest.mark.requirement("G14", "G20")
async def test_posts_go_out_at_their_time(client: Client) -> None:
    group = await found(client)
    soon, later = [await post(group, "TIP", due=f"2026-01-0{day}T10:00:00Z") for day in (6, 8)]
    past = {"group": False, "id": q(await post(group, "TIP")), "event": "SCHEDULE", "dueAt": q("2026-01-01T10:00:00Z")}
    assert await group.refused("handlePost", **past) == ("BAD_DATE", ["dueAt"])
    client.ledger.clock.move(2 * 86_400)  # type: ignore[attr-defined]
    assert (await client.ask("mutation { publishDuePosts { done } }"))["publishDuePosts"]["done"] == 1
    assert (await client.ask("mutation { publishDuePosts { done } }"))["publishDuePosts"]["done"] == 0
    states = {one["id"]: one["state"] for one in await group.list("posts", "id state publishedAt")}
    assert (states[soon], states[later]) == ("PUBLISHED", "SCHEDULED")
    await group.do("countPost", "post { likes }", group=False, id=q(soon), views=100, likes=9, comments=2)
    assert await group.refused("countPost", group=False, id=q(later), likes=1) == ("WRONG_STATE", ["id"])
    best = f'groupFigures(groupId: "{group.id}", since: "2026-01-01T00:00:00Z") {{ posts bestPosts {{ id score }} }}'
    assert (await client.ask(f"{{ {best} }}"))["groupFigures"] == {"posts": 1, "bestPosts": [{"id": soon, "score": 13}]}


@sqlite
@pytest.mark.requirement("G17", "G18")
async def test_seats_who_waits_and_who_came(client: Client) -> None:
    group = await found(client)
    people = [await customer(client, name) for name in "甲乙丙丁"]
    await group.join(*people[:3])
    when = q("2026-02-01T06:00:00Z")
    place = {"name": q("品茶会"), "kind": "SALON", "startsAt": when, "capacity": 1}
    assert await group.refused("planGathering", **place) == ("REQUIRED", ["place"])
    made = await group.do("planGathering", "gathering { id online state }", **place, place=q("杭州"))
    assert (made["online"], made["state"]) == (False, "PLANNED")
    event = {"group": False, "gatheringId": q(made["id"])}
    assert await group.refused("signUp", customerId=q(people[0]), **event) == ("WRONG_STATE", ["gatheringId"])
    step = {"group": False, "id": q(made["id"])}
    await group.do("handleGathering", "gathering { state }", event="OPEN", **step)
    states = [(await group.do("signUp", "signUp { state }", customerId=q(one), **event))["state"] for one in people[:3]]
    assert states == ["SEATED", "WAITING", "WAITING"]
    assert await group.refused("signUp", customerId=q(people[3]), **event) == ("NOT_A_MEMBER", ["customerId"])
    assert await group.refused("signUp", customerId=q(people[0]), **event) == ("REPEATED", ["customerId"])
    await group.do("cancelSignUp", "signUp { state }", customerId=q(people[0]), **event)
    again = await group.do("signUp", "signUp { state }", customerId=q(people[0]), **event)
    assert again["state"] == "WAITING"
    assert await group.refused("handleGathering", event="HOLD", **step) == ("REQUIRED", ["outcome"])
    await group.do("handleGathering", "gathering { state }", event="HOLD", outcome=q("成交3单"), **step)
    await group.do("noteAttendance", "gathering { id }", customerIds=f'["{people[1]}"]', **step)
    [seen] = await group.list("gatherings", "outcome signUps(orderBy: {field: MADE_AT}) { edges { node { state } } }")
    assert [edge["node"]["state"] for edge in seen["signUps"]["edges"]] == ["ATTENDED", "WAITING", "WAITING"]
    told = [one["occasion"] for one in await group.list("notices", "occasion customer { id }")
            if one["customer"]["id"] == people[1]]  # fmt: skip
    assert any(occasion.startswith("seat:") for occasion in told)


@sqlite
@pytest.mark.requirement("G17")
async def test_a_draw_can_be_checked_by_anybody(client: Client) -> None:
    group = await found(client)
    people = [await customer(client, f"c{number}") for number in range(7)]
    await group.join(*people)
    made = await group.do("commitDraw", "draw { id commitment seed winners }", name=q("元宵"), prizes=2)
    assert (made["seed"], made["winners"]) == (None, [])
    held = {"group": False, "id": q(made["id"])}
    drawn = await group.do("holdDraw", "draw { seed commitment entrants winners state }", **held)
    assert hashlib.sha256(drawn["seed"].encode()).hexdigest() == drawn["commitment"] == made["commitment"]
    assert sorted(drawn["entrants"]) == sorted(people)
    by_hand = sorted(people, key=lambda one: hashlib.sha256(f"{drawn['seed']}:{one}".encode()).hexdigest())
    assert drawn["winners"] == by_hand[:2]
    assert await group.refused("holdDraw", **held) == ("WRONG_STATE", ["id"])
    assert "hidden" not in str(await client.ask('{ __type(name: "Draw") { fields { name } } }'))


@sqlite
async def test_a_seat_goes_to_nobody_who_is_gone(client: Client) -> None:
    group = await found(client)
    people = [await customer(client, name) for name in "甲乙丙"]
    await group.join(*people)
    place = {"name": q("品茶会"), "kind": "SALON", "startsAt": q("2026-02-01T06:00:00Z"), "capacity": 1}
    made = await group.do("planGathering", "gathering { id }", **place, place=q("杭州"))
    event = {"group": False, "gatheringId": q(made["id"])}
    await group.do("handleGathering", "gathering { id }", group=False, id=q(made["id"]), event="OPEN")
    for one in people:
        await group.do("signUp", "signUp { state }", customerId=q(one), **event)
    gone = "mutation($id: ID!) { deleteCustomer(id: $id) { problems { code } } }"
    await client.ask(gone, id=people[1])
    await group.do("cancelSignUp", "signUp { state }", customerId=q(people[0]), **event)
    signs = f'{{ gathering(id: "{made["id"]}") {{ signUps {{ edges {{ node {{ state customer {{ name }} }} }} }} }} }}'
    nodes = [edge["node"] for edge in (await client.ask(signs))["gathering"]["signUps"]["edges"]]
    assert [one["customer"]["name"] for one in nodes if one["state"] == "SEATED"] == ["丙"]


@pytest.mark.requirement("G17", "G18")
async def test_two_hundred_sign_up_for_fifty_seats(client: Client) -> None:
    group = await found(client)
    people = await client.add(Kind.CUSTOMER, *({"name": f"c{number}"} for number in range(CROWD)))
    inside = parse_id(group.id)[1]
    await client.add(Kind.MEMBERSHIP, *({"customer": one, "group": inside} for one in people))
    made = await group.do(
        "planGathering", "gathering { id }", name=q("直播"), kind="LIVE", startsAt=q("2026-02-01T06:00:00Z"),
        capacity=SEATS,
    )  # fmt: skip
    await group.do("handleGathering", "gathering { id }", group=False, id=q(made["id"]), event="OPEN")
    event = parse_id(made["id"])[1]
    gate = asyncio.Semaphore(20)

    async def one(customer: UUID) -> None:
        async with gate, client.database.writing() as session:
            await gatherings.sign_up(Desk(session, client.actor, client.ledger), event, customer)

    await asyncio.gather(*(one(customer) for customer in people))
    counted = "aggregate(groupBy: {field: STATE}) { key { value } count }"
    seen = (await client.ask(f'{{ gathering(id: "{made["id"]}") {{ signUps {{ {counted} }} }} }}'))["gathering"]
    counts = {row["key"][0]["value"]: row["count"] for row in seen["signUps"]["aggregate"]}
    assert counts == {"SEATED": SEATS, "WAITING": CROWD - SEATS}
