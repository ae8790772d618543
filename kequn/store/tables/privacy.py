"""Personal information: what a customer agreed to, what was shown or erased, and how long things are kept."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Text, UniqueConstraint, text
from sqlmodel import Field

from kequn.store.tables.base import Owned, points_at
from kequn.store.types import Json, UtcDateTime


class PurposeConsent(Owned, table=True):
    """A customer agreed that their data are used for a `purpose`, and perhaps withdrew that. `evidence`: how it is
    known. One at a time stands for each purpose."""

    __tablename__ = "purpose_consent"
    __table_args__ = (
        points_at("customer", "customer_id"),
        Index(None, "tenant_id", "customer_id", "given_at"),
        Index(
            "uq_purpose_consent_standing",
            "tenant_id",
            "customer_id",
            "purpose",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    customer_id: UUID
    purpose: str
    evidence: str = Field(default="", sa_type=Text)
    given_at: datetime = Field(sa_type=UtcDateTime)
    noted_by: str
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    withdrawn_by: str | None = None


class PrivacyAct(Owned, table=True):
    """What stands about a customer was shown (`kind`: exported) or erased. Holds nothing personal: `ground` is one of a
    few words, `counts` says how many rows of which table. The customer's row stays, empty, so that nothing comes back
    under its id."""

    __tablename__ = "privacy_act"
    __table_args__ = (points_at("customer", "customer_id"), Index(None, "tenant_id", "customer_id"))

    customer_id: UUID
    kind: str
    ground: str
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str
    counts: dict[str, Any] = Field(default_factory=dict, sa_type=Json)


class RetentionRule(Owned, table=True):
    """What of a `kind` is older than `days` goes. Without a rule things are kept."""

    __tablename__ = "retention_rule"
    __table_args__ = (UniqueConstraint("tenant_id", "kind"),)

    kind: str
    days: int
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str
