"""`kequn emulate`: a CRM on this machine. Its first line of output says where it listens and how to connect to it."""

import asyncio
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from kequn.contracts.emulator import Emulator, EmulatorOptions
from kequn.contracts.hooks import EmulatorPlugin
from kequn.serving import address, listen, serve_on
from kequn.terminal import Failure, note, say, say_json
from kequn.testing.emulator import SERVER_OPTIONS


@dataclass(frozen=True)
class Wish:
    """What the command line asks for."""

    port: int
    seed: int = 0
    records: int = 0
    faults: float = 0.0
    load: Path | None = None
    json: bool = False
    settings: Path | None = None


def emulate(plugin: EmulatorPlugin, wish: Wish) -> None:
    """Serve until Ctrl-C."""
    options = EmulatorOptions(seed=wish.seed, records=wish.records, load=wish.load, faults=wish.faults)
    try:
        emulator = plugin.build(options)
    except ValueError as error:
        raise Failure(f"the emulator {plugin.name} cannot start: {error}") from error
    with listen(wish.port) as listener:
        _announce(plugin.name, address(listener), emulator, wish)
        asyncio.run(serve_on(listener, emulator.app, **SERVER_OPTIONS))


def _announce(name: str, base_url: str, emulator: Emulator, wish: Wish) -> None:
    settings = dict(emulator.settings(base_url))
    if wish.settings is not None:
        wish.settings.touch(0o600)
        wish.settings.chmod(0o600)
        wish.settings.write_bytes(orjson.dumps(settings, option=orjson.OPT_INDENT_2))
    if wish.json:
        say_json({"base_url": base_url, "settings": settings})
        return
    shown = " ".join(shlex.quote(f"{key}={_entered(value)}") for key, value in settings.items())
    say(f"{name} listens at {base_url}; settings of a connection: {shown}")
    note("Ctrl-C stops it; what is in it is forgotten then. With --json the first line is one JSON object.")


def _entered(value: Any) -> str:
    """As `kequn connection add --set` takes it."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()
