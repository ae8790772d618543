"""Surveys 满意度调查: what is asked, in versions; the waves in which it is asked; and whom, with what they said."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, Text
from sqlmodel import Field, SQLModel

from kequn.store.tables.base import Business, Owned, points_at
from kequn.store.types import Json, UtcDateTime


class Survey(Owned, table=True):
    """A survey. `kind`: periodic or key_node, and then `node`: purchase, use or after_sales. `questions`: those of its
    present `questions_version`, see kequn.domain.surveys.questions. `state`: draft, published, paused or retired. Of
    the customers of the segment (of all, where there is none) `sample` are asked, who were not asked anything for
    `rest_days`; they are reminded after `remind_days`, and have `open_days` to answer. A key node is asked about
    `delay_days` after it. `version` counts people's edits."""

    __table_args__ = (points_at("segment", "segment_id"), Index(None, "tenant_id", "segment_id"))

    name: str
    kind: str
    node: str | None = None
    state: str = "draft"
    version: int = 1
    questions_version: int = 1
    welcome: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    questions: list[Any] = Field(default_factory=list, sa_type=Json)
    segment_id: UUID | None = None
    sample: int | None = None
    every_days: int | None = None
    delay_days: int = 0
    rest_days: int = 90
    remind_days: int = 3
    open_days: int = 14
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str


class SurveyVersion(SQLModel, table=True):
    """What a survey asked in one of its versions."""

    __tablename__ = "survey_version"
    __table_args__ = (points_at("survey", "survey_id"),)

    tenant_id: UUID = Field(primary_key=True, foreign_key="tenant.id")
    survey_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    questions: list[Any] = Field(default_factory=list, sa_type=Json)
    made_at: datetime = Field(sa_type=UtcDateTime)
    made_by: str


class SurveyWave(Owned, table=True):
    """One time that a survey was held, by one of its versions. `population`: how many might have been asked; `seed`:
    what the sample was drawn from. `state`: open or closed."""

    __tablename__ = "survey_wave"
    __table_args__ = (points_at("survey", "survey_id"), Index(None, "tenant_id", "survey_id", "number", unique=True))

    survey_id: UUID
    number: int
    version: int
    state: str = "open"
    seed: str
    population: int = 0
    invited: int = 0
    opened_at: datetime = Field(sa_type=UtcDateTime)
    closes_at: datetime = Field(sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SurveyInvitation(Owned, table=True):
    """A customer who is asked in a wave, and what they said. `occasion`: the purchase or the like that it is about, so
    that it is not asked about twice. `hash`: the SHA-256 of the token of the link, to find it by; `sealed`: the token
    under the customer's key, so that a reminder brings the same link. `answers`: by the key of the question. `state`:
    see kequn.domain.surveys.inviting."""

    __tablename__ = "survey_invitation"
    __table_args__ = (
        points_at("survey_wave", "wave_id"),
        points_at("customer", "customer_id"),
        Index(None, "tenant_id", "wave_id", "state"),
        Index(None, "tenant_id", "customer_id", "invited_at"),
        Index(None, "tenant_id", "wave_id", "customer_id", "occasion", unique=True),
        Index(None, "hash", unique=True),
    )

    wave_id: UUID
    customer_id: UUID
    occasion: str = ""
    state: str = "waiting"
    channel: str | None = None
    hash: bytes | None = Field(default=None, sa_type=LargeBinary)
    sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    answers: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    note: str | None = Field(default=None, sa_type=Text)
    invited_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reminded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    opened_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    changed_by: str


class SurveyAnswer(Business, table=True):
    """What a customer answered by a number, as CRMs are told of it: one row for each such question of an invitation.
    `survey`, `question`: as they were asked. `scale`: rating, nps or ces."""

    __tablename__ = "survey_answer"
    __table_args__ = (
        points_at("survey_invitation", "invitation_id"),
        points_at("customer", "customer_id"),
        Index(None, "tenant_id", "invitation_id"),
        Index(None, "tenant_id", "customer_id", "answered_at"),
    )

    invitation_id: UUID
    customer_id: UUID
    survey: str
    question: str | None = Field(default=None, sa_type=Text)
    scale: str | None = None
    score: int | None = None
    channel: str | None = None
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
