"""Service: what becomes of feedback under the standards of service, plans for a crisis with their drills, and the
training of staff."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Text, text
from sqlmodel import Field

from kequn.store.tables.base import Owned, points_at
from kequn.store.types import Json, UtcDateTime


class ServiceStandard(Owned, table=True):
    """A version of the standard for one step of service 客户服务标准. `kind` and `severity`: of what feedback; empty:
    any. Times are minutes of business hours, or of the clock (`around_the_clock`). `operation` is how it is done and
    `quality` what is demanded of it. `state`: draft, published or retired."""

    __tablename__ = "service_standard"
    __table_args__ = (
        Index(None, "tenant_id", "name", "version", unique=True),
        Index(
            "uq_service_standard_published",
            "tenant_id",
            "name",
            unique=True,
            sqlite_where=text("state = 'published'"),
            postgresql_where=text("state = 'published'"),
        ),
    )

    name: str
    version: int
    state: str = "draft"
    kind: str | None = None
    severity: str | None = None
    department: str
    operation: str = Field(default="", sa_type=Text)
    quality: str = Field(default="", sa_type=Text)
    response_minutes: int
    solution_minutes: int
    around_the_clock: bool = False
    opens: int = 9
    closes: int = 18
    least_rating: int | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str
    published_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Ticket(Owned, table=True):
    """What becomes of one feedback 反馈处理. `state`: see kequn.domain.service.tickets. `standard_id` says until when
    it should be answered (`respond_by`) and solved (`solve_by`). `setting`: answered in the group, or in private.
    `level`: how often it was escalated. What members are told of it is `result` and `plan`."""

    __table_args__ = (
        points_at("feedback", "feedback_id"),
        points_at("staff", "owner_id"),
        points_at("service_standard", "standard_id"),
        Index(None, "tenant_id", "feedback_id", unique=True),
        Index(None, "tenant_id", "state", "solve_by"),
        Index(None, "tenant_id", "owner_id"),
        Index(None, "tenant_id", "standard_id"),
    )

    feedback_id: UUID
    state: str = "open"
    category: str
    severity: str
    sentiment: str
    sentiment_by: str
    department: str
    setting: str = "private"
    level: int = 0
    reopened: int = 0
    owner_id: UUID | None = None
    standard_id: UUID | None = None
    opened_at: datetime = Field(sa_type=UtcDateTime)
    respond_by: datetime = Field(sa_type=UtcDateTime)
    solve_by: datetime = Field(sa_type=UtcDateTime)
    responded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    solved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    rating: int | None = None
    result: str | None = Field(default=None, sa_type=Text)
    plan: str | None = Field(default=None, sa_type=Text)
    published_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str


class TicketStep(Owned, table=True):
    """One thing that was done about a ticket, never altered. `shown_in`: the group, or in private; empty: inside."""

    __tablename__ = "ticket_step"
    __table_args__ = (points_at("ticket", "ticket_id"), Index(None, "tenant_id", "ticket_id", "at"))

    ticket_id: UUID
    event: str
    state: str
    at: datetime = Field(sa_type=UtcDateTime)
    done_by: str
    note: str | None = Field(default=None, sa_type=Text)
    shown_in: str | None = None


class CrisisPlan(Owned, table=True):
    """A version of what is done in a crisis 危机管理预案. `team`: [{staff, role}]; `steps`: [{name, role, minutes}];
    `hotline`: its number, and `roster`: [{staff, from, to}], the hours of the day in which somebody answers it."""

    __tablename__ = "crisis_plan"
    __table_args__ = (
        Index(None, "tenant_id", "name", "version", unique=True),
        Index(
            "uq_crisis_plan_published",
            "tenant_id",
            "name",
            unique=True,
            sqlite_where=text("state = 'published'"),
            postgresql_where=text("state = 'published'"),
        ),
    )

    name: str
    version: int
    state: str = "draft"
    trigger: str = Field(default="", sa_type=Text)
    team: list[Any] = Field(default_factory=list, sa_type=Json)
    steps: list[Any] = Field(default_factory=list, sa_type=Json)
    hotline: str = ""
    roster: list[Any] = Field(default_factory=list, sa_type=Json)
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str
    published_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class CrisisRun(Owned, table=True):
    """A crisis, or the drill of one 演练, by a plan. `done`: when each step was, by its name, with who did it."""

    __tablename__ = "crisis_run"
    __table_args__ = (points_at("crisis_plan", "plan_id"), Index(None, "tenant_id", "plan_id"))

    plan_id: UUID
    kind: str
    state: str = "running"
    reason: str = Field(default="", sa_type=Text)
    done: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    late: int = 0
    started_at: datetime = Field(sa_type=UtcDateTime)
    started_by: str
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lessons: str | None = Field(default=None, sa_type=Text)


class Training(Owned, table=True):
    """A training of staff. `form`: internal, external or online; `subject`: rules, content, interaction, problems,
    service, product or crisis. `state`: planned, held or cancelled."""

    __table_args__ = (Index(None, "tenant_id", "held_at"),)

    title: str
    subject: str
    form: str
    state: str = "planned"
    trainer: str = ""
    content: str = Field(default="", sa_type=Text)
    held_at: datetime = Field(sa_type=UtcDateTime)
    pass_score: int = 60
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str


class Trainee(Owned, table=True):
    """Who is to be at a training. `state`: enrolled, attended or missed; `score`: of 100, where there was a test."""

    __tablename__ = "trainee"
    __table_args__ = (
        points_at("training", "training_id"),
        points_at("staff", "staff_id"),
        Index(None, "tenant_id", "training_id", "staff_id", unique=True),
        Index(None, "tenant_id", "staff_id"),
    )

    training_id: UUID
    staff_id: UUID
    state: str = "enrolled"
    score: int | None = None
    changed_at: datetime = Field(sa_type=UtcDateTime)
