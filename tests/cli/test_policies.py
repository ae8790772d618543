"""What a connection may do, from the command line: scopes, deletes, fields, and the rules of all connections. Each is
entered, shown, seen in a plan, and carried out."""

import asyncio
import json
import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest

from kequn.domain import customers
from kequn.sync.policy import read as read_policy
from kequn.sync.rules import read as read_rules
from tests.cli.shell import Command, Zoho
from tests.cli.story import contacts, entered, links_of, run
from tests.rules import ROOT

MOHE = {"city": {"eq": "漠河"}}


def give(kequn: Command, zoho: Zoho, **customer: Any) -> None:
    """Another policy for customers."""
    (kequn.folder / "new.json").write_text(json.dumps({"customer": customer}), encoding="utf-8")
    kequn.well("connection", "edit", "zoho", "--policy", "new.json")


def rule(kequn: Command, rules: Mapping[str, Any]) -> str:
    (kequn.folder / "rules.json").write_text(json.dumps(rules), encoding="utf-8")
    return kequn.well("connection", "rules", "rules.json").out


def person(zoho: Zoho, name: str, city: str | None = None, **more: Any) -> str:
    return zoho.emulator.people.create("Contacts", {"Last_Name": name, "Mailing_City": city, **more})


def change(kequn: Command, row: UUID, facts: dict[str, str]) -> None:
    entered(kequn, lambda desk: customers.change(desk, row, facts))


def row_of(id: str) -> UUID:
    return asyncio.run(links_of(id))[0]


def test_a_narrower_scope_is_seen_in_the_plan_and_leaves_rows_and_records_alone(kequn: Command, synced: Zoho) -> None:
    here, there = person(synced, "甲", "漠河"), person(synced, "乙", "杭州")
    run(kequn)
    give(kequn, synced, pull=MOHE)
    others = len(contacts(synced)) - 1 + len(synced.emulator.people.read("Accounts"))
    assert f"would leave {others} customer here" in kequn.well("sync", "plan").out
    writes = synced.writes
    assert run(kequn)["decisions"]["leave"] == others
    assert f"  {others} customer out of scope" in kequn.well("sync", "status").out
    change(kequn, row_of(there), {"occupation": "ours"})
    change(kequn, row_of(here), {"street": "ours"})
    run(kequn)
    assert (synced.writes - writes, contacts(synced)[here]["Mailing_Street"]) == (1, "ours")
    assert 'pulled where {"city":{"eq":"漠河"}}' in kequn.well("connection", "show", "zoho").out


def test_rows_from_before_are_counted_as_creates_before_the_first_apply(kequn: Command, synced: Zoho) -> None:
    for city in ("漠河", "漠河", "杭州"):
        given = {"type": "person", "last_name": "示例", "name": "示例", "city": city}
        give(kequn, synced, create="never")
        entered(kequn, lambda desk, given=given: customers.create(desk, given))  # type: ignore[misc]
    run(kequn)
    give(kequn, synced, create={"where": MOHE})
    said = kequn.well("sync", "plan", "--out", "plan.json")
    assert "would create 2 customer in zoho" in said.out
    before = len(contacts(synced))
    kequn.well("sync", "apply", "plan.json")
    assert len(contacts(synced)) == before + 2
    lines = json.loads((kequn.folder / "plan.json").read_bytes())["lines"]
    assert {line["rule"] for line in lines} == {"policy: create where"}


def test_how_deletes_are_followed_is_set_by_kind(kequn: Command, synced: Zoho) -> None:
    ids = {delete: person(synced, delete) for delete in ("propagate", "ignore", "ask")}
    run(kequn)
    rows = {delete: row_of(id) for delete, id in ids.items()}
    for delete in ids:
        give(kequn, synced, delete=delete)
        entered(kequn, lambda desk, row=rows[delete]: customers.delete(desk, row))  # type: ignore[misc]
        run(kequn)
    assert [delete for delete, id in ids.items() if id not in contacts(synced)] == ["propagate"]
    (asked,) = kequn.well("sync", "conflicts", "--json").json["conflicts"]
    assert (asked["type"], asked["external_id"]) == ("delete", ids["ask"])


def test_a_field_that_is_only_pulled_is_not_written(kequn: Command, synced: Zoho) -> None:
    id = person(synced, "甲", "漠河")
    run(kequn)
    give(kequn, synced, fields={"city": {"direction": "in"}, "street": "remote"})
    change(kequn, row_of(id), {"city": "杭州", "street": "ours"})
    run(kequn)
    assert (contacts(synced)[id]["Mailing_City"], contacts(synced)[id]["Mailing_Street"]) == ("漠河", "ours")
    told = kequn.well("connection", "show", "zoho").out
    assert "  city: in\n  street: both, remote wins\n" in told


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        ({"delete": "maybe"}, "policy of customer: delete is 'maybe'; choose propagate, ignore, ask"),
        ({"create": "linked"}, "policy of customer: create is 'linked'; choose never, linked-only, where, always"),
        ({"pull": {"town": {"eq": "x"}}}, "policy of customer, pull: town: customer has no such field"),
        ({"fields": {"phone": ["zoho"]}}, "policy of customer, phone: winner is ['zoho']; choose ask, remote, local"),
    ],
)
def test_what_is_wrong_is_told_and_the_old_policy_stays(
    kequn: Command, connected: Zoho, policy: dict[str, Any], told: str
) -> None:
    before = kequn.well("connection", "show", "zoho", "--json").json
    (kequn.folder / "new.json").write_text(json.dumps({"customer": policy}))
    assert told in kequn("connection", "edit", "zoho", "--policy", "new.json").error
    assert kequn.well("connection", "show", "zoho", "--json").json == before


def test_who_owns_a_field_is_a_rule_of_all_connections(kequn: Command, synced: Zoho) -> None:
    told = rule(kequn, {"authority": {"customer": {"city": ["zoho", "kequn"], "*": ["kequn", "zoho"]}}})
    assert "customer city: zoho before kequn\ncustomer every other field: kequn before zoho\n" in told
    id = person(synced, "甲", "漠河", Mailing_Street="base")
    run(kequn)
    change(kequn, row_of(id), {"city": "ours", "street": "ours"})
    synced.emulator.people.edit("Contacts", id, {"Mailing_City": "theirs", "Mailing_Street": "theirs"})
    planned = kequn.well("sync", "plan").out
    for told in ("field city settled by authority zoho > kequn", "field street settled by authority kequn > zoho"):
        assert told in planned
    run(kequn)
    assert [contacts(synced)[id][name] for name in ("Mailing_City", "Mailing_Street")] == ["theirs", "ours"]
    settled = kequn.well("sync", "conflicts", "--settled", "--json").json["conflicts"]
    assert {one["field"]: (one["lost"][0]["value"], one["settled_by"]) for one in settled} == {
        "city": ("ours", "authority zoho > kequn"),
        "street": ("theirs", "authority kequn > zoho"),
    }
    assert "  city: zoho before kequn" in kequn.well("connection", "show", "zoho").out


def test_by_which_keys_a_customer_is_known_is_a_rule_too(kequn: Command, connected: Zoho) -> None:
    assert "known again by email, then phone\n" in rule(kequn, {"identity": ["email", "phone"]})
    assert kequn.well("connection", "show", "zoho", "--json").json["identity"] == ["email", "phone"]
    assert kequn.well("connection", "rules", "--json").json == {"identity": ["email", "phone"], "authority": {}}
    (kequn.folder / "rules.json").write_text(json.dumps({"authority": {"customer": {"city": ["soho"]}}}))
    assert "soho is no connection; there are zoho, kequn" in kequn("connection", "rules", "rules.json").error


def test_what_the_guide_shows_is_right() -> None:
    policy, rules = re.findall(
        r"```json\n(.*?)```", (ROOT / "docs/operating.md").read_text(encoding="utf-8"), re.DOTALL
    )
    assert read_rules(json.loads(rules), ["zoho", "fxiaoke"]).authority
    assert read_policy(json.loads(policy)).identity == ("phone", "email")


def test_a_connection_is_shown_without_its_secrets(kequn: Command, connected: Zoho) -> None:
    given = json.loads(connected.settings.read_text())
    said = kequn.well("connection", "show", "zoho", "--json").out + kequn.well("connection", "show", "zoho").out
    assert given["client_id"] in said
    assert [name for name in ("client_secret", "refresh_token") if given[name] in said] == []
