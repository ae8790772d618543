"""Posts are written anew until they are out; drafts of a template, too."""

import pytest

from kequn.store.scope import Role
from tests.schema.community.running import Group, found, q
from tests.schema.conftest import Client

pytestmark = pytest.mark.anyio


@pytest.mark.requirement("G14")
async def test_a_post_is_changed_until_it_is_out(client: Client) -> None:
    group = await found(client)
    made = await group.do("draftPost", "post { id }", category="TIP", title=q("泡茶"), body=q("水温八十度"))
    this = {"group": False, "id": q(made["id"])}
    seen = await group.do("changePost", "post { category title body state }", title=q("泡绿茶"), **this)
    assert seen == {"category": "TIP", "title": "泡绿茶", "body": "水温八十度", "state": "DRAFT"}
    await group.do("handlePost", "post { id }", event="SCHEDULE", dueAt=q("2026-01-09T02:00:00Z"), **this)
    seen = await group.do("changePost", "post { category body state dueAt }", category="STORY", body=q("x"), **this)
    assert seen == {"category": "STORY", "body": "x", "state": "SCHEDULED", "dueAt": "2026-01-09T02:00:00+00:00"}
    assert await group.refused("changePost", title=q(" "), **this) == ("REQUIRED", ["title"])
    viewer = Group(client.who(Role.VIEWER), group.id)
    assert await viewer.refused("changePost", title=q("x"), **this) == ("FORBIDDEN", [])
    await group.do("handlePost", "post { id }", event="PUBLISH", **this)
    assert await group.refused("changePost", title=q("x"), **this) == ("WRONG_STATE", ["id"])
