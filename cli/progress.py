"""How a run shows how far it is: bars with counts, rate and remaining time on a terminal, plain lines elsewhere,
nothing for machines. Always on standard error. Decides nothing."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.text import Text

from kequn.clock import Clock
from kequn.sync.job import Progress
from kequn.terminal import note

Report = Callable[[Progress], None]
SECONDS_BETWEEN_LINES = 5.0


@contextmanager
def shown(clock: Clock, *, quiet: bool = False) -> Iterator[Callable[[str], Report]]:
    """Gives a function from a connection's name to what its run reports to."""
    if quiet:
        yield lambda name: lambda progress: None
    elif sys.stderr.isatty():
        with _bars() as bars:
            yield lambda name: _Drawn(bars, name)
    else:
        lines = _Lines(clock)
        yield lines.of
        lines.end()


def _bars() -> Bars:
    name = TextColumn("{task.description}", markup=False)
    return Bars(name, BarColumn(), _Count(), _Rate(), TimeRemainingColumn(), console=Console(stderr=True))


class _Count(ProgressColumn):
    def render(self, task: Task) -> Text:
        total = "" if task.total is None else f"/{int(task.total):,}"
        return Text(f"{int(task.completed):,}{total}")


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f}/s", style="dim")


class _Drawn:
    """A bar for each phase and feed of one connection. What has gone on to the next one is complete."""

    def __init__(self, bars: Bars, name: str) -> None:
        self._bars = bars
        self._name = name
        self._tasks: dict[tuple[str, str], TaskID] = {}

    def __call__(self, progress: Progress) -> None:
        key = progress.phase, progress.name
        if key not in self._tasks:
            for task in self._tasks.values():
                self._complete(task)
            self._tasks[key] = self._bars.add_task(f"{self._name}: {progress.phase} {progress.name}", total=None)
        self._bars.update(self._tasks[key], completed=progress.done, total=progress.total)

    def _complete(self, task: TaskID) -> None:
        done = next(one.completed for one in self._bars.tasks if one.id == task)
        self._bars.update(task, total=max(done, 1), completed=max(done, 1))


class _Lines:
    """A line when a phase or feed ends, and one every few seconds meanwhile."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._said = clock.monotonic()
        self._last: tuple[str, Progress] | None = None

    def of(self, name: str) -> Report:
        return lambda progress: self._take(name, progress)

    def _take(self, name: str, progress: Progress) -> None:
        last = self._last
        if last and (last[0], last[1].phase, last[1].name) != (name, progress.phase, progress.name):
            self._say(*last)
        self._last = name, progress
        if self._clock.monotonic() - self._said >= SECONDS_BETWEEN_LINES:
            self._say(name, progress)

    def end(self) -> None:
        if self._last:
            self._say(*self._last)

    def _say(self, name: str, progress: Progress) -> None:
        self._said = self._clock.monotonic()
        total = "" if progress.total is None else f" of {progress.total}"
        note(f"{name}: {progress.phase} {progress.name} {progress.done}{total}")
