"""Groups are checked for violations every so many days: who runs one is told, what members said is looked through, and
people decide about what was come upon."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from jobs.chores import CHORES
from kequn.contracts.identity import format_id, parse_id
from kequn.contracts.records import Kind
from kequn.store.scope import Role
from tests.schema.community.running import Group, customer, found, q
from tests.schema.conftest import Client

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]
DAY = 86_400
CHECK = "violationCheck { since until checkedBy forbidden read found note }"
SUSPICION = "suspicion { state note decidedBy violation { state category evidence reportedBy } }"


async def remind(client: Client) -> None:
    """As a worker does, every hour."""
    [chore] = [chore for chore in CHORES if chore.name == "checks for violations"]
    await chore.work(client.database, client.ledger, replace(client.actor, role=Role.OPERATOR, name="system"))


async def waits(client: Client) -> list[tuple[str, str, str | None]]:
    some = (await client.ask("{ today { what about ownerId } }"))["today"]
    return [(one["what"], one["about"], one["ownerId"]) for one in some]


async def says(client: Client, who: str, **said: Any) -> None:
    """Feedback of a customer, or an interaction where it has a direction."""
    kind = Kind.INTERACTION if "direction" in said else Kind.FEEDBACK
    await client.add(kind, {"subject": "s", "customer": parse_id(who)[1], **said})


def move(client: Client, days: float) -> None:
    client.ledger.clock.move(days * DAY)  # type: ignore[attr-defined]


@pytest.mark.requirement("G11")
async def test_a_group_is_checked_every_so_many_days(client: Client) -> None:
    """Seven, unless its charter says otherwise: not a minute before, and told once to who runs it."""
    group = await found(client, "茶友群")
    owner, helper = [format_id("staff", id) for id in await client.add(Kind.STAFF, {"name": "甲"}, {"name": "乙"})]
    own = "mutation($id: ID!, $o: ID!) { updateGroup(id: $id, input: {ownerId: $o}) { problems { code } } }"
    await client.ask(own, id=group.id, o=owner)
    await group.do("assignDuty", "assignment { id }", staffId=q(helper), role="SERVICE", duty=q("发言检查"))
    made = await group.do("setCharter", "charter { checkDays checkAt changedAt }", goal=q("复购"))
    wanted = datetime.fromisoformat(made["changedAt"]) + timedelta(days=7)
    assert (made["checkDays"], datetime.fromisoformat(made["checkAt"])) == (7, wanted)
    move(client, 6.99)
    await remind(client)
    assert (await waits(client), await group.list("notices", "id")) == ([], [])
    move(client, 0.02)
    for _ in range(2):
        await remind(client)
    assert await waits(client) == [("check", "茶友群", owner)]
    asked = "{ notices { edges { node { state body staff { name } } } } }"
    told = [edge["node"] for edge in (await client.ask(asked))["notices"]["edges"]]
    assert sorted(one["staff"]["name"] for one in told) == ["乙", "甲"]
    assert all("茶友群" in one["body"] for one in told)
    await group.do("checkGroup", "violationCheck { id }", note=q("翻看了聊天记录"))
    assert await waits(client) == []
    await group.do("setCharter", "charter { id }", checkDays=2)
    move(client, 2.01)
    await remind(client)
    assert await waits(client) == [("check", "茶友群", owner)]
    assert (await client.ask("{ notices { totalCount } }"))["notices"]["totalCount"] == 4
    assert await group.refused("setCharter", checkDays=0) == ("BAD_NUMBER", ["checkDays"])


@pytest.mark.requirement("G11")
async def test_a_check_suspects_and_a_person_decides(client: Client) -> None:
    group = await found(client)
    await group.do("setCharter", "charter { id }", forbidden='{advertising: ["加微信", "VX"], speech: ["蠢"]}')
    one, other, stranger = [await customer(client, name) for name in "甲乙丙"]
    await group.join(one, other)
    move(client, 1)
    await says(client, one, content="有货，加ｖｘ")
    await says(client, other, direction="inbound", content="你真蠢，加微信")
    await says(client, other, direction="outbound", content="请勿加微信")
    await says(client, stranger, content="加微信")
    await group.do("introduceMember", "memberStanding { id }", customerId=q(other), words=q("大家好"))
    move(client, 1)
    first = await group.do("checkGroup", CHECK)
    assert (first["read"], first["found"], first["checkedBy"]) == (3, 3, "tester")
    fields = "id category word source evidence customer { name }"
    some = await group.list("suspicions(orderBy: {field: CATEGORY})", fields)
    shown = {(row["category"], row["word"], row["source"], row["evidence"], row["customer"]["name"]) for row in some}
    assert shown == {
        ("ADVERTISING", "VX", "FEEDBACK", "s\n有货，加ｖｘ", "甲"),
        ("ADVERTISING", "加微信", "INTERACTION", "s\n你真蠢，加微信", "乙"),
        ("SPEECH", "蠢", "INTERACTION", "s\n你真蠢，加微信", "乙"),
    }
    assert await group.list("violations", "id") == []
    assert [what for what, _, _ in await waits(client)] == ["suspicion"] * 3
    rude = next(row["id"] for row in some if row["category"] == "SPEECH")
    rest = [row["id"] for row in some if row["id"] != rude]
    reported = await group.do("handleSuspicion", SUSPICION, group=False, id=q(rude), event="REPORT")
    assert reported["violation"] == {
        "state": "REPORTED", "category": "SPEECH", "evidence": "s\n你真蠢，加微信", "reportedBy": "tester",
    }  # fmt: skip
    for id in rest:
        assert await group.refused("handleSuspicion", group=False, id=q(id), event="DISMISS") == ("REQUIRED", ["note"])
        await group.do("handleSuspicion", SUSPICION, group=False, id=q(id), event="DISMISS", note=q("是在问"))
    assert await group.refused("handleSuspicion", group=False, id=q(rude), event="REPORT") == ("WRONG_STATE", ["id"])
    again = await group.do("checkGroup", CHECK)
    assert (again["since"], again["found"]) == (first["until"], 0)
    assert [row["found"] for row in await group.list("violationChecks(orderBy: {field: ID})", "found")] == [3, 0]


@pytest.mark.requirement("G11")
async def test_a_group_without_a_charter_is_checked_by_the_usual_one(client: Client) -> None:
    """Asked for, for the days before; and then due again. Usual words stay until a charter names others."""
    group, one = await found(client, "茶友群"), await customer(client, "甲")
    await group.join(one)
    await says(client, one, content="兼职日结，先到先得")
    move(client, 8)
    await says(client, one, content="加微信领券")
    first = await group.do("checkGroup", CHECK)
    assert (first["read"], first["found"]) == (1, 1)
    assert "加微信" in first["forbidden"]["advertising"]
    move(client, 7.01)
    assert ("check", "茶友群", None) in await waits(client)
    await group.do("setCharter", "charter { id }", forbidden='{advertising: ["领券"]}')
    await says(client, one, content="代开发票")
    assert (await group.do("checkGroup", CHECK))["found"] == 0


@pytest.mark.requirement("G11")
async def test_a_group_that_somebody_runs_is_due_without_a_charter(client: Client) -> None:
    group, empty, nobodys = [await found(client, name) for name in ("茶友群", "空群", "标签")]
    [owner] = [format_id("staff", id) for id in await client.add(Kind.STAFF, {"name": "甲"})]
    for one in (group, empty):
        await one.do("assignDuty", "assignment { id }", staffId=q(owner), role="OWNER", duty=q("管理"))
    await group.join(await customer(client, "甲"))
    await nobodys.join(await customer(client, "乙"))
    await remind(client)
    move(client, 7.01)
    await remind(client)
    assert [what for what in await waits(client) if what[0] == "check"] == [("check", "茶友群", None)]
    told = await client.ask('{ notices(where: {staff: {name: {eq: "甲"}}}) { edges { node { body } } } }')
    assert ["茶友群" in edge["node"]["body"] for edge in told["notices"]["edges"]] == [True]


async def test_what_cannot_be_checked(client: Client) -> None:
    group = await found(client)
    for wrong in ("{nothing: []}", '{speech: "x"}', "{speech: [1]}", '"x"'):
        assert await group.refused("setCharter", forbidden=wrong) == ("BAD_VALUE", ["forbidden"])
    assert await group.refused("setCharter", forbidden='{speech: [" "]}') == ("REQUIRED", ["forbidden"])
    await group.do("setCharter", "charter { id }", forbidden="{speech: [], advertising: [], prohibited: []}")
    assert await group.refused("checkGroup") == ("REQUIRED", ["note"])
    viewer = Group(client.who(Role.VIEWER), group.id)
    assert await viewer.refused("checkGroup", note=q("x")) == ("FORBIDDEN", [])
