"""What a plan says beyond its lines: what it costs, what it could not read; and the brakes that a person lets go of."""

import asyncio
import json

from kequn.domain import customers
from tests.cli.shell import Command, Zoho
from tests.cli.story import breaks, contacts, entered, links_of, run


def test_a_plan_tells_the_requests_that_it_costs(kequn: Command, synced: Zoho) -> None:
    kequn.well("connection", "add", "twin", "--plugin", "zoho", "--settings", str(synced.settings))
    before = len(synced.emulator.requests)
    plan = kequn.well("sync", "plan", "zoho", "--json").json
    assert plan["requests"] == {"reads": len(synced.emulator.requests) - before, "guards": 0, "writes": 0}
    plans = kequn.well("sync", "plan", "--all", "--json").json["plans"]
    assert [one["connection"] for one in plans] == ["twin", "zoho"]
    assert "about" in kequn.well("sync", "plan", "zoho").out
    assert "one connection" in kequn("sync", "plan", "--all", "--out", "plan.json").error


def test_what_would_change_in_the_crm_is_told_with_both_values_and_the_rule(kequn: Command, synced: Zoho) -> None:
    (row,) = asyncio.run(links_of(min(contacts(synced))))
    entered(kequn, lambda desk: customers.change(desk, row, {"city": "漠河"}))
    entered(kequn, lambda desk: customers.create(desk, {"type": "person", "last_name": "示例", "name": "示例"}))
    said = kequn.well("sync", "plan", "--out", "plan.json")
    assert "would update 1 customer in zoho" in said.out
    assert "would create 1 customer in zoho" in said.out
    assert "2 to look before writing, 2 to write" in said.out
    lines = {line["verb"]: line for line in json.loads((kequn.folder / "plan.json").read_bytes())["lines"]}
    before = contacts(synced)[min(contacts(synced))]["Mailing_City"]
    assert lines["update"]["fields"] == {"city": [before, "漠河"]}
    assert [lines[verb]["rule"] for verb in ("update", "create")] == ["merge: only we moved", "policy: create always"]
    requests = len(synced.emulator.requests)
    ended = kequn.well("sync", "apply", "plan.json", "--json").json
    assert contacts(synced)[min(contacts(synced))]["Mailing_City"] == "漠河"
    reckoned = json.loads((kequn.folder / "plan.json").read_bytes())["cost"]
    assert ended["planned"] == sum(reckoned.values())
    assert ended["requests"] == len(synced.emulator.requests) - requests
    counts = kequn.well("sync", "status", "--json").json["connections"][0]["last_run"]["counts"]
    assert (counts["planned"], counts["requests"]) == (ended["planned"], ended["requests"])


def test_a_feed_that_cannot_be_read_is_never_no_change(kequn: Command, synced: Zoho) -> None:
    breaks(synced, "/Cases")
    said = kequn("sync", "plan", "--out", "plan.json", "--full")
    assert said.status == 1
    assert "zoho: nothing to do in what could be read" in said.out
    assert "not previewed: FORBIDDEN_HOST" in said.out
    plan = json.loads((kequn.folder / "plan.json").read_bytes())
    assert plan["full"] is True
    assert [one["code"] for one in plan["not_previewed"]] == ["FORBIDDEN_HOST"]


def test_a_run_that_leaves_a_feed_out_says_so_and_ends_with_1(kequn: Command, synced: Zoho) -> None:
    breaks(synced, "/Cases")
    said = kequn("sync", "run", "--full", "--json")
    (ended,) = said.json["runs"]
    assert (said.status, ended["state"], ended["code"]) == (1, "done", "PARTLY")
    assert "could not be synced" in ended["message"]
    status = kequn.well("sync", "status").out
    assert "PARTLY" in status
    synced.emulator.faults.before(None)
    assert run(kequn, "--full")["code"] is None


def test_deletes_beyond_the_brakes_need_their_own_word(kequn: Command, synced: Zoho) -> None:
    policy = {"customer": {"delete": "propagate"}, "guard": {"least": 2, "share": 0.0}}
    (kequn.folder / "strict.json").write_text(json.dumps(policy))
    kequn.well("connection", "edit", "zoho", "--policy", "strict.json")
    for id in sorted(contacts(synced))[:3]:
        synced.emulator.people.delete("Contacts", id)
    said = kequn("sync", "run")
    assert (said.status, "--allow-deletes" in said.err) == (1, True)
    assert run(kequn, "--allow-deletes")["decisions"]["delete"] >= 3


def test_a_plan_that_could_not_be_kept_is_not_made(kequn: Command, synced: Zoho) -> None:
    asked = len(synced.emulator.requests)
    assert "nowhere/plan.json: No such file" in kequn("sync", "plan", "--out", "nowhere/plan.json").error
    assert len(synced.emulator.requests) == asked
