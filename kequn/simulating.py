"""`kequn simulate`: plays histories in several processes, keeps each as a file, has each judged, and tells which were
refused. What a history is and what is right stands in kequn/testing/simulation."""

import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from kequn.clock import Clock, SystemClock
from kequn.registry import Registry
from kequn.terminal import Failure, note, say, say_json
from kequn.testing.simulation import play
from kequn.testing.simulation.judge import Verdict, false_conflicts, judge, losses
from kequn.testing.simulation.play import Script

SECONDS_BETWEEN_LINES = 5.0
Report = Callable[[int], None]


@dataclass(frozen=True)
class Wish:
    """What the command line asks for."""

    seeds: Sequence[int]
    script: Script
    out: Path
    processes: int
    json: bool = False


@dataclass(frozen=True)
class Judged:
    """What the judge said of one history. `losses`: by plugin, of what people wrote between a read and a write of
    kequn's. `broke`: why it could not be played to its end."""

    seed: int
    verdicts: tuple[Verdict, ...] = ()
    false_conflicts: int = 0
    losses: Mapping[str, int] = field(default_factory=dict)
    broke: str | None = None

    @property
    def refused(self) -> bool:
        return bool(self.verdicts or self.broke)


def simulate(plugins: Sequence[str], wish: Wish, clock: Clock | None = None) -> bool:
    """Play, judge and tell. `plugins`: modules beside the installed ones. Whether no history was refused."""
    if not _load(plugins).emulators:
        raise Failure("no plugin has an emulator; `kequn plugin list` shows the plugins")
    wish.out.mkdir(parents=True, exist_ok=True)
    return tell(_played(plugins, wish), wish, clock or SystemClock())


def tell(played: Iterable[Judged], wish: Wish, clock: Clock) -> bool:
    """What came of each, as they come. Whether no history was refused."""
    began, judged = clock.monotonic(), []
    with _progress(len(wish.seeds), clock, quiet=wish.json) as report:
        for one in played:
            judged.append(one)
            if one.refused and not wish.json:
                say(_told(one))
            report(len(judged))
    summary = _summary(judged, clock.monotonic() - began)
    if wish.json:
        say_json(summary)
    else:
        say(_sum(summary))
    return not summary["refused"]


def _played(plugins: Sequence[str], wish: Wish) -> Iterator[Judged]:
    """Each history as it is ready, from processes of their own."""
    with (
        tempfile.TemporaryDirectory(prefix="kequn-") as folder,
        ProcessPoolExecutor(
            min(wish.processes, len(wish.seeds)), get_context("spawn"), _start, (plugins, Path(folder))
        ) as pool,
    ):
        play.blank(Path(folder))
        waiting: list[Future[Judged]] = [pool.submit(_one, seed, wish.script, wish.out) for seed in wish.seeds]
        try:
            for future in as_completed(waiting):
                yield future.result()
        finally:  # of an interrupt, too
            pool.shutdown(wait=False, cancel_futures=True)


# -- in a process of its own ------------------------------------------------------------------------------------------

_here: list[tuple[Registry, Path]] = []


def _start(plugins: Sequence[str], folder: Path) -> None:
    _here.append((_load(plugins), folder))


def _load(plugins: Sequence[str]) -> Registry:
    """By name: modules do not travel between processes."""
    return Registry.load([import_module(name) for name in plugins])


def _one(seed: int, script: Script, out: Path) -> Judged:
    registry, folder = _here[0]
    try:
        [history] = play.run(registry, [seed], script, folder)
    except Exception as error:  # a fault of the engine or of a plugin, which is what this command looks for
        return Judged(seed, broke=f"{type(error).__name__}: {error} ({_place(error)})")
    (out / f"{seed}.json").write_bytes(history.dump())
    lost = Counter({name.rpartition("-")[0]: count for name, count in losses(history).items()})
    return Judged(seed, tuple(judge(history)), false_conflicts(history), lost)


def _place(error: BaseException) -> str:
    """Where it was raised. Nothing here is personal: every value is a token."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return f"{Path(last.tb_frame.f_code.co_filename).name}:{last.tb_lineno}" if last else "nowhere"


# -- for people -------------------------------------------------------------------------------------------------------


@contextmanager
def _progress(total: int, clock: Clock, *, quiet: bool) -> Iterator[Report]:
    """Count, rate and remaining time: a bar on a terminal, a line now and then elsewhere."""
    if quiet:
        yield lambda done: None
    elif sys.stderr.isatty():
        columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True)) as bar:
            task, began = bar.add_task("", total=total, rate=""), clock.monotonic()
            yield lambda done: bar.update(task, completed=done, rate=_rate(done, clock.monotonic() - began))
    else:
        yield _Lines(total, clock)


class _Lines:
    def __init__(self, total: int, clock: Clock) -> None:
        self._total = total
        self._clock = clock
        self._began = self._said = clock.monotonic()

    def __call__(self, done: int) -> None:
        now = self._clock.monotonic()
        if now - self._said < SECONDS_BETWEEN_LINES:
            return
        self._said, seconds = now, now - self._began
        left = seconds / done * (self._total - done)
        note(f"{done} of {self._total} histories, {_rate(done, seconds)}, {left:.0f} s left")


def _rate(done: int, seconds: float) -> str:
    return f"{done / seconds:.1f}/s" if seconds else ""


def _told(one: Judged) -> str:
    if one.broke:
        return f"seed {one.seed} broke off: {one.broke}"
    return f"seed {one.seed} refused: {'; '.join(f'{verdict.promise} {verdict.what}' for verdict in one.verdicts)}"


def _summary(judged: Sequence[Judged], seconds: float) -> dict[str, Any]:
    promises = sorted({verdict.promise for one in judged for verdict in one.verdicts})
    refused = [one for one in sorted(judged, key=lambda one: one.seed) if one.refused]
    return {
        "histories": len(judged),
        "refused": [asdict(one) for one in refused],
        "promises": {
            promise: sum(promise in {v.promise for v in one.verdicts} for one in judged) for promise in promises
        },
        "false_conflicts": sum(one.false_conflicts for one in judged),
        "losses": dict(sum((Counter(one.losses) for one in judged), Counter())),
        "seconds": round(seconds, 2),
        "per_second": round(len(judged) / seconds, 2) if seconds else 0.0,
    }


def _sum(summary: dict[str, Any]) -> str:
    broken = ", ".join(f"{promise} in {count}" for promise, count in summary["promises"].items())
    lost = ", ".join(f"{count} at {plugin}" for plugin, count in sorted(summary["losses"].items()))
    return (
        f"{summary['histories']} histories in {summary['seconds']:.1f} s ({summary['per_second']} per second): "
        f"{len(summary['refused'])} refused{f' ({broken})' if broken else ''}, "
        f"{summary['false_conflicts']} false conflicts{f'; lost in races: {lost}' if lost else ''}"
    )
