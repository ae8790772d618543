"""The index of texts: what it finds, that it is kept with the rows, and that the databases use it."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Table, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.clock import ManualClock, SeededRandom, uuid7
from kequn.contracts.records import Kind
from kequn.domain.catalogue import CATALOGUE
from kequn.store import rows, search, where
from kequn.store.database import Database
from kequn.store.rows import Row
from kequn.store.scope import Scope

pytestmark = pytest.mark.anyio
CLOCK, CHANCE = ManualClock(), SeededRandom(4)
letters = st.text(alphabet="aAbz 王芳é😀-'", max_size=12)


@given(letters, letters, letters)
def test_a_text_is_found_by_every_part_of_it(before: str, part: str, after: str) -> None:
    held = set(search.grams([before + part + after]).split())
    assert set(search.sought(part).split()) <= held


@given(st.text(max_size=40))
def test_grams_are_words_of_their_own(any_text: str) -> None:
    assert all(set(word) <= set("0123456789abcdef") for word in search.grams([any_text]).split())


def test_of_a_very_long_text_it_is_known_that_it_is_long() -> None:
    assert search.LONG in search.grams(["ab" * search.LONGEST]).split()
    assert search.LONG not in search.grams(["a" * search.LONGEST]).split()


def customer(name: str, **fields: str) -> Row:
    return Row(Kind.CUSTOMER, uuid7(CLOCK, CHANCE), {"type": "person", "name": name, **fields})


def finding(part: str, scope: Scope) -> Any:
    source: Table = rows.table(Kind.CUSTOMER)
    test = where.Test("id", where.Op.FOUND, search.sought(part))
    condition = where.translate(test, "customer", source, CATALOGUE, scope)
    return select(source.c.id).where(source.c.tenant_id == scope.tenant, condition)


async def found(database: Database, scope: Scope, part: str) -> set[UUID]:
    async with database.reading() as session:
        return set((await session.execute(finding(part, scope))).scalars())


async def keep(database: Database, scope: Scope, *some: Row) -> None:
    async with database.writing() as session:
        await rows.add(session, scope, some, CLOCK.now())


async def test_it_is_kept_with_the_rows(database: Database, scope: Scope) -> None:
    first, second = customer("王芳"), customer("李芳芳", first_name="Nanjing Road")
    await keep(database, scope, first, second)
    assert await found(database, scope, "王芳") == {first.id}
    assert await found(database, scope, "芳芳") == {second.id}
    assert await found(database, scope, "NANJING") == {second.id}
    async with database.writing() as session:
        moved = replace(first, version=2, facts={**first.facts, "name": "张伟"})
        await rows.change(session, scope, [moved], CLOCK.now())
    assert await found(database, scope, "王芳") == set()
    assert await found(database, scope, "张伟") == {first.id}


async def test_what_was_rolled_back_is_not_found(database: Database, scope: Scope) -> None:
    async with database.engine.connect() as connection, AsyncSession(connection) as session:
        await rows.add(session, scope, [customer("王芳")], CLOCK.now())
        await session.rollback()
    assert await found(database, scope, "王芳") == set()


async def test_a_row_too_long_to_index_is_always_among_those_found(database: Database, scope: Scope) -> None:
    row = customer("x", first_name="y" * (search.LONGEST + 1))
    await keep(database, scope, row)
    assert await found(database, scope, "王芳") == {row.id}


async def test_the_database_uses_its_index(database: Database, scope: Scope) -> None:
    await keep(database, scope, *(customer(f"{number:05} 客户") for number in range(4000)))
    async with database.writing() as session:
        await session.execute(text("ANALYZE"))
    async with database.reading() as session:
        query = finding("03999", scope).compile(database.engine.sync_engine, compile_kwargs={"literal_binds": True})
        plan = "EXPLAIN QUERY PLAN" if database.dialect == "sqlite" else "EXPLAIN"
        told = "\n".join(str(tuple(row)) for row in (await session.execute(text(f"{plan} {query}"))).all())
    if database.dialect == "sqlite":
        assert "search_index VIRTUAL TABLE INDEX" in told
        assert "SCAN customer" not in told
        assert "SCAN search_text" not in told
    else:
        assert "Bitmap Index Scan on search_index" in told
