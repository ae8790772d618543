"""What customers are offered and what came of it; and trials of two ways to care, of which customers get one each."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, Text
from sqlmodel import Field, SQLModel

from kequn.store.tables.base import Owned, points_at
from kequn.store.types import UtcDateTime


class Offer(Owned, table=True):
    """Something for the customers of a segment. `kind`: promotion, win_back or retention. `cost_micros`: what it costs
    for each customer, in the standard's currency. `window_days`: orders of so many days count as its result. `state`:
    see kequn.domain.offers.making. `version` counts people's edits."""

    __table_args__ = (
        points_at("segment", "segment_id"),
        points_at("staff", "owner_id"),
        Index(None, "tenant_id", "state", "id"),
    )

    name: str
    kind: str
    content: str = Field(default="", sa_type=Text)
    cost_micros: int = Field(default=0, sa_type=BigInteger)
    window_days: int = 30
    segment_id: UUID | None = None
    owner_id: UUID | None = None
    state: str = "draft"
    version: int = 1
    reached: int = 0
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    changed_by: str


class OfferRecipient(SQLModel, table=True):
    """Who was given an offer, and in which class and stage they were at that moment."""

    __tablename__ = "offer_recipient"
    __table_args__ = (
        points_at("offer", "offer_id"),
        points_at("customer", "customer_id"),
        Index(None, "tenant_id", "customer_id"),
    )

    tenant_id: UUID = Field(primary_key=True, foreign_key="tenant.id")
    offer_id: UUID = Field(primary_key=True)
    customer_id: UUID = Field(primary_key=True)
    given_at: datetime = Field(sa_type=UtcDateTime)
    value_class: str | None = None
    frequency_class: str | None = None
    lifecycle: str | None = None


class Trial(Owned, table=True):
    """Two ways to care, `a` as before and `b` the new one, tried on the customers of a segment. `share`: how many
    millionths of them get b. `measure`: bought, retained, satisfied or spend; see kequn.domain.trials."""

    __table_args__ = (points_at("segment", "segment_id"), points_at("staff", "owner_id"))

    name: str
    hypothesis: str = Field(default="", sa_type=Text)
    way_a: str = Field(default="", sa_type=Text)
    way_b: str = Field(default="", sa_type=Text)
    measure: str
    share: int = 500_000
    window_days: int = 30
    segment_id: UUID | None = None
    owner_id: UUID | None = None
    state: str = "draft"
    created_at: datetime = Field(sa_type=UtcDateTime)
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    conclusion: str | None = Field(default=None, sa_type=Text)
    changed_by: str


class TrialSubject(SQLModel, table=True):
    """Which way a customer was given. `way`: a or b."""

    __tablename__ = "trial_subject"
    __table_args__ = (
        points_at("trial", "trial_id"),
        points_at("customer", "customer_id"),
        Index(None, "tenant_id", "customer_id"),
    )

    tenant_id: UUID = Field(primary_key=True, foreign_key="tenant.id")
    trial_id: UUID = Field(primary_key=True)
    customer_id: UUID = Field(primary_key=True)
    way: str
    assigned_at: datetime = Field(sa_type=UtcDateTime)
