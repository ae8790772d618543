"""The machine: which core is whose, and what a process takes. kequn has a core of its own; the driver, the emulators
and the database share the other."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
TWO = (os.cpu_count() or 1) > 1
ON_ITS_OWN = ["taskset", "-c", "0"] if TWO else []
"""In front of a command of kequn."""


def step_aside() -> None:
    """This process, and those it starts from now on, leave kequn's core alone."""
    if TWO:
        os.sched_setaffinity(0, {1})


@dataclass(frozen=True)
class Taken:
    """Of a process: megabytes that are resident, now and at most; open descriptors; seconds of a processor."""

    resident: float
    most: float
    descriptors: int
    seconds: float


def taken(pid: int) -> Taken | None:
    """None when it has ended."""
    folder = Path("/proc") / str(pid)
    try:
        lines = (folder / "status").read_text().splitlines()
        figures = _figures(folder)
        descriptors = len(os.listdir(folder / "fd"))
    except OSError:
        return None
    status = dict(line.split(":", 1) for line in lines if ":" in line)
    if "VmRSS" not in status:  # a zombie
        return None
    resident, most = (int(status[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))
    return Taken(resident, most, descriptors, sum(figures[OWN]) / TICK)


def family(pid: int) -> float:
    """Seconds of a processor that a process has taken, and those it started, whether or not they have ended."""
    seconds = sum(_figures(Path("/proc") / str(pid))[WITH_ENDED]) / TICK
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                figures = _figures(folder)
                seconds += sum(figures[OWN]) / TICK if figures[PARENT] == pid else 0
    return seconds


PARENT, OWN, WITH_ENDED = 0, slice(10, 12), slice(10, 14)
"""Where /proc/*/stat, after the name and the state, has the parent, a process's own time, and the same with that of its
children who have ended."""


def _figures(folder: Path) -> list[int]:
    return [int(one) for one in (folder / "stat").read_text().rpartition(")")[2].split()[1:]]
