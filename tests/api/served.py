"""`kequn serve` in a process of its own, for clients that others wrote."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kequn.clock import SeededRandom
from kequn.contracts.secrets import new_key

KEQUN = str(Path(sys.executable).with_name("kequn"))


@dataclass(frozen=True)
class Server:
    """Where it is, and the token of a developer."""

    url: str
    token: str


@contextmanager
def serving(template: Path, folder: Path, **settings: str) -> Iterator[Server]:
    """Over a fresh database; `settings` stand in its environment."""
    shutil.copyfile(template, folder / "kequn.db")
    environment = {
        **os.environ,
        "KEQUN_DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'kequn.db'}",
        "KEQUN_SECRET_KEY": new_key(SeededRandom()).reveal(),
        **settings,
    }
    create = [KEQUN, "token", "create", "--role", "developer"]
    token = subprocess.run(create, env=environment, capture_output=True, text=True, check=True).stdout.strip()
    serve = [KEQUN, "serve", "--port", "0", "--no-worker"]
    with subprocess.Popen(serve, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        yield Server(process.stderr.readline().split()[2].rstrip(";"), token)
        process.terminate()
