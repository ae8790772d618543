"""Clients that others wrote, against `kequn serve`: the audits of graphql-http, and the clients graphql-ws and
graphql-sse. They need Node and what `make node` installs."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.api.served import Server, serving
from tests.needs import lacking

HERE = Path(__file__).parents[1] / "node"
GUIDE = Path(__file__).parents[2] / "docs" / "graphql.md"
WANTED = {"MUST": (13, 13), "SHOULD": (23, 23), "MAY": (22, 25)}  # at least so many, of all


@pytest.fixture(scope="module")
def server(node: str, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if not (HERE / "node_modules").is_dir():
        lacking("node", "`make node` was not run")
    with serving(sqlite_template, tmp_path_factory.mktemp("served")) as server:
        yield server


def told(node: str, script: str, server: Server) -> dict[str, Any]:
    """What a script of tests/node prints."""
    done = subprocess.run([node, HERE / script, server.url, server.token], capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    found: dict[str, Any] = orjson.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def audits(node: str, server: Server) -> dict[str, Any]:
    return told(node, "audit.mjs", server)


@pytest.mark.parametrize("kind", WANTED)
def test_the_audits_of_graphql_http(audits: dict[str, Any], kind: str) -> None:
    least, all = WANTED[kind]
    assert audits[kind]["all"] == all
    assert audits[kind]["ok"] >= least, audits[kind]["failed"]


def test_their_result_stands_in_the_guide(audits: dict[str, Any]) -> None:
    text = GUIDE.read_text(encoding="utf-8")
    for kind, count in audits.items():
        assert f"{count['ok']} of {count['all']} {kind}" in text, count["failed"]


@pytest.fixture(scope="module")
def stories(node: str, server: Server) -> dict[str, Any]:
    return told(node, "subscribe.mjs", server)


@pytest.mark.parametrize(("way", "name"), [("socket", "over a socket"), ("events", "over events")])
def test_the_clients_of_others(stories: dict[str, Any], way: str, name: str) -> None:
    story = stories[way]
    assert story["asked"]["data"] == {"__typename": "Query"}
    event = {"change": {"op": "CREATE"}, "customer": {"name": name}}
    assert story["told"]["data"] == {"customerChanged": event}
    assert "nope" in story["wrong"]
