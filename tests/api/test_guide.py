"""docs/graphql.md: what it shows is sent to a server, as it stands there."""

import re
import subprocess
from concurrent.futures import Future, ThreadPoolExecutor, wait
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx
import pytest

from kequn.clock import uuid7
from kequn.contracts.identity import format_id
from kequn.store.scope import Role
from kequn.store.tables import Connection
from tests.api.conftest import House
from tests.api.served import Server, serving
from tests.api.talk import stream
from tests.needs import lacking

pytestmark = pytest.mark.anyio
GUIDE = (Path(__file__).parents[2] / "docs" / "graphql.md").read_text(encoding="utf-8")
NODE = Path(__file__).parents[1] / "node"
MADE = 'mutation { createCustomer(input: {name: "a"}) { customer { id } } }'


def snippets(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)


async def customer(house: House, version: int) -> str:
    """The id of a customer who was changed until they had this version."""
    answer = (await house.graphql(MADE, Role.OPERATOR)).json()
    id: str = answer["data"]["createCustomer"]["customer"]["id"]
    for number in range(1, version):
        edit = f'mutation {{ updateCustomer(id: "{id}", input: {{name: "{number}"}}) {{ problems {{ code }} }} }}'
        assert (await house.graphql(edit, Role.OPERATOR)).json()["data"]["updateCustomer"]["problems"] == []
    return id


async def connection(house: House) -> str:
    """The id of a connection."""
    id, now = uuid7(house.clock, house.random), house.clock.now()
    made = Connection(tenant_id=house.tenant, id=id, name="crm", plugin="memory", state="active", created_at=now)
    async with house.database.writing() as session:
        session.add(made)
    return format_id("connection", id)


def problems(answer: Any) -> list[Any]:
    """What a mutation says went wrong."""
    payloads = [value for value in answer["data"].values() if isinstance(value, dict)]
    return [problem for payload in payloads for problem in payload.get("problems", [])]


@pytest.mark.parametrize("operation", snippets("graphql"))
async def test_its_operations_do_what_they_say(house: House, operation: str) -> None:
    ids = cycle([await customer(house, 3), await customer(house, 1)])
    operation = re.sub("cus_…", lambda _: next(ids), operation)
    role = Role.ADMIN if "con_…" in operation else Role.OPERATOR
    operation = operation.replace("con_…", await connection(house))
    if operation.startswith("subscription"):
        headers = {"Authorization": f"Bearer {await house.token(Role.OPERATOR)}"}
        async with stream(house.app, {"query": operation}, headers) as reader:
            assert (await reader.start())[0] == 200
        return
    answer = (await house.graphql(operation, role)).json()
    assert "errors" not in answer, answer
    assert problems(answer) == []


@pytest.mark.parametrize("body", re.findall(r"curl .*?-d '(.*?)'", GUIDE, re.DOTALL))
async def test_its_requests_are_answered(house: House, body: str) -> None:
    headers = {"Authorization": f"Bearer {await house.token(Role.VIEWER)}", "Content-Type": "application/json"}
    async with house.browser() as browser:
        answer = await browser.post("/graphql", content=body, headers=headers)
    assert (answer.status_code, answer.json().keys()) == (200, {"data"})


@pytest.mark.parametrize("script", snippets("js"))
def test_its_scripts_are_told_of_a_customer(node: str, sqlite_template: Path, tmp_path: Path, script: str) -> None:
    if not (NODE / "node_modules").is_dir():
        lacking("node", "`make node` was not run")
    with serving(sqlite_template, tmp_path) as server, ThreadPoolExecutor(1) as threads:
        script = script.replace("ws://127.0.0.1:8000/graphql", server.url.replace("http", "ws"))
        head = f'import WebSocket from "ws"; globalThis.WebSocket ??= WebSocket; const token = "{server.token}";'
        command = [node, "--input-type=module", "-e", f"{head}\n{script}"]
        with subprocess.Popen(command, cwd=NODE, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            told = threads.submit(process.stdout.readline)
            try:
                make_until(told, server)
            finally:
                process.terminate()
    assert told.result() == b"a\n"


def make_until(told: Future[bytes], server: Server) -> None:
    """Make customers, until somebody was told of one, or it takes too long."""
    with httpx.Client(headers={"Authorization": f"Bearer {server.token}"}, timeout=60) as http:
        for _ in range(60):
            assert http.post(server.url, json={"query": MADE}).json().keys() == {"data"}
            if wait({told}, timeout=0.5).done:
                return
