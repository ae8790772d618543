"""Files that a command writes: known to be possible before the work is done, and for their owner alone, since they hold
personal values. Decides nothing about what is in them."""

import os
from pathlib import Path

OWNER_ALONE = 0o600


def require_place(path: Path) -> None:
    """Raises OSError, which names the file, where it cannot be written. What is there stays as it is."""
    there = path.exists()
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, OWNER_ALONE))
    if not there:
        path.unlink()


def write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ALONE)
    with os.fdopen(descriptor, "wb") as file:
        if path.is_file():  # not the terminal, nor a pipe
            os.fchmod(descriptor, OWNER_ALONE)
        file.write(content)
