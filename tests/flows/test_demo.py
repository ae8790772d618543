"""The demo: what `--once --json` tells, what a newcomer is told, and that an edit on either side reaches the other."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

import plugins
import plugins.fxiaoke
import plugins.jiandaoyun
import plugins.zoho
from cli import disputes, stage, tour
from cli.installation import Installation
from cli.serve import application
from cli.stage import Crm
from cli.sync import run_one
from kequn.clock import SystemRandom
from kequn.registry import Registry
from kequn.settings import Settings

PROGRAM = str(Path(sys.executable).with_name("kequn"))


def test_once_tells_what_happened_and_the_second_run_writes_nothing(tmp_path: Path) -> None:
    command = [PROGRAM, "demo", "--once", "--json", "--records", "200"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=180)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [one["name"] for one in told["connections"]] == [name.partition(".")[2] for name in plugins.BUILT_IN]
    for one in told["connections"]:
        assert list(one) == ["name", "plugin", "pulled", "pushed", "conflicts", "problems", "requests"]
        assert one["problems"] == []
    assert told["conflicts"] == sum(one["conflicts"] for one in told["connections"]) <= 4 * len(told["connections"])
    assert told["second_run_writes"] == 0
    assert told["rows"]["customer"] >= 220
    assert [kind for kind in ("group", "tier", "membership", "feedback", "purchase") if not told["rows"][kind]] == []
    assert list(told["seconds"]) == ["emulators", "first_run", "second_run"]
    assert set(told["seconds"]) == {"emulators", "first_run", "second_run"}
    assert list(tmp_path.iterdir()) == []


def test_it_is_on_its_own_whatever_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of a newcomer's other kequn is read, touched or told of."""
    before = {f"KEQUN_{name.upper()}": None for name in Settings.model_fields}
    for name in before:
        monkeypatch.setenv(name, "nothing that would do")
    settings = stage.settings_in(tmp_path, SystemRandom(), None)
    given = settings.model_dump() | {"worker_id": "", "secret_key": None}
    said = {"dev": True, "sync_seconds": stage.SECONDS_BETWEEN_RUNS, "database_url": settings.database_url}
    for name in before:
        monkeypatch.delenv(name)
    assert given == Settings().model_dump() | said | {"worker_id": "", "secret_key": None}
    assert str(tmp_path) in settings.database_url


@dataclass(frozen=True)
class Served:
    """The demo as a newcomer has started it: where, and what it told."""

    folder: Path
    guide: str


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The demo, serving; Ctrl-C ends it."""
    folder = tmp_path_factory.mktemp("demo")
    command = [PROGRAM, "demo", "--port", "0", "--records", "20"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield Served(folder, guide_of(process))
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=60) == 0
        finally:
            process.kill()


def guide_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    lines: list[str] = []
    while "Ctrl-C" not in "".join(lines[-1:]):
        lines.append(process.stdout.readline())
        assert lines[-1], process.stderr and process.stderr.read()
    return "".join(lines)


def test_a_newcomer_finds_graphiql_and_the_crm(demo: Served) -> None:
    graphiql, people = re.findall(r"http://\S+/(?:graphql|people)\b", demo.guide)[:2]
    assert "GraphiQL" in httpx.get(graphiql).text
    assert "Zoho CRM, emulated" in httpx.get(people, follow_redirects=True).text
    assert (demo.folder / ".kequn" / "demo" / "secret.key").stat().st_mode & 0o777 == 0o600
    second = subprocess.run([PROGRAM, "demo", "--port", "0"], cwd=demo.folder, capture_output=True, text=True)
    assert (second.returncode, "another demo" in second.stderr) == (1, True)


def test_a_port_in_use_is_told_before_anything_else(tmp_path: Path, demo: Served) -> None:
    port = re.findall(r":(\d+)/graphql", demo.guide)[0]
    done = subprocess.run([PROGRAM, "demo", "--port", port], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith(f"kequn: port {port} ")
    assert done.stderr.count("\n") == 1


# -- both directions --------------------------------------------------------------------------------------------------


class Town:
    """The demo in this process: one customer, seen by a frontend developer and by somebody who works in the CRM."""

    def __init__(self, here: Installation, crm: Crm, example: tour.Example) -> None:
        self.here, self.crm, self.example = here, crm, example
        self.guide = "\n".join(tour.guide("http://127.0.0.1", [example]))

    async def ask(self, query: str) -> Any:
        transport = httpx.ASGITransport(application(self.here, worker=False))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
            answer = (await http.post("/graphql", json={"query": query})).json()
        assert "errors" not in answer, answer
        return answer["data"]

    async def person(self, method: str, **form: str) -> httpx.Response:
        async with httpx.AsyncClient() as http:
            return await http.request(method, self.example.page, data=form or None)

    async def work(self) -> None:
        """What the worker of the server would do within its seconds."""
        await run_one(self.here, self.crm.name, lambda progress: None)


@pytest.fixture
async def town(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Town]:
    registry = stage.built_in_alone()
    with stage.emulated(registry, 20) as crms:
        async with stage.installed(tmp_path, registry, crms) as here:
            await run_one(here, "zoho", lambda progress: None)
            example = await tour.open_pages(here, crms[0])
            assert example is not None
            yield Town(here, crms[0], example)


@pytest.mark.anyio
async def test_the_lines_of_the_guide_do_what_they_say(town: Town) -> None:
    query = re.search(r"^ +(\{ customer.*)$", town.guide, re.MULTILINE)
    mutation = re.search(r"^ +(mutation .*)$", town.guide, re.MULTILINE)
    curl = re.search(r"--data-urlencode (\w+)=(\S+) (\S+)$", town.guide, re.MULTILINE)
    assert query
    assert mutation
    assert curl
    assert (await town.ask(mutation[1]))["updateCustomer"]["problems"] == []
    await town.work()
    assert f'value="{tour.HERE}"' in (await town.person("GET")).text
    assert (await town.person("POST", **{curl[1]: curl[2]})).status_code == 303
    await town.work()
    assert (await town.ask(query[1]))["customer"][tour.FIELD] == tour.THERE


@pytest.mark.anyio
async def test_the_crm_refuses_what_it_would_refuse_a_person(town: Town) -> None:
    unknown = await town.person("POST", Nonsense="1")
    assert (unknown.status_code, "Nonsense" in unknown.text) == (400, True)
    refused = await town.person("POST", Email="no address")
    assert (refused.status_code, "Email" in refused.text) == (400, True)


@pytest.mark.anyio
async def test_the_lists_of_the_crm_can_be_searched_and_are_escaped(town: Town) -> None:
    town.crm.emulator.people.create("Contacts", {"Last_Name": "<b>东</b>"})
    async with httpx.AsyncClient(base_url=town.crm.url) as http:
        page = (await http.get("/people/Contacts", params={"q": "<B>"})).text
        assert "1 of 21" in page
        assert "&lt;b&gt;东&lt;/b&gt;" in page
        assert "<b>东" not in page
        assert [(await http.get(path)).status_code for path in ("/people/Nothing", "/people/Contacts/1")] == [404, 404]


# -- three CRMs -------------------------------------------------------------------------------------------------------

THREE = [plugins.zoho, plugins.fxiaoke, plugins.jiandaoyun]


@pytest.mark.anyio
@pytest.mark.requirement("X01")
async def test_settling_a_conflict_changes_every_crm_that_knows_the_person(tmp_path: Path) -> None:
    registry = Registry.load(THREE, entry_points=False)
    with stage.emulated(registry, 20) as crms:
        async with stage.installed(tmp_path, registry, crms) as here:
            await _round(here, crms, times=2)
            for crm in crms:
                await tour.open_pages(here, crm)
            dispute = await disputes.find(here, crms)
            assert dispute is not None
            before = [(await _page(page)).count("1990000000") for _, page in dispute.pages]
            assert (len(before), before[-1]) == (3, 0)
            query, mutation = re.findall(r"^ +((?:\{|mutation).*)$", "\n".join(disputes.walk(dispute)), re.MULTILINE)
            town = Town(here, crms[0], tour.Example(crms[0], "", "", "", ""))
            connected = (await town.ask("{ connections { edges { node { plugin state } } } }"))["connections"]["edges"]
            assert {edge["node"]["plugin"] for edge in connected} == {"zoho", "fxiaoke", "jiandaoyun"}
            nodes = [edge["node"] for edge in (await town.ask(query))["conflicts"]["edges"]]
            assert {node["field"] for node in nodes} == {"phone"}
            assert {node["connection"]["name"] for node in nodes} == {"fxiaoke", "jiandaoyun"}
            settled = (await town.ask(mutation))["settleConflict"]
            assert settled == {"conflict": {"state": "SETTLED"}, "problems": []}
            await _round(here, crms, times=2)
            assert ["19908888888" in await _page(page) for _, page in dispute.pages] == [True] * 3
            writes = sum(crm.writes for crm in crms)
            await _round(here, crms)
            assert sum(crm.writes for crm in crms) == writes


async def _round(here: Installation, crms: list[Crm], times: int = 1) -> None:
    for _ in range(times):
        for crm in crms:
            ended = await run_one(here, crm.name, lambda progress: None)
            assert (ended["code"], ended["problems"]) == (None, [])


async def _page(address: str) -> str:
    async with httpx.AsyncClient() as http:
        return (await http.get(address)).text
