"""How good the data of customers are: what they confirmed themselves, and what is to be cleaned."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from kequn.store.tables.base import points_at
from kequn.store.types import Json, UtcDateTime


class Confirmation(SQLModel, table=True):
    """A field that a customer told us, or said is still right. `how`: see kequn.domain.quality.learning."""

    __table_args__ = (points_at("customer", "customer_id"),)

    tenant_id: UUID = Field(primary_key=True, foreign_key="tenant.id")
    customer_id: UUID = Field(primary_key=True)
    field: str = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    how: str
    actor: str


class Flaw(SQLModel, table=True):
    """Something that is to be cleaned, since `found_at`. `kind`: duplicate, incomplete or outdated; `fields`: which
    ones, with true. `state`: see kequn.domain.quality.flaws."""

    __table_args__ = (
        points_at("customer", "customer_id"),
        points_at("care_task", "task_id"),
        Index(None, "tenant_id", "state", "found_at"),
        Index(
            "uq_flaw_standing",
            "tenant_id",
            "customer_id",
            "kind",
            unique=True,
            sqlite_where=text("state != 'over'"),
            postgresql_where=text("state != 'over'"),
        ),
    )

    tenant_id: UUID = Field(primary_key=True, foreign_key="tenant.id")
    customer_id: UUID = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    found_at: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    fields: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    state: str = "open"
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str
    task_id: UUID | None = None
