"""The report at the end of a test run: the seconds that each folder below tests/ took and, with `--requirements`,
which ids of docs/requirements.md a passed test has proved."""

import re
from collections import defaultdict
from collections.abc import Generator
from pathlib import Path

import pytest

ID = re.compile(r"^- ([A-Z]\d{2})\b", re.MULTILINE)


def requirement_ids(document: Path) -> list[str]:
    """The ids that the document lists, in its order."""
    return ID.findall(document.read_text(encoding="utf-8"))


def marked_ids(item: pytest.Item) -> tuple[str, ...]:
    return tuple(id for mark in item.iter_markers("requirement") for id in mark.args)


class Report:
    """A pytest plugin. An id is proved when a test marked with it passed in this run."""

    def __init__(self, config: pytest.Config, document: Path) -> None:
        self._config = config
        self._document = document
        self._seconds: dict[str, float] = defaultdict(float)
        self._proved: set[str] = set()

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Marks travel with the report of the test: several processes may run them."""
        for item in items:
            item.user_properties += [("requirement", id) for id in marked_ids(item)]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._seconds[self._folder(report.nodeid)] += report.duration
        if report.when == "call" and report.passed:
            self._proved.update(str(id) for name, id in report.user_properties if name == "requirement")

    def _folder(self, nodeid: str) -> str:
        parts = Path(nodeid.split("::")[0]).parts
        return "/".join(parts[: min(2, len(parts) - 1)]) or "."

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("seconds per folder")
        for folder, seconds in sorted(self._seconds.items()):
            terminalreporter.write_line(f"{seconds:8.1f}  {folder}")
        terminalreporter.write_line(f"{sum(self._seconds.values()):8.1f}  in all")

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, None, None]:
        """Outermost, so that the line comes after pytest's own last one."""
        yield
        terminal = session.config.pluginmanager.get_plugin("terminalreporter")
        if self._config.getoption("--requirements") and terminal is not None:
            terminal.write_line(self.requirements_line())

    def requirements_line(self) -> str:
        wanted = requirement_ids(self._document)
        unproved = [id for id in wanted if id not in self._proved]
        proved = len(wanted) - len(unproved)
        return f"requirements: {proved} of {len(wanted)} proved; unproved: {' '.join(unproved) or 'none'}"
