"""What is told as it happens, where the database goes away between an event and the answer about it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from kequn.clock import Clock
from kequn.contracts.host import Log
from kequn.contracts.records import Kind
from kequn.log import EventLog
from kequn.store.bell import PollingBell
from kequn.store.database import Database
from kequn.store.scope import Scope
from schema.context import Context
from schema.execution import Request, stream
from tests.databases import PostgreSQL
from tests.schema.conftest import Client

CHANGED = "subscription { customerChanged { customer { name purchases { totalCount } } } }"


class Noting(PollingBell):
    """`looked`: somebody has looked for the first time, and asks for the next ring. `tried`: somebody has gone to look,
    and could not."""

    def __init__(self, database: Database, clock: Clock, log: Log) -> None:
        super().__init__(database, clock, log)
        self.looked, self.tried = asyncio.Event(), asyncio.Event()

    async def rings(self, scope: Scope) -> AsyncGenerator[None, None]:
        async with aclosing(super().rings(scope)) as rings:
            async for ring in rings:
                yield ring
                self.looked.set()

    def missed(self, scope: Scope) -> None:
        super().missed(scope)
        self.tried.set()


@pytest.mark.anyio
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_an_event_waits_for_the_database(client: Client, postgresql: PostgreSQL, database_url: str) -> None:
    bell = Noting(client.database, client.ledger.clock, EventLog())
    context = Context(client.database, client.ledger, client.actor, limits=client.limits, bell=bell)
    async with aclosing(stream(Request(CHANGED), context)) as parts:
        first = asyncio.create_task(anext(parts))
        await bell.looked.wait()
        await client.add(Kind.CUSTOMER, {"name": "a"}, {"name": "b"})
        await bell.look()
        assert await first == {"data": told("a")}
        with postgresql.away(database_url):
            second = asyncio.create_task(anext(parts))
            await bell.tried.wait()
            assert not second.done()
        await bell.look()
        assert await second == {"data": told("b")}


def told(name: str) -> dict[str, object]:
    return {"customerChanged": {"customer": {"name": name, "purchases": {"totalCount": 0}}}}
