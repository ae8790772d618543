"""Customers, their identities, and the staff who look after them."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Text
from sqlmodel import Field

from kequn.store.tables.base import Business, Owned, points_at
from kequn.store.types import Json, Letters


class Staff(Business, table=True):
    """Somebody of the tenant's own people, as the CRMs know them. CRMs' users; never written to a CRM."""

    name: str
    email: str | None = None
    phone: str | None = None
    department: str | None = None
    role: str | None = None
    active: bool | None = None


class Customer(Business, table=True):
    """A person or an organisation. `parent_id` is the organisation that a person belongs to."""

    __table_args__ = (
        points_at("tier", "tier_id"),
        points_at("customer", "parent_id"),
        points_at("staff", "owner_id"),
        Index(None, "tenant_id", "name", "id"),
        Index(None, "tenant_id", "created_at", "id"),
        Index(None, "tenant_id", "updated_at", "id"),
        Index(None, "tenant_id", "tier_id"),
        Index(None, "tenant_id", "parent_id"),
    )

    type: str = "person"
    name: str = Field(sa_type=Letters)
    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    email: str | None = None
    union_id: str | None = None
    uscc: str | None = None
    reference: str | None = None
    gender: str | None = None
    birthday: date | None = None
    occupation: str | None = None
    industry: str | None = None
    website: str | None = None
    country: str | None = None
    region: str | None = None
    city: str | None = None
    street: str | None = None
    postcode: str | None = None
    language: str | None = None
    currency: str | None = None
    source: str | None = None
    needs: str | None = Field(default=None, sa_type=Text)
    notes: str | None = Field(default=None, sa_type=Text)
    interests: list[Any] = Field(default_factory=list, sa_type=Json)
    product_preferences: list[Any] = Field(default_factory=list, sa_type=Json)
    opted_out: bool | None = None
    tier_id: UUID | None = None
    parent_id: UUID | None = None
    owner_id: UUID | None = None


class Identity(Owned, table=True):
    """One normalised key of a customer: phone (E.164), e-mail, union id, social credit code, external reference.
    Not unique: families share phones. Derived from the customer's columns whenever they change."""

    __tablename__ = "customer_identity"
    __table_args__ = (
        points_at("customer", "customer_id"),
        Index(None, "tenant_id", "type", "value"),
        Index(None, "tenant_id", "customer_id"),
    )

    tenant_id: UUID = Field(primary_key=True)  # the customer's: not to be asked for row by row once more
    customer_id: UUID
    type: str
    value: str
