"""Puts the routes together. `build` is all that others need."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

from api import graphiql, graphql, health, metrics, socket, surveys, webhooks
from api.auth import Doorman
from api.doors import Doors
from api.edge import First, Masked, SafeHeaders, Timed, no_route, too_often
from api.parts import Parts
from api.rates import Rate
from kequn.clock import Clock, Random, SystemClock, SystemRandom
from kequn.contracts.host import Log
from kequn.contracts.secrets import Keyring
from kequn.durations import Durations
from kequn.log import EventLog
from kequn.registry import Registry
from kequn.settings import Settings
from kequn.store.database import Database
from schema.toll import TooFast

ASKING = Route("/graphql", graphql.Endpoint(), methods=["POST"])


def build(
    settings: Settings,
    registry: Registry,
    *,
    database: Database | None = None,
    keyring: Keyring | None = None,
    clock: Clock | None = None,
    random: Random | None = None,
    log: Log | None = None,
    background: Sequence[AbstractAsyncContextManager[Any]] = (),
    durations: Durations | None = None,
    only_health: bool = False,
) -> Starlette:
    """The app. `database` and `keyring`: those of the settings unless given; a database that was given stays open.
    `background`: entered when the app starts and left when it stops. `durations`: of requests to the CRMs.
    `only_health`: it tells how it is, and answers nothing else."""
    chance = random or SystemRandom()
    parts = Parts(
        settings,
        registry,
        database or Database(settings.database_url),
        keyring or settings.keyring(chance),
        clock or SystemClock(),
        chance,
        log or EventLog(),
        durations or Durations(),
    )
    app = Starlette(
        routes=_health() if only_health else _routes(),
        middleware=[
            Middleware(Timed, parts.asked, parts.clock),
            Middleware(SafeHeaders),
            *_elsewhere(settings.origins),
            Middleware(Masked),
            *([] if only_health else [Middleware(First, ASKING)]),
        ],
        exception_handlers={HTTPException: no_route, TooFast: too_often},
        lifespan=_lifespan(parts, background, owned=database is None),
    )
    app.state.parts = parts
    app.state.doorman = Doorman(parts.clock, Rate(settings.rate_strangers, parts.clock))
    app.state.doors = Doors(parts)
    return app


def end_streams(app: Starlette) -> None:
    """Answers that would go on for ever end: the server is to stop."""
    app.state.parts.stopping.set()


def _elsewhere(origins: Sequence[str]) -> list[Middleware]:
    """Pages of these origins may ask; none of them may have cookies sent along, there are none here."""
    if not origins:
        return []
    headers = ("Authorization", "Accept-Language")
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=list(origins),
            allow_methods=["POST"],
            allow_headers=headers,
            expose_headers=["Retry-After"],
        )
    ]


def _routes() -> list[BaseRoute]:
    return [
        ASKING,
        WebSocketRoute("/graphql", socket.endpoint),
        Route("/graphql", graphiql.page, methods=["GET"]),
        Route("/graphql/start.js", graphiql.script, methods=["GET"]),
        Route("/graphql/examples", graphiql.examples, methods=["GET"]),
        Mount("/graphql/assets", graphiql.ASSETS),
        Route("/webhooks/{connection}/{door}", webhooks.endpoint, methods=["GET", "POST"]),
        Route("/s/{token}", surveys.endpoint, methods=["GET", "POST"]),
        *_health(),
    ]


def _health() -> list[BaseRoute]:
    return [
        Route("/healthz", health.healthz, methods=["GET"]),
        Route("/readyz", health.readyz, methods=["GET"]),
        Route("/metrics", metrics.metrics, methods=["GET"]),
    ]


def _lifespan(
    parts: Parts, background: Sequence[AbstractAsyncContextManager[Any]], *, owned: bool
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            if owned:
                stack.push_async_callback(parts.database.close)
            stack.push_async_callback(app.state.doors.close)
            await stack.enter_async_context(parts.bell.looking())
            for work in background:
                await stack.enter_async_context(work)
            yield

    return lifespan
