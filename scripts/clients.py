"""Installs the packages of folders with a package-lock.json: `python -m scripts.clients tests/node`.

The locks hold hashes and no addresses; whatever registry this machine's npm knows is asked. Where npm is missing,
scripts/node.lock brings it into the venv."""

import subprocess
import sys
from pathlib import Path

from scripts.graphiql import npms


def install(folder: Path) -> None:
    """With the first npm that can. Raises CalledProcessError."""
    for npm in npms():
        done = subprocess.run([npm, "ci", "--silent"], cwd=folder, check=False)  # noqa: S603 - our own lock
        if done.returncode == 0:
            return
    done.check_returncode()


if __name__ == "__main__":
    for name in sys.argv[1:]:
        install(Path(name))
