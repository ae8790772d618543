"""Segments: conditions on customers that are kept under a name, in versions, and who met them from when to when."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Text, text
from sqlmodel import Field, SQLModel

from kequn.store.tables.base import Owned, points_at
from kequn.store.types import Json, UtcDateTime


class Segment(Owned, table=True):
    """A condition with a name. `state`: active or archived. `tree`: the `Where` of its present
    `condition_version`, as kequn.store.kept shows it; `asked`: the same as people entered it. `version` counts
    people's edits. `evaluated_version`: the version of the condition that the stays were last worked out by, at
    `evaluated_at`; `size`: who was in it then."""

    __table_args__ = (
        Index(
            "uq_segment_active_name",
            "tenant_id",
            "name",
            unique=True,
            sqlite_where=text("state = 'active'"),
            postgresql_where=text("state = 'active'"),
        ),
    )

    name: str
    description: str = Field(default="", sa_type=Text)
    state: str = "active"
    version: int = 1
    condition_version: int = 1
    tree: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    asked: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    size: int = 0
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str
    evaluated_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    evaluated_version: int | None = None


class SegmentVersion(SQLModel, table=True):
    """What a segment asked in one version of its condition."""

    __tablename__ = "segment_version"
    __table_args__ = (points_at("segment", "segment_id"),)

    tenant_id: UUID = Field(primary_key=True, foreign_key="tenant.id")
    segment_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    tree: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    asked: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    made_at: datetime = Field(sa_type=UtcDateTime)
    made_by: str


class Stay(SQLModel, table=True):
    """From when to when a customer was in a segment. The causes: see kequn.domain.segments.evaluating; what `held` is,
    for every part of the condition, whether it did at that moment, by which version."""

    __tablename__ = "segment_stay"
    __table_args__ = (
        points_at("segment", "segment_id"),
        points_at("customer", "customer_id"),
        Index(None, "tenant_id", "customer_id"),
        Index(
            "uq_segment_stay_open",
            "tenant_id",
            "segment_id",
            "customer_id",
            unique=True,
            sqlite_where=text("left_at IS NULL"),
            postgresql_where=text("left_at IS NULL"),
        ),
    )

    tenant_id: UUID = Field(primary_key=True, foreign_key="tenant.id")
    segment_id: UUID = Field(primary_key=True)
    customer_id: UUID = Field(primary_key=True)
    entered_at: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    entered_cause: str
    entered_version: int
    entered_held: dict[str, Any] | None = Field(default=None, sa_type=Json)
    left_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    left_cause: str | None = None
    left_version: int | None = None
    left_held: dict[str, Any] | None = Field(default=None, sa_type=Json)
