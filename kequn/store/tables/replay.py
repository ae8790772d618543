"""What mutations answered whose sender may send them again."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from kequn.store.types import Json, UtcDateTime


class Replay(SQLModel, table=True):
    """`key` is the sender's own. `digest`: of what was asked; `outcomes`: what became of it, by ids and codes. Values
    that people entered are in neither."""

    __table_args__ = (Index(None, "tenant_id", "at"),)

    tenant_id: UUID = Field(primary_key=True, foreign_key="tenant.id")
    actor: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    digest: str
    outcomes: list[Any] = Field(default_factory=list, sa_type=Json)
    at: datetime = Field(sa_type=UtcDateTime)
