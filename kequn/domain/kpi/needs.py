"""What customers need 需求分析: how many name a product category among their needs, how many of them have not bought of
it yet, and of how many they were written within a period. Asked about are the categories that most customers buy."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Table,
    and_,
    case,
    exists,
    func,
    literal,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.domain.retention import Among, within
from kequn.store import rows, spend, tables
from kequn.store.scope import Scope
from kequn.store.where import fold, folded, in_set, live

_customers, _purchases = rows.table(Kind.CUSTOMER), rows.table(Kind.PURCHASE)
_lines: Table = tables.PurchaseLine.__table__  # type: ignore[attr-defined]
_changes: Table = tables.Change.__table__  # type: ignore[attr-defined]
MOST = 50
ESCAPE = "/"


@dataclass(frozen=True)
class Need:
    """So many `customers` name this category, `open` of them have not bought of it; `fresh`: whose needs are new."""

    name: str
    customers: int
    open: int
    fresh: int


async def read(session: AsyncSession, scope: Scope, since: datetime, until: datetime, among: Among) -> list[Need]:
    """What most customers have not bought yet first."""
    names = await _categories(session, scope)
    if not names:
        return []
    said, asked, had = _said(scope, since, until, among), _asked(names), _had(scope)
    counts = (func.count(), _count(had.c.customer_id.is_(None)), _count(said.c.fresh))
    named = said.join(asked, said.c.needs.like(asked.c.pattern, escape=ESCAPE))
    whether = named.outerjoin(had, and_(had.c.customer_id == said.c.id, had.c.category == asked.c.name))
    query = select(asked.c.name, *counts).select_from(whether)
    found = [Need(*row) for row in await session.execute(query.group_by(asked.c.name))]
    return sorted(found, key=lambda one: (-one.open, -one.customers, one.name))


async def _categories(session: AsyncSession, scope: Scope) -> list[str]:
    buyers = func.count(_purchases.c.customer_id.distinct())
    query = select(_lines.c.category).join_from(_lines, _purchases, _of_line())
    known = query.where(*_bought(), _lines.c.tenant_id == scope.tenant, _lines.c.category.is_not(None))
    ranked = known.group_by(_lines.c.category).order_by(buyers.desc(), _lines.c.category).limit(MOST)
    return list((await session.execute(ranked)).scalars())


def _said(scope: Scope, since: datetime, until: datetime, among: Among) -> FromClause:
    """Whose needs are known, with them in small letters: each is looked at once, however many names are looked for."""
    written = (_changes.c.tenant_id == _customers.c.tenant_id, _changes.c.row_id == _customers.c.id)
    then = (_changes.c.at > since, _changes.c.at <= until, in_set(_changes.c.fields, literal_column("'needs'")))
    fresh = exists().where(*written, *then).label("fresh")
    query = select(_customers.c.id, folded(_customers.c.needs).label("needs"), fresh)
    mine = (_customers.c.tenant_id == scope.tenant, live(_customers), within(_customers.c.id, among))
    return query.where(*mine, _customers.c.needs.is_not(None)).offset(0).subquery()


def _asked(names: Sequence[str]) -> FromClause:
    rows = [select(literal(name).label("name"), literal(_pattern(name)).label("pattern")) for name in names]
    return union_all(*rows).subquery()


def _pattern(name: str) -> str:
    escaped = re.sub(f"[{ESCAPE}%_]", lambda found: ESCAPE + found[0], fold(name))
    return f"%{escaped}%"


def _had(scope: Scope) -> FromClause:
    """Who has bought of what, each once."""
    query = select(_purchases.c.customer_id, _lines.c.category).join_from(_lines, _purchases, _of_line())
    return query.where(*_bought(), _lines.c.tenant_id == scope.tenant).distinct().subquery()


def _bought() -> tuple[ColumnElement[bool], ...]:
    return spend.SALE, spend.KEPT, _purchases.c.paid_at.is_not(None), live(_purchases)


def _of_line() -> ColumnElement[bool]:
    return and_(_purchases.c.tenant_id == _lines.c.tenant_id, _purchases.c.id == _lines.c.purchase_id)


def _count(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.sum(case((condition, 1), else_=0))
