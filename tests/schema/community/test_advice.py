"""How often and about what to post: by how active members are, what they liked, and what they are interested in."""

from typing import Any

import pytest

from tests.schema.community.running import customer, found, q
from tests.schema.conftest import Client

pytestmark = pytest.mark.anyio
ADVICE = """query($g: ID!) { contentAdvice(groupId: $g) { activeShare postsAWeek planned
    categories { category posts liked } interests { name members } } }"""


@pytest.mark.requirement("G15")
async def test_lively_members_want_more_and_what_they_like(client: Client) -> None:
    group = await found(client)
    likes: list[list[str]] = [["茶", "书"], ["茶"], [], []]
    people = [await customer(client, f"c{at}", interests=some) for at, some in enumerate(likes)]
    await customer(client, "outside", interests=["车"])
    await group.join(*people)

    async def advice() -> dict[str, Any]:
        answer: dict[str, Any] = (await client.ask(ADVICE, g=group.id))["contentAdvice"]
        return answer

    silent = await advice()
    assert (silent["activeShare"], silent["postsAWeek"], silent["planned"]) == (0.0, 1, 1)
    assert {one["liked"] for one in silent["categories"]} == {None}
    client.ledger.clock.move(3 * 86_400)  # type: ignore[attr-defined]
    for one in people[:2]:
        await group.do("noteActivity", "activityDay { id }", customerId=q(one), day=q("2026-01-07"), messages=1)
    for category, counts in (("TIP", "likes: 3, comments: 1"), ("TIP", "likes: 0"), ("STORY", "shares: 4")):
        made = await group.do("draftPost", "post { id }", category=category, title=q("t"))
        await group.do("handlePost", "post { id }", group=False, id=q(made["id"]), event="PUBLISH")
        await client.ask(f'mutation {{ countPost(id: "{made["id"]}", {counts}) {{ problems {{ code }} }} }}')
    lively = await advice()
    assert (lively["activeShare"], lively["postsAWeek"]) == (50.0, 3)
    assert [tuple(one.values()) for one in lively["categories"][:3]] == [
        ("STORY", 1, 8.0), ("TIP", 2, 2.5), ("PRODUCT", 0, None),
    ]  # fmt: skip
    assert lively["interests"] == [{"name": "茶", "members": 2}, {"name": "书", "members": 1}]
