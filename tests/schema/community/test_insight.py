"""Groups in numbers and words through GraphQL: figures, core members, measures, reviews, lessons, duties, platforms,
notices under the contact policy."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from jobs.chores import CHORES, post
from kequn.contracts.hooks import NoticeSender, SentNotice
from kequn.contracts.identity import format_id, parse_id
from kequn.contracts.records import Kind
from kequn.domain.editing import Desk
from kequn.domain.notices import sending
from kequn.domain.sheets import activity
from kequn.domain.sheets.columns import Columns
from kequn.log import EventLog
from kequn.store.scope import Role
from tests.schema.community.running import Group, customer, found, q
from tests.schema.conftest import Client

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]
FIGURES = """members joined active speaking messages interactions participants staffMessages activeShare speakingShare
    participationShare retainedShare speakingRate core { customerId messages activeDays } measures
    bestEvents { name score }"""


def move(client: Client, days: float) -> None:
    client.ledger.clock.move(days * 86_400)  # type: ignore[attr-defined]


async def figures(group: Group, since: str, until: str | None = None) -> dict[str, Any]:
    period = f'since: "{since}"' + (f', until: "{until}"' if until else "")
    answer = await group.client.ask(f'{{ groupFigures(groupId: "{group.id}", {period}) {{ {FIGURES} }} }}')
    found: dict[str, Any] = answer["groupFigures"]
    return found


async def did(group: Group, one: str, day: str, messages: int = 0, interactions: int = 0) -> None:
    await group.do(
        "noteActivity", "activityDay { id }", customerId=q(one), day=q(day), messages=messages,
        interactions=interactions,
    )  # fmt: skip


@pytest.mark.requirement("G19", "G20", "G21", "G22", "G30")
async def test_a_group_in_numbers(client: Client) -> None:
    group = await found(client)
    people = [await customer(client, f"c{number}") for number in range(10)]
    await group.join(*people)
    [boss] = await group.list(f'memberships(where: {{customer: {{id: {{eq: "{people[9]}"}}}}}})', "id")
    promoted = f'updateMembership(id: "{boss["id"]}", input: {{role: ADMINISTRATOR}})'
    await client.ask(f"mutation {{ {promoted} {{ problems {{ code }} }} }}")
    move(client, 20)
    await did(group, people[0], "2026-01-12", 8, 2)
    await did(group, people[0], "2026-01-13", 5)
    await did(group, people[0], "2026-01-13", 5)
    await did(group, people[1], "2026-01-14", 0, 1)
    seen = await figures(group, "2026-01-11T00:00:00Z", "2026-01-20T00:00:00Z")
    numbers = {name: value for name, value in seen.items() if isinstance(value, int | float)}
    assert numbers == {
        "members": 10, "joined": 0, "active": 2, "speaking": 1, "messages": 13, "interactions": 3, "participants": 0,
        "staffMessages": 0, "activeShare": 20.0, "speakingShare": 10.0, "participationShare": 0.0,
        "retainedShare": 100.0, "speakingRate": 0.1444,
    }  # fmt: skip
    assert seen["core"] == [{"customerId": people[0], "messages": 13, "activeDays": 2}]
    assert {one["figure"] for one in seen["measures"]} == {"posts_a_week", "staff_messages"}
    await group.do("setCharter", "charter { id }", lowShare=30)
    low = (await figures(group, "2026-01-11T00:00:00Z", "2026-01-20T00:00:00Z"))["measures"]
    assert {one["figure"]: (one["value"], one["wanted"]) for one in low if one["figure"].endswith("share")} == {
        "active_share": (20.0, 30), "speaking_share": (10.0, 15.0),
    }  # fmt: skip
    await did(group, people[9], "2026-01-14", 1)
    await group.do("leaveGroup", "memberStanding { ended }", customerId=q(people[2]), reason=q("太吵"))
    later = await figures(group, "2026-01-11T00:00:00Z")
    assert (later["staffMessages"], later["members"], later["retainedShare"]) == (1, 9, 90.0)


@pytest.mark.requirement("G18", "G19")
async def test_each_figure_has_its_own_cause(client: Client) -> None:
    """Who speaks is speaking and active, who only reacts active; who comes takes part; who leaves is not retained."""
    group = await found(client)
    people = [await customer(client, name) for name in ("甲", "乙", "丙", "丁")]
    await group.join(*people)
    move(client, 10)

    async def shares() -> list[float]:
        seen = await figures(group, "2026-01-08T00:00:00Z", "2026-02-01T00:00:00Z")
        return [seen[f"{name}Share"] for name in ("active", "speaking", "participation", "retained")]

    assert await shares() == [0.0, 0.0, 0.0, 100.0]
    await did(group, people[0], "2026-01-09", messages=2)
    assert await shares() == [25.0, 25.0, 0.0, 100.0]
    await did(group, people[1], "2026-01-09", interactions=1)
    assert await shares() == [50.0, 25.0, 0.0, 100.0]
    when = {"name": q("品茶会"), "kind": "SALON", "startsAt": q("2026-01-20T06:00:00Z"), "place": q("杭州")}
    event = {"group": False, "id": q((await group.do("planGathering", "gathering { id }", **when))["id"])}
    await group.do("handleGathering", "gathering { state }", event="OPEN", **event)
    for one in people[1:3]:
        await group.do("signUp", "signUp { state }", group=False, gatheringId=event["id"], customerId=q(one))
    await group.do("handleGathering", "gathering { state }", event="HOLD", outcome=q("尽兴"), **event)
    assert await shares() == [50.0, 25.0, 0.0, 100.0]  # who signed up was not there yet
    await group.do("noteAttendance", "gathering { id }", customerIds=f'["{people[2]}"]', **event)
    assert await shares() == [50.0, 25.0, 25.0, 100.0]
    await group.do("leaveGroup", "memberStanding { ended }", customerId=q(people[3]), reason=q("太吵"))
    assert (await shares())[3] == 75.0


@pytest.mark.requirement("G19")
async def test_what_a_sheet_counted_are_the_figures_of_the_last_30_days(client: Client) -> None:
    """Of two members one spoke, five times: a rate of 5 / 2 / 30; and a sheet that says it again says it anew."""
    group = await found(client)
    await group.join(*[await customer(client, name, phone=f"1380000000{at}") for at, name in enumerate("甲乙")])
    move(client, 60)
    mapping = Columns({"群": "group", "手机": "member", "日期": "day", "发言数": "messages"}, ())

    async def bring_in(*lines: tuple[str, str]) -> dict[str, int]:
        sheet = [{"群": "福利群", "手机": "13800000000", "日期": day, "发言数": count} for day, count in lines]
        async with client.database.writing() as session:
            plan = await activity.bring_in(Desk(session, client.actor, client.ledger), mapping, sheet)
        return dict(plan.counts)

    async def seen() -> tuple[Any, ...]:
        known = (await client.ask(f'{{ groupFigures(groupId: "{group.id}") {{ {FIGURES} }} }}'))["groupFigures"]
        return known["messages"], known["speaking"], known["activeShare"], known["speakingShare"], known["speakingRate"]

    assert await seen() == (0, 0, 0.0, 0.0, 0.0)
    assert await bring_in(("2026-02-20", "5"), ("2026-01-08", "100"), ("2026-02-20", "-1")) == {
        "updated": 2, "refused": 1,
    }  # fmt: skip
    assert await seen() == (5, 1, 50.0, 50.0, 0.0833)
    await bring_in(("2026-02-20", "0"))
    assert await seen() == (0, 0, 0.0, 0.0, 0.0)


@pytest.mark.requirement("G22")
async def test_who_runs_a_silent_group_is_told_what_helps_once_a_month(client: Client) -> None:
    """Not in its first month, and not where members talk."""
    silent, lively = await found(client, "茶友群"), await found(client, "热闹群")
    one = await customer(client, "甲")
    [helper] = await client.add(Kind.STAFF, {"name": "乙"})
    for group in (silent, lively):
        await group.join(one)
        await group.do("setCharter", "charter { id }", postsAWeek=0)
        duty = {"staffId": q(format_id("staff", helper)), "role": "SERVICE", "duty": q("带动发言")}
        await group.do("assignDuty", "assignment { id }", **duty)
    promoted = "updateMembership(id: $id, input: {role: OWNER})"
    [boss] = await lively.list("memberships", "id")
    await client.ask(f"mutation($id: ID!) {{ {promoted} {{ problems {{ code }} }} }}", id=boss["id"])
    [chore] = [chore for chore in CHORES if chore.name == "low activity"]

    async def told() -> list[str]:
        await chore.work(client.database, client.ledger, replace(client.actor, role=Role.OPERATOR, name="system"))
        asked = "{ notices(where: {staff: {name: {isNull: false}}}) { edges { node { body } } } }"
        return [edge["node"]["body"] for edge in (await client.ask(asked))["notices"]["edges"]]

    assert await told() == []
    move(client, 30.5)
    day = client.ledger.clock.now() - timedelta(days=2)
    await did(lively, one, day.date().isoformat(), messages=9)
    for _ in range(2):
        [body] = await told()
    assert body.startswith("Low activity in 茶友群")
    assert "active_share 0 < 20" in body
    move(client, 31)
    assert len(await told()) == 3


@pytest.mark.requirement("G23", "G24")
async def test_a_period_is_judged_and_the_members_are_told(client: Client) -> None:
    group = await found(client)
    one = await customer(client, "甲")
    await group.join(one)
    move(client, 30)
    made = await group.do(
        "makeReview", "review { id state figures }", since=q("2026-01-01T00:00:00Z"), until=q("2026-02-01T00:00:00Z"),
        findings=q("大家喜欢品茶会"),
    )  # fmt: skip
    assert made["state"] == "DRAFT"
    assert (made["figures"]["members"], made["figures"]["joined"]) == (1, 1)
    handled = {"group": False, "id": q(made["id"])}
    assert await group.refused("handleReview", event="AGREE", **handled) == ("REQUIRED", ["plan"])
    await group.do("handleReview", "review { state }", event="AGREE", plan=q("每月一次"), **handled)
    assert await group.refused("handleReview", event="ANNOUNCE", **handled) == ("REQUIRED", ["announcement"])
    words = q("品茶会改为每月一次")
    row = await group.do(
        "handleReview", "review { state announcedAt }", event="ANNOUNCE", announcement=words, **handled
    )
    assert row["state"] == "ANNOUNCED"
    assert row["announcedAt"]
    bodies = [notice["body"] for notice in await group.list("notices", "body")]
    assert "品茶会改为每月一次" in bodies
    future = {"since": q("2026-02-01T00:00:00Z"), "until": q("2027-02-01T00:00:00Z")}
    assert await group.refused("makeReview", **future) == ("BAD_DATE", ["until"])


@pytest.mark.requirement("G28", "G31")
async def test_cases_teach_and_news_have_a_source(client: Client) -> None:
    group = await found(client)
    case = {"kind": "CASE", "title": q("裂变"), "body": q("老带新")}
    assert await group.refused("noteLesson", **case) == ("REQUIRED", ["lesson"])
    await group.do("noteLesson", "lesson { id }", **case, lesson=q("奖励要当天发"))
    news = {"kind": "COMPETITOR", "title": q("降价"), "body": q("九折"), "group": False}
    assert await group.refused("noteLesson", **news) == ("REQUIRED", ["source"])
    await group.do("noteLesson", "lesson { id }", **news, source=q("公开海报"))
    await group.do(
        "noteLesson", "lesson { id }", group=False, kind="INDUSTRY", title=q("t"), body=q("b"), source=q("s")
    )
    asked = "{ lessons(where: {kind: {in: [COMPETITOR, INDUSTRY]}}) { totalCount } }"
    assert (await client.ask(asked))["lessons"]["totalCount"] == 2
    assert await group.list("lessons", "kind lesson") == [{"kind": "CASE", "lesson": "奖励要当天发"}]


@pytest.mark.requirement("G06", "G25")
async def test_who_does_what_for_a_group(client: Client) -> None:
    group = await found(client)
    [staff] = await client.add(Kind.STAFF, {"name": "店长"})
    who = f'"stf_{staff.hex}"'
    made = await group.do("assignDuty", "assignment { id role }", staffId=who, role="SERVICE", duty=q("答疑"))
    assert await group.refused("assignDuty", staffId=who, role="MEMBER", duty=q("x")) == ("BAD_VALUE", ["role"])
    await group.do("relieveDuty", "assignment { until }", group=False, id=q(made["id"]))
    assert await group.refused("relieveDuty", group=False, id=q(made["id"])) == ("WRONG_STATE", ["id"])
    asked = "{ staff { edges { node { assignments { edges { node { role duty group { name } } } } } } } }"
    [one] = (await client.ask(asked))["staff"]["edges"]
    node = {"role": "service", "duty": "答疑", "group": {"name": "福利群"}}
    assert one["node"]["assignments"]["edges"] == [{"node": node}]


@pytest.mark.requirement("G03")
async def test_the_platform_where_customers_are(client: Client) -> None:
    one = parse_id(await customer(client, "甲", city="上海"))[1]
    other = parse_id(await customer(client, "乙", city="北京"))[1]
    channels = [(one, "微信"), (one, "WeChat"), (one, "QQ"), (other, "QQ"), (other, "电话")]
    for who, name in channels:
        await client.add(Kind.INTERACTION, {"subject": "s", "channel": name, "customer": who})
    asked = "query($w: CustomerWhere) { it: platformAdvice(needs: [CHAT], where: $w) { platform score habit served } }"
    best, second, *_ = (await client.ask(asked, w={"city": {"eq": "上海"}}))["it"]
    assert best == {"platform": "wechat", "score": 83.5, "habit": 67, "served": {"chat": 3}}
    assert (second["platform"], second["habit"]) == ("qq", 33)
    assert (await client.ask(asked, w={"city": {"eq": "北京"}}))["it"][0]["platform"] == "qq"
    nobody = 'query($n: [GroupNeed!]!) { it: platformAdvice(needs: $n, where: {city: {eq: "x"}}) { platform score } }'
    small = (("SMALL", "wechat"), ("COMPLEX", "jiandaoyun"))
    for need, platform in (*small, ("LARGE", "qq"), ("FORMS", "jiandaoyun"), ("ARCHIVE", "forum"), ("REACH", "social")):
        assert (await client.ask(nobody, n=[need]))["it"][0] == {"platform": platform, "score": 100.0}


async def send(client: Client, *senders: NoticeSender) -> sending.Sent:
    return await sending.send_due(client.database, client.ledger, client.actor, EventLog(), senders)


async def tell(client: Client, one: str, occasion: str) -> int:
    said = f'customerId: "{one}", occasion: "{occasion}", subject: "s", body: "b"'
    done: int = (await client.ask(f"mutation {{ it: tellCustomer({said}) {{ done }} }}"))["it"]["done"]
    return done


async def notices(client: Client) -> dict[str, tuple[str, str | None]]:
    found = (await client.ask("{ notices { edges { node { occasion state cause } } } }"))["notices"]["edges"]
    return {edge["node"]["occasion"]: (edge["node"]["state"], edge["node"]["cause"]) for edge in found}


async def settle(client: Client, occasion: str, event: str) -> Any:
    asked = f'{{ notices(where: {{occasion: {{eq: "{occasion}"}}}}) {{ edges {{ node {{ id }} }} }} }}'
    id = (await client.ask(asked))["notices"]["edges"][0]["node"]["id"]
    answer = "notice { state tries } problems { code }"
    return (await client.ask(f'mutation {{ it: handleNotice(id: "{id}", event: {event}) {{ {answer} }} }}'))["it"]


@pytest.mark.requirement("G26")
async def test_nobody_is_told_too_much(client: Client) -> None:
    one = await customer(client, "甲")
    set_it = "mutation { it: setContactPolicy(most: 2, days: 7, quietFrom: 21, quietUntil: 8) { problems { code } } }"
    assert (await client.ask(set_it))["it"]["problems"] == []
    assert (await client.who(Role.OPERATOR).ask(set_it))["it"]["problems"] == [{"code": "FORBIDDEN"}]
    assert [await tell(client, one, name) for name in ("a", "b", "c", "a")] == [1, 1, 1, 0]
    assert await send(client) == sending.Sent(2, 0)
    assert await notices(client) == {"a": ("SENT", None), "b": ("SENT", None), "c": ("WAITING", "too_many")}
    asked = f'{{ customer(id: "{one}") {{ interactions {{ edges {{ node {{ channel direction }} }} }} }} }}'
    edges = (await client.ask(asked))["customer"]["interactions"]["edges"]
    assert [edge["node"] for edge in edges] == [{"channel": "notice", "direction": "outbound"}] * 2
    move(client, 7.01)
    assert await send(client) == sending.Sent(1, 0)


@pytest.mark.requirement("G26")
async def test_quiet_hours_and_who_opted_out(client: Client) -> None:
    awake, out = await customer(client, "甲"), await customer(client, "乙", optedOut=True)
    move(client, 5 / 24)  # 22:00 in Shanghai
    await tell(client, awake, "late")
    await tell(client, out, "never")
    assert await send(client) == sending.Sent(0, 0)
    assert await notices(client) == {"late": ("WAITING", "quiet_hours"), "never": ("HELD", "opted_out")}
    move(client, 9.9 / 24)
    assert await send(client) == sending.Sent(0, 0)
    move(client, 0.2 / 24)
    assert await send(client) == sending.Sent(1, 0)


async def test_a_plugin_that_sends(client: Client) -> None:
    taken: list[str] = []

    async def take(notice: SentNotice) -> bool:
        taken.append(notice.occasion)
        if notice.occasion == "bad":
            raise ConnectionError
        return True

    async def pass_on(notice: SentNotice) -> bool:
        return False

    one = await customer(client, "甲")
    await tell(client, one, "good")
    await tell(client, one, "bad")
    senders = (NoticeSender("other", pass_on), NoticeSender("sms", take))
    assert await send(client, *senders) == sending.Sent(1, 1)
    assert await notices(client) == {"good": ("SENT", None), "bad": ("WAITING", "sms: ConnectionError")}
    for _ in range(3):
        move(client, 1)
        await send(client, *senders)
    assert (await notices(client))["bad"] == ("FAILED", "sms: ConnectionError")
    assert taken == ["good", "bad", "bad", "bad"]
    assert await settle(client, "bad", "RESEND") == {"notice": {"state": "WAITING", "tries": 0}, "problems": []}
    assert await send(client) == sending.Sent(1, 0)  # the plugin that failed is gone
    again = await settle(client, "bad", "RESEND")
    assert again == {"notice": None, "problems": [{"code": "WRONG_STATE"}]}


@pytest.mark.requirement("G26", "X05")
async def test_a_worker_sends_and_publishes_by_itself(client: Client) -> None:
    one = await customer(client, "甲", city="上海")
    group = await found(client)
    made = await client.ask('mutation { createSegment(name: "s", where: {city: {eq: "上海"}}) { segment { id } } }')
    await group.do("setCharter", "charter { id }", segmentId=q(made["createSegment"]["segment"]["id"]))
    draft = await group.do("draftPost", "post { id }", category="TIP", title=q("t"))
    due = q((client.ledger.clock.now() + timedelta(hours=1)).isoformat())
    await group.do("handlePost", "post { id }", group=False, id=q(draft["id"]), event="SCHEDULE", dueAt=due)
    move(client, 0.1)
    system = replace(client.actor, role=Role.OPERATOR, name="system")
    chores = {chore.name: chore for chore in (*CHORES, post({}, EventLog()))}
    other = await customer(client, "乙")
    pair = f'groupId: "{group.id}", customerId: "{other}"'
    await client.ask(f"mutation {{ addMember({pair}) {{ problems {{ code }} }} }}")
    await chores["members"].work(client.database, client.ledger, system)
    await client.ask(f"mutation {{ removeMember({pair}) {{ problems {{ code }} }} }}")
    for name in ("posts", "members", "admission", "notices"):
        await chores[name].work(client.database, client.ledger, system)
    standings = await group.list("memberStandings", "ended way customer { id }")
    assert {row["customer"]["id"]: row["ended"] for row in standings} == {one: None, other: "elsewhere"}
    assert [row["state"] for row in await group.list("posts", "state")] == ["PUBLISHED"]
    assert [row["customer"]["id"] for row in await group.list("memberships", "customer { id }")] == [one]
    assert [row["state"] for row in await group.list("notices", "state")] == ["SENT"]
