"""Who asks, and what values are called."""

from dataclasses import replace
from typing import Any

import pytest

from kequn.contracts.records import Kind
from kequn.store.scope import Role
from schema.problems import Language
from tests.schema.conftest import Client

pytestmark = pytest.mark.anyio
LABELS = "query($l: Locale, $of: [String!]) { labels(locale: $l, of: $of) { name closed labels { value label } } }"


async def labels(client: Client, *of: str, locale: str | None = None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.ask(LABELS, l=locale, of=list(of)))["labels"]
    return found


async def test_who_asks(client: Client) -> None:
    data = await client.who(Role.OPERATOR).ask("{ me { name role tenant { slug name timeZone region } } }")
    tenant = {"slug": "default", "name": "default", "timeZone": "Asia/Shanghai", "region": "CN"}
    assert data["me"] == {"name": "tester", "role": "OPERATOR", "tenant": tenant}


async def test_labels_of_an_enum(client: Client) -> None:
    [roles] = await labels(client, "MemberRole", locale="ZH")
    assert roles["closed"]
    assert roles["labels"][0] == {"value": "OWNER", "label": "群主"}
    [roles] = await labels(client, "MemberRole")
    assert roles["labels"][0] == {"value": "OWNER", "label": "Owner"}
    [roles] = await labels(replace(client, language=Language.ZH), "MemberRole")
    assert roles["labels"][0]["label"] == "群主"


async def test_labels_of_what_rows_hold(client: Client) -> None:
    held = ("complaint", "报修", None, "complaint")
    await client.add(Kind.FEEDBACK, *({"subject": "x", "kind": kind} for kind in held))
    await client.add(Kind.TIER, {"name": "战略"})
    kinds, tiers = await labels(client, "Feedback.kind", "Tier.name", locale="ZH")
    assert not kinds["closed"]
    assert kinds["labels"] == [{"value": "complaint", "label": "投诉"}, {"value": "报修", "label": "报修"}]
    assert tiers["labels"] == [{"value": "战略", "label": "战略"}]


async def test_all_labels_and_none(client: Client) -> None:
    names = {one["name"] for one in (await client.ask(LABELS))["labels"]}
    assert {"CustomerType", "ProblemCode", "Feedback.priority"} <= names
    assert await client.code(LABELS, of=["Feedback.nothing"]) == "BAD_VALUE"
