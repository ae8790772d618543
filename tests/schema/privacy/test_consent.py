"""Consent by purpose, and how long things are kept."""

from typing import Any

import pytest

from jobs.chores import CHORES
from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from kequn.store.scope import Role
from tests.schema.conftest import Client

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]
DAY = 86_400
GIVE = """mutation($id: ID!, $p: Purpose!) { it: giveConsent(customerId: $id, purpose: $p, evidence: "a form") {
    purposeConsent { id purpose evidence givenAt notedBy withdrawnAt } problems { code path } } }"""
WITHDRAW = """mutation($id: ID!) { it: withdrawConsent(id: $id) { purposeConsent { withdrawnAt withdrawnBy }
    problems { code } } }"""
STANDS = """query($id: ID!) { customer(id: $id) { optedOut
    purposeConsents(where: {withdrawnAt: {isNull: true}}) { edges { node { purpose } } } } }"""
KEEP = """mutation($k: RetentionKind!, $d: Int!) { it: setRetention(kind: $k, days: $d) {
    retentionRule { kind days } problems { code path } } }"""
PREVIEW = "{ retentionPreview { kind days count } }"
CARRY_OUT = "mutation { it: carryOutRetention { count problems { code } } }"


async def done(client: Client, query: str, **given: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await client.ask(query, **given))["it"]
    assert answer["problems"] == []
    return answer


@pytest.mark.requirement("X07")
async def test_consent_is_noted_by_purpose_and_withdrawn_at_once(client: Client) -> None:
    [row] = await client.add(Kind.CUSTOMER, {"name": "a", "opted_out": True})
    id = format_id("customer", row)
    given = {one: (await done(client, GIVE, id=id, p=one))["purposeConsent"] for one in ("MARKETING", "PROFILING")}
    assert (given["MARKETING"]["evidence"], given["MARKETING"]["notedBy"]) == ("a form", "tester")
    stands = (await client.ask(STANDS, id=id))["customer"]
    assert stands["optedOut"] is False
    assert {edge["node"]["purpose"] for edge in stands["purposeConsents"]["edges"]} == {"MARKETING", "PROFILING"}
    ended = (await done(client, WITHDRAW, id=given["MARKETING"]["id"]))["purposeConsent"]
    assert ended["withdrawnBy"] == "tester"
    stands = (await client.ask(STANDS, id=id))["customer"]
    assert stands["optedOut"] is True
    assert [edge["node"]["purpose"] for edge in stands["purposeConsents"]["edges"]] == ["PROFILING"]
    again = (await client.ask(WITHDRAW, id=given["MARKETING"]["id"]))["it"]["problems"]
    assert [problem["code"] for problem in again] == ["WRONG_STATE"]


async def test_who_agrees_again_has_one_consent_that_stands(client: Client) -> None:
    [row] = await client.add(Kind.CUSTOMER, {"name": "a"})
    id = format_id("customer", row)
    for _ in range(2):
        await done(client, GIVE, id=id, p="SERVICE")
    found = await client.ask("{ all: purposeConsents { totalCount } }")
    assert found["all"]["totalCount"] == 2
    assert len((await client.ask(STANDS, id=id))["customer"]["purposeConsents"]["edges"]) == 1


@pytest.mark.requirement("X07")
async def test_what_is_older_than_its_period_goes_as_the_preview_said(client: Client) -> None:
    silent, [heard] = (
        (await client.add(Kind.CUSTOMER, {"name": "Sorrel Vane"})),
        await client.add(Kind.CUSTOMER, {"name": "heard"}),
    )
    await client.add(Kind.INTERACTION, {"subject": "an old call", "customer": heard})
    client.ledger.clock.move(400 * DAY)  # type: ignore[attr-defined]
    await client.add(Kind.INTERACTION, {"subject": "a new call", "customer": heard})
    assert (await client.ask(PREVIEW))["retentionPreview"] == []
    for kind, days in (("CUSTOMER", 365), ("INTERACTION", 365)):
        await done(client, KEEP, k=kind, d=days)
    due = (await client.ask(PREVIEW))["retentionPreview"]
    assert {one["kind"]: one["count"] for one in due} == {"CUSTOMER": 1, "INTERACTION": 1}
    [chore] = [chore for chore in CHORES if chore.name == "retention"]
    await chore.work(client.database, client.ledger, client.who(Role.OPERATOR).actor)
    left = await client.ask("{ customers { edges { node { name } } } interactions { edges { node { subject } } } }")
    assert [edge["node"]["name"] for edge in left["customers"]["edges"]] == ["heard"]
    assert [edge["node"]["subject"] for edge in left["interactions"]["edges"]] == ["a new call"]
    assert [one["count"] for one in (await client.ask(PREVIEW))["retentionPreview"]] == [0, 0]
    past = await client.ask(
        "{ interactions(includeDeleted: true) { edges { node { history { edges { node { fields { new } } } } } } } }"
    )
    assert "an old call" not in str(past)
    acts = (await client.ask("{ privacyActs { edges { node { kind ground } } } }"))["privacyActs"]["edges"]
    assert [edge["node"] for edge in acts] == [{"kind": "ERASED", "ground": "NEEDLESS"}]
    assert silent


async def test_periods_are_an_administrators_and_not_too_short(client: Client) -> None:
    refused = (await client.who(Role.OPERATOR).ask(KEEP, k="NOTICE", d=90))["it"]["problems"]
    assert [problem["code"] for problem in refused] == ["FORBIDDEN"]
    short = (await client.ask(KEEP, k="NOTICE", d=29))["it"]["problems"]
    assert [(problem["code"], problem["path"]) for problem in short] == [("BAD_NUMBER", ["days"])]
    await done(client, KEEP, k="NOTICE", d=30)
    await done(client, KEEP, k="NOTICE", d=60)
    assert (await client.ask("{ retentionRules { edges { node { days } } } }"))["retentionRules"]["edges"] == [
        {"node": {"days": 60}}
    ]
    gone = "mutation { it: dropRetention(kind: NOTICE) { count problems { code } } }"
    assert (await done(client, gone))["count"] == 1
    assert (await done(client, CARRY_OUT))["count"] == 0
