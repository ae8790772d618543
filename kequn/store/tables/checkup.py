"""Rules that are to be looked at again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, Text
from sqlmodel import Field

from kequn.store.tables.base import Owned, points_at
from kequn.store.types import UtcDateTime


class RuleReview(Owned, table=True):
    """Somebody is to look at a rule again, at a time. `subject`: what kind of rule, `subject_id`: which one, where
    there are several; `about`: what it is called; `group_id`: the group whose rule it is, if it is one's.
    `every_days`: after how long the next one follows. `reminded_at`: when its owner was told, once. `state`: see
    kequn.domain.care.reviewing."""

    __tablename__ = "rule_review"
    __table_args__ = (
        points_at("staff", "owner_id"),
        points_at("customer_group", "group_id"),
        Index(None, "tenant_id", "state", "due_at"),
        Index(None, "tenant_id", "owner_id"),
        Index(None, "tenant_id", "group_id"),
    )

    subject: str
    subject_id: UUID | None = None
    about: str = ""
    group_id: UUID | None = None
    owner_id: UUID | None = None
    due_at: datetime = Field(sa_type=UtcDateTime)
    every_days: int | None = None
    state: str = "planned"
    reminded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    outcome: str = Field(default="", sa_type=Text)
    made_at: datetime = Field(sa_type=UtcDateTime)
    made_by: str
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_by: str | None = None
