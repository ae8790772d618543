"""`kequn serve` in a process of its own, for clients that others wrote."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kequn.clock import SeededRandom, SystemClock
from kequn.contracts.secrets import new_key
from kequn.store import tenants, tokens
from kequn.store.database import Database
from kequn.store.scope import Role, Scope

KEQUN = str(Path(sys.executable).with_name("kequn"))


@dataclass(frozen=True)
class Server:
    """Where it is, and the token of a developer."""

    url: str
    token: str


async def token_of(role: Role, url: str) -> str:
    """A new token for the default tenant of this database."""
    database = Database(url)
    async with database.writing() as session:
        scope = Scope((await tenants.get(session)).id)
        issued = await tokens.issue(session, scope, role, "test", clock=SystemClock(), chance=SeededRandom(1))
    await database.close()
    return issued.reveal()


@contextmanager
def serving(template: Path, folder: Path, **settings: str) -> Iterator[Server]:
    """Over a fresh database; `settings` stand in its environment."""
    shutil.copyfile(template, folder / "kequn.db")
    url = f"sqlite+aiosqlite:///{folder / 'kequn.db'}"
    environment = {
        **os.environ,
        "KEQUN_DATABASE_URL": url,
        "KEQUN_SECRET_KEY": new_key(SeededRandom()).reveal(),
        **settings,
    }
    token = asyncio.run(token_of(Role.DEVELOPER, url))
    serve = [KEQUN, "serve", "--port", "0", "--no-worker"]
    with subprocess.Popen(serve, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            yield Server(process.stderr.readline().split()[2].rstrip(";"), token)
        finally:
            process.terminate()
