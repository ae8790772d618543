"""What is left of a day at a CRM is told though nobody has set it: the plugin knows the least that everybody has."""

import asyncio
import json
from pathlib import Path

import plugins.fxiaoke
from cli.installation import opened
from kequn.clock import SeededRandom
from kequn.contracts.emulator import EmulatorOptions
from kequn.store.budgets import SharedBudget
from kequn.testing.emulator import serve
from tests.cli.shell import Command


def connection(kequn: Command) -> str | None:
    """What the doctor says of it."""
    told: list[dict[str, str | None]] = kequn("doctor", "--json").json
    return next(one["wrong"] for one in told if one["what"] == "connection fxiaoke")


async def spend(name: str, cost: int) -> None:
    """Of the day, whatever may be spent in a shorter time."""
    async with opened() as here, here.switchboard.line(here.scope, name) as line:
        day = [one for one in line.plugin.limits(line.settings) if one.seconds == 86_400]
        await SharedBudget(here.database, here.scope, line.connection.id, day, clock=here.clock).acquire(cost)


def test_a_day_of_fxiaokes_that_is_spent_is_found(kequn: Command, tmp_path: Path) -> None:
    """Its settings say nothing of it: one pack is what everybody has."""
    emulator = plugins.fxiaoke.emulate(EmulatorOptions(random=SeededRandom(1), seed=1, records=3))
    with serve(emulator.app) as url:
        settings = tmp_path / "fxiaoke.json"
        settings.write_text(json.dumps(emulator.settings(url)), encoding="utf-8")
        kequn.well("connection", "add", "fxiaoke", "--settings", str(settings))
        assert connection(kequn) is None
        asyncio.run(spend("fxiaoke", 95_000))
        assert "of 100000 units of its limit calls are left" in str(connection(kequn))
