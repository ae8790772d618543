"""What customers bought and brought back."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field

from kequn.store.tables.base import Business, Owned, points_at
from kequn.store.types import UtcDateTime


class Purchase(Business, table=True):
    """A sale or a return. Rules count what is paid (`paid_at`); what it is worth: kequn/store/spend.py. Amounts are
    millionths of the currency's unit."""

    __table_args__ = (
        points_at("customer", "customer_id"),
        points_at("staff", "owner_id"),
        Index(None, "tenant_id", "customer_id", "paid_at"),
        Index(None, "tenant_id", "paid_at", "id"),
    )

    name: str
    kind: str | None = "sale"
    status: str | None = None
    amount_micros: int | None = Field(default=None, sa_type=BigInteger)
    amount_currency: str | None = None
    ordered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    paid_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    customer_id: UUID | None = None
    owner_id: UUID | None = None


class PurchaseLine(Owned, table=True):
    """One line of a purchase, in order of `position`. `quantity` in millionths."""

    __tablename__ = "purchase_line"
    __table_args__ = (
        points_at("purchase", "purchase_id"),
        Index(None, "tenant_id", "purchase_id", "position"),
        Index(  # few are, and every purchase is asked
            None, "tenant_id", "purchase_id", sqlite_where=text("returned = 1"), postgresql_where=text("returned")
        ),
    )

    purchase_id: UUID
    position: int
    product: str
    category: str | None = None
    quantity_micros: int = Field(default=1_000_000, sa_type=BigInteger)
    amount_micros: int | None = Field(default=None, sa_type=BigInteger)
    amount_currency: str | None = None
    cost_micros: int | None = Field(default=None, sa_type=BigInteger)
    cost_currency: str | None = None
    returned: bool = False

    @property
    def quantity(self) -> Decimal:
        return Decimal(self.quantity_micros) / 1_000_000
