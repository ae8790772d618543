"""What may be the same customer twice, as it was last found, and how far the search has come."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from kequn.store.tables.base import Owned, points_at
from kequn.store.types import Json, UtcDateTime


class Duplicate(Owned, table=True):
    """A suggestion. `kind`: pair (two customers; `first_id` is the older one) or double (a second record of one
    customer inside a CRM: connection, object, external id). `score`: in thousandths. `reasons`: names of the fields
    that agree, never their values. `state`: open, dismissed (they are two), merged (they are one now)."""

    __table_args__ = (
        points_at("customer", "first_id"),
        points_at("customer", "second_id"),
        Index(None, "tenant_id", "state", "score", "id"),
        Index(None, "tenant_id", "first_id"),
        Index(None, "tenant_id", "second_id"),
    )

    kind: str = "pair"
    first_id: UUID
    second_id: UUID | None = None
    connection_id: UUID | None = None
    object: str | None = None
    external_id: str | None = None
    score: int
    reasons: list[Any] = Field(default_factory=list, sa_type=Json)
    state: str = "open"
    found_at: datetime = Field(sa_type=UtcDateTime)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_by: str | None = None


class DuplicateScan(SQLModel, table=True):
    """The last search of a tenant. `seen_until`: it knows what was changed before that; `rules`: by which edition of
    the rules; `common`: digests of the keys that too many customers share for them to mean anything."""

    __tablename__ = "duplicate_scan"

    tenant_id: UUID = Field(primary_key=True, foreign_key="tenant.id")
    seen_until: datetime = Field(sa_type=UtcDateTime)
    rules: int
    common: list[Any] = Field(default_factory=list, sa_type=Json)
