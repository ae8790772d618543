"""Moving to another database: every row arrives as it was."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from kequn.clock import ManualClock, SystemRandom, uuid7
from kequn.store.copy import NotEmpty, copy
from kequn.store.database import Database
from kequn.store.tables import Customer, CustomerGroup, Link, Membership, Purchase, Tenant, metadata
from tests.databases import PostgreSQL

pytestmark = pytest.mark.anyio
CLOCK, RANDOM = ManualClock(), SystemRandom()


@pytest.fixture
async def other_kind(database: Database, sqlite_url: str, postgresql: PostgreSQL) -> AsyncIterator[Database]:
    """A fresh database of the kind that `database` is not."""
    url = postgresql.create() if database.dialect == "sqlite" else sqlite_url
    other = Database(url)
    yield other
    await other.close()
    if other.dialect == "postgresql":
        postgresql.drop(url)


def stamps(tenant: UUID) -> dict[str, Any]:
    return {"tenant_id": tenant, "id": uuid7(CLOCK, RANDOM), "created_at": CLOCK.now(), "updated_at": CLOCK.now()}


async def fill(database: Database, tenant: UUID, connection: UUID) -> None:
    child, parent, group = stamps(tenant), stamps(tenant), stamps(tenant)
    async with database.writing() as session:
        session.add(
            Customer(**child, name="李雷 🦉", parent_id=parent["id"], birthday=date(1990, 2, 28), interests=["a"])
        )
        session.add(Customer(**parent, name="Acme", type="organisation", extra={"Rating": None, "Tags": [1, 2.5]}))
        session.add(CustomerGroup(**group, name="G"))
        session.add(Membership(**stamps(tenant), customer_id=child["id"], group_id=group["id"]))
        session.add(Purchase(**stamps(tenant), name="p", amount_micros=2**62 + 1, amount_currency="CNY"))
        key: dict[str, Any] = {"tenant_id": tenant, "connection_id": connection, "object": "Contacts"}
        for number in range(2500):
            session.add(
                Link(
                    **key,
                    external_id=f"{number}",
                    kind="customer",
                    row_id=child["id"],
                    base=b"\0\xff",
                    is_primary=number == 0,
                )
            )


async def everything(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    async with database.reading() as session:
        return {
            table.name: [tuple(row) for row in await session.execute(select(table).order_by(*table.primary_key))]
            for table in metadata.sorted_tables
        }


async def test_every_row_arrives_as_it_was(
    database: Database, tenant: UUID, connection: UUID, other_kind: Database
) -> None:
    await fill(database, tenant, connection)
    seen: list[tuple[str, int]] = []
    counts = await copy(database, other_kind, lambda table, rows: seen.append((table, rows)))
    assert await everything(other_kind) == await everything(database)
    assert (counts["link"], counts["customer"], counts["tenant"], counts["token"]) == (2500, 2, 1, 0)
    assert [rows for table, rows in seen if table == "link"] == [1000, 2000, 2500]


async def test_a_database_with_data_is_not_written_to(
    database: Database, tenant: UUID, connection: UUID, other_kind: Database
) -> None:
    async with other_kind.writing() as session:
        theirs = (await session.execute(select(Tenant.__table__.c.id))).scalar_one()  # type: ignore[attr-defined]
        session.add(CustomerGroup(**stamps(theirs), name="G"))
    before = await everything(other_kind)
    with pytest.raises(NotEmpty, match="customer_group"):
        await copy(database, other_kind)
    assert await everything(other_kind) == before
