"""Many rows at once: that they arrive the same by either way of writing, and what a savepoint may not leave behind."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Table, select

from kequn.clock import ManualClock, SeededRandom, uuid7
from kequn.contracts.records import Kind
from kequn.contracts.secrets import Keyring, new_key
from kequn.store import rows
from kequn.store.database import Database
from kequn.store.pairs import among, one_of
from kequn.store.rows import Row
from kequn.store.scope import Scope
from kequn.store.tables import Outbox
from kequn.store.upsert import FEW, insert_many, insert_or_update
from kequn.store.vault import Vault

pytestmark = pytest.mark.anyio
CLOCK, CHANCE = ManualClock(), SeededRandom(5)
_outbox: Table = Outbox.__table__  # type: ignore[attr-defined]
texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=6)
facts = st.fixed_dictionaries(
    {"name": texts, "notes": st.none() | texts, "interests": st.frozensets(texts, max_size=3)},
    optional={"birthday": st.dates(date(1900, 1, 1), date(2030, 1, 1)), "opted_out": st.none() | st.booleans()},
)


@given(st.lists(facts, min_size=1, max_size=3 * FEW))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_rows_come_back_as_they_were_however_many(
    database: Database, tenant: UUID, some: list[dict[str, Any]]
) -> None:
    scope = Scope(tenant)
    given_rows = {
        row.id: row for row in (Row(Kind.CUSTOMER, uuid7(CLOCK, CHANCE), {"type": "person", **one}) for one in some)
    }
    async with database.writing() as session:
        await rows.add(session, scope, list(given_rows.values()), CLOCK.now())
        found = await rows.load(session, scope, Kind.CUSTOMER, given_rows)
    for id, row in given_rows.items():
        assert {name: found[id].facts[name] for name in row.facts} == row.facts


async def test_what_a_crm_says_besides_comes_back_letter_by_letter(database: Database, scope: Scope) -> None:
    extra = {"crm": {"Odd": 'a\x00b "c" \\u0000 \\ 🙏', "Much": [2**53, 0.1, None, {"": True}]}}
    some = [Row(Kind.TIER, uuid7(CLOCK, CHANCE), {"name": "N"}, extra=extra) for _ in range(3 * FEW)]
    async with database.writing() as session:
        await rows.add(session, scope, some, CLOCK.now())
        found = await rows.load(session, scope, Kind.TIER, [row.id for row in some])
    assert [row.extra for row in found.values()] == [extra] * len(some)


@pytest.mark.parametrize("count", [1, FEW, FEW + 1, 3 * FEW])
async def test_a_key_that_is_taken_is_updated(database: Database, tenant: UUID, connection: UUID, count: int) -> None:
    now = CLOCK.now()
    noted = [
        {"tenant_id": tenant, "connection_id": connection, "row_id": uuid7(CLOCK, CHANCE), "kind": "customer",
         "code": None, "queued_at": now, "next_try_at": now}
        for _ in range(count)
    ]  # fmt: skip
    async with database.writing() as session:
        statement = insert_or_update(session, _outbox, "code", attempts=_outbox.c.attempts + 1)
        await insert_many(session, statement, noted)
        await insert_many(session, statement, [{**one, "code": "WAITS"} for one in noted])
        found = (await session.execute(select(_outbox.c.code, _outbox.c.attempts, _outbox.c.generation))).all()
    assert [tuple(row) for row in found] == [("WAITS", 1, 1)] * count


async def test_one_of_many_values(database: Database, tenant: UUID) -> None:
    source = rows.table(Kind.TIER)
    some = [Row(Kind.TIER, uuid7(CLOCK, CHANCE), {"name": name}) for name in ("a", 'b"', "c,{}")]
    async with database.writing() as session:
        await rows.add(session, Scope(tenant), some, CLOCK.now())

        async def names(condition: Any) -> list[str]:
            return list((await session.execute(select(source.c.name).where(condition).order_by("name"))).scalars())

        assert await names(one_of(source.c.name, ["c,{}", "a", "none"])) == ["a", "c,{}"]
        assert await names(one_of(source.c.id, [])) == []
        assert await names(among(source.c.id, source.c.name, [(some[1].id, 'b"'), (some[0].id, "c,{}")])) == ['b"']


async def test_a_key_that_went_with_its_savepoint_is_made_anew(database: Database, tenant: UUID) -> None:
    scope, vault = Scope(tenant), Vault(Keyring.parse(new_key(CHANCE), CHANCE))
    whose = uuid7(CLOCK, CHANCE)
    async with database.writing() as session:
        async with session.begin_nested() as rehearsal:
            await vault.keys_for_writing(session, scope, [whose])
            await rehearsal.rollback()
        sealed = (await vault.keys_for_writing(session, scope, [whose])).seal(whose, b"kept", "here")
    async with database.reading() as session:
        assert (await vault.keys(session, scope, [whose])).open(sealed, "here") == b"kept"
