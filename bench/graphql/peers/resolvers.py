"""Plain Strawberry: ordinary resolvers over SQLAlchemy, a dataloader for each relation; what most services are. No
tokens, no limits; the tenant is fixed.

`python -m bench.graphql.peers.resolvers PORT DATABASE_URL TENANT`"""

import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry
import uvicorn
from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import aliased
from strawberry import Info
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader

from kequn.store import tables

TIER: Any = tables.Tier
CUSTOMER: Any = tables.Customer
GROUP: Any = tables.CustomerGroup
MEMBER: Any = tables.Membership
PURCHASE: Any = tables.Purchase
FEEDBACK: Any = tables.Feedback


class Ask:
    """The statements of one request, and its dataloaders."""

    def __init__(self, engine: AsyncEngine, tenant: UUID) -> None:
        self._engine, self._tenant = engine, tenant
        self.tier = DataLoader(load_fn=self._tiers)
        self._loaders: dict[Any, DataLoader[UUID, Any]] = {}

    async def all(self, statement: Select[Any]) -> Sequence[Any]:
        async with AsyncSession(self._engine) as session:
            rows: Sequence[Any] = (await session.execute(statement)).all()
            return rows

    def live(self, model: Any) -> Select[Any]:
        return select(model).where(model.tenant_id == self._tenant, model.deleted_at.is_(None))

    async def _tiers(self, ids: list[UUID]) -> list[Any]:
        rows = {row.id: row for (row,) in await self.all(self.live(TIER).where(TIER.id.in_(ids)))}
        return [rows.get(id) for id in ids]

    def nested(self, key: Any, near: Any, statement: Select[Any], order: Any, first: int) -> DataLoader[UUID, Any]:
        """The first rows of each parent, for many parents at once."""

        async def load(parents: list[UUID]) -> list[list[Any]]:
            place = func.row_number().over(partition_by=near, order_by=order).label("place")
            inner = statement.add_columns(near.label("parent"), place).where(near.in_(parents)).subquery()
            entity = aliased(statement.column_descriptions[0]["entity"], inner)
            rows = await self.all(select(entity, inner.c.parent).where(inner.c.place <= first).order_by(inner.c.place))
            found: dict[UUID, list[Any]] = defaultdict(list)
            for row, parent in rows:
                found[parent].append(row)
            return [found[parent] for parent in parents]

        return self._kept((key, first), load)

    def counted(self, model: Any) -> DataLoader[UUID, int]:
        async def load(parents: list[UUID]) -> list[int]:
            near = model.customer_id
            rows = await self.all(
                select(near, func.count())
                .where(model.tenant_id == self._tenant, model.deleted_at.is_(None), near.in_(parents))
                .group_by(near)
            )
            counts: dict[UUID, int] = dict(rows)
            return [counts.get(parent, 0) for parent in parents]

        return self._kept(("count", model), load)

    def _kept(self, key: Any, load: Callable[[list[UUID]], Any]) -> DataLoader[UUID, Any]:
        if key not in self._loaders:
            self._loaders[key] = DataLoader(load_fn=load)
        return self._loaders[key]


@strawberry.type
class Tier:
    id: UUID
    name: str


@strawberry.type
class Purchase:
    id: UUID
    paid_at: datetime | None
    amount_currency: str | None

    @strawberry.field
    def amount_micros(self) -> str:
        return str(self.__dict__["amount_micros"])


@strawberry.type
class Group:
    id: UUID
    name: str

    @strawberry.field
    async def customers(self, info: Info[Any], first: int) -> list["Customer"]:
        ask: Ask = info.context["ask"]
        member, customer = MEMBER, CUSTOMER
        statement = (
            ask.live(customer).join(member, member.customer_id == customer.id).where(member.deleted_at.is_(None))
        )
        loader = ask.nested("members", member.group_id, statement, customer.id, first)
        return list(await loader.load(self.id))


@strawberry.type
class Customer:
    id: UUID
    name: str
    type: str
    phone: str | None
    email: str | None
    city: str | None
    country: str | None
    source: str | None
    gender: str | None
    currency: str | None
    created_at: datetime
    updated_at: datetime

    @strawberry.field
    async def tier(self, info: Info[Any]) -> Tier | None:
        tier_id = self.__dict__["tier_id"]
        return await info.context["ask"].tier.load(tier_id) if tier_id else None

    @strawberry.field
    async def purchases(self, info: Info[Any], first: int) -> list[Purchase]:
        ask: Ask = info.context["ask"]
        bought = PURCHASE
        order = bought.paid_at.desc()
        loader = ask.nested("purchases", bought.customer_id, ask.live(bought), order, first)
        return list(await loader.load(self.id))

    @strawberry.field
    async def groups(self, info: Info[Any], first: int) -> list[Group]:
        ask: Ask = info.context["ask"]
        member, group = MEMBER, GROUP
        statement = ask.live(group).join(member, member.group_id == group.id).where(member.deleted_at.is_(None))
        loader = ask.nested("groups", member.customer_id, statement, group.id, first)
        return list(await loader.load(self.id))

    @strawberry.field
    async def feedback_count(self, info: Info[Any]) -> int:
        return int(await info.context["ask"].counted(FEEDBACK).load(self.id))


@strawberry.type
class Query:
    @strawberry.field
    async def customer(self, info: Info[Any], id: strawberry.ID) -> Customer | None:
        ask: Ask = info.context["ask"]
        rows = await ask.all(ask.live(CUSTOMER).where(CUSTOMER.id == UUID(id)))
        return rows[0][0] if rows else None

    @strawberry.field
    async def customers(self, info: Info[Any], first: int) -> list[Customer]:
        ask: Ask = info.context["ask"]
        return [row for (row,) in await ask.all(ask.live(CUSTOMER).order_by(CUSTOMER.id).limit(first))]

    @strawberry.field
    async def people(self, info: Info[Any], first: int, parent: strawberry.ID) -> list[Customer]:
        ask: Ask = info.context["ask"]
        some = ask.live(CUSTOMER).where(CUSTOMER.parent_id == UUID(parent))
        return [row for (row,) in await ask.all(some.order_by(CUSTOMER.name, CUSTOMER.id).limit(first))]

    @strawberry.field
    async def total(self, info: Info[Any], parent: strawberry.ID) -> int:
        ask: Ask = info.context["ask"]
        some = ask.live(CUSTOMER).where(CUSTOMER.parent_id == UUID(parent))
        return int((await ask.all(select(func.count()).select_from(some.subquery())))[0][0])

    @strawberry.field
    async def groups(self, info: Info[Any], first: int) -> list[Group]:
        ask: Ask = info.context["ask"]
        listed = ask.live(GROUP).order_by(GROUP.id).limit(first)
        return [row for (row,) in await ask.all(listed)]


def build(url: str, tenant: UUID) -> GraphQL[Any]:
    engine = create_async_engine(url, pool_size=16, max_overflow=0)

    class Endpoint(GraphQL[Any]):
        async def get_context(self, request: Any, response: Any) -> Any:
            return {"ask": Ask(engine, tenant)}

    return Endpoint(strawberry.Schema(Query))


if __name__ == "__main__":
    uvicorn.run(
        build(sys.argv[2], UUID(sys.argv[3])),
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        log_level="warning",
    )
