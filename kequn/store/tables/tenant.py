"""Tenants and the tokens that open the API for them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from kequn.store.tables.base import Owned
from kequn.store.types import Json, UtcDateTime


class Tenant(SQLModel, table=True):
    """One company. `time_zone` and `region` (ISO 3166) are used where a rule or a phone number needs them. `rules`: see
    kequn.sync.rules."""

    id: UUID = Field(primary_key=True)
    slug: str = Field(unique=True)
    name: str
    time_zone: str = "Asia/Shanghai"
    region: str = "CN"
    rules: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    created_at: datetime = Field(sa_type=UtcDateTime)


class Token(Owned, table=True):
    """An API token: its first characters to find it by, and the SHA-256 of the whole. The token itself is not kept.
    `batch`: may have pages of many rows, for whoever copies data elsewhere. `staff_id`, `department`, `personal`: what
    its holder sees (scope.Sight)."""

    __table_args__ = (UniqueConstraint("prefix"),)

    prefix: str
    hash: bytes = Field(sa_type=LargeBinary)
    role: str
    batch: bool = False
    name: str = ""
    staff_id: UUID | None = None
    department: bool = False
    personal: bool = True
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class CustomerKey(SQLModel, table=True):
    """The key under which a customer's personal values stand in log, bases, conflicts and intents, itself encrypted.
    Destroying it erases the person there: an empty key stays, so that none is made again. `subject_id` is the customer,
    or the tenant for what belongs to nobody."""

    __tablename__ = "customer_key"

    tenant_id: UUID = Field(primary_key=True, foreign_key="tenant.id")
    subject_id: UUID = Field(primary_key=True)
    wrapped: bytes = Field(sa_type=LargeBinary)
