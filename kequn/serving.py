"""An ASGI application on a socket, until Ctrl-C: what is under way is finished, then the command ends as it should.
Decides how a server starts and stops; what it serves is handed in."""

import asyncio
import errno
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from kequn.terminal import Failure

LOOPBACK = "127.0.0.1"


def listen(port: int, host: str = LOOPBACK) -> socket.socket:
    """A socket to serve on; port 0: any that is free. Raises Failure when it cannot be had."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)
    except OSError as error:
        if error.errno in {socket.EAI_NONAME, errno.EADDRNOTAVAIL}:
            raise Failure(f"{host} is no address of this machine; choose another with --host or KEQUN_HOST") from error
        raise Failure(f"port {port} of {host} cannot be used ({error.strerror}); choose another with --port") from error


def address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def serve_on(
    listener: socket.socket, app: ASGIApp, *, stopping: Callable[[], None] = lambda: None, **options: Any
) -> None:
    """Serve until Ctrl-C or SIGTERM. `stopping`: called then, to end answers that would go on for ever. `options`:
    uvicorn's. Raises what the application raised when it does not start, or Failure."""
    life = _Life(app)
    server = _Server(uvicorn.Config(life, **options), stopping)
    with suppress(SystemExit):  # it would end the process where it did not start
        await server.serve(sockets=[listener])
    if not server.started:
        raise life.error or Failure("the server could not start; KEQUN_LOG_LEVEL=debug tells more")


class _Life:
    """An application, and what it raised where it did not start: uvicorn would print its stack, with whatever words
    came along."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.error: Exception | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        try:
            await self._app(scope, receive, lambda message: send({"type": message["type"]}))
        except Exception as error:
            self.error = error
            raise


class _Server(uvicorn.Server):
    """uvicorn raises the signal anew once it has stopped, which would cut off whatever is still to be closed."""

    def __init__(self, config: uvicorn.Config, stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stopping()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        signals = (signal.SIGINT, signal.SIGTERM)
        for one in signals:
            loop.add_signal_handler(one, self.handle_exit, one, None)
        try:
            yield
        finally:
            for one in signals:
                loop.remove_signal_handler(one)
