"""The Dockerfile and the compose file: what they name is there, and a linter has nothing to say. No engine is needed to
see that."""

import os
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
import yaml  # type: ignore[import-untyped]
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from typer.main import get_command

from kequn.__main__ import commands
from kequn.serving import listen
from kequn.settings import Settings
from tests.needs import lacking

ROOT = Path(__file__).parent.parent
ANY = "0.0.0.0"  # noqa: S104 - what the image sets
SETTINGS = {f"KEQUN_{name.upper()}" for name in Settings.model_fields}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return found


def instructions() -> list[tuple[str, str]]:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.partition(" ")[0], line.partition(" ")[2]) for line in lines]


def has_command(words: list[str]) -> bool:
    command: Any = get_command(commands())
    for word in words:
        if word.startswith("-"):
            return any(word in (*option.opts, *option.secondary_opts) for option in command.params)
        command = command.commands.get(word) if hasattr(command, "commands") else None
        if command is None:
            return False
    return True


def test_the_image_is_made_of_what_is_there() -> None:
    sources = [words[:-1] for name, rest in instructions() if name == "COPY" for words in [shlex.split(rest)]]
    local = [source for words in sources if not words[0].startswith("--from") for source in words]
    assert local
    assert [source for source in local if not (ROOT / source).exists()] == []
    assert {"FROM", "USER", "HEALTHCHECK", "ENTRYPOINT", "CMD"} <= {name for name, _ in instructions()}


def test_a_linter_finds_nothing_in_the_dockerfile() -> None:
    hadolint = shutil.which("hadolint", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if hadolint is None:
        lacking("hadolint", "its wheel is not installed in this venv")
    said = subprocess.run([hadolint, "--no-color", ROOT / "Dockerfile"], capture_output=True, text=True)
    assert (said.stdout, said.returncode) == ("", 0)


def test_a_linter_finds_nothing_in_the_compose_file(node: str) -> None:
    """It holds the file against the schema of compose files, too."""
    linter = ROOT / "tests" / "node" / "node_modules" / "dclint" / "bin" / "dclint.cjs"
    if not linter.exists():
        lacking("node", "`make node` was not run")
    rules = ("--config", ROOT / "tests" / "node" / "dclint.json", "--max-warnings", "0", "--color", "false")
    said = subprocess.run([node, linter, *rules, ROOT / "compose.yaml"], capture_output=True, text=True)
    assert (said.stdout.strip(), said.stderr, said.returncode) == ("", "", 0)


def test_the_image_sets_settings_that_exist_and_starts_a_command_that_does() -> None:
    given = [part.partition("=")[0] for name, rest in instructions() if name == "ENV" for part in shlex.split(rest)]
    assert [name for name in given if name.startswith("KEQUN_") and name not in SETTINGS] == []
    (command,) = (yaml.safe_load(rest) for name, rest in instructions() if name == "CMD")
    assert has_command(command)


def test_the_services_set_settings_that_exist_and_run_commands_that_do(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        if name != "database":
            assert {one for one in service["environment"] if one.startswith("KEQUN_")} <= SETTINGS
            assert has_command(service["command"]), name


def test_the_services_wait_for_services_that_exist(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for needed, condition in service.get("depends_on", {}).items():
            assert needed in compose["services"]
            if condition["condition"] == "service_healthy":
                assert "healthcheck" in compose["services"][needed]


@pytest.mark.parametrize(("host", "status", "ends"), [("127.0.0.1", 200, 0), (ANY, 200, 0), (ANY, 503, 1)])
def test_the_health_check_asks_where_the_settings_say(host: str, status: int, ends: int) -> None:
    async def readyz(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("", status if scope["path"] == "/readyz" else 404)(scope, receive, send)

    with serving(readyz, host) as port:
        assert looked(host, port) == ends
    assert looked(host, port) == 1  # nobody is there any more


def looked(host: str, port: int) -> int:
    (check,) = (rest.partition("CMD")[2] for name, rest in instructions() if name == "HEALTHCHECK")
    there = {"KEQUN_HOST": host, "KEQUN_PORT": str(port), "http_proxy": "http://127.0.0.1:1"}
    words = [sys.executable, *yaml.safe_load(check)[1:]]
    return subprocess.run(words, env=there, stderr=subprocess.DEVNULL).returncode


@contextmanager
def serving(app: ASGIApp, host: str) -> Iterator[int]:
    """On a port that is free, at this address."""
    with listen(0, host) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def test_no_secret_stands_in_either_file() -> None:
    for name in ("Dockerfile", "compose.yaml"):
        text = (ROOT / name).read_text(encoding="utf-8")
        for line in text.splitlines():
            if "SECRET_KEY:" in line or "PASSWORD:" in line:
                assert "${" in line, line


def test_secrets_beside_the_compose_file_stay_out_of_the_image() -> None:
    """It says itself that they may stand in a file `.env`, and the whole folder is copied."""
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert {"**/.env", "**/.env.*"} <= set(ignored)
    assert ".env" in (ROOT / ".gitignore").read_text(encoding="utf-8").split()
