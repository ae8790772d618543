"""The tables that hang on a row: lines of a purchase, identities of a customer. Written whenever their row is."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, Select, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.identity import keys
from kequn.contracts.records import Kind, Line, Money
from kequn.store import tenants
from kequn.store.pairs import one_of
from kequn.store.scope import Scope
from kequn.store.tables import Identity, PurchaseLine
from kequn.store.upsert import insert_many, insert_plain

if TYPE_CHECKING:
    from kequn.store.rows import Row

Lines = Mapping[UUID, tuple[Line, ...]]
_lines = PurchaseLine.__table__  # type: ignore[attr-defined]
_identities = Identity.__table__  # type: ignore[attr-defined]


async def write(session: AsyncSession, scope: Scope, kind: Kind, rows: Sequence["Row"], *, fresh: bool) -> None:
    """Replace the parts of these rows by what their facts say. `fresh`: the rows are new and have none yet."""
    if kind is Kind.PURCHASE:
        await _replace(session, scope, _lines, "purchase_id", rows, _purchase_lines(scope, rows), fresh)
    elif kind is Kind.CUSTOMER:
        identities = _customer_identities(scope, rows, (await tenants.place(session, scope)).region)
        await _replace(session, scope, _identities, "customer_id", rows, identities, fresh)


async def _replace(
    session: AsyncSession,
    scope: Scope,
    table: Any,
    owner: str,
    rows: Sequence["Row"],
    parts: list[dict[str, Any]],
    fresh: bool,
) -> None:
    if not fresh:
        ids = [row.id for row in rows]
        await session.execute(delete(table).where(table.c.tenant_id == scope.tenant, one_of(table.c[owner], ids)))
    if parts:
        await insert_many(session, insert_plain(session, table), parts)


def _purchase_lines(scope: Scope, rows: Sequence["Row"]) -> list[dict[str, Any]]:
    return [
        {"tenant_id": scope.tenant, "id": uuid5(row.id, str(position)), "purchase_id": row.id, **_line(position, line)}
        for row in rows
        for position, line in enumerate(_lines_of(row))
    ]


def _lines_of(row: "Row") -> tuple[Line, ...]:
    lines = row.facts.get("lines")
    return lines if isinstance(lines, tuple) else ()


def _line(position: int, line: Line) -> dict[str, Any]:
    return {
        "position": position,
        "product": line.product,
        "category": line.category,
        "quantity_micros": int(line.quantity * 1_000_000),
        "amount_micros": line.amount.micros if line.amount else None,
        "amount_currency": line.amount.currency if line.amount else None,
        "cost_micros": line.cost.micros if line.cost else None,
        "cost_currency": line.cost.currency if line.cost else None,
        "returned": line.returned,
    }


async def load_lines(session: AsyncSession, scope: Scope, purchases: Collection[UUID]) -> Lines:
    query = (
        select(_lines)
        .where(_lines.c.tenant_id == scope.tenant, one_of(_lines.c.purchase_id, purchases))
        .order_by(_lines.c.purchase_id, _lines.c.position)
    )
    return lines((await session.execute(query)).mappings())


def lines_of(scope: Scope, purchase: ColumnElement[UUID]) -> Select[Any]:
    """The lines of a purchase, in their order."""
    line = _lines.alias()
    query = select(line).where(line.c.tenant_id == scope.tenant, line.c.purchase_id == purchase)
    return query.order_by(line.c.position)


def lines(rows: Iterable[Mapping[Any, Any]]) -> Lines:
    """Rows of the table of lines, in their order, by purchase."""
    found: dict[UUID, list[Line]] = {}
    for columns in rows:
        found.setdefault(columns["purchase_id"], []).append(
            Line(
                columns["product"],
                columns["category"],
                (Decimal(columns["quantity_micros"]) / 1_000_000).normalize(),
                _money(columns["amount_micros"], columns["amount_currency"]),
                _money(columns["cost_micros"], columns["cost_currency"]),
                columns["returned"],
            )
        )
    return {purchase: tuple(lines) for purchase, lines in found.items()}


def _money(micros: int | None, currency: str | None) -> Money | None:
    return None if micros is None or currency is None else Money(micros, currency)


def _customer_identities(scope: Scope, rows: Sequence["Row"], region: str) -> list[dict[str, Any]]:
    """Rows that are deleted or merged have no identities: nobody should be found through them."""
    return [
        {
            "tenant_id": scope.tenant,
            "id": uuid5(row.id, f"{key.type}/{key.value}"),
            "customer_id": row.id,
            "type": key.type,
            "value": key.value,
        }
        for row in rows
        if row.live
        for key in keys(Kind.CUSTOMER, row.facts, region)
    ]
