"""The doctor finds what is wrong, names it, and looks at everything else all the same."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import plugins
import plugins.zoho
from cli.clocks import Sign
from cli.doctor import findings
from cli.installation import opened
from kequn.clock import Clock, ManualClock, SystemClock
from kequn.contracts.emulator import EmulatorOptions
from kequn.store import connections, runs, workers
from kequn.testing.emulator import serve
from tests.cli.shell import Command, Zoho


def found(kequn: Command) -> dict[str, str | None]:
    return {one["what"]: one["wrong"] for one in kequn("doctor", "--json").json}


async def work(clock: Clock | None = None) -> None:
    """A worker lives."""
    async with opened() as here, here.database.writing() as session:
        await workers.beat(session, "there:1", (clock or here.clock).now())


async def told(clock: Clock | None = None) -> dict[str, str | None]:
    return {one.what: one.wrong for one in await findings(None, clock)}


def test_a_sound_installation_is_well(kequn: Command, connected: Zoho) -> None:
    asyncio.run(work())
    assert kequn.well("doctor").out.count("ok   ") == 7 + len(plugins.BUILT_IN)
    assert set(found(kequn).values()) == {None}


def test_a_missing_key_is_found(kequn: Command) -> None:
    kequn.monkeypatch.delenv("KEQUN_SECRET_KEY")
    said = kequn("doctor")
    assert said.status == 1
    assert "WRONG secret key: KEQUN_SECRET_KEY is not set" in said.out
    assert found(kequn)["database"] is None


def test_a_key_that_is_another_one_is_found(kequn: Command, connected: Zoho) -> None:
    kequn.monkeypatch.setenv("KEQUN_SECRET_KEY", "a" * 64)
    assert "cannot be opened" in str(found(kequn)["connection zoho"])


def test_a_missing_database_is_found(kequn: Command) -> None:
    kequn.monkeypatch.setenv("KEQUN_DATABASE_URL", "sqlite+aiosqlite:///new.db")
    assert "kequn db upgrade" in str(found(kequn)["database"])


def test_credentials_that_do_not_do_are_found(kequn: Command, connected: Zoho) -> None:
    kequn.well("connection", "edit", "zoho", "--set", "client_secret=wrong")
    assert "kequn connection edit zoho" in str(found(kequn)["connection zoho"])


def test_a_wrong_environment_is_found(kequn: Command) -> None:
    kequn.monkeypatch.setenv("KEQUN_DATABSE_URL", "x")
    assert "KEQUN_DATABASE_URL" in str(found(kequn)["configuration"])


@pytest.mark.anyio
async def test_a_clock_that_was_never_set_is_found(kequn: Command) -> None:
    clock = ManualClock(datetime(1970, 1, 1, tzinfo=UTC))
    assert "set this machine's clock" in str((await told(clock))["clock"])


async def ran(minutes: float) -> None:
    """A run has ended, so long ago."""
    async with opened() as here, here.database.writing() as session:
        connection = await connections.get(session, here.scope, "zoho")
        at = here.clock.now() - timedelta(minutes=minutes)
        claim = await runs.claim(session, here.scope, connection.id, here.ledger.new_id(), "there:1", at)
        await runs.finish(session, claim, "done", at, {})
        await connections.pause(session, here.scope, "zoho")  # whose own clock would tell


@pytest.mark.anyio
async def test_a_clock_before_the_newest_run_is_found(kequn: Command, connected: Zoho) -> None:
    await ran(minutes=1)
    late = ManualClock(SystemClock().now() - timedelta(hours=24))
    assert " 23 hours behind the " in str((await told(late))["clock"])
    assert (await told())["clock"] is None


@pytest.mark.anyio
async def test_a_clock_before_a_heartbeat_is_found(kequn: Command) -> None:
    await work()
    late = ManualClock(SystemClock().now() - timedelta(minutes=60, seconds=30))
    assert " 60 minutes behind the heartbeat of a worker; set this machine's clock" in str((await told(late))["clock"])
    assert (await told())["clock"] is None


@pytest.mark.anyio
@pytest.mark.parametrize(("hours", "side"), [(-1.01, "60 minutes behind"), (24.1, "24 hours ahead of")])
async def test_a_clock_other_than_the_databases_is_found(
    kequn: Command, postgresql_url: str, hours: float, side: str
) -> None:
    kequn.monkeypatch.setenv("KEQUN_DATABASE_URL", postgresql_url)
    wrong = ManualClock(SystemClock().now() + timedelta(hours=hours))
    assert f"{side} the clock of the database" in str((await told(wrong))["clock"])
    assert (await told())["clock"] is None


@pytest.mark.parametrize(("minutes", "side"), [(-3.1, "3 minutes ahead of"), (61.5, "61 minutes behind")])
def test_a_clock_other_than_a_crms_is_found(kequn: Command, tmp_path: Path, minutes: float, side: str) -> None:
    theirs = ManualClock(SystemClock().now() + timedelta(minutes=minutes))
    emulator = plugins.zoho.emulate(EmulatorOptions(clock=theirs))
    with serve(emulator.app) as url:
        settings = tmp_path / "zoho.json"
        settings.write_text(json.dumps(emulator.settings(url)), encoding="utf-8")
        kequn.well("connection", "add", "zoho", "--settings", str(settings))
        said = str(found(kequn)["clock"])
    assert f"{side} the clock of zoho" in said


@pytest.mark.parametrize(
    ("seconds", "past", "want"),
    [(-4, False, False), (4, False, False), (-6, False, True), (6, False, True), (-6, True, True), (1e6, True, False)],
)
def test_seconds_are_nothing_and_what_is_past_may_be_long_ago(seconds: float, past: bool, want: bool) -> None:
    assert Sign("it", timedelta(seconds=seconds), past=past).wrong is want


async def ask(minutes: float) -> None:
    """Somebody has asked for a run, so long ago."""
    async with opened() as here, here.database.writing() as session:
        connection = await connections.get(session, here.scope, "zoho")
        old = here.clock.now() - timedelta(minutes=minutes)
        await runs.enqueue(session, here.scope, connection.id, here.ledger.new_id(), "api", old)


@pytest.mark.anyio
async def test_that_no_worker_lives_is_found(kequn: Command, connected: Zoho) -> None:
    await work(ManualClock(SystemClock().now() - timedelta(seconds=61)))
    assert str((await told())["workers"]).startswith("none lives; start `kequn serve`")
    await work()
    assert (await told())["workers"] is None


@pytest.mark.anyio
async def test_a_run_that_nobody_takes_up_is_found(kequn: Command, connected: Zoho) -> None:
    await ask(minutes=5)
    assert "none lives, and a run waits since" in str((await told())["workers"])
    await work()
    assert "though a worker lives" in str((await told())["workers"])


@pytest.mark.anyio
async def test_a_paused_connection_needs_no_worker(kequn: Command, connected: Zoho) -> None:
    await ask(minutes=5)
    async with opened() as here, here.database.writing() as session:
        await connections.pause(session, here.scope, "zoho")
    assert (await told())["workers"] is None


@pytest.mark.anyio
async def test_a_limit_that_is_spent_is_found(kequn: Command, connected: Zoho) -> None:
    async with opened() as here:
        async with here.database.writing() as session:
            tools: dict[str, Any] = {"keyring": here.keyring, "settings": {"daily_credits": 10_000}}
            await connections.edit(session, here.scope, here.registry.crm("zoho"), "zoho", **tools)
        async with here.switchboard.line(here.scope, "zoho") as line:
            await line.host.budget.acquire(9500)
    assert "of 10000 units of its limit credits are left" in str((await told())["connection zoho"])
