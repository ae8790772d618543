"""Sealing anew with another key: some at a time, and nothing is lost, however it is stopped."""

from uuid import UUID

import pytest

from kequn.clock import ManualClock, SeededRandom
from kequn.contracts.secrets import CannotOpen, Keyring
from kequn.store import seals
from kequn.store.database import Database
from kequn.store.scope import Scope
from kequn.store.vault import Erased, Vault
from tests.working import Killed, killed_at_commit

pytestmark = pytest.mark.anyio
RANDOM = SeededRandom(4)
OLD, NEW, LOST = b"o" * 32, b"n" * 32, b"l" * 32
PEOPLE = [UUID(int=number) for number in range(1, 7)]
KEYS = "customer_key.wrapped"


def ring(*keys: bytes) -> Keyring:
    return Keyring(list(keys), RANDOM)


async def sealed(database: Database, scope: Scope, people: list[UUID], *keys: bytes) -> dict[UUID, bytes]:
    """What stands about these people."""
    async with database.writing() as session:
        found = await Vault(ring(*keys)).keys_for_writing(session, scope, people)
        return {one: found.seal(one, one.bytes, "here") for one in people}


async def opened(database: Database, scope: Scope, values: dict[UUID, bytes], *keys: bytes) -> list[UUID]:
    async with database.reading() as session:
        found = await Vault(ring(*keys)).keys(session, scope, values)
        return [UUID(bytes=found.open(value, "here")) for value in values.values()]


async def renew(database: Database, scope: Scope, piece: int = 2) -> int:
    return (await seals.renew(database, scope, ring(NEW, OLD), ManualClock(), RANDOM, piece))[KEYS]


async def counts(database: Database, scope: Scope) -> dict[bytes, int]:
    async with database.reading() as session:
        return dict(await seals.by_key(session, scope))


async def test_whoever_goes_on_begins_with_what_is_left(database: Database, scope: Scope) -> None:
    values = await sealed(database, scope, PEOPLE, OLD)
    with killed_at_commit(2, database), pytest.raises(Killed):
        await renew(database, scope)
    assert await counts(database, scope) == {ring(OLD).first: 4, ring(NEW).first: 2}
    assert await opened(database, scope, values, NEW, OLD) == PEOPLE
    assert [await renew(database, scope), await renew(database, scope)] == [4, 0]
    assert await counts(database, scope) == {ring(NEW).first: 6}
    assert await opened(database, scope, values, NEW) == PEOPLE
    with pytest.raises(CannotOpen):
        await opened(database, scope, values, OLD)


async def test_who_was_erased_stays_erased(database: Database, scope: Scope) -> None:
    values = await sealed(database, scope, PEOPLE[:2], OLD)
    async with database.writing() as session:
        await Vault(ring(OLD)).destroy(session, scope, PEOPLE[:1])
    assert await renew(database, scope) == 1
    with pytest.raises(Erased):
        await opened(database, scope, values, NEW)


async def test_what_cannot_be_opened_stays_and_holds_up_nothing(database: Database, scope: Scope) -> None:
    await sealed(database, scope, PEOPLE[:3], LOST)
    values = await sealed(database, scope, PEOPLE[3:], OLD)
    assert await renew(database, scope) == 3
    assert await counts(database, scope) == {ring(LOST).first: 3, ring(NEW).first: 3}
    assert await opened(database, scope, values, NEW) == PEOPLE[3:]
