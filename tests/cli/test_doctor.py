"""The doctor finds what is wrong, names it, and looks at everything else all the same."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import plugins
from cli.doctor import findings
from cli.installation import opened
from kequn.clock import ManualClock
from kequn.store import connections, runs
from tests.cli.shell import Command, Zoho


def found(kequn: Command) -> dict[str, str | None]:
    return {one["what"]: one["wrong"] for one in kequn("doctor", "--json").json}


def test_a_sound_installation_is_well(kequn: Command, connected: Zoho) -> None:
    assert kequn.well("doctor").out.count("ok   ") == 6 + len(plugins.BUILT_IN)
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
    told = {one.what: one.wrong for one in await findings(None, ManualClock(datetime(1970, 1, 1, tzinfo=UTC)))}
    assert "set this machine's clock" in str(told["clock"])


@pytest.mark.anyio
async def test_a_run_that_nobody_takes_up_is_found(kequn: Command, connected: Zoho) -> None:
    async with opened() as here, here.database.writing() as session:
        connection = await connections.get(session, here.scope, "zoho")
        old = here.clock.now() - timedelta(minutes=5)
        await runs.enqueue(session, here.scope, connection.id, here.ledger.new_id(), "api", old)
    told = {one.what: one.wrong for one in await findings(None)}
    assert "kequn worker" in str(told["workers"])


@pytest.mark.anyio
async def test_a_limit_that_is_spent_is_found(kequn: Command, connected: Zoho) -> None:
    async with opened() as here:
        async with here.database.writing() as session:
            tools: dict[str, Any] = {"keyring": here.keyring, "settings": {"daily_credits": 10_000}}
            await connections.edit(session, here.scope, here.registry.crm("zoho"), "zoho", **tools)
        async with here.switchboard.line(here.scope, "zoho") as line:
            await line.host.budget.acquire(9500)
    told = {one.what: one.wrong for one in await findings(None)}
    assert "of 10000 units of its limit credits are left" in str(told["connection zoho"])
