"""What money was worth in other money, from when on."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from kequn.store.types import UtcDateTime


class ExchangeRate(SQLModel, table=True):
    """From `since` on one unit of `currency` is worth `billionths` of a unit of `into`, until the next rate."""

    __tablename__ = "exchange_rate"
    __table_args__ = (Index(None, "tenant_id", "noted_at"),)

    tenant_id: UUID = Field(primary_key=True, foreign_key="tenant.id")
    currency: str = Field(primary_key=True)
    into: str = Field(primary_key=True)
    since: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    billionths: int = Field(sa_type=BigInteger)
    source: str = ""
    noted_at: datetime = Field(sa_type=UtcDateTime)
    noted_by: str
