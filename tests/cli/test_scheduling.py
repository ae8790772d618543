"""When a connection is synced, from the command line."""

import json

from tests.cli.shell import Command, Zoho


def test_a_schedule_is_shown_set_and_taken_back(kequn: Command, connected: Zoho) -> None:
    assert kequn.well("connection", "schedule", "zoho").out == "zoho is synced every 60 s\n"
    assert kequn.well("connection", "schedule", "zoho", "--every", "900").out == "zoho is synced every 900 s\n"
    said = kequn.well("connection", "schedule", "zoho", "--cron", "0 3 * * 1-5")
    assert said.out == "zoho is synced at 0 3 * * 1-5 (Asia/Shanghai)\n"
    assert kequn.well("connection", "schedule", "zoho").out == said.out
    assert kequn.well("connection", "schedule", "zoho", "--default").out == "zoho is synced every 60 s\n"


def test_a_schedule_that_cannot_be_is_refused(kequn: Command, connected: Zoho) -> None:
    assert "five fields" in kequn("connection", "schedule", "zoho", "--cron", "now and then").error
    assert "never comes" in kequn("connection", "schedule", "zoho", "--cron", "0 0 30 2 *").error
    assert "five fields" in kequn("connection", "schedule", "zoho", "--cron", "").error
    for wrong in ("nan", "inf", "1e12"):
        assert "from 1 to 31622400" in kequn("connection", "schedule", "zoho", "--every", wrong).error
    assert "either" in kequn("connection", "schedule", "zoho", "--cron", "0 3 * * *", "--every", "9").error
    assert "either" in kequn("connection", "schedule", "zoho", "--default", "--every", "9").error
    assert "--cron" in kequn("connection", "schedule", "zoho", "--zone", "Asia/Tokyo").error
    assert "--cron" in kequn("connection", "schedule", "zoho", "--every", "9", "--zone", "Asia/Tokyo").error


def test_a_run_is_asked_for_once_and_waits_for_a_worker(kequn: Command, connected: Zoho) -> None:
    first = kequn.well("sync", "now", "zoho").out
    assert first.startswith("run_")
    assert kequn.well("sync", "now", "zoho").out == first
    (zoho,) = json.loads(kequn.well("sync", "status", "--json").out)["connections"]
    assert (zoho["last_run"]["id"], zoho["last_run"]["state"]) == (first.strip(), "queued")
    kequn.well("connection", "pause", "zoho")
    assert "is paused" in kequn("sync", "now", "zoho").error
