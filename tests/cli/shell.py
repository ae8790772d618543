"""What the tests of the command share: running it in this process, and the Zoho that it talks to."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kequn import terminal
from kequn.__main__ import commands
from kequn.contracts.emulator import Emulator


@dataclass(frozen=True)
class Said:
    """What a command said, and how it ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> str:
        """The one line of an error."""
        assert self.status != 0, self.out
        (line,) = (line for line in self.err.splitlines() if line.startswith("kequn: "))
        return line


class Command:
    """`kequn(...)` runs a command to its end. `monkeypatch`: of its environment."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.monkeypatch = monkeypatch
        self.folder = folder
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Said:
        self._capsys.readouterr()
        status = terminal.run(commands(), arguments)
        return Said(status, *self._capsys.readouterr())

    def well(self, *arguments: str) -> Said:
        said = self(*arguments)
        assert said.status == 0, said.err
        return said


@dataclass(frozen=True)
class Zoho:
    """An emulated Zoho. `settings`: a file with the settings of a connection to it."""

    emulator: Emulator
    url: str
    settings: Path

    @property
    def writes(self) -> int:
        return sum(request.write for request in self.emulator.requests)
