"""Groups through GraphQL: who may come in and why not, how they are welcomed, the rules and who agreed to them, what
follows when they are broken, and how silent members go."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Table, func, select

from kequn.contracts.identity import parse_id
from kequn.contracts.records import Kind
from kequn.store import tables
from kequn.store.scope import Role
from tests.schema.community.running import Group, customer, found, q, rules
from tests.schema.conftest import Client, connected

_outbox: Table = tables.Outbox.__table__  # type: ignore[attr-defined]
pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]


def move(client: Client, days: float) -> None:
    client.ledger.clock.move(days * 86_400)  # type: ignore[attr-defined]


async def history(group: Group) -> list[tuple[str, str | None]]:
    """What happened to members, the first thing first."""
    some = await group.list("memberEvents(orderBy: {field: PLACE})", "kind reason")
    return [(one["kind"], one["reason"]) for one in some]


@pytest.mark.requirement("G01", "G02", "G04")
async def test_a_group_has_a_platform_and_a_goal(client: Client) -> None:
    group = await found(client)
    await group.do("setCharter", "charter { id }", goal=q("复购"), postsAWeek=3)
    await group.do("setCharter", "charter { id }", silentDays=30)
    seen = await group.see("platform charter { goal postsAWeek silentDays variety changedBy }")
    assert seen == {
        "platform": "WeChat",
        "charter": {"goal": "复购", "postsAWeek": 3, "silentDays": 30, "variety": 2, "changedBy": "tester"},
    }
    wanted = {"charter": {"goal": {"contains": "复"}}}
    asked = "query($w: GroupWhere) { groups(where: $w) { totalCount } }"
    assert (await client.ask(asked, w=wanted))["groups"]["totalCount"] == 1
    assert await group.refused("setCharter", variety=9) == ("BAD_NUMBER", ["variety"])


@pytest.mark.requirement("G05")
async def test_an_applicant_is_told_which_facts_fail(client: Client) -> None:
    group = await found(client)
    buyer = await customer(client, "甲", city="上海", phone="+8613800000001")
    stranger = await customer(client, "乙", city="北京")
    await client.add(Kind.PURCHASE, {"name": "p", "kind": "sale", "customer": parse_id(buyer)[1]})
    where = '{city: {eq: "上海"}, phone: {isNull: false}, purchases: {some: {kind: {eq: SALE}}}}'
    await group.do("setJoinCondition", "charter { id }", where=where)
    fields = "application { id state held missing reason }"
    fits = await group.do("applyToGroup", fields, customerId=q(buyer))
    assert (fits["state"], fits["missing"], set(fits["held"].values())) == ("ASKED", [], {True})
    other = await group.do("applyToGroup", fields, customerId=q(stranger))
    assert other["state"] == "REFUSED"
    missing = {one["fact"]: one["wanted"] for one in other["missing"]}
    assert set(missing) == {"city.eq", "phone.isNull", "purchases.some.kind.eq"}
    assert missing["city.eq"] == {"city": {"eq": "上海"}}
    assert other["reason"].startswith("condition: ")
    handle = {"group": False, "id": q(other["id"])}
    assert await group.refused("handleApplication", event="ADMIT", **handle) == ("REQUIRED", ["reason"])
    await group.do("handleApplication", "application { state }", event="ADMIT", reason=q("老朋友"), **handle)
    assert (await group.list("memberships", "customer { name }"))[0]["customer"]["name"] == "乙"


@pytest.mark.requirement("G07")
async def test_new_members_are_welcomed(client: Client) -> None:
    group = await found(client, "茶友群")
    await group.do("setCharter", "charter { id }", welcome=q("{name}你好，欢迎来{group}，送你{gift}"), gift=q("试用装"))
    one = await customer(client, "甲{group}")
    await group.join(one)
    [standing] = await group.list("memberStandings", "way introduction gift joinedBy membership { role }")
    assert standing == {
        "way": "application", "introduction": "WANTED", "gift": "PROMISED", "joinedBy": "tester",
        "membership": {"role": "MEMBER"},
    }  # fmt: skip
    [notice] = await group.list("notices", "body state customer { name }")
    assert notice["body"] == "甲{group}你好，欢迎来茶友群，送你试用装"
    await group.do("introduceMember", "memberStanding { introduction }", customerId=q(one), words=q("爱喝茶"))
    await group.do("giveJoiningGift", "memberStanding { gift }", customerId=q(one))
    assert await group.refused("giveJoiningGift", customerId=q(one)) == ("WRONG_STATE", ["customerId"])
    assert [kind for kind, _ in await history(group)] == ["joined", "welcomed", "introduced", "gift given"]
    for wrong in ("{nobody}", "{name!r}", "{", "{name:>9}"):
        assert await group.refused("setCharter", welcome=q(wrong)) == ("BAD_TEXT", ["welcome"])


@pytest.mark.requirement("G27")
async def test_each_channel_has_its_link_and_its_counts(client: Client) -> None:
    group = await found(client)
    made = await group.do("makeJoinLink", "joinLink { id code }", channel=q("官网"))
    other = await group.do("makeJoinLink", "joinLink { id code }", channel=q("微博"))
    for _ in range(3):
        await group.do("openJoinLink", "joinLink { id }", group=False, code=q(made["code"]))
    one = await customer(client, "甲")
    came = await group.do("applyToGroup", "application { id }", customerId=q(one), code=q(made["code"]))
    await group.do("handleApplication", "application { id }", group=False, id=q(came["id"]), event="ADMIT")
    await group.do("closeJoinLink", "joinLink { id }", group=False, id=q(other["id"]))
    links = await group.list("joinLinks(orderBy: {field: ID})", "channel opened joined state")
    assert links == [
        {"channel": "官网", "opened": 3, "joined": 1, "state": "OPEN"},
        {"channel": "微博", "opened": 0, "joined": 0, "state": "CLOSED"},
    ]
    assert await group.refused("openJoinLink", group=False, code=q(other["code"])) == ("NOT_FOUND", ["code"])


@pytest.mark.requirement("G05")
async def test_a_segment_is_admitted_by_itself(client: Client) -> None:
    group = await found(client)
    near, _, third = [await customer(client, f"{city}人", city=city) for city in ("上海", "北京", "上饶")]
    made = await client.ask(
        'mutation { createSegment(name: "s", where: {city: {startsWith: "上"}}) { segment { id } } }'
    )
    await group.do("setCharter", "charter { id }", segmentId=q(made["createSegment"]["segment"]["id"]))
    await rules(group, "友善")
    await group.do("noteConsent", "consent { id }", customerId=q(near), agreed="true")
    admitted = await group.do("admitSegment", "customerIds", group=True)
    assert admitted == [near]
    ways = {one["customer"]["id"]: (one["way"], one["state"]) for one in
            await group.list("applications", "way state customer { id }")}  # fmt: skip
    assert ways == {near: ("SEGMENT", "ADMITTED"), third: ("SEGMENT", "INVITED")}
    assert await group.do("admitSegment", "customerIds") == []
    await group.do("leaveGroup", "memberStanding { ended }", customerId=q(near), reason=q("太吵"))
    assert await group.do("admitSegment", "customerIds") == []  # who left is not fetched back


@pytest.mark.requirement("G08", "G09", "G10", "X08")
async def test_rules_in_versions_and_who_agreed(client: Client) -> None:
    group = await found(client)
    assert await group.refused("draftRules", items='[{category: "nothing", text: "x"}]') == (
        "BAD_VALUE",
        ["items", "0"],
    )
    bare = await group.do("draftRules", "rulesVersion { id }", items='[{category: "speech", text: "友善"}]')
    assert await group.refused("publishRules", group=False, id=q(bare["id"])) == ("REQUIRED", ["items"])
    first = await rules(group, "不发广告")
    one, other = [await customer(client, name) for name in "甲乙"]
    waiting = await group.do("applyToGroup", "application { id agreedVersion }", customerId=q(one))
    assert waiting["agreedVersion"] is None
    refusal = await group.refused("handleApplication", group=False, id=q(waiting["id"]), event="ADMIT")
    assert refusal == ("REQUIRED", ["agreed"])
    await group.do(
        "handleApplication", "application { id }", group=False, id=q(waiting["id"]), event="ADMIT", agreed="true"
    )
    await group.join(other)
    second = await rules(group, "不发广告", "不议他人隐私")
    assert (first["version"], second["version"], second["state"]) == (2, 3, "PUBLISHED")
    states = [row["state"] for row in await group.list("rulesVersions(orderBy: {field: ID})", "state")]
    assert states == ["DRAFT", "RETIRED", "PUBLISHED"]
    asked = f'{{ membersWithoutConsent(groupId: "{group.id}") rulesAnnouncement(groupId: "{group.id}") }}'
    assert set((await client.ask(asked))["membersWithoutConsent"]) == {one, other}
    await group.do("noteConsent", "consent { rulesVersion agreed }", customerId=q(one), agreed="true")
    await group.do("noteConsent", "consent { id }", customerId=q(other), agreed="false")
    seen = await client.ask(asked)
    assert seen["membersWithoutConsent"] == [other]
    assert seen["rulesAnnouncement"].splitlines()[:3] == ["群规第3版", "1. 不发广告", "2. 不议他人隐私"]
    told = {row["customer"]["id"] for row in await group.list("notices", "occasion customer { id }")
            if row["occasion"].startswith("rules:")}  # fmt: skip
    assert told == {one, other}


@pytest.mark.requirement("G12")
async def test_the_ladder_of_sanctions_and_appeal(client: Client) -> None:
    group = await found(client)
    await group.do("setCharter", "charter { id }", muteDays=3, ladder='{advertising: ["warn", "mute", "remove"]}')
    one = await customer(client, "甲")
    await group.join(one)
    decided = []
    for _ in range(3):
        made = await group.do(
            "reportViolation", "violation { id }", customerId=q(one), category="ADVERTISING", evidence=q("发广告")
        )
        fields = "violation { id sanction place sanctionUntil state }"
        decided.append(await group.do("handleViolation", fields, group=False, id=q(made["id"]), event="DECIDE"))
    assert [(row["sanction"], row["place"]) for row in decided] == [("WARN", 1), ("MUTE", 2), ("REMOVE", 3)]
    assert decided[1]["sanctionUntil"] is not None
    assert await group.list("memberships", "id") == []
    [gone] = await group.list("memberStandings", "warnings ended endedReason")
    assert gone == {"warnings": 1, "ended": "removed", "endedReason": "advertising"}
    last = {"group": False, "id": q(decided[2]["id"])}
    assert await group.refused("handleViolation", event="APPEAL", **last) == ("REQUIRED", ["note"])
    await group.do("handleViolation", "violation { state }", event="APPEAL", note=q("是客户提问"), **last)
    operator = Group(client.who(Role.OPERATOR), group.id)
    assert await operator.refused("handleViolation", event="OVERTURN", note=q("x"), **last) == ("FORBIDDEN", [])
    await group.do("handleViolation", "violation { state }", event="OVERTURN", note=q("误判"), **last)
    assert len(await group.list("memberships", "id")) == 1
    told = [kind for kind, _ in await history(group)]
    assert told == ["joined", "welcomed", "reported", "warn", "reported", "mute", "reported", "removed", "remove",
                    "appealed", "joined", "welcomed", "overturned"]  # fmt: skip


@pytest.mark.requirement("G13")
async def test_silent_members_are_shown_and_then_removed_everywhere(client: Client) -> None:
    group = await found(client)
    connection = await connected(client)
    silent, spared, lively, owner = [await customer(client, name) for name in "甲乙丙丁"]
    await group.join(silent, spared, lively, owner)
    await group.do("exemptMember", "memberStanding { exempt }", customerId=q(spared), reason=q("休假"))
    [boss] = await group.list(f'memberships(where: {{customer: {{id: {{eq: "{owner}"}}}}}})', "id")
    promoted = f'updateMembership(id: "{boss["id"]}", input: {{role: OWNER}})'
    await client.ask(f"mutation {{ {promoted} {{ problems {{ code }} }} }}")
    asked = f'{{ silentMembers(groupId: "{group.id}") {{ customerId days spared }} }}'
    move(client, 89.9)
    assert (await client.ask(asked))["silentMembers"] == []
    move(client, 10.1)
    day = (client.ledger.clock.now() - timedelta(days=2)).date().isoformat()
    await group.do("noteActivity", "activityDay { id }", customerId=q(lively), day=q(day), messages=3)
    shown = {one["customerId"]: one["spared"] for one in (await client.ask(asked))["silentMembers"]}
    assert shown == {silent: None, spared: "休假", owner: "owner"}
    assert await group.refused("sweepGroup", customerIds=f'["{spared}"]') == ("BAD_VALUE", ["customerIds"])
    assert await group.do("sweepGroup", "customerIds", customerIds=f'["{silent}"]') == [silent]
    left = {row["customer"]["id"] for row in await group.list("memberships", "customer { id }")}
    assert left == {spared, lively, owner}
    assert (await history(group))[-1] == ("swept", "silent for 100 days")
    query = select(func.count()).where(_outbox.c.connection_id == connection, _outbox.c.kind == "membership")
    async with client.database.reading() as session:
        assert (await session.execute(query)).scalar_one() == 4


async def test_ways_that_are_refused(client: Client) -> None:
    group = await found(client)
    one = await customer(client, "甲")
    await group.join(one)
    assert await group.refused("applyToGroup", customerId=q(one)) == ("ALREADY_MEMBER", ["customerId"])
    other = await customer(client, "乙")
    await group.do("inviteToGroup", "application { state }", customerId=q(other))
    assert await group.refused("applyToGroup", customerId=q(other)) == ("REPEATED", ["customerId"])
    nobody = re.sub("[0-9a-f]{32}", "0" * 32, other)
    assert await group.refused("applyToGroup", customerId=q(nobody)) == ("UNKNOWN_CUSTOMER", ["customerId"])
    viewer = Group(client.who(Role.VIEWER), group.id)
    for mutation, said in _everything(one).items():
        assert (await viewer.refused(mutation, **said))[0] == "FORBIDDEN", mutation


def _everything(one: str) -> dict[str, dict[str, Any]]:
    """A mutation each, with arguments that are good."""
    return {
        "setCharter": {"goal": q("x")},
        "draftRules": {"items": "[]"},
        "applyToGroup": {"customerId": q(one)},
        "noteConsent": {"customerId": q(one), "agreed": "true"},
        "makeJoinLink": {"channel": q("x")},
        "reportViolation": {"customerId": q(one), "category": "SPEECH", "evidence": q("x")},
        "draftPost": {"category": "TIP", "title": q("x")},
        "planGathering": {"name": q("x"), "kind": "QUIZ", "startsAt": q("2026-02-01T00:00:00Z")},
        "commitDraw": {"name": q("x"), "prizes": 1},
        "leaveGroup": {"customerId": q(one)},
        "admitSegment": {},
    }
