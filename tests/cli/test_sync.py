"""Syncing from the command line: plan, apply, run, status, conflicts, resolve."""

import asyncio
import json
import os
import signal
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from cli.installation import opened
from cli.sync import run_one
from kequn.clock import ManualClock
from kequn.domain import customers, rates
from kequn.store import connections
from tests.cli.shell import Command, Zoho
from tests.cli.story import contacts, disputed, entered, run
from tests.databases import PostgreSQL

PROGRAM = str(Path(sys.executable).with_name("kequn"))


def test_a_run_pulls_everything_and_a_second_writes_nothing(kequn: Command, connected: Zoho) -> None:
    first = run(kequn)
    assert (first["state"], first["problems"]) == ("done", [])
    assert first["pulled"] >= 20
    writes = connected.writes
    run(kequn, "zoho", "--full")
    assert connected.writes == writes


def test_a_run_takes_the_rates_of_the_crm_along(kequn: Command, synced: Zoho) -> None:
    async def known() -> list[tuple[str, str]]:
        async with opened() as here, here.database.reading() as session:
            return [(one.currency, one.source) for one in await rates.known(session, here.scope)]

    assert asyncio.run(known()) == [("USD", "zoho")]


def test_a_run_tells_people_how_far_it_is_and_how_it_ended(kequn: Command, connected: Zoho) -> None:
    said = kequn.well("sync", "run", "--all")
    assert "zoho: pull contacts" in said.err
    assert said.out.startswith("zoho: done in ")


def test_a_person_edits_in_the_crm_and_it_shows_in_the_next_run(kequn: Command, synced: Zoho) -> None:
    synced.emulator.people.edit("Contacts", min(contacts(synced)), {"Mailing_City": "成都"})
    assert run(kequn)["decisions"]["update"] == 1


def test_a_plan_writes_nothing_and_apply_does_exactly_that(kequn: Command, connected: Zoho) -> None:
    said = kequn.well("sync", "plan", "--out", "plan.json")
    assert "would create 22 customer here" in said.out
    assert stat.S_IMODE(Path("plan.json").stat().st_mode) == 0o600
    assert kequn.well("sync", "status", "--json").json["connections"][0]["last_run"] is None
    kequn.well("sync", "apply", "plan.json")
    assert kequn.well("sync", "plan").out.startswith("zoho: nothing to do\n")


def test_a_plan_that_the_world_has_left_behind_is_refused_with_the_difference(kequn: Command, synced: Zoho) -> None:
    one, other = sorted(contacts(synced))[:2]
    synced.emulator.people.edit("Contacts", one, {"Mailing_City": "成都"})
    kequn.well("sync", "plan", "--out", "plan.json")
    synced.emulator.people.edit("Contacts", other, {"Mailing_City": "重庆"})
    said = kequn("sync", "apply", "plan.json")
    assert "plan again" in said.error
    assert "重庆" in "".join(line for line in said.err.splitlines() if line.startswith("+ "))
    assert run(kequn)["decisions"]["update"] == 2


def test_something_else_is_no_plan(kequn: Command, connected: Zoho) -> None:
    assert "is not a plan" in kequn("sync", "apply", str(connected.settings)).error


def test_status_tells_the_last_run_and_how_old_it_is(kequn: Command, synced: Zoho) -> None:
    (one,) = kequn.well("sync", "status", "--json").json["connections"]
    assert one["last_run"]["state"] == "done"
    assert one["lag_seconds"] < 60
    assert (one["outbox"], one["hints"], one["conflicts"]) == ([], [], 0)
    assert "last run: done" in kequn.well("sync", "status", "zoho").out


def test_what_cannot_go_out_is_listed_with_cause_count_and_next_try(kequn: Command, synced: Zoho) -> None:
    entered(kequn, lambda desk: customers.create(desk, {"type": "person", "last_name": "长" * 200, "name": "长" * 200}))
    kequn("sync", "run")
    (waits,) = kequn.well("sync", "status", "--json").json["connections"][0]["outbox"]
    assert (waits["kind"], waits["count"], waits["code"]) == ("customer", 1, "REJECTED")
    assert waits["next_try_at"]
    assert "1 customer to be pushed, next try in" in kequn.well("sync", "status").out


def test_a_conflict_is_listed_with_both_sides_and_settled(kequn: Command, synced: Zoho) -> None:
    id = disputed(kequn, synced)
    (one,) = kequn.well("sync", "conflicts", "--json").json["conflicts"]
    assert (one["field"], one["ours"], one["theirs"]) == ("city", {"city": "杭州"}, {"city": "成都"})
    assert f"--choose {'|'.join(one['choices'])}" in kequn.well("sync", "conflicts", "zoho").out
    kequn.well("sync", "resolve", one["id"], "--choose", "ours")
    run(kequn)
    assert contacts(synced)[id]["Mailing_City"] == "杭州"
    assert kequn.well("sync", "conflicts").out == "nothing to decide\n"


def test_a_conflict_is_settled_by_a_third_value(kequn: Command, synced: Zoho) -> None:
    id = disputed(kequn, synced)
    (one,) = kequn.well("sync", "conflicts", "--json").json["conflicts"]
    assert "wants --value" in kequn("sync", "resolve", one["id"], "--choose", "value").error
    kequn.well("sync", "resolve", one["id"], "--choose", "value", "--value", "重庆")
    run(kequn)
    assert contacts(synced)[id]["Mailing_City"] == "重庆"


def test_a_choice_that_is_none_names_those_there_are(kequn: Command, synced: Zoho) -> None:
    disputed(kequn, synced)
    (one,) = kequn.well("sync", "conflicts", "--json").json["conflicts"]
    assert "ours, theirs, value" in kequn("sync", "resolve", one["id"], "--choose", "both").error
    assert kequn("sync", "resolve", "cfl_1", "--choose", "ours").status == 1
    assert kequn("sync", "resolve", f"cfl_{0:032x}", "--choose", "ours").status == 1


@pytest.mark.parametrize("command", [("conflicts",), ("resolve", "--all", "--choose", "theirs", "--yes")])
def test_a_field_that_is_none_names_those_there_are(kequn: Command, command: tuple[str, ...]) -> None:
    told = kequn("sync", *command, "--field", "citty").error
    assert told.startswith("kequn: there is no field citty (did you mean city?); there are active, amount, ")
    told = kequn("sync", *command, "--kind", "tier", "--field", "city").error
    assert told == "kequn: there is no field city of tier; there are description, name, rank"
    kequn.well("sync", *command, "--field", "city")


def test_what_narrows_many_conflicts_is_not_overlooked_for_one(kequn: Command) -> None:
    one = ("sync", "resolve", "cfl_" + "0" * 32, "--choose", "ours")
    assert "go with --all" in kequn(*one, "--connection", "zoho").error
    assert "--value" in kequn("sync", "resolve", "--all", "--choose", "ours", "--value", "x").error


def test_a_paused_connection_is_left_alone(kequn: Command, synced: Zoho) -> None:
    kequn.well("connection", "pause", "zoho")
    assert "kequn connection resume zoho" in kequn("sync", "run").error
    assert kequn.well("sync", "run", "--all", "--json").json == {"runs": []}


def test_without_connections_it_says_how_to_make_one(kequn: Command) -> None:
    assert "kequn connection add" in kequn("sync", "run").error
    assert "kequn connection add" in kequn.well("sync", "status").out


def test_of_several_connections_one_must_be_named(kequn: Command, connected: Zoho) -> None:
    kequn.well("connection", "add", "other", "--plugin", "zoho", "--settings", str(connected.settings))
    assert "other, zoho" in kequn("sync", "run").error
    assert kequn("sync", "run", "zoho", "--all").error == "kequn: either zoho or --all"


def test_an_answer_cut_in_half_is_asked_for_again(kequn: Command, connected: Zoho) -> None:
    connected.emulator.faults.script("truncated_json")
    ended = run(kequn)
    assert (ended["state"], ended["problems"], connected.emulator.requests[0].fault) == ("done", [], "truncated_json")


def test_html_in_place_of_json_is_tried_again_and_told_by_name(kequn: Command, connected: Zoho) -> None:
    connected.emulator.faults.script(*["html_502"] * 20)

    async def patient() -> dict[str, Any]:
        async with opened(clock=ManualClock()) as here:  # it waits between the tries
            return await run_one(here, "zoho", lambda progress: None)

    ended = asyncio.run(patient())
    assert (ended["state"], ended["code"]) == ("failed", "RETRY_LATER")
    assert ended["message"].startswith("zoho: ")
    assert "502" in ended["message"]


def test_one_failing_connection_does_not_stop_the_others(kequn: Command, connected: Zoho) -> None:
    given = json.loads(connected.settings.read_text()) | {"client_secret": "wrong"}
    (kequn.folder / "wrong.json").write_text(json.dumps(given))
    kequn.well("connection", "add", "broken", "--plugin", "zoho", "--settings", "wrong.json")
    said = kequn("sync", "run", "--all", "--json")
    assert said.status == 1
    assert {one["connection"]: one["state"] for one in said.json["runs"]} == {"broken": "failed", "zoho": "done"}
    assert said.error.startswith("kequn: 1 of 2 connections did not go well: broken: ")


@pytest.mark.parametrize("command", ["run", "plan"])
def test_what_nobody_foresaw_of_one_connection_does_not_stop_the_others(
    kequn: Command, connected: Zoho, command: str
) -> None:
    kequn.well("connection", "add", "lost", "--plugin", "zoho", "--settings", str(connected.settings))
    asyncio.run(mangle("lost"))
    said = kequn("sync", command, "--all")
    assert said.status == 1
    assert "zoho: done in" in said.out or "would create" in said.out
    assert "lost: something is wrong (TypeError)" in said.error
    told = kequn("sync", command, "--all", "--json").json[f"{command}s"]
    assert {one["connection"]: one.get("code") for one in told} == {"lost": "INTERNAL", "zoho": None}
    assert "Traceback" in kequn("sync", command, "--all", "--debug").err


async def mangle(connection: str) -> None:
    """Its settings are none any more."""
    async with opened() as here, here.database.writing() as session:
        (await connections.get(session, here.scope, connection)).settings = 5  # type: ignore[assignment]


def test_status_is_shown_again_and_again_until_somebody_stops_it(kequn: Command, synced: Zoho) -> None:
    command = [PROGRAM, "sync", "status", "--watch", "--every", "0.1", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        shown = [json.loads(program.stdout.readline())["connections"][0]["name"] for _ in range(3)]
        program.send_signal(signal.SIGINT)
        assert (shown, program.wait(timeout=60)) == (["zoho"] * 3, 130)


def test_status_waits_for_a_database_that_is_away(postgresql: PostgreSQL, postgresql_url: str) -> None:
    command = [PROGRAM, "sync", "status", "--watch", "--every", "0.1", "--json"]
    here = os.environ | {"KEQUN_DATABASE_URL": postgresql_url}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=here) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        shown = program.stdout.fileno()
        assert os.read(shown, 1)
        with postgresql.away(postgresql_url):
            assert b"DATABASE_AWAY" in program.stderr.readline()
            os.set_blocking(shown, False)
            with suppress(BlockingIOError):
                os.read(shown, 1 << 16)  # what it showed before
            os.set_blocking(shown, True)
        assert os.read(shown, 1)
        program.send_signal(signal.SIGINT)
        assert program.wait(timeout=60) == 130
