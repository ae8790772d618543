"""`kequn serve`: the API and the worker in one process; `kequn worker`: a worker without the API, on any machine that
reaches the database. Puts api and jobs together."""

import asyncio
import signal
from socket import socket
from typing import Annotated, Any

import typer
import uvloop
from starlette.applications import Starlette

from cli import collector
from cli.installation import Installation, opened
from cli.worker import worker_of
from kequn.serving import address, listen, serve_on
from kequn.settings import Settings
from kequn.terminal import note

OPTIONS: dict[str, Any] = {
    "log_level": "warning",
    "server_header": False,
    "access_log": False,  # it would be put together for every request, and then thrown away
    "proxy_headers": False,  # anybody can write them: an address is the one that the connection comes from
    "timeout_graceful_shutdown": 3,
    "ws": "websockets-sansio",
    "ws_per_message_deflate": False,  # what unpacks to more than it weighs would get past the limits
}


def serve(
    host: Annotated[str | None, typer.Option(help="KEQUN_HOST, or 127.0.0.1, if left out.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="KEQUN_PORT, or 8000, if left out.")] = None,
    worker: Annotated[bool, typer.Option(help="Sync the connections, too.")] = True,
) -> None:
    """Serve GraphQL and sync the connections, until Ctrl-C."""

    async def work() -> None:
        async with opened(quiet=False) as here:
            settings, app = here.settings, application(here, worker=worker)
            with listen(settings.port if port is None else port, host or settings.host) as listener:
                collector.settle()
                note(f"kequn serves {address(listener)}/graphql; Ctrl-C stops it")
                await serve_app(listener, app, settings)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work())


def worker(
    host: Annotated[str | None, typer.Option(help="KEQUN_HOST, or 127.0.0.1, if left out.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Tell there how it is: /metrics, /healthz, /readyz.")
    ] = None,
) -> None:
    """Sync the connections, until Ctrl-C. It may work beside a server and other workers."""

    async def work() -> None:
        async with opened(quiet=False) as here:
            me = here.settings.worker_id
            if port is None:
                async with worker_of(here):
                    note(f"kequn works as {me}; Ctrl-C stops it")
                    await _until_stopped()
                return
            app = application(here, only_health=True)
            with listen(port, host or here.settings.host) as listener:
                collector.settle()
                note(f"kequn works as {me}, and tells at {address(listener)}/metrics; Ctrl-C stops it")
                await serve_app(listener, app, here.settings)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work())


async def _until_stopped() -> None:
    collector.settle()
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(one, stopped.set)
    await stopped.wait()


async def serve_app(listener: socket, app: Starlette, settings: Settings) -> None:
    """Serve the API until Ctrl-C. A larger message of a WebSocket is not even taken in."""
    import api

    largest = settings.limit_body
    await serve_on(listener, app, stopping=lambda: api.end_streams(app), ws_max_size=largest, **OPTIONS)


def application(here: Installation, *, worker: bool = True, only_health: bool = False) -> Starlette:
    """The API, and with it the worker. `only_health`: of the API nothing but how this process is."""
    import api  # GraphQL takes its time to load, and no other command needs it

    return api.build(
        here.settings,
        here.registry,
        database=here.database,
        keyring=here.keyring,
        clock=here.clock,
        random=here.random,
        background=[worker_of(here)] if worker else [],
        durations=here.durations,
        only_health=only_health,
    )
