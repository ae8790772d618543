"""What all tables share: names of constraints, the tenant in every key, and the columns of a business row."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, MetaData
from sqlmodel import Field, SQLModel

from kequn.store.types import Json, UtcDateTime

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.model_config["defer_build"] = True  # rows are not validated: what does that is never built
metadata: MetaData = SQLModel.metadata


def points_at(table: str, column: str) -> ForeignKeyConstraint:
    """A reference inside one tenant. Checked at commit, so that a batch may hold both ends in any order."""
    return ForeignKeyConstraint(
        ["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"], deferrable=True, initially="DEFERRED"
    )


class Owned(SQLModel):
    """A row of one tenant."""

    tenant_id: UUID = Field(primary_key=True, foreign_key="tenant.id")
    id: UUID = Field(primary_key=True)


class Business(Owned):
    """A row of the business: what CRMs and people change. `version` counts its changes. A deleted row stays, with
    `deleted_at`; a merged one stays too and names the row that it went into."""

    version: int = Field(default=1)
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    deleted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    merged_into: UUID | None = None
    extra: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
