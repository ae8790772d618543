"""Chores of care: what is due is planned, and who listens is told, by the errands of a worker."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table, func, select

from jobs.chores import CHORES, Errand, tidings
from jobs.errands import Errands
from kequn.contracts.hooks import AlertListener, AlertNote, AlertRaised
from kequn.domain import alerts
from kequn.log import EventLog
from kequn.store import tables
from kequn.store.database import Database
from tests.kequn.domain.market import AS_OF, Market

pytestmark = pytest.mark.anyio
_tasks: Table = tables.Task.__table__  # type: ignore[attr-defined]


async def test_care_is_planned_and_alerts_are_told(database: Database, tenant: UUID) -> None:
    market, heard = Market(database, tenant), list[AlertRaised]()
    [one, _] = await market.people(2)
    await market.answer(one, AS_OF, 1, about="attitude")
    await market.evaluate()
    [alert] = (await market.do(alerts.raise_all)).new

    async def hear(raised: Sequence[AlertRaised]) -> Sequence[AlertNote]:
        heard.extend(raised)
        return []

    log = EventLog()
    errands = Errands(database, market.ledger, log, (*CHORES, tidings({"x": AlertListener("x", hear)}, log)))
    for _again in range(2):
        await errands.go(Errand("care", tenant, 1))
        await errands.go(Errand("tidings", tenant, 1))
    assert [one.id for one in heard] == [f"alt_{alert.hex}"]
    assert await counted(database, _tasks.c.kind == "call_back") == 2


async def counted(database: Database, *conditions: Any) -> int:
    async with database.reading() as session:
        return int((await session.execute(select(func.count()).select_from(_tasks).where(*conditions))).scalar_one())
