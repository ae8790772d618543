"""What was said between the tenant and its customers: interactions and feedback."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, Text
from sqlmodel import Field

from kequn.store.tables.base import Business, points_at
from kequn.store.types import UtcDateTime


class Interaction(Business, table=True):
    """A call, meeting, task or note."""

    __table_args__ = (
        points_at("customer", "customer_id"),
        points_at("staff", "owner_id"),
        Index(None, "tenant_id", "customer_id", "happened_at"),
    )

    subject: str
    channel: str | None = None
    direction: str | None = None
    content: str | None = Field(default=None, sa_type=Text)
    status: str | None = None
    happened_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    customer_id: UUID | None = None
    owner_id: UUID | None = None


class Feedback(Business, table=True):
    """An inquiry, problem, opinion, suggestion or complaint. `happened_at`: when it was given; `created_at`: when we
    learned of it."""

    __table_args__ = (
        points_at("customer", "customer_id"),
        points_at("staff", "owner_id"),
        Index(None, "tenant_id", "customer_id", "happened_at"),
        Index(None, "tenant_id", "updated_at", "id"),
    )

    subject: str
    kind: str | None = None
    channel: str | None = None
    status: str | None = None
    priority: str | None = None
    content: str | None = Field(default=None, sa_type=Text)
    solution: str | None = Field(default=None, sa_type=Text)
    happened_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    customer_id: UUID | None = None
    owner_id: UUID | None = None
