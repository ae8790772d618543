"""Tiers, groups and who is in them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, Text
from sqlmodel import Field

from kequn.store.tables.base import Business, points_at
from kequn.store.types import Letters, UtcDateTime


class Tier(Business, table=True):
    """A service tier (普通, VIP, 战略). `rank`: higher is better served."""

    __table_args__ = (Index(None, "tenant_id", "name"),)

    name: str
    rank: int | None = None
    description: str | None = None


class CustomerGroup(Business, table=True):
    """A customer group 客户群."""

    __tablename__ = "customer_group"
    __table_args__ = (points_at("staff", "owner_id"), Index(None, "tenant_id", "name", "id"))

    name: str = Field(sa_type=Letters)
    platform: str | None = None
    purpose: str | None = Field(default=None, sa_type=Text)
    description: str | None = Field(default=None, sa_type=Text)
    colour: str | None = None
    owner_id: UUID | None = None


class Membership(Business, table=True):
    """A customer in a group. One live row per pair; role and consent are kequn's own and no CRM's."""

    __table_args__ = (
        points_at("customer", "customer_id"),
        points_at("customer_group", "group_id"),
        Index(None, "tenant_id", "group_id", "customer_id"),
        Index(None, "tenant_id", "customer_id", "group_id"),
    )

    tenant_id: UUID = Field(primary_key=True)  # the customer's: not to be asked for row by row once more
    customer_id: UUID
    group_id: UUID
    role: str = "member"
    joined_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
