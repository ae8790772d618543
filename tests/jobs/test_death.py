"""Which workers count as dead."""

import os
import socket
import subprocess
import sys

import pytest

from jobs.death import is_dead

HOST = socket.gethostname()
ME = f"{HOST}:{os.getpid()}"


def test_a_process_that_has_ended_is_dead() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert is_dead(f"{HOST}:{process.pid}", ME)


@pytest.mark.parametrize(
    ("worker", "dead"),
    [
        (f"{HOST}:{os.getppid()}", False),
        (f"{HOST}:1", False),
        ("elsewhere.example:999999999", False),
        ("worker-7", False),
        (f"{HOST}:worker", False),
        (f"{HOST}:99999999999999999999", True),
        (ME, True),
    ],
    ids=["parent", "another_user's", "another_machine", "a_chosen_name", "no_number", "no_such_number", "predecessor"],
)
def test_only_what_is_known_to_be_dead_is_dead(worker: str, dead: bool) -> None:
    assert is_dead(worker, ME) is dead
