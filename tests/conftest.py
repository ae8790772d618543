"""What every test shares: the event loop's backend, databases, Node, hypothesis' profile and the report at the end."""

import gc
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Connection, Engine, event

from kequn.testing.simulation.direct import Statements
from tests.needs import lacking
from tests.report import Report

pytest_plugins = ["tests.databases"]

ROOT = Path(__file__).parent.parent

# No deadline: a shared machine is slow at times. The same examples in every run: failing is no matter of luck.
settings.register_profile("house", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--requirements", action="store_true", help="end with the requirements that this run proved")


def pytest_configure(config: pytest.Config) -> None:
    gc.set_threshold(50_000, 20, 50)  # its walks were a third of what it takes to load all tests
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's "&" ignores it, and programs inherit that
    config.pluginmanager.import_plugin("tests.databases")
    config.pluginmanager.register(Report(config, ROOT / "docs" / "requirements.md"), "kequn-report")


def pytest_collection_finish() -> None:
    """What was imported stays: the collector need not walk it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 5)  # millions of rings would be walked for seconds, within some test's deadline


class Repeated(Statements):
    """Keeps what is said a second time: a statement is thousands of objects, and composed ones never come again."""

    def __init__(self) -> None:
        super().__init__(1000)
        self._said: set[int] = set()

    def __setitem__(self, key: Any, compiled: Any) -> None:
        said = hash(key[1:])
        if said in self._said:
            super().__setitem__(key, compiled)
        self._said.add(said)


@event.listens_for(Engine, "engine_connect")
def compile_once(connection: Connection) -> None:
    """Each test has a database of its own, and the statements are the same."""
    connection.execution_options(compiled_cache=COMPILED[connection.dialect.name])


COMPILED = {name: Repeated() for name in ("sqlite", "postgresql")}


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def node() -> str:
    """The program of that name: of this machine, or of the venv."""
    found = shutil.which("node", path=f"{os.environ['PATH']}:{Path(sys.executable).parent}")
    return found or lacking("node", "it is neither on the PATH nor in the venv")
