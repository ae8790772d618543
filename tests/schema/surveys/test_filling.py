"""A survey that brings data up to date: answers are written to the customer's fields, with the survey as the source."""

from typing import Any

import pytest

from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from tests.schema.conftest import Client
from tests.schema.surveys.test_story import ANSWER, MAKE, done, hold, refused, survey

pytestmark = pytest.mark.anyio
ASKED: list[dict[str, Any]] = [
    {"key": "needs", "type": "TEXT", "zh": "现在需要什么？", "fills": "NEEDS"},
    {"key": "city", "type": "SINGLE", "zh": "在哪里？", "fills": "CITY", "options": [{"zh": "上海"}, {"zh": "杭州"}]},
    {"key": "likes", "type": "MULTIPLE", "zh": "喜欢什么？", "fills": "INTERESTS",
     "options": [{"zh": "茶"}, {"zh": "书"}, {"zh": "花"}]},
    {"key": "born", "type": "TEXT", "zh": "生日？", "fills": "BIRTHDAY"},
    {"key": "mail", "type": "TEXT", "zh": "邮箱？", "fills": "EMAIL"},
]  # fmt: skip
SEEN = """query($id: ID!) { customer(id: $id) { needs city interests birthday email
    quality { fields { field how } } provenance(field: "needs") { rule actor }
    history(first: 1) { edges { node { fields { field old new } } } } } }"""


@pytest.mark.requirement("C14", "C16")
async def test_what_customers_tell_of_themselves_is_written_to_them(client: Client) -> None:
    [one] = await client.add(
        Kind.CUSTOMER, {"name": "甲", "needs": "杯子", "city": "北京", "interests": frozenset({"酒", "茶"})}
    )
    _, asked = await hold(client, await survey(client, questions=ASKED))
    said = {"needs": "茶壶", "city": 1, "likes": [0, 2], "born": "1990-05-01", "mail": "none"}
    given = await done(client, ANSWER, id=asked["甲"], c="PHONE", a=said)
    assert given["answers"] == said  # what cannot stand in a field stays an answer
    found = (await client.ask(SEEN, id=format_id("customer", one)))["customer"]
    assert {name: found[name] for name in ("needs", "city", "birthday", "email")} == {
        "needs": "茶壶", "city": "杭州", "birthday": "1990-05-01", "email": None,
    }  # fmt: skip
    assert sorted(found["interests"]) == sorted(["酒", "茶", "花"])
    how = {row["field"]: row["how"] for row in found["quality"]["fields"]}
    assert (how["needs"], how["email"]) == ("survey", None)
    assert found["provenance"] == {"rule": "learned: survey", "actor": "tester"}


@pytest.mark.requirement("C14")
async def test_only_what_fits_a_field_fills_it(client: Client) -> None:
    rating = {"key": "k", "type": "RATING", "zh": "?", "fills": "NEEDS"}
    several = {**ASKED[2], "fills": "CITY"}
    given = {"name": "x", "kind": "PERIODIC", "questions": [rating, several]}
    assert await refused(client, MAKE, i=given) == ["BAD_VALUE questions.0.fills", "BAD_VALUE questions.1.fills"]
