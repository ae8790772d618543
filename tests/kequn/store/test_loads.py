"""What PostgreSQL is told in a load: for its transactions alone, and how full the tables are."""

from collections.abc import AsyncIterator, Sequence

import pytest
from sqlalchemy import Table, event, text
from sqlmodel import col, select

from kequn.clock import ManualClock, SeededRandom, uuid7
from kequn.contracts.records import Kind
from kequn.contracts.secrets import Keyring
from kequn.store import loads, rows
from kequn.store.database import Database
from kequn.store.journal import Cause
from kequn.store.ledger import Edit, Ledger
from kequn.store.rows import Row
from kequn.store.scope import Scope
from kequn.store.tables import Tenant
from kequn.store.values import EMPTY
from kequn.store.vault import Vault

pytestmark = pytest.mark.anyio


@pytest.fixture
async def large(postgresql_url: str) -> AsyncIterator[Database]:
    database = Database(postgresql_url)
    yield database
    await database.close()


async def _shown(database: Database, *, hurried: bool) -> tuple[str, str]:
    async with database.writing() as session:
        if hurried:
            await loads.hurry(session)
        waits, plans = [(await session.execute(text(f"SHOW {name}"))).scalar_one() for name in
                        ("synchronous_commit", "plan_cache_mode")]  # fmt: skip
        return waits, plans


async def test_a_hurry_ends_with_its_transaction(large: Database) -> None:
    before = await _shown(large, hurried=False)
    assert await _shown(large, hurried=True) == ("off", "auto")
    assert await _shown(large, hurried=False) == before
    assert before[1] == "force_custom_plan"


async def test_a_plan_that_is_kept_finds_the_row_of_a_reference_by_its_key(large: Database) -> None:
    clock, chance = ManualClock(), SeededRandom(5)
    facts = ({"type": "person", "name": f"N{number}"} for number in range(2 * loads.MANY))
    async with large.writing() as session:
        tenant = (await session.execute(select(col(Tenant.id)))).scalars().one()
        some = [Row(Kind.CUSTOMER, uuid7(clock, chance), one) for one in facts]
        await rows.add(session, Scope(tenant), some, clock.now())
    await loads.take_stock(large, [rows.table(Kind.CUSTOMER)])
    async with large.writing() as session:
        await session.execute(text("SET LOCAL plan_cache_mode = force_generic_plan"))
        asked = "SELECT 1 FROM customer x WHERE tenant_id = $1 AND id = $2 FOR KEY SHARE OF x"  # as a foreign key asks
        await session.execute(text(f"PREPARE asked (uuid, uuid) AS {asked}"))
        plan = await session.execute(text(f"EXPLAIN EXECUTE asked ('{tenant}', '{some[7].id}')"))
        assert "using pk_customer" in " ".join(plan.scalars())
        await session.execute(text("DEALLOCATE asked"))


async def test_nothing_is_asked_while_rows_are_written(large: Database) -> None:
    clock, chance = ManualClock(), SeededRandom(5)
    ledger = Ledger(Vault(Keyring([b"k" * 32], chance)), clock, chance)
    sent: list[str] = []
    event.listen(large.engine.sync_engine, "before_cursor_execute", lambda *about: sent.append(about[2].split()[0]))
    async with large.writing() as session:
        tenant = (await session.execute(select(col(Tenant.id)))).scalars().one()
        await loads.hurry(session)
        facts = {**EMPTY[Kind.CUSTOMER], "type": "person", "name": "N", "email": "n@example.com"}
        some = [Row(Kind.CUSTOMER, ledger.new_id(), facts) for _ in range(3)]
        await ledger.write(session, Scope(tenant), [Edit(None, row, Cause("sync", "zoho")) for row in some])
    last = max(place for place, word in enumerate(sent) if word == "SELECT")
    assert sent[last + 1 :].count("INSERT") >= 4  # customers, identities, texts, changes


def test_tables_are_looked_at_again_when_they_hold_four_times_as_many() -> None:
    stock = loads.Stock()
    assert stock.grown([Kind.CUSTOMER] * (loads.MANY - 1)) == []
    assert "customer" in _names(first := stock.grown([Kind.CUSTOMER]))
    assert stock.grown([Kind.CUSTOMER] * (3 * loads.MANY - 1)) == []
    assert _names(stock.grown([Kind.CUSTOMER])) == _names(first)


def test_what_all_kinds_share_is_looked_at_by_what_all_have_brought() -> None:
    stock = loads.Stock()
    assert {"customer", "link"} < _names(stock.grown([Kind.CUSTOMER] * loads.MANY))
    assert _names(stock.grown([Kind.PURCHASE] * loads.MANY)) == {"purchase"}


def _names(tables: Sequence[Table]) -> set[str]:
    return {table.name for table in tables}
