"""How a run shows how far it is: bars with counts, rate and remaining time on a terminal, plain lines elsewhere,
nothing for machines. Always on standard error. Decides nothing."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, ProgressColumn, Task, TaskID, TextColumn
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
            drawn = _Drawn(bars, clock)
            yield drawn.of
            drawn.end()
    else:
        lines = _Lines(clock)
        yield lines.of
        lines.end()


def _bars() -> Bars:
    name = TextColumn("{task.description}", markup=False)
    return Bars(name, BarColumn(), _Count(), _Rate(), _Left(), console=Console(stderr=True))


class _Count(ProgressColumn):
    def render(self, task: Task) -> Text:
        total = "" if task.total is None else f"/{int(task.total):,}"
        return Text(f"{int(task.completed):,}{total}")


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.fields['rate']:,.0f}/s" if task.fields["rate"] else "")


class _Left(ProgressColumn):
    """The remaining time, once there is something to reckon with."""

    def render(self, task: Task) -> Text:
        rate, remaining = task.fields["rate"], task.remaining
        if task.total is None or not rate:
            return Text("")
        return Text(f"{timedelta(seconds=round((remaining or 0) / rate))} left")


class _Drawn:
    """A bar for each phase and feed of each connection. What has gone on to the next one is complete.

    A report comes when a page is done, so that a rate counts from the report before it."""

    def __init__(self, bars: Bars, clock: Clock) -> None:
        self._bars = bars
        self._clock = clock
        self._key: tuple[str, str, str] | None = None
        self._task = TaskID(-1)
        self._began = self._last = clock.monotonic()

    def of(self, name: str) -> Report:
        return lambda progress: self._take(name, progress)

    def _take(self, name: str, progress: Progress) -> None:
        now, key = self._clock.monotonic(), (name, progress.phase, progress.name)
        if key != self._key:
            self.end()
            self._key, self._began = key, self._last
            self._task = self._bars.add_task(f"{name}: {progress.phase} {progress.name}", total=None, rate=0.0)
        self._last = now
        rate = progress.done / (now - self._began) if now > self._began else 0.0
        self._bars.update(self._task, completed=progress.done, total=progress.total, rate=rate)

    def end(self) -> None:
        """The present bar is full."""
        if self._key is not None:
            done = next(task.completed for task in self._bars.tasks if task.id == self._task)
            self._bars.update(self._task, total=max(done, 1), completed=max(done, 1))


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
