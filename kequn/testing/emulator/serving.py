"""An ASGI application on a loopback port, in a thread: for clients that are not ours and for what needs a socket."""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp

SERVER_OPTIONS: Mapping[str, Any] = {"date_header": False, "server_header": False, "log_level": "warning", "ws": "none"}
"""How uvicorn must run an emulator, which sends the Date of its own clock."""


@contextmanager
def serve(app: ASGIApp, host: str = "127.0.0.1") -> Iterator[str]:
    """The base URL of `app`, served while the context lasts."""
    with socket.create_server((host, 0)) as listener:
        # asyncio sets this only on sockets that were made with an explicit protocol; without it each answer waits 40 ms
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server = uvicorn.Server(uvicorn.Config(app, loop="asyncio", **SERVER_OPTIONS))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield f"http://{host}:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
