"""The service process: how customers are served, step by step, and where each customer stands on that way."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Text, text
from sqlmodel import Field, SQLModel

from kequn.store.tables.base import Owned, points_at
from kequn.store.types import Json, UtcDateTime


class ServiceFlow(Owned, table=True):
    """A way in which customers are served. `steps`: what is done, in order, by its present
    `steps_version`; see kequn.domain.process.flows. `state`: active or archived. `version` counts people's edits."""

    __tablename__ = "service_flow"
    __table_args__ = (
        Index(
            "uq_service_flow_active_name",
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
    steps_version: int = 1
    steps: list[Any] = Field(default_factory=list, sa_type=Json)
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str


class FlowVersion(SQLModel, table=True):
    """The steps of a flow in one of its versions."""

    __tablename__ = "service_flow_version"
    __table_args__ = (points_at("service_flow", "flow_id"),)

    tenant_id: UUID = Field(primary_key=True, foreign_key="tenant.id")
    flow_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    steps: list[Any] = Field(default_factory=list, sa_type=Json)
    made_at: datetime = Field(sa_type=UtcDateTime)
    made_by: str


class ServiceCase(Owned, table=True):
    """A customer on the way of a flow, by the version that was in force when it began. `state`: see
    kequn.domain.process.cases."""

    __tablename__ = "service_case"
    __table_args__ = (
        points_at("service_flow", "flow_id"),
        points_at("customer", "customer_id"),
        Index(None, "tenant_id", "flow_id", "state"),
        Index(None, "tenant_id", "customer_id"),
    )

    flow_id: UUID
    flow_version: int
    customer_id: UUID
    subject: str = ""
    state: str = "open"
    started_at: datetime = Field(sa_type=UtcDateTime)
    started_by: str
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_by: str | None = None
    note: str | None = Field(default=None, sa_type=Text)


class CaseStep(Owned, table=True):
    """One step of a case. `planned_from` and `due_at`: when it should be done, as it was reckoned when the case began
    and, once the step is open, from when it was opened. `state`: see kequn.domain.process.cases."""

    __tablename__ = "case_step"
    __table_args__ = (
        points_at("service_case", "case_id"),
        points_at("staff", "owner_id"),
        Index(None, "tenant_id", "case_id", "position", unique=True),
        Index(None, "tenant_id", "state", "due_at"),
        Index(None, "tenant_id", "owner_id"),
    )

    case_id: UUID
    position: int
    name: str
    department: str
    owner_id: UUID | None = None
    state: str = "waiting"
    planned_from: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime)
    opened_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_by: str | None = None
    note: str | None = Field(default=None, sa_type=Text)
