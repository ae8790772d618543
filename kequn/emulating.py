"""`kequn emulate`: a CRM on this machine. Its first line of output says where it listens and how to connect to it."""

import asyncio
import socket
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from kequn.contracts.emulator import Emulator, EmulatorOptions
from kequn.contracts.hooks import EmulatorPlugin
from kequn.terminal import Failure, note, say, say_json
from kequn.testing.emulator import SERVER_OPTIONS

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Wish:
    """What the command line asks for."""

    port: int
    seed: int = 0
    records: int = 0
    faults: float = 0.0
    load: Path | None = None
    json: bool = False


def emulate(plugin: EmulatorPlugin, wish: Wish) -> None:
    """Serve until Ctrl-C."""
    options = EmulatorOptions(seed=wish.seed, records=wish.records, load=wish.load, faults=wish.faults)
    try:
        emulator = plugin.build(options)
    except ValueError as error:
        raise Failure(f"the emulator {plugin.name} cannot start: {error}") from error
    with listen(wish.port) as listener:
        base_url = f"http://{HOST}:{listener.getsockname()[1]}"
        _announce(plugin.name, base_url, emulator, wish)
        server = uvicorn.Server(uvicorn.Config(emulator.app, **SERVER_OPTIONS))
        asyncio.run(server.serve(sockets=[listener]))


def listen(port: int) -> socket.socket:
    """A socket on this machine alone; port 0: any that is free."""
    try:
        listener = socket.create_server((HOST, port))
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # see testing/emulator/serving.py
        return listener
    except OSError as error:
        raise Failure(f"port {port} cannot be used ({error.strerror}); choose another with --port") from error


def _announce(name: str, base_url: str, emulator: Emulator, wish: Wish) -> None:
    settings = dict(emulator.settings(base_url))
    if wish.json:
        say_json({"base_url": base_url, "settings": settings})
        return
    shown = " ".join(f"{key}={value}" for key, value in settings.items())
    say(f"{name} listens at {base_url}; settings of a connection: {shown}")
    note("Ctrl-C stops it; what is in it is forgotten then. With --json the first line is one JSON object.")
