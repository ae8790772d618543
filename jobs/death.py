"""Whether the worker that holds a run is dead, so that the run can be taken over before its lease ends. Knows only the
workers of its own machine, by their name `<host>:<process id>`; any other counts as alive until its lease is over."""

import os
import socket


def is_dead(worker: str, me: str) -> bool:
    """`me`: who asks, and holds no run of this connection itself: a run in that name was left by a predecessor with
    the same process id, as in a container that was started again."""
    host, _, process = worker.rpartition(":")
    if worker == me:
        return True
    return host == socket.gethostname() and process.isdecimal() and not _runs(int(process))


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # somebody else's, and alive
        return True
    return True
