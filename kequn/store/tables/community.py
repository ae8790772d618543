"""How groups are run: charters, who asks to come in, rules and consent, what members did, violations, posts, events and
draws, notices, and what was learned. kequn's own; the groups and memberships themselves are business rows."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from kequn.store.tables.base import Owned, points_at
from kequn.store.types import Json, UtcDateTime


def _group() -> ForeignKeyConstraint:
    return points_at("customer_group", "group_id")


def _customer() -> ForeignKeyConstraint:
    return points_at("customer", "customer_id")


class Charter(Owned, table=True):
    """What a group (`id`) is run by. `tree`: the condition for joining, as kequn.store.kept shows it, `asked`: as
    people entered it; `segment_id`: whose members are admitted without asking. `ladder`: by category of violation the
    sanctions, one after the other. `topics`: the topic of a week, by its Monday. `forbidden`: by category of violation
    the words that a check looks for; `checked_until`: up to when it looked; `check_at`: when the next is due."""

    __table_args__ = (
        points_at("customer_group", "id"),
        points_at("segment", "segment_id"),
        Index(None, "tenant_id", "check_at"),
    )

    goal: str = Field(default="", sa_type=Text)
    tree: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    asked: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    segment_id: UUID | None = None
    welcome: str = Field(default="", sa_type=Text)
    gift: str = ""
    introduction: bool = True
    posts_a_week: int = 1
    variety: int = 2
    silent_days: int = 90
    low_share: int = 20
    mute_days: int = 7
    check_days: int = 7
    ladder: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    forbidden: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    checked_until: datetime = Field(sa_type=UtcDateTime)
    check_at: datetime = Field(sa_type=UtcDateTime)
    topics: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str


class GroupRules(Owned, table=True):
    """A version of a group's rules 群规. `items`: [{category, text}]. `state`: see kequn.domain.community.rules."""

    __tablename__ = "group_rules"
    __table_args__ = (_group(), UniqueConstraint("tenant_id", "group_id", "version"))

    group_id: UUID
    version: int
    state: str = "draft"
    items: list[Any] = Field(default_factory=list, sa_type=Json)
    note: str = Field(default="", sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str
    published_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    published_by: str | None = None


class Consent(Owned, table=True):
    """What somebody said to one version of the rules of a group, and to how their data are used; the last word
    counts."""

    __tablename__ = "rules_consent"
    __table_args__ = (_group(), _customer(), Index(None, "tenant_id", "group_id", "customer_id", "id"))

    group_id: UUID
    customer_id: UUID
    rules_version: int
    agreed: bool
    given_at: datetime = Field(sa_type=UtcDateTime)
    noted_by: str


class JoinLink(Owned, table=True):
    """A link that leads into a group, by the channel that it stands in. `opened`, `joined`: how often."""

    __tablename__ = "join_link"
    __table_args__ = (_group(), Index(None, "tenant_id", "group_id"), UniqueConstraint("tenant_id", "code"))

    group_id: UUID
    channel: str
    code: str
    state: str = "open"
    opened: int = 0
    joined: int = 0
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str


class Application(Owned, table=True):
    """Somebody's way into a group. `way`: application, invitation or segment. `held`: of every fact that the condition
    asks about whether it is so, `missing`: those that are not. `state`: see kequn.domain.community.joining."""

    __tablename__ = "group_application"
    __table_args__ = (
        _group(),
        _customer(),
        points_at("join_link", "join_link_id"),
        Index(None, "tenant_id", "group_id", "state"),
        Index(None, "tenant_id", "customer_id"),
    )

    group_id: UUID
    customer_id: UUID
    way: str
    state: str
    held: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    missing: list[Any] = Field(default_factory=list, sa_type=Json)
    join_link_id: UUID | None = None
    agreed_version: int | None = None
    made_at: datetime = Field(sa_type=UtcDateTime)
    made_by: str
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_by: str | None = None
    reason: str | None = Field(default=None, sa_type=Text)


class Attendance(Owned, table=True):
    """How a member (of the membership `id`) came, and how they are doing. `introduction`: wanted, given or waived;
    `gift`: none, promised or given. `exempt`: why the sweep of silent members leaves them alone. `ended`: how they
    left."""

    __tablename__ = "member_standing"
    __table_args__ = (
        points_at("membership", "id"),
        _group(),
        _customer(),
        Index(None, "tenant_id", "group_id"),
        Index(None, "tenant_id", "customer_id"),
    )

    group_id: UUID
    customer_id: UUID
    way: str
    joined_by: str
    welcomed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    introduction: str = "wanted"
    gift: str = "none"
    warnings: int = 0
    muted_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_seen_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    exempt: str | None = None
    ended: str | None = None
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_reason: str | None = None


class MemberEvent(Owned, table=True):
    """Something that happened to a member of a group; never altered. `place`: in which order, in the group."""

    __tablename__ = "member_event"
    __table_args__ = (
        _group(),
        _customer(),
        Index(None, "tenant_id", "group_id", "id"),
        Index(None, "tenant_id", "group_id", "place"),
        Index(None, "tenant_id", "customer_id", "id"),
    )

    group_id: UUID
    customer_id: UUID
    place: int
    kind: str
    happened_at: datetime = Field(sa_type=UtcDateTime)
    actor: str
    reason: str | None = Field(default=None, sa_type=Text)


class ActivityDay(Owned, table=True):
    """What a member did in a group on a day."""

    __tablename__ = "group_activity"
    __table_args__ = (
        _group(),
        _customer(),
        UniqueConstraint("tenant_id", "group_id", "customer_id", "day"),
        Index(None, "tenant_id", "customer_id"),
    )

    group_id: UUID
    customer_id: UUID
    day: date
    messages: int = 0
    interactions: int = 0


class Violation(Owned, table=True):
    """Somebody is said to have broken a rule. `sanction`: what was decided; `place`: on which rung of the ladder.
    `state`: see kequn.domain.community.violations."""

    __table_args__ = (
        _group(),
        _customer(),
        Index(None, "tenant_id", "group_id", "state"),
        Index(None, "tenant_id", "customer_id"),
    )

    group_id: UUID
    customer_id: UUID
    category: str
    evidence: str = Field(sa_type=Text)
    state: str = "reported"
    sanction: str | None = None
    place: int = 0
    sanction_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reported_at: datetime = Field(sa_type=UtcDateTime)
    reported_by: str
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_by: str | None = None
    note: str | None = Field(default=None, sa_type=Text)
    appeal: str | None = Field(default=None, sa_type=Text)


class ViolationCheck(Owned, table=True):
    """Somebody had what was said in a group looked through for words that its charter forbids. `forbidden`: those, by
    category; `read`: how many sayings; `found`: how many of them nobody had come upon before."""

    __tablename__ = "violation_check"
    __table_args__ = (_group(), Index(None, "tenant_id", "group_id", "id"))

    group_id: UUID
    since: datetime = Field(sa_type=UtcDateTime)
    until: datetime = Field(sa_type=UtcDateTime)
    checked_at: datetime = Field(sa_type=UtcDateTime)
    checked_by: str
    rules_version: int | None = None
    forbidden: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    read: int
    found: int
    note: str = Field(default="", sa_type=Text)


class Suspicion(Owned, table=True):
    """A member said what may break a rule. `source`, `source_id`: the row in which it stands. `state`: see
    kequn.domain.community.checking."""

    __tablename__ = "violation_suspicion"
    __table_args__ = (
        _group(),
        _customer(),
        points_at("violation_check", "check_id"),
        points_at("violation", "violation_id"),
        UniqueConstraint("tenant_id", "group_id", "source_id", "category"),
        Index(None, "tenant_id", "group_id", "state"),
        Index(None, "tenant_id", "customer_id"),
        Index(None, "tenant_id", "check_id"),
        Index(None, "tenant_id", "violation_id"),
    )

    group_id: UUID
    customer_id: UUID
    check_id: UUID
    category: str
    word: str
    evidence: str = Field(sa_type=Text)
    source: str
    source_id: UUID
    said_at: datetime = Field(sa_type=UtcDateTime)
    state: str = "open"
    violation_id: UUID | None = None
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_by: str | None = None
    note: str | None = Field(default=None, sa_type=Text)


class Post(Owned, table=True):
    """A piece of content for a group. `state`: see kequn.domain.community.posts."""

    __tablename__ = "group_post"
    __table_args__ = (
        _group(),
        Index(None, "tenant_id", "group_id", "published_at"),
        Index(None, "tenant_id", "state", "due_at"),
    )

    group_id: UUID
    category: str
    title: str
    body: str = Field(default="", sa_type=Text)
    state: str = "draft"
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    published_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    views: int = 0
    likes: int = 0
    comments: int = 0
    shares: int = 0
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str


class Gathering(Owned, table=True):
    """An event of a group, online or somewhere. `capacity`: seats, 0 for any number. `state`: see
    kequn.domain.community.gatherings."""

    __tablename__ = "group_event"
    __table_args__ = (_group(), Index(None, "tenant_id", "group_id", "starts_at"))

    group_id: UUID
    name: str
    kind: str
    place: str = ""
    online: bool = True
    starts_at: datetime = Field(sa_type=UtcDateTime)
    capacity: int = 0
    state: str = "planned"
    outcome: str | None = Field(default=None, sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str


class SignUp(Owned, table=True):
    """Somebody wants to come to an event. `state`: seated, waiting, cancelled, attended or absent; who waits moves up
    in the order of `id`."""

    __tablename__ = "sign_up"
    __table_args__ = (
        points_at("group_event", "gathering_id"),
        _customer(),
        UniqueConstraint("tenant_id", "gathering_id", "customer_id"),
        Index(None, "tenant_id", "customer_id"),
    )

    gathering_id: UUID
    customer_id: UUID
    state: str
    made_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)


class Draw(Owned, table=True):
    """A prize draw 抽奖. `commitment`: the digest of the hidden seed, shown before anybody can be drawn; `seed` is the
    seed once it was drawn. `entrants`: ids in order; `winners`: the first of them in the order that the seed gives."""

    __tablename__ = "prize_draw"
    __table_args__ = (_group(), Index(None, "tenant_id", "group_id"))

    group_id: UUID
    name: str
    prizes: int
    state: str = "committed"
    hidden: str
    commitment: str
    seed: str | None = None
    entrants: list[Any] = Field(default_factory=list, sa_type=Json)
    winners: list[Any] = Field(default_factory=list, sa_type=Json)
    committed_at: datetime = Field(sa_type=UtcDateTime)
    drawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    made_by: str


class Notice(Owned, table=True):
    """Something to be told to a customer, or to one of our own people. `occasion`: why; the same is told once. `state`:
    waiting, sending, sent, held (the contact policy says no, or a person; `cause` says why) or failed."""

    __table_args__ = (
        _customer(),
        _group(),
        points_at("staff", "staff_id"),
        UniqueConstraint("tenant_id", "customer_id", "occasion"),
        UniqueConstraint("tenant_id", "staff_id", "occasion"),
        Index(None, "tenant_id", "state", "due_at", "id"),
        Index(None, "tenant_id", "customer_id", "sent_at"),
        Index(None, "tenant_id", "group_id"),
    )

    customer_id: UUID | None = None
    staff_id: UUID | None = None
    group_id: UUID | None = None
    occasion: str
    subject: str
    body: str = Field(sa_type=Text)
    state: str = "waiting"
    cause: str | None = None
    due_at: datetime = Field(sa_type=UtcDateTime)
    made_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    tries: int = 0


class ContactPolicy(SQLModel, table=True):
    """How often the tenant's members are told something at most, and when they are left in peace: hours of the tenant's
    time zone."""

    __tablename__ = "contact_policy"

    tenant_id: UUID = Field(primary_key=True, foreign_key="tenant.id")
    most: int = 3
    days: int = 7
    quiet_from: int = 21
    quiet_until: int = 8
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str


class Review(Owned, table=True):
    """The evaluation of a group over a period, in numbers (`figures`) and in words, and what follows from it. `state`:
    see kequn.domain.community.reviews."""

    __tablename__ = "group_review"
    __table_args__ = (_group(), Index(None, "tenant_id", "group_id", "since"))

    group_id: UUID
    since: datetime = Field(sa_type=UtcDateTime)
    until: datetime = Field(sa_type=UtcDateTime)
    state: str = "draft"
    figures: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    findings: str = Field(default="", sa_type=Text)
    plan: str = Field(default="", sa_type=Text)
    announcement: str = Field(default="", sa_type=Text)
    made_at: datetime = Field(sa_type=UtcDateTime)
    made_by: str
    announced_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Lesson(Owned, table=True):
    """Something worth knowing: a case with what it teaches, or a note on the industry or a competitor."""

    __table_args__ = (_group(), Index(None, "tenant_id", "kind", "noted_at"))

    group_id: UUID | None = None
    kind: str
    title: str
    body: str = Field(sa_type=Text)
    lesson: str = Field(default="", sa_type=Text)
    source: str = ""
    noted_at: datetime = Field(sa_type=UtcDateTime)
    noted_by: str


class Assignment(Owned, table=True):
    """What a member of staff does for a group, from when to when."""

    __tablename__ = "group_duty"
    __table_args__ = (
        _group(),
        points_at("staff", "staff_id"),
        Index(None, "tenant_id", "group_id"),
        Index(None, "tenant_id", "staff_id"),
    )

    group_id: UUID
    staff_id: UUID
    role: str
    duty: str = Field(sa_type=Text)
    since: datetime = Field(sa_type=UtcDateTime)
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class TemplateUse(Owned, table=True):
    """A template was applied 模板: what it made, and when it is to be looked at again."""

    __tablename__ = "template_use"
    __table_args__ = (_group(), Index(None, "tenant_id", "group_id"))

    group_id: UUID
    template: str
    version: int
    made: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    applied_at: datetime = Field(sa_type=UtcDateTime)
    applied_by: str
    review_on: date


class SheetMapping(SQLModel, table=True):
    """Which field each column of a sheet of one kind is, as somebody chose it for the last one."""

    __tablename__ = "sheet_mapping"

    tenant_id: UUID = Field(primary_key=True, foreign_key="tenant.id")
    kind: str = Field(primary_key=True)
    columns: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
