"""What a merge of two customers moved, so that it can be taken back."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary
from sqlmodel import Field, SQLModel

from kequn.store.tables.base import Owned, points_at
from kequn.store.types import Json, UtcDateTime


class Merge(Owned, table=True):
    """The row `loser_id` went into `winner_id`. Every edit of the merge stands in the change log with this id as its
    run; `undone_at`: when it was taken back."""

    __tablename__ = "customer_merge"
    __table_args__ = (
        points_at("customer", "winner_id"),
        points_at("customer", "loser_id"),
        Index(None, "tenant_id", "loser_id"),
        Index(None, "tenant_id", "winner_id"),
    )

    winner_id: UUID
    loser_id: UUID
    actor: str
    merged_at: datetime = Field(sa_type=UtcDateTime)
    undone_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class MovedLink(SQLModel, table=True):
    """A link that went from the loser to the winner of a merge, and whether it was primary. `base`: what was agreed
    then, sealed, where the link became secondary: what its record says since has reached no row."""

    __tablename__ = "moved_link"

    tenant_id: UUID = Field(primary_key=True, foreign_key="tenant.id")
    merge_id: UUID = Field(primary_key=True)
    connection_id: UUID = Field(primary_key=True)
    object: str = Field(primary_key=True)
    external_id: str = Field(primary_key=True)
    was_primary: bool
    base: bytes | None = Field(default=None, sa_type=LargeBinary)


class MovedConflict(SQLModel, table=True):
    """An open conflict of the loser that a merge gave to the winner, or `closed` because it answers it."""

    __tablename__ = "moved_conflict"

    tenant_id: UUID = Field(primary_key=True, foreign_key="tenant.id")
    merge_id: UUID = Field(primary_key=True)
    conflict_id: UUID = Field(primary_key=True)
    closed: bool


class MovedReference(SQLModel, table=True):
    """A row of the table `place` that named the loser of a merge and names the winner since. `key`: what tells it from
    others of the same customer."""

    __tablename__ = "moved_reference"

    tenant_id: UUID = Field(primary_key=True, foreign_key="tenant.id")
    merge_id: UUID = Field(primary_key=True)
    place: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    key: dict[str, Any] = Field(sa_type=Json)
