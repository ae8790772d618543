"""strawchemy over the same tables: its types are made from SQLAlchemy models, a statement for each root field.
It wants another SQLAlchemy than kequn has, so it runs in a virtual environment of its own, beside this file.

`python server.py PORT DATABASE_URL`"""

import sys
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import strawberry
import uvicorn
from sqlalchemy import ForeignKey
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from strawberry.asgi import GraphQL
from strawchemy import Strawchemy, StrawchemyAsyncRepository, StrawchemyConfig


class Base(DeclarativeBase):
    pass


class Owned(Base):
    __abstract__ = True
    id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    deleted_at: Mapped[datetime | None]


class Tier(Owned):
    __tablename__ = "tier"
    name: Mapped[str]


class Membership(Owned):
    __tablename__ = "membership"
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"))
    group_id: Mapped[UUID] = mapped_column(ForeignKey("customer_group.id"))


class Group(Owned):
    __tablename__ = "customer_group"
    name: Mapped[str]
    customers: Mapped[list["Customer"]] = relationship(secondary="membership", back_populates="groups", viewonly=True)


class Purchase(Owned):
    __tablename__ = "purchase"
    paid_at: Mapped[datetime | None]
    amount_micros: Mapped[Decimal | None]  # a GraphQL Int is too small
    amount_currency: Mapped[str | None]
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"))


class Feedback(Owned):
    __tablename__ = "feedback"
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"))


class Customer(Owned):
    __tablename__ = "customer"
    name: Mapped[str]
    type: Mapped[str]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    city: Mapped[str | None]
    country: Mapped[str | None]
    source: Mapped[str | None]
    gender: Mapped[str | None]
    currency: Mapped[str | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    parent_id: Mapped[UUID | None]
    tier_id: Mapped[UUID | None] = mapped_column(ForeignKey("tier.id"))
    tier: Mapped[Tier | None] = relationship()
    groups: Mapped[list[Group]] = relationship(secondary="membership", back_populates="customers", viewonly=True)
    purchases: Mapped[list[Purchase]] = relationship()
    feedback: Mapped[list[Feedback]] = relationship()


CONFIG = StrawchemyConfig(
    "postgresql",
    session_getter=lambda info: info.context.session(),  # root fields run beside each other, sessions do not
    repository_type=StrawchemyAsyncRepository,
    pagination="all",
    order_by="all",
)
strawchemy = Strawchemy(CONFIG)


@strawchemy.type(Tier, include="all", override=True)
class TierType: ...


@strawchemy.type(Purchase, include="all", override=True)
class PurchaseType: ...


@strawchemy.type(Group, include="all", override=True)
class GroupType: ...


@strawchemy.filter(Customer, include="all")
class CustomerFilter: ...


@strawchemy.type(Customer, include="all", override=True)
class CustomerType: ...


@strawchemy.aggregate(Customer, include="all")
class CustomerCount: ...


@strawberry.type
class Query:
    customers: list[CustomerType] = strawchemy.field(filter_input=CustomerFilter, pagination=True)
    groups: list[GroupType] = strawchemy.field(pagination=True)
    counted: CustomerCount = strawchemy.field(filter_input=CustomerFilter, root_aggregations=True)


SCHEMA = strawberry.Schema(Query)


class Sessions:
    """Those of one request."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine, self._open = engine, list[AsyncSession]()

    def session(self) -> AsyncSession:
        self._open.append(AsyncSession(self._engine))
        return self._open[-1]

    async def close(self) -> None:
        for session in self._open:
            await session.close()


def build(url: str) -> Any:
    engine = create_async_engine(url, pool_size=16, max_overflow=0)

    class Endpoint(GraphQL[Any]):
        async def get_context(self, request: Any, response: Any) -> Any:
            return request.state.sessions

    endpoint = Endpoint(SCHEMA)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        scope["state"] = {"sessions": Sessions(engine)}
        await endpoint(scope, receive, send)
        await scope["state"]["sessions"].close()

    return app


if __name__ == "__main__":
    uvicorn.run(
        build(sys.argv[2]), port=int(sys.argv[1]), loop="uvloop", http="httptools", log_level="warning", lifespan="off"
    )
