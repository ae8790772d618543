"""Benefits 专属福利: what customers are given and under which conditions, who claimed one, the days on which they are
given out, and the rules by which points are earned."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, Text, text
from sqlmodel import Field

from kequn.store.tables.base import Business, Owned, points_at
from kequn.store.types import Json, UtcDateTime


class Benefit(Owned, table=True):
    """Something that customers may claim. `state`: see kequn.domain.benefits.offering. Between `starts_at` and
    `ends_at` it may be claimed; a claim is good for `valid_days`, and never after `ends_at`. Who may: `tree` (a `Where`
    as kequn.store.kept shows it; `asked`: as people entered it), and those of a segment, a tier, a group; `points` is
    what a claim costs. `stock` (empty: without end) and `budget_micros` (0: likewise) bound it; `claimed` and
    `spent_micros` is what is gone of them. A customer may claim it
    `per_customer` times, within `every_days` days where they are said. `on_days`: only on its days in the calendar.
    `version` counts people's edits."""

    __table_args__ = (
        points_at("segment", "segment_id"),
        points_at("tier", "tier_id"),
        points_at("customer_group", "group_id"),
        Index(None, "tenant_id", "state", "id"),
        Index(None, "tenant_id", "segment_id"),
        Index(None, "tenant_id", "tier_id"),
        Index(None, "tenant_id", "group_id"),
    )

    name: str
    kind: str
    state: str = "draft"
    version: int = 1
    description: str = Field(default="", sa_type=Text)
    usage: str = Field(default="", sa_type=Text)
    categories: list[Any] = Field(default_factory=list, sa_type=Json)
    starts_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ends_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    valid_days: int | None = None
    segment_id: UUID | None = None
    tier_id: UUID | None = None
    group_id: UUID | None = None
    tree: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    asked: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    points: int = 0
    stock: int | None = None
    claimed: int = 0
    per_customer: int = 1
    every_days: int | None = None
    cost_micros: int = Field(default=0, sa_type=BigInteger)
    budget_micros: int = Field(default=0, sa_type=BigInteger)
    spent_micros: int = Field(default=0, sa_type=BigInteger)
    on_days: bool = False
    remind_days: int = 3
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str
    published_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    note: str | None = Field(default=None, sa_type=Text)


class BenefitClaim(Business, table=True):
    """A benefit that a customer has claimed, as CRMs are told of it. `name`: the benefit's. `code` is what the customer
    shows. `state`: see kequn.domain.benefits.claiming. `cost_micros`: what it takes of the budget; `points`: what it
    cost the customer."""

    __tablename__ = "benefit_claim"
    __table_args__ = (
        points_at("benefit", "benefit_id"),
        points_at("customer", "customer_id"),
        Index(None, "tenant_id", "benefit_id", "state"),
        Index(None, "tenant_id", "customer_id"),
        Index(None, "tenant_id", "state", "expires_at"),
        Index(None, "tenant_id", "code", unique=True),
    )

    benefit_id: UUID
    customer_id: UUID
    name: str
    state: str = "claimed"
    code: str
    points: int = 0
    cost_micros: int = Field(default=0, sa_type=BigInteger)
    claimed_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    reminded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    redeemed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str
    note: str | None = Field(default=None, sa_type=Text)


class BenefitDay(Owned, table=True):
    """A day on which a benefit is given out. `kind`: welfare, the monthly one, or surprise. `planned_for`: the day that
    the rule named; `day`: what the calendar of work days made of it. `seed`: what a surprise was drawn from."""

    __tablename__ = "benefit_day"
    __table_args__ = (
        points_at("benefit", "benefit_id"),
        Index(None, "tenant_id", "day"),
        Index(None, "tenant_id", "benefit_id", "day", unique=True),
    )

    benefit_id: UUID
    kind: str
    state: str = "planned"
    day: date
    planned_for: date
    seed: str | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str


class Incentive(Owned, table=True):
    """A version of a rule by which something that members do earns points. `state`: draft, published (in force and
    readable by members) or retired. `body` is what members read. `basis`: the figures that it was drawn up from."""

    __table_args__ = (
        Index(None, "tenant_id", "name", "version", unique=True),
        Index(
            "uq_incentive_published",
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
    body: str = Field(default="", sa_type=Text)
    action: str
    points: int
    per_day: int
    basis: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str
    published_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    retired_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
