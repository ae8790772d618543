"""The CRM token of a connection: sealed, and renewed by one worker at a time."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import anyio
import pytest
from sqlmodel import select

from kequn.clock import ManualClock, SystemRandom
from kequn.contracts.errors import NeedsLogin, RetryLater
from kequn.contracts.host import Token
from kequn.contracts.oauth import Access
from kequn.contracts.secrets import Keyring, new_key
from kequn.store.database import Database
from kequn.store.scope import Scope
from kequn.store.tables import Connection
from kequn.store.token_store import LEASE_SECONDS, SealedTokens

pytestmark = pytest.mark.anyio
RANDOM = SystemRandom()
TOKEN = Token("access-1", datetime(2026, 1, 5, 10, tzinfo=UTC), "refresh-1", {"api_domain": "https://crm.example.com"})


class StillClock(ManualClock):
    """Others may run while somebody sleeps, and no time passes."""

    async def sleep(self, seconds: float) -> None:
        await anyio.lowlevel.checkpoint()


@pytest.fixture
def keyring() -> Keyring:
    return Keyring.parse(new_key(RANDOM), RANDOM)


def store(
    database: Database, tenant: UUID, connection: UUID, keyring: Keyring, clock: ManualClock | None = None
) -> SealedTokens:
    return SealedTokens(database, Scope(tenant), connection, keyring, clock=clock or ManualClock(), chance=RANDOM)


async def test_a_token_is_kept_for_the_next_process(
    database: Database, second_database: Database, tenant: UUID, connection: UUID, keyring: Keyring
) -> None:
    assert await store(database, tenant, connection, keyring).load() is None
    await store(database, tenant, connection, keyring).replace(TOKEN)
    assert await store(second_database, tenant, connection, keyring).load() == TOKEN


async def test_a_token_is_sealed_at_rest(database: Database, tenant: UUID, connection: UUID, keyring: Keyring) -> None:
    await store(database, tenant, connection, keyring).replace(TOKEN)
    async with database.reading() as session:
        sealed = (await session.execute(select(Connection.token))).scalar_one()
    assert sealed is not None
    assert b"access-1" not in sealed


async def test_a_lost_key_asks_for_a_login(
    database: Database, tenant: UUID, connection: UUID, keyring: Keyring
) -> None:
    await store(database, tenant, connection, keyring).replace(TOKEN)
    other = Keyring.parse(new_key(RANDOM), RANDOM)
    with pytest.raises(NeedsLogin, match="log in again"):
        await store(database, tenant, connection, other).load()


async def test_twenty_tasks_on_two_databases_renew_one_after_the_other(
    database: Database, second_database: Database, tenant: UUID, connection: UUID, keyring: Keyring
) -> None:
    stores = [
        store(db, tenant, connection, keyring, StillClock()) for db in (database, second_database) for _ in range(2)
    ]
    inside: list[int] = []

    async def renew(number: int) -> None:
        tokens = stores[number % len(stores)]
        async with tokens.lock():
            inside.append(number)
            assert len(inside) == 1
            old = await tokens.load()
            count = int(old.access) + 1 if old else 1
            await tokens.replace(Token(str(count), TOKEN.expires_at))
            inside.remove(number)

    await asyncio.gather(*(renew(number) for number in range(20)))
    last = await stores[0].load()
    assert last is not None
    assert last.access == "20"


async def test_the_lease_of_a_dead_worker_ends(
    database: Database, second_database: Database, tenant: UUID, connection: UUID, keyring: Keyring
) -> None:
    clock = ManualClock()
    await store(database, tenant, connection, keyring, clock)._take("a worker that died")
    async with store(second_database, tenant, connection, keyring, clock).lock():
        assert LEASE_SECONDS <= clock.monotonic() < LEASE_SECONDS + 1


async def test_a_worker_that_lost_its_lease_does_not_end_the_next_one(
    database: Database, tenant: UUID, connection: UUID, keyring: Keyring
) -> None:
    clock = ManualClock()
    slow, next, last = (store(database, tenant, connection, keyring, clock) for _ in range(3))
    async with slow.lock():
        clock.move(LEASE_SECONDS)
        await next._take("the next")
    before = clock.monotonic()
    async with last.lock():
        assert clock.monotonic() - before >= LEASE_SECONDS


async def test_a_worker_that_lost_its_lease_does_not_write_over_a_newer_token(
    database: Database, second_database: Database, tenant: UUID, connection: UUID, keyring: Keyring
) -> None:
    clock, newer = ManualClock(), replace(TOKEN, access="newer")
    slow, next = (store(db, tenant, connection, keyring, clock) for db in (database, second_database))
    async with slow.lock():
        clock.move(LEASE_SECONDS)
        async with next.lock():
            await next.replace(newer)
        await slow.replace(TOKEN)
        assert await slow.load() == newer


async def test_who_stood_still_during_an_exchange_uses_what_others_have_stored(
    database: Database, second_database: Database, tenant: UUID, connection: UUID, keyring: Keyring
) -> None:
    clock, newer = ManualClock(), Token("newer", TOKEN.expires_at)
    slow, next = (store(db, tenant, connection, keyring, clock) for db in (database, second_database))

    async def exchange(_: str | None) -> Token:
        clock.move(LEASE_SECONDS)
        async with next.lock():
            await next.replace(newer)
        return TOKEN

    assert await Access(slow, clock, exchange).token() == newer
    assert await next.load() == newer


async def test_what_a_slow_worker_was_given_is_kept_while_there_is_nothing_newer(
    database: Database, tenant: UUID, connection: UUID, keyring: Keyring
) -> None:
    """The CRM may have taken back the refresh token that the next one would try."""
    clock = ManualClock()
    slow, next = (store(database, tenant, connection, keyring, clock) for _ in range(2))
    async with slow.lock():
        clock.move(LEASE_SECONDS)
        async with next.lock():
            await slow.replace(TOKEN)
            assert await next.load() == TOKEN
            await next.replace(replace(TOKEN, access="newer"))
    assert (await next.load()) == replace(TOKEN, access="newer")


async def test_a_renewal_does_not_wait_for_a_clock_that_was_set_back(
    database: Database, second_database: Database, tenant: UUID, connection: UUID, keyring: Keyring
) -> None:
    before, now = ManualClock(), ManualClock(ManualClock().now() - timedelta(hours=1))
    await store(database, tenant, connection, keyring, before)._take("a worker that died")
    async with store(second_database, tenant, connection, keyring, now).lock():
        assert now.monotonic() == 0


async def test_a_holder_whose_clock_is_a_little_ahead_is_waited_for(
    database: Database, second_database: Database, tenant: UUID, connection: UUID, keyring: Keyring
) -> None:
    clock, ahead = ManualClock(), ManualClock(ManualClock().now() + timedelta(seconds=2))
    await store(database, tenant, connection, keyring, ahead)._take("a worker that died")
    async with store(second_database, tenant, connection, keyring, clock).lock():
        assert clock.monotonic() >= LEASE_SECONDS


async def test_nobody_waits_for_ever(database: Database, tenant: UUID, connection: UUID, keyring: Keyring) -> None:
    clock = ManualClock()
    tokens = store(database, tenant, connection, keyring, clock)

    class Busy(ManualClock):
        """Each time somebody sleeps, another worker takes the lease before it wakes up."""

        async def sleep(self, seconds: float) -> None:
            self.move(LEASE_SECONDS)
            clock.move(LEASE_SECONDS)
            await tokens._take("another")

    await tokens._take("another")
    with pytest.raises(RetryLater, match="locked"):
        async with store(database, tenant, connection, keyring, Busy()).lock():
            pytest.fail("it was not free")


async def test_a_failed_renewal_frees_the_lock(
    database: Database, tenant: UUID, connection: UUID, keyring: Keyring
) -> None:
    clock = ManualClock()
    tokens = store(database, tenant, connection, keyring, clock)
    with pytest.raises(NeedsLogin):
        async with tokens.lock():
            raise NeedsLogin("the refresh token is not valid")
    async with tokens.lock():
        assert clock.monotonic() == 0
