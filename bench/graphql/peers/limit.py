"""The limit: a bare ASGI endpoint that answers each operation by one statement, written by hand. It knows neither
GraphQL nor tokens; no server that answers the same from this database can be much faster.

`python -m bench.graphql.peers.limit PORT DATABASE_URL TENANT`"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import orjson
import psycopg
import uvicorn
from psycopg.adapt import Loader
from psycopg.pq import Format
from psycopg.types.string import StrDumper
from psycopg_pool import AsyncConnectionPool
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.graphql import queries


class Bytes(Loader):
    """JSON as the database wrote it."""

    format = Format.BINARY

    def load(self, data: Any) -> bytes:
        return bytes(data)


async def _configure(connection: psycopg.AsyncConnection[Any]) -> None:
    connection.adapters.register_loader("json", Bytes)
    connection.adapters.register_dumper(str, StrDumper)
    connection.prepare_threshold = 0
    await connection.set_autocommit(True)


def build(url: str, tenant: UUID) -> Starlette:
    statements = {name: text.encode() for name, text in queries.statements().items()}
    pool: AsyncConnectionPool[Any] = AsyncConnectionPool(
        url,
        min_size=16,
        max_size=16,
        open=False,
        configure=_configure,
        kwargs={"cursor_factory": psycopg.AsyncRawCursor},
    )

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with pool:
            yield

    async def answer(request: Request) -> Response:
        asked = orjson.loads(await request.body())
        given = [UUID(value) for value in asked["variables"].values()]
        async with pool.connection() as connection:
            cursor = await connection.execute(statements[asked["query"]], [tenant, *given], binary=True)
            row = await cursor.fetchone()
        return Response(row[0] if row else b"null", media_type="application/json")

    return Starlette(routes=[Route("/graphql", answer, methods=["POST"])], lifespan=lifespan)


if __name__ == "__main__":
    uvicorn.run(
        build(sys.argv[2], UUID(sys.argv[3])),
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        log_level="warning",
    )
