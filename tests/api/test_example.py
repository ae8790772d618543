"""examples/typescript: types are generated from our schema, it compiles, and does what it says; with trusted documents
too. It needs Node and what `make node` installs."""

import subprocess
from pathlib import Path

import pytest

from tests.api.served import serving
from tests.needs import lacking

EXAMPLE = Path(__file__).parents[2] / "examples" / "typescript"
SAID = ["BAD_PHONE input.phone", "Example One -", "Example Three -", "Example Two -"]


def run(node: str, program: str, *arguments: str) -> str:
    command = [node, program, *arguments]
    done = subprocess.run(command, cwd=EXAMPLE, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(node: str) -> str:
    if not (EXAMPLE / "node_modules").is_dir():
        lacking("node", "`make node` was not run")
    run(node, "node_modules/@graphql-codegen/cli/cjs/bin.js", "--config", "codegen.json")
    run(node, "node_modules/typescript/bin/tsc")
    return node


def test_the_example_runs(built: str, sqlite_template: Path, tmp_path: Path) -> None:
    trusted = {"KEQUN_TRUSTED_DOCUMENTS": str(EXAMPLE / "src/gql/persisted-documents.json"), "KEQUN_TRUSTED_ONLY": "1"}
    for way, settings in {"text": {}, "by-hash": trusted}.items():
        with serving(sqlite_template, tmp_path, **settings) as server:
            assert run(built, "dist/main.js", server.url, server.token, way).splitlines() == SAID
