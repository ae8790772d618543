"""For developers: write a migration from the tables.

python -m migrations new "what changed"     the next migration, to be reviewed
python -m migrations initial                the first one again, in place of all (before the first release only)"""

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from pprint import pformat

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from kequn.clock import SystemClock, SystemRandom
from kequn.store.database import Database
from kequn.store.tables.search import CREATE
from migrations import HERE, config, upgrade

VERSIONS = HERE / "versions"
SEARCH = f"""
    statements = {pformat(dict(CREATE), width=90)}
    for statement in statements[op.get_context().dialect.name]:
        op.execute(statement)
"""


def write(message: str) -> Callable[[Connection], None]:
    def run(connection: Connection) -> None:
        settings = config(connection)
        number = len(list(ScriptDirectory.from_config(settings).walk_revisions())) + 1
        settings.attributes["batch"] = number > 1  # SQLite alters a table by copying it
        command.revision(settings, message, autogenerate=True, rev_id=f"{number:04}")

    return run


async def new(message: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{Path(folder) / 'scratch.db'}"
        if list(VERSIONS.glob("*.py")):
            await upgrade(url, SystemClock(), SystemRandom())
        database = Database(url)
        async with database.engine.connect() as connection:
            await connection.run_sync(write(message))
        await database.close()
    tidy()


def tidy() -> None:
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", VERSIONS], check=True)  # noqa: S603


def main(arguments: list[str]) -> int:
    match arguments:
        case ["new", message]:
            asyncio.run(new(message))
        case ["initial"]:
            for path in VERSIONS.glob("*.py"):
                path.unlink()
            asyncio.run(new("The first tables"))
            [path] = VERSIONS.glob("*.py")
            path.write_text(path.read_text() + SEARCH)
            tidy()
        case _:
            print(__doc__)
            return 2
    return 0


sys.exit(main(sys.argv[1:]))
