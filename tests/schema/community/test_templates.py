"""Templates through GraphQL: a group with everything in it, nothing of it noticed by members before somebody looked."""

from typing import Any

import pytest

from kequn.domain.community import templates
from kequn.domain.segments import membership
from kequn.store.scope import Role
from tests.schema.community.running import customer
from tests.schema.conftest import Client

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]
APPLY = """mutation($t: String!, $n: String!, $c: JSON) { it: applyTemplate(template: $t, name: $n, content: $c) {
    templateUse { template version made reviewOn group { id platform purpose
        charter { goal welcome asked topics ladder } rulesVersions { edges { node { state items } } }
        posts(orderBy: {field: DUE_AT}) { edges { node { state category dueAt } } } } }
    problems { code path } } }"""


async def apply(client: Client, template: str, name: str, content: Any = None) -> dict[str, Any]:
    found: dict[str, Any] = (await client.ask(APPLY, t=template, n=name, c=content))["it"]
    return found


@pytest.mark.requirement("X12")
@pytest.mark.parametrize("name", list(templates.known()))
async def test_a_group_by_a_template(client: Client, name: str) -> None:
    answer = await apply(client, name, "新群")
    assert answer["problems"] == []
    use = answer["templateUse"]
    content = templates.named(name)
    group = use["group"]
    assert use["made"]["posts"] == len(content.posts) == len(group["posts"]["edges"])
    assert {edge["node"]["state"] for edge in group["posts"]["edges"]} == {"DRAFT"}
    [rules] = [edge["node"] for edge in group["rulesVersions"]["edges"]]
    assert rules["state"] == "DRAFT"
    assert {item["category"] for item in rules["items"]} >= {"speech", "advertising", "privacy", "complaints"}
    assert list(group["charter"]["topics"].values()) == list(content.topics)
    plan = f'contentPlan(groupId: "{group["id"]}", since: "2026-01-12", weeks: 4) {{ topic }}'
    weeks = (await client.ask(f"{{ {plan} }}"))["contentPlan"]
    assert [week["topic"] for week in weeks] == list(content.topics)
    assert (await apply(client, name, "新群"))["problems"] == [{"code": "NAME_TAKEN", "path": ["name"]}]


@pytest.mark.requirement("X12")
async def test_the_survey_of_a_template_asks_the_members_of_its_group(client: Client) -> None:
    use = (await apply(client, "welfare-group", "新群"))["templateUse"]
    assert (use["made"]["survey"], use["made"]["segment"]) == (1, 1)
    [inside, _] = [await customer(client, name) for name in "甲乙"]
    join = "mutation($g: ID!, $c: ID!) { addMember(groupId: $g, customerId: $c) { problems { code } } }"
    assert (await client.ask(join, g=use["group"]["id"], c=inside))["addMember"]["problems"] == []
    asked = "{ surveys { edges { node { id segment { name where } } } } }"
    [survey] = [edge["node"] for edge in (await client.ask(asked))["surveys"]["edges"]]
    assert survey["segment"] == {
        "name": "新群 群成员", "where": {"groups": {"some": {"id": {"eq": use["group"]["id"]}}}},
    }  # fmt: skip
    hold = """mutation($s: ID!) { handleSurvey(id: $s, event: PUBLISH) { problems { code } }
        it: holdSurvey(surveyId: $s, seed: "1") { wave { invitations { edges { node { customer { name } } } } } } }"""
    edges = (await client.ask(hold, s=survey["id"]))["it"]["wave"]["invitations"]["edges"]
    assert [edge["node"]["customer"]["name"] for edge in edges] == ["甲"]


@pytest.mark.parametrize("name", list(templates.known()))
async def test_the_condition_says_the_same_twice(client: Client, name: str) -> None:
    """In GraphQL's words, and as it is kept."""
    condition = templates.named(name).condition
    assert condition is not None
    made = await client.ask(
        'mutation($w: CustomerWhere!) { createSegment(name: "s", where: $w) { segment { id } } }', w=condition.asked
    )
    assert made["createSegment"]["segment"]
    async with client.database.reading() as session:
        [kept] = (await membership.known(session, client.actor.scope)).trees.values()
    assert _bare(kept) == _bare(membership.read(condition.tree))


def _bare(tree: Any) -> Any:
    """Without conjunctions of one part, and of none."""
    shown = membership.show(tree) if not isinstance(tree, dict) else tree
    match shown:
        case {"every": [one]}:
            return _bare(one)
        case {"has": name, "where": inner}:
            return {"has": name, "where": _bare(inner)}
    return shown


@pytest.mark.requirement("X12")
async def test_an_edited_template(client: Client) -> None:
    asked = "{ templates { name title version reviewDays content } }"
    [content] = [one["content"] for one in (await client.ask(asked))["templates"] if one["name"] == "member-group"]
    content |= {"posts": [], "topics": [], "title": "我们的会员群"}
    content["charter"]["welcome"] = "{name}您好"
    use = (await apply(client, "member-group", "金卡群", content))["templateUse"]
    assert use["made"]["posts"] == 0
    assert use["group"]["charter"]["welcome"] == "{name}您好"
    content["charter"]["welcome"] = "{nobody}"
    assert (await apply(client, "x", "银卡群", content))["problems"] == [{"code": "BAD_TEXT", "path": ["welcome"]}]
    assert (await client.ask('{ groups(where: {name: {eq: "银卡群"}}) { totalCount } }'))["groups"]["totalCount"] == 0
    broken = (await apply(client, "x", "铜卡群", {"name": "x"}))["problems"][0]
    assert (broken["code"], broken["path"][:2]) == ("BAD_VALUE", ["template", "title"])
    assert (await apply(client, "nothing", "铜卡群"))["problems"][0]["code"] == "NOT_FOUND"
    assert (await apply(client.who(Role.VIEWER), "member-group", "x"))["problems"][0]["code"] == "FORBIDDEN"
