"""Call-backs about many flaws at once: in a few statements, each with what it is about."""

from uuid import UUID

import pytest
from sqlalchemy import Table, select

from kequn.domain.quality import flaws
from kequn.store import tables
from kequn.store.database import Database
from tests.kequn.domain.market import Market
from tests.working import statements

pytestmark = pytest.mark.anyio
_tasks: Table = tables.Task.__table__  # type: ignore[attr-defined]
_flaws: Table = tables.Flaw.__table__  # type: ignore[attr-defined]


async def test_many_take_no_more_statements_than_a_few(database: Database, tenant: UUID) -> None:
    market, counts = Market(database, tenant), []
    for count in (3, 30):
        await market.people(count)
        await flaws.find(database, market.ledger, market.actor)
        with statements(database) as sent:
            assert await market.do(flaws.plan_all, "incomplete", 100, owner=None, due_at=None) == count
        counts.append(len(sent))
    assert counts[1] <= counts[0] <= 8
    async with database.reading() as session:
        same = (_flaws.c.task_id == _tasks.c.id) & (_flaws.c.customer_id == _tasks.c.customer_id)
        query = select(_tasks.c.content, _flaws.c.state, _flaws.c.fields).join_from(_tasks, _flaws, same)
        found = (await session.execute(query)).all()
    assert [one.state for one in found] == ["planned"] * 33
    assert all(one.content == ", ".join(name for name, wrong in one.fields.items() if wrong) for one in found)
