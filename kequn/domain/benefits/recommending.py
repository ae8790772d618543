"""What fits a customer, and why: products that those bought who bought the same, products of the categories that the
customer prefers, and benefits that the customer may claim now. Each with its reason; nothing is drawn by chance."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Table, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.domain.benefits import eligibility
from kequn.domain.benefits.offering import BENEFITS
from kequn.store import spend, tables
from kequn.store.rows import table
from kequn.store.scope import Scope
from kequn.store.where import live

_customers: Table = table(Kind.CUSTOMER)
_purchases: Table = table(Kind.PURCHASE)
_lines: Table = tables.PurchaseLine.__table__  # type: ignore[attr-defined]
FEWEST = 2
"""So many other customers at least must have bought both."""
MOST_BENEFITS = 50


@dataclass(frozen=True)
class Advice:
    """A product or a benefit. `score`: from 0 to 1, comparable among products and among benefits. `because`: bought
    (of those who bought `what` too, the share that bought this), preferred (`what`: the category) or open."""

    score: float
    because: str
    what: Sequence[str]
    product: str | None = None
    benefit: UUID | None = None


async def advise(
    session: AsyncSession, scope: Scope, customer: UUID, now: datetime, most: int
) -> tuple[list[Advice], list[Advice]]:
    """Products and benefits, the best first."""
    had = {(one.product, one.category) for one in await session.execute(_had(scope, customer))}
    products, categories = {product for product, _ in had}, {category for _, category in had if category}
    preferred = await _preferred(session, scope, customer)
    found = [one async for one in _alike(session, scope, customer, products)]
    known = products | {one.product for one in found if one.product}
    found += [one async for one in _of_categories(session, scope, preferred, known)]
    found.sort(key=lambda one: (-one.score, one.product))
    benefits = await _benefits(session, scope, customer, now, categories | preferred)
    return found[:most], benefits[:most]


def _bought(scope: Scope, *columns: Any) -> Select[Any]:
    """Lines of paid sales of customers."""
    both = (_lines.c.tenant_id == _purchases.c.tenant_id) & (_lines.c.purchase_id == _purchases.c.id)
    kept = (spend.KEPT, spend.SALE, _purchases.c.paid_at.is_not(None))
    mine = (_purchases.c.tenant_id == scope.tenant, live(_purchases), *kept)
    return select(*columns).join_from(_lines, _purchases, both).where(*mine)


def _had(scope: Scope, customer: UUID) -> Select[Any]:
    return _bought(scope, _lines.c.product, _lines.c.category).where(_purchases.c.customer_id == customer).distinct()


async def _preferred(session: AsyncSession, scope: Scope, customer: UUID) -> set[str]:
    mine = (_customers.c.tenant_id == scope.tenant, _customers.c.id == customer)
    columns = (_customers.c.product_preferences, _customers.c.interests)
    row = (await session.execute(select(*columns).where(*mine))).one()
    return {*(row[0] or ()), *(row[1] or ())}


async def _alike(
    session: AsyncSession, scope: Scope, customer: UUID, products: Collection[str]
) -> AsyncIterator[Advice]:
    """What those bought who bought something that this customer bought."""
    if not products:
        return
    same = _bought(scope, _purchases.c.customer_id).where(
        _lines.c.product.in_(products), _purchases.c.customer_id != customer
    )
    others = same.distinct().subquery()
    size = (await session.execute(select(func.count()).select_from(others))).scalar_one()
    people = func.count(_purchases.c.customer_id.distinct())
    query = _bought(scope, _lines.c.product, people.label("people")).where(
        _purchases.c.customer_id.in_(select(others.c.customer_id)), _lines.c.product.not_in(products)
    )
    for product, count in await session.execute(query.group_by(_lines.c.product).having(people >= FEWEST)):
        yield Advice(count / size, "bought", sorted(products)[:3], product)


async def _of_categories(
    session: AsyncSession, scope: Scope, preferred: Collection[str], known: Collection[str]
) -> AsyncIterator[Advice]:
    """Of the categories that the customer prefers, what most people bought."""
    if not preferred:
        return
    people = func.count(_purchases.c.customer_id.distinct())
    query = _bought(scope, _lines.c.category, _lines.c.product, people).where(_lines.c.category.in_(preferred))
    found = (await session.execute(query.group_by(_lines.c.category, _lines.c.product))).all()
    whole = max((count for *_, count in found), default=1)
    for category, product, count in found:
        if product not in known:
            yield Advice(count / whole / 2, "preferred", [category], product)


async def _benefits(
    session: AsyncSession, scope: Scope, customer: UUID, now: datetime, liked: Collection[str]
) -> list[Advice]:
    mine = (BENEFITS.c.tenant_id == scope.tenant, BENEFITS.c.state == "published", BENEFITS.c.ends_at > now)
    query = select(BENEFITS).where(*mine).order_by(BENEFITS.c.ends_at, BENEFITS.c.id).limit(MOST_BENEFITS)
    found = []
    for one in (await session.execute(query)).mappings().all():
        facts = await eligibility.judge(session, scope, one, customer, now)
        if all(fact.held for fact in facts):
            found.append(_benefit(one, sorted(set(one["categories"]) & set(liked))))
    return sorted(found, key=lambda one: -one.score)


def _benefit(one: Any, shared: Sequence[str]) -> Advice:
    score = (1 + len(shared)) / (1 + max(len(one["categories"]), len(shared)))
    because = "preferred" if shared else "open"
    return Advice(score if shared else score / 2, because, shared, benefit=one["id"])
