"""`kequn plugin check`: the conformance kit from the command line. Finds the plugin and shows what came of each case;
what is checked stands in kequn/testing/conformance."""

import asyncio
import sys
import tomllib
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from kequn.registry import GROUP, Registry
from kequn.terminal import Failure, say, say_json
from kequn.testing.conformance import Level, Outcome, Result, Subject, Verdict, check, claimed

FULL = 100_000


def certify(subject: Subject, level: Level | None, *, json: bool) -> Verdict:
    """Run the cases and show them. Without a level: the highest that the plugin's capability sheet claims."""

    def show(outcome: Outcome) -> None:
        if not json:
            _show(outcome)

    async def run() -> Verdict:
        return await check(subject, level or await claimed(subject), report=show)

    verdict = asyncio.run(run())
    if json:
        say_json(verdict.as_json())
    else:
        say(_sum(verdict))
    return verdict


def level_of(text: str | None) -> Level | None:
    """Raises Failure."""
    try:
        return None if text is None else Level(text)
    except ValueError:
        raise Failure(f"there is no level {text!r}; there are: {', '.join(Level)}") from None


def find(name: str, installed: Callable[[], Registry], *, full: bool) -> Subject:
    """The plugin of this name, or the one in this folder. Raises BadSettings and Failure that say why there is none."""
    numbers: dict[str, Any] = {"scanned": FULL} if full else {}
    folder = Path(name)
    if (folder / "pyproject.toml").is_file():
        return Subject.of(_module_in(folder), **numbers)
    return Subject.named(installed(), name, **numbers)


def _module_in(folder: Path) -> object:
    """The module that the package in this folder would register, were it installed."""
    settings = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    points: dict[str, str] = settings.get("project", {}).get("entry-points", {}).get(GROUP, {})
    if not points:
        raise Failure(f"{folder / 'pyproject.toml'} names no entry point of the group {GROUP!r}")
    sys.path.insert(0, str(folder.resolve()))
    name = next(iter(points.values())).partition(":")[0]
    try:
        return import_module(name)
    except Exception as error:
        raise Failure(f"{name} cannot be imported: {type(error).__name__}: {error}") from error


def _show(outcome: Outcome) -> None:
    case, result = outcome.case, outcome.result
    say(f"{case.id}  {result.value:7}  {case.title}")
    if result is Result.FAILED:
        say(f"              {outcome.note}")
    if result is Result.SKIPPED:
        say(f"              this CRM lacks: {outcome.note}")


def _sum(verdict: Verdict) -> str:
    ok, failed, skipped = (len(verdict.of(result)) for result in Result)
    state = "is certified for" if verdict.certified else "is not certified for"
    return f"{verdict.plugin} {state} {verdict.level.value}: {ok} ok, {failed} failed, {skipped} skipped"
