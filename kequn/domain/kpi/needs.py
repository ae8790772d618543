"""What customers need 需求分析: how many name a product category among their needs, how many of them have not bought of
it yet, and of how many they were written within a period. Asked about are the categories that most customers buy."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, case, exists, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.domain.retention import Among, within
from kequn.store import rows, tables
from kequn.store.scope import Scope
from kequn.store.where import fold, folded, in_set, live

_customers, _purchases = rows.table(Kind.CUSTOMER), rows.table(Kind.PURCHASE)
_lines: Table = tables.PurchaseLine.__table__  # type: ignore[attr-defined]
_changes: Table = tables.Change.__table__  # type: ignore[attr-defined]
MOST = 50


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
    fresh = _fresh(since, until)
    counts = [_count(one) for name in names for one in _asked(name, fresh)]
    mine = (_customers.c.tenant_id == scope.tenant, live(_customers), within(_customers.c.id, among))
    row = (await session.execute(select(*counts).where(*mine, _customers.c.needs.is_not(None)))).one()
    each = zip(names, row[::3], row[1::3], row[2::3], strict=True)
    found = [Need(name, *(int(number or 0) for number in numbers)) for name, *numbers in each]
    return sorted((one for one in found if one.customers), key=lambda one: (-one.open, -one.customers, one.name))


async def _categories(session: AsyncSession, scope: Scope) -> list[str]:
    buyers = func.count(_purchases.c.customer_id.distinct())
    query = select(_lines.c.category).join_from(_lines, _purchases, _of_line())
    known = query.where(*_bought(), _lines.c.tenant_id == scope.tenant, _lines.c.category.is_not(None))
    ranked = known.group_by(_lines.c.category).order_by(buyers.desc(), _lines.c.category).limit(MOST)
    return list((await session.execute(ranked)).scalars())


def _asked(name: str, fresh: ColumnElement[bool]) -> tuple[ColumnElement[bool], ...]:
    named = folded(_customers.c.needs).contains(fold(name), autoescape=True)
    same = (_purchases.c.tenant_id == _customers.c.tenant_id, _purchases.c.customer_id == _customers.c.id)
    line = select(_lines.c.id).join_from(_lines, _purchases, _of_line()).where(*same, *_bought())
    had = exists(line.where(_lines.c.category == name).correlate(_customers))
    return named, and_(named, ~had), and_(named, fresh)


def _fresh(since: datetime, until: datetime) -> ColumnElement[bool]:
    written = (_changes.c.tenant_id == _customers.c.tenant_id, _changes.c.row_id == _customers.c.id)
    then = (_changes.c.at > since, _changes.c.at <= until, in_set(_changes.c.fields, literal_column("'needs'")))
    return exists().where(*written, *then)


def _bought() -> tuple[ColumnElement[bool], ...]:
    sale = (_purchases.c.kind.is_distinct_from("return"), _purchases.c.paid_at.is_not(None), live(_purchases))
    return (*sale, ~_lines.c.returned)


def _of_line() -> ColumnElement[bool]:
    return and_(_purchases.c.tenant_id == _lines.c.tenant_id, _purchases.c.id == _lines.c.purchase_id)


def _count(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.sum(case((condition, 1), else_=0))
