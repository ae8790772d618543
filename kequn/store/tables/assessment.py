"""What the rules make of customers: by which standard, from which facts, with what result, and what somebody should do
about it. Derived from the business rows; never sent to a CRM."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from kequn.store.tables.base import Owned, points_at
from kequn.store.types import Json, UtcDateTime


class Standard(Owned, table=True):
    """The tenant's standard 客户分类标准, one row per version: every threshold that rules use. `state`: draft,
    published (the one in force), retired."""

    __table_args__ = (UniqueConstraint("tenant_id", "version"),)

    version: int
    state: str = "draft"
    settings: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    note: str = ""
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str
    published_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    published_by: str | None = None


class Evaluation(Owned, table=True):
    """One working out of all rules. `as_of`: the moment it judges at; `seen_until`: it knows what changed before that;
    `scale`: the edges between ranks that the rules found; `models`: fitted parameters of churn and value;
    `counts`: {rule: {value: customers}}; `unpriced`: {currency: purchases} that no rate is known for."""

    __table_args__ = (Index(None, "tenant_id", "as_of", "id"),)

    version: int
    as_of: datetime = Field(sa_type=UtcDateTime)
    at: datetime = Field(sa_type=UtcDateTime)
    seen_until: datetime = Field(sa_type=UtcDateTime)
    whole: bool = True
    scale: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    models: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    counts: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    unpriced: dict[str, Any] = Field(default_factory=dict, sa_type=Json)


class Standing(Owned, table=True):
    """Where a customer (`id`) stands: the facts as the last evaluation saw them, and what the rules made of them.
    Windows are counted back from its `as_of`, as long as the standard says: `window` (365 days), `recent` (90) and
    the three such windows `before`, `half` a year (182) and the one `half_before`. Money is in the standard's
    currency. `orders`: paid sales; `contacts`: interactions that are no purchase; `satisfaction`: the mean answer in
    the window, in hundredths of the way from the worst to the best; `approvals`: words that the highest tier is in
    order; `profit`: what lines brought above their cost, where that is known; `favourite`: the product category with
    the most spend in the window, and its share in thousandths. Classes are empty where a rule has nothing to say.
    `tier_step`: the tier within the class, by name; empty: the class's own. `tier_runs`: in how many evaluations of
    different days, up to now, the rules have said both; `tier_clear`: no edge is near."""

    __table_args__ = (points_at("customer", "id"),)

    first_order_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_order_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_contact_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    orders: int = 0
    spend_micros: int = Field(default=0, sa_type=BigInteger)
    orders_window: int = 0
    spend_window_micros: int = Field(default=0, sa_type=BigInteger)
    orders_recent: int = 0
    orders_before: int = 0
    orders_half: int = 0
    orders_half_before: int = 0
    returns_recent: int = 0
    contacts: int = 0
    contacts_window: int = 0
    contacts_recent: int = 0
    contacts_before: int = 0
    satisfaction: int | None = None
    points: int = Field(default=0, sa_type=BigInteger)
    approvals: int = 0
    profit_micros: int = Field(default=0, sa_type=BigInteger)
    profit_window_micros: int = Field(default=0, sa_type=BigInteger)
    favourite: str | None = None
    favourite_share: int | None = None

    rfm: str | None = None
    frequency_class: str | None = None
    value_class: str | None = None
    loyalty_score: int | None = None
    loyalty_class: str | None = None
    activity: str | None = None
    importance: str | None = None
    lifecycle: str | None = None
    preference: str | None = None
    tier_class: str | None = None
    tier_step: str | None = None
    tier_runs: int = 1
    tier_clear: bool = False
    tier_since: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Assessment(SQLModel, table=True):
    """What one rule said of a customer, since `as_of` and until the next one. `inputs` hold everything that is needed
    to work `value` out again: facts, edges and thresholds. No constraint ties it to the customer, who is never removed:
    checking millions of rows would cost more than judging them."""

    tenant_id: UUID = Field(primary_key=True, foreign_key="tenant.id")
    customer_id: UUID = Field(primary_key=True)
    rule: str = Field(primary_key=True)
    as_of: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    version: int
    value: str | None = None
    inputs: dict[str, Any] = Field(default_factory=dict, sa_type=Json)


class Prediction(Owned, table=True):
    """What the models expect of a customer (`id`): the chance to be one still (in millionths), purchases of the next
    365 days (in thousandths), the value of one, their spend in those days, and the lifetime value. The other columns
    are what that was worked out from, with the parameters of `evaluation_id`; times are days."""

    __table_args__ = (points_at("customer", "id"),)

    evaluation_id: UUID
    alive_millionths: int
    purchases_thousandths: int = Field(sa_type=BigInteger)
    value_micros: int = Field(sa_type=BigInteger)
    spend_micros: int = Field(sa_type=BigInteger)
    lifetime_micros: int = Field(sa_type=BigInteger)
    repeats: int
    recency: float
    age: float
    average_micros: int = Field(sa_type=BigInteger)


class Answer(Owned, table=True):
    """What a customer answered when asked how satisfied they are. `scale`: csat (1 to 5) or nps (0 to 10, 0 is an
    answer). `about`: overall, response, attitude or product."""

    __tablename__ = "satisfaction_answer"
    __table_args__ = (points_at("customer", "customer_id"), Index(None, "tenant_id", "customer_id", "given_at"))

    customer_id: UUID
    scale: str
    score: int
    about: str = "overall"
    source: str = ""
    given_at: datetime = Field(sa_type=UtcDateTime)
    noted_at: datetime = Field(sa_type=UtcDateTime)
    noted_by: str


class Pin(Owned, table=True):
    """Somebody has fixed the tier of a customer, with a reason and perhaps an end; rules never move it. `approval`:
    it only allows the rules to give the highest tier."""

    __tablename__ = "tier_pin"
    __table_args__ = (
        points_at("customer", "customer_id"),
        points_at("tier", "tier_id"),
        Index(None, "tenant_id", "customer_id"),
    )

    customer_id: UUID
    tier_id: UUID | None = None
    approval: bool = False
    reason: str
    since: datetime = Field(sa_type=UtcDateTime)
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    made_by: str
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_by: str | None = None


class Alert(Owned, table=True):
    """Something about a customer that somebody should see to. `kind`: churn, satisfaction, service or product.
    `reasons`: what raised it; `inputs`: the facts and thresholds; `signature`: a digest of what set it off, so that
    the same does not raise it twice. `told_at`: when those who listen were told. `state`: see kequn.domain.alerts."""

    __table_args__ = (
        points_at("customer", "customer_id"),
        points_at("staff", "owner_id"),
        Index(None, "tenant_id", "state", "id"),
        Index(None, "tenant_id", "customer_id", "kind"),
        Index(
            "uq_alert_unclosed",
            "tenant_id",
            "customer_id",
            "kind",
            unique=True,
            sqlite_where=text("state != 'closed'"),
            postgresql_where=text("state != 'closed'"),
        ),
    )

    customer_id: UUID
    kind: str
    state: str = "raised"
    reasons: list[Any] = Field(default_factory=list, sa_type=Json)
    inputs: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    signature: str
    version: int
    as_of: datetime = Field(sa_type=UtcDateTime)
    raised_at: datetime = Field(sa_type=UtcDateTime)
    repeated_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    repeats: int = 0
    owner_id: UUID | None = None
    due_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str
    outcome: str | None = None
    note: str | None = Field(default=None, sa_type=Text)
    told_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Task(Owned, table=True):
    """Something that somebody is to do for a customer, by a time: the care that an alert asks for, a call-back.
    `occasion`: what it is planned for, so that it is not planned twice. `content`: what is to be done; `note`: how it
    went; `interaction_id`: the row that was written of that. `state`: see kequn.domain.care.tasks."""

    __tablename__ = "care_task"
    __table_args__ = (
        points_at("customer", "customer_id"),
        points_at("staff", "owner_id"),
        points_at("alert", "alert_id"),
        Index(None, "tenant_id", "state", "due_at"),
        Index(None, "tenant_id", "customer_id"),
        Index(None, "tenant_id", "alert_id"),
        Index(None, "tenant_id", "owner_id", "state"),
        Index(None, "tenant_id", "customer_id", "kind", "occasion", unique=True),
    )

    customer_id: UUID
    alert_id: UUID | None = None
    kind: str
    occasion: str | None = None
    content: str | None = Field(default=None, sa_type=Text)
    state: str = "open"
    owner_id: UUID | None = None
    department: str | None = None
    due_at: datetime = Field(sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_by: str | None = None
    outcome: str | None = None
    note: str | None = Field(default=None, sa_type=Text)
    interaction_id: UUID | None = None


class PointEntry(Owned, table=True):
    """One entry of a customer's points, never altered; the balance is their sum. `kind`: award, redeem, expire, adjust
    or reverse. `at`: as of when it counts, `noted_at`: when it was made; what is taken back counts as of when it was
    given. The first entry of a purchase has the purchase's id, so that it cannot be made twice. `rate`: millionths of
    a point for a unit of the purchase's `currency`. `inputs`: what it was worked out from, by the standard's
    `version`."""

    __tablename__ = "point_entry"
    __table_args__ = (
        points_at("customer", "customer_id"),
        points_at("purchase", "purchase_id"),
        Index(None, "tenant_id", "customer_id", "at"),
        Index(None, "tenant_id", "purchase_id"),
    )

    customer_id: UUID
    kind: str
    points: int = Field(sa_type=BigInteger)
    at: datetime = Field(sa_type=UtcDateTime)
    noted_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reason: str = ""
    rule: str = ""
    version: int | None = None
    actor: str
    inputs: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    purchase_id: UUID | None = None
    rate: float | None = None
    currency: str | None = None
