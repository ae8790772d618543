"""Data brought up to date by call-backs, many at once: who has a gap, or something out of date, and may be asked."""

from typing import Any

import pytest

from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from kequn.store.scope import Role
from tests.schema.conftest import Client
from tests.schema.test_quality import FIND, LEARN, done, flaws

pytestmark = pytest.mark.anyio
PLAN = """mutation($k: FlawKind!, $n: Int, $o: ID) { it: planCallBacks(kind: $k, most: $n, ownerId: $o) {
    count problems { code path } } }"""
TASKS = "{ tasks { edges { node { kind department content owner { name } customer { name } } } } }"


async def plan(client: Client, kind: str = "INCOMPLETE", **given: Any) -> int:
    count: int = (await done(client, PLAN, k=kind, **given))["count"]
    return count


@pytest.mark.requirement("C16", "C17")
async def test_whoever_has_a_gap_is_called_once(client: Client) -> None:
    [owner] = await client.add(Kind.STAFF, {"name": "小王"})
    names: dict[str, dict[str, Any]] = {name: {"name": name, "opted_out": name == "丙"} for name in "甲乙丙丁"}
    ids = dict(zip(names, await client.add(Kind.CUSTOMER, *names.values()), strict=True))
    await done(client, FIND)
    assert [await plan(client, n=2, o=format_id("staff", owner)), await plan(client), await plan(client)] == [2, 1, 0]
    tasks = [edge["node"] for edge in (await client.ask(TASKS))["tasks"]["edges"]]
    assert {one["customer"]["name"] for one in tasks} == {"甲", "乙", "丁"}
    assert {(one["kind"], one["department"]) for one in tasks} == {("call_back", "SERVICE")}
    assert [one["owner"] for one in tasks].count({"name": "小王"}) == 2
    assert all("phone" in one["content"] for one in tasks)
    assert [one["customer"]["name"] for one in await flaws(client, state={"eq": "OPEN"})] == ["丙"]
    await done(client, LEARN, id=format_id("customer", ids["甲"]), how="CALL_BACK", v={"phone": "13800000000"})


@pytest.mark.requirement("C16")
async def test_what_is_out_of_date_comes_again(client: Client) -> None:
    """Called back, confirmed, and half a year later called back again."""
    [one] = await client.add(Kind.CUSTOMER, {"name": "甲", "needs": "茶壶"})
    for _ in "12":
        client.ledger.clock.move(200 * 86_400)  # type: ignore[attr-defined]
        await done(client, FIND)
        assert [await plan(client, "OUTDATED"), await plan(client, "OUTDATED")] == [1, 0]
        await done(client, LEARN, id=format_id("customer", one), how="CALL_BACK", c=["needs"])


async def test_what_is_not_planned(client: Client) -> None:
    for given, path in (({"k": "DUPLICATE"}, "kind"), ({"k": "OUTDATED", "n": 0}, "most")):
        [problem] = (await client.ask(PLAN, **given))["it"]["problems"]
        assert problem["path"] == [path]
    [problem] = (await client.who(Role.VIEWER).ask(PLAN, k="OUTDATED"))["it"]["problems"]
    assert problem["code"] == "FORBIDDEN"
