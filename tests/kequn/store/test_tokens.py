"""Tenants and API tokens."""

from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from kequn.clock import ManualClock, SeededRandom, SystemRandom
from kequn.contracts.secrets import Secret
from kequn.store import tenants, tokens
from kequn.store.database import Database
from kequn.store.scope import Actor, Role, Scope
from kequn.store.tables import Token

pytestmark = pytest.mark.anyio
CLOCK = ManualClock()
SHANGHAI = ZoneInfo("Asia/Shanghai")


async def issue(database: Database, scope: Scope, role: Role = Role.OPERATOR, name: str = "desk") -> Secret:
    async with database.writing() as session:
        return await tokens.issue(session, scope, role, name, clock=CLOCK, chance=SystemRandom())


async def who(database: Database, text: str) -> Actor | None:
    async with database.reading() as session:
        return await tokens.authenticate(session, text, CLOCK.now())


async def other_tenant(database: Database) -> Scope:
    async with database.writing() as session:
        return Scope((await tenants.create(session, "other", clock=CLOCK, chance=SeededRandom(1))).id)


async def test_a_token_opens_the_door_of_its_tenant_with_its_role(database: Database, tenant: UUID) -> None:
    text = (await issue(database, Scope(tenant))).reveal()
    assert await who(database, text) == Actor(tenant, Role.OPERATOR, "desk", zone=SHANGHAI)


async def test_a_token_may_have_the_batch_right(database: Database, tenant: UUID) -> None:
    async with database.writing() as session:
        text = await tokens.issue(
            session, Scope(tenant), Role.VIEWER, "copy", clock=CLOCK, chance=SystemRandom(), batch=True
        )
    assert await who(database, text.reveal()) == Actor(tenant, Role.VIEWER, "copy", batch=True, zone=SHANGHAI)


async def test_the_text_of_a_token_is_not_kept(database: Database, tenant: UUID) -> None:
    text = (await issue(database, Scope(tenant))).reveal()
    async with database.reading() as session:
        [row] = (await session.execute(select(Token))).scalars()
    assert len(text) == 46
    assert text.startswith(row.prefix)
    assert text[12:] not in repr(row.model_dump())


@pytest.mark.parametrize("spoil", [lambda t: t[:-1], lambda t: t + "x", lambda t: t[:12], lambda t: "", lambda t: "键"])
async def test_any_other_text_is_refused(database: Database, tenant: UUID, spoil: "object") -> None:
    text = (await issue(database, Scope(tenant))).reveal()
    assert callable(spoil)
    assert await who(database, spoil(text)) is None


async def test_a_revoked_token_is_refused_and_stays_in_the_list(database: Database, tenant: UUID) -> None:
    first, second = [(await issue(database, Scope(tenant))).reveal() for _ in range(2)]
    async with database.writing() as session:
        await tokens.revoke(session, Scope(tenant), first[:12], CLOCK)
    assert await who(database, first) is None
    assert await who(database, second) is not None
    async with database.reading() as session:
        listed = await tokens.issued(session, Scope(tenant))
    assert {token.prefix: token.revoked_at is not None for token in listed} == {first[:12]: True, second[:12]: False}


async def test_a_tenant_neither_sees_nor_revokes_the_tokens_of_another(database: Database, tenant: UUID) -> None:
    text = (await issue(database, Scope(tenant))).reveal()
    other = await other_tenant(database)
    async with database.writing() as session:
        assert await tokens.issued(session, other) == []
        with pytest.raises(tokens.NoSuchToken):
            await tokens.revoke(session, other, text, CLOCK)
    assert await who(database, text) is not None


async def test_tenants_are_found_by_slug_and_listed(database: Database, tenant: UUID) -> None:
    other = await other_tenant(database)
    async with database.reading() as session:
        assert (await tenants.get(session)).id == tenant
        assert (await tenants.get(session, "other")).id == other.tenant
        assert [each.slug for each in await tenants.everyone(session)] == ["default", "other"]
        with pytest.raises(tenants.NoSuchTenant, match="nobody"):
            await tenants.get(session, "nobody")


async def test_a_slug_is_taken_once(database: Database, tenant: UUID) -> None:
    async with database.writing() as session:
        with pytest.raises(ValueError, match="default already"):
            await tenants.create(session, "default", clock=CLOCK, chance=SeededRandom(1))
