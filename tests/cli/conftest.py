"""The command in this process, with a database and a key of its own; and a Zoho on a port of this machine."""

import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import plugins.zoho
from kequn.clock import SeededRandom
from kequn.contracts.emulator import EmulatorOptions
from kequn.contracts.secrets import new_key
from kequn.testing.emulator import serve
from tests.cli.shell import Command, Zoho


@pytest.fixture
def kequn(
    sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Command]:
    for name in [name for name in os.environ if name.upper().startswith("KEQUN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("KEQUN_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("KEQUN_SECRET_KEY", new_key(SeededRandom()).reveal())
    monkeypatch.chdir(tmp_path)
    yield Command(capsys, monkeypatch, tmp_path)
    logger = logging.getLogger("kequn")
    logger.handlers.clear()
    logger.propagate = True


@pytest.fixture
def zoho(tmp_path: Path) -> Iterator[Zoho]:
    emulator = plugins.zoho.emulate(EmulatorOptions(random=SeededRandom(1), seed=1, records=20))
    with serve(emulator.app) as url:
        settings = tmp_path / "zoho.json"
        settings.write_text(json.dumps(emulator.settings(url)), encoding="utf-8")
        yield Zoho(emulator, url, settings)


@pytest.fixture
def connected(kequn: Command, zoho: Zoho) -> Zoho:
    """The emulated Zoho, and a connection `zoho` to it that may create everything."""
    policy = zoho.settings.with_name("policy.json")
    kinds = ("customer", "tier", "group", "membership", "feedback", "purchase", "interaction")
    policy.write_text(json.dumps({kind: {"create": "always"} for kind in kinds}), encoding="utf-8")
    kequn.well("connection", "add", "zoho", "--settings", str(zoho.settings), "--policy", str(policy))
    return zoho


@pytest.fixture
def synced(kequn: Command, connected: Zoho) -> Zoho:
    kequn.well("sync", "run")
    return connected
