"""What the tables themselves keep and refuse, whoever writes them, on both databases."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlmodel import SQLModel, select

from kequn.clock import ManualClock, SystemRandom, uuid7
from kequn.contracts.records import MONEY_LIMIT
from kequn.store import tenants
from kequn.store.database import Database
from kequn.store.tables import Conflict, Customer, CustomerGroup, Link, Membership, Purchase, Run, Tier

pytestmark = pytest.mark.anyio
CLOCK = ManualClock()
NOW = CLOCK.now()


def new_id() -> UUID:
    return uuid7(CLOCK, SystemRandom())


def stamps(at: datetime = NOW) -> dict[str, Any]:
    return {"id": new_id(), "created_at": at, "updated_at": at}


async def keep(database: Database, *rows: SQLModel) -> None:
    """In one transaction, in this order."""
    async with database.writing() as session:
        for row in rows:
            session.add(row)
            await session.flush()


async def other_tenant(database: Database) -> UUID:
    async with database.writing() as session:
        return (await tenants.create(session, "other", clock=CLOCK, chance=SystemRandom())).id


def link(tenant: UUID, connection: UUID, external_id: str, row_id: UUID, **more: Any) -> Link:
    key: dict[str, Any] = {"connection_id": connection, "object": "Contacts", "external_id": external_id}
    return Link(tenant_id=tenant, **key, kind="customer", row_id=row_id, base=b"", **more)


def conflict(tenant: UUID, connection: UUID, **more: Any) -> Conflict:
    key: dict[str, Any] = {"connection_id": connection, "object": "Contacts", "external_id": "1", "field": "phone"}
    return Conflict(
        tenant_id=tenant, id=new_id(), **key, kind="customer", values=b"", opened_at=NOW, updated_at=NOW, **more
    )


async def test_times_come_back_aware_and_in_utc(database: Database, tenant: UUID) -> None:
    beijing = datetime(2026, 3, 1, 8, 0, 0, 123456, tzinfo=timezone(timedelta(hours=8)))
    await keep(database, Tier(tenant_id=tenant, name="VIP", **stamps(beijing)))
    async with database.reading() as session:
        tier = (await session.execute(select(Tier))).scalar_one()
    assert tier.created_at == datetime(2026, 3, 1, 0, 0, 0, 123456, tzinfo=UTC)
    assert tier.created_at.tzinfo is UTC


async def test_a_time_without_zone_is_refused(database: Database, tenant: UUID) -> None:
    with pytest.raises(StatementError, match="without zone"):
        await keep(database, Tier(tenant_id=tenant, name="VIP", **stamps(datetime(2026, 3, 1))))


async def test_the_largest_amount_comes_back_exactly(database: Database, tenant: UUID) -> None:
    for amount in (MONEY_LIMIT, -MONEY_LIMIT):
        await keep(database, Purchase(tenant_id=tenant, name="p", amount_micros=amount, **stamps()))
    async with database.reading() as session:
        amounts = (await session.execute(select(Purchase.amount_micros))).scalars()
        assert set(amounts) == {MONEY_LIMIT, -MONEY_LIMIT}


async def test_a_larger_amount_is_refused_and_not_rounded(database: Database, tenant: UUID) -> None:
    with pytest.raises((OverflowError, DBAPIError)):
        await keep(database, Purchase(tenant_id=tenant, name="p", amount_micros=MONEY_LIMIT + 1, **stamps()))


async def test_a_row_of_another_tenant_cannot_be_pointed_at(database: Database, tenant: UUID) -> None:
    tier = Tier(tenant_id=await other_tenant(database), name="VIP", **stamps())
    await keep(database, tier)
    with pytest.raises(IntegrityError):
        await keep(database, Customer(tenant_id=tenant, name="A", tier_id=tier.id, **stamps()))


async def test_a_connection_of_another_tenant_cannot_be_linked(
    database: Database, tenant: UUID, connection: UUID
) -> None:
    other = await other_tenant(database)
    with pytest.raises(IntegrityError):
        await keep(database, link(other, connection, "1", new_id()))


async def test_two_tenants_may_hold_the_same_id(database: Database, tenant: UUID) -> None:
    other, shared = await other_tenant(database), stamps()
    await keep(database, Tier(tenant_id=tenant, name="ours", **shared), Tier(tenant_id=other, name="theirs", **shared))
    async with database.reading() as session:
        assert set((await session.execute(select(Tier.name))).scalars()) == {"ours", "theirs"}


async def test_both_ends_of_a_reference_may_come_in_any_order(database: Database, tenant: UUID) -> None:
    customer, group = stamps(), stamps()
    await keep(
        database,
        Membership(tenant_id=tenant, customer_id=customer["id"], group_id=group["id"], **stamps()),
        Customer(tenant_id=tenant, name="A", **customer),
        CustomerGroup(tenant_id=tenant, name="G", **group),
    )
    async with database.reading() as session:
        assert (await session.execute(select(Membership.group_id))).scalar_one() == group["id"]


async def test_a_dangling_reference_is_refused_at_the_end(database: Database, tenant: UUID) -> None:
    with pytest.raises(IntegrityError):
        await keep(database, Membership(tenant_id=tenant, customer_id=new_id(), group_id=new_id(), **stamps()))
    async with database.reading() as session:
        assert (await session.execute(select(Membership))).all() == []


async def test_a_row_has_one_primary_link_per_object(database: Database, tenant: UUID, connection: UUID) -> None:
    row = new_id()
    await keep(database, link(tenant, connection, "1", row), link(tenant, connection, "2", row, is_primary=False))
    with pytest.raises(IntegrityError):
        await keep(database, link(tenant, connection, "3", row))


async def test_a_field_is_in_one_open_conflict(database: Database, tenant: UUID, connection: UUID) -> None:
    await keep(database, conflict(tenant, connection, state="settled"), conflict(tenant, connection))
    with pytest.raises(IntegrityError):
        await keep(database, conflict(tenant, connection))


async def test_a_connection_has_one_run_at_work(database: Database, tenant: UUID, connection: UUID) -> None:
    def run(state: str) -> Run:
        return Run(tenant_id=tenant, id=new_id(), connection_id=connection, state=state, started_at=NOW)

    await keep(database, run("done"), run("queued"), run("queued"), run("running"))
    with pytest.raises(IntegrityError):
        await keep(database, run("running"))
