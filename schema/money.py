"""Money: an exact amount and its currency."""

from decimal import Decimal
from typing import Any

import strawberry

from kequn.contracts import records
from schema.declared import Amount, Micros, said


@strawberry.type(description="An amount of money 金额")
class Money:
    amount: Decimal = strawberry.field(description="How much 数额")
    currency: str = strawberry.field(description="Of which currency (ISO 4217) 币种")


def money(column: str) -> Any:
    """A field with the money that two columns hold."""

    def resolve(root: Any) -> Money | None:
        micros, currency = getattr(root, f"{column}_micros"), getattr(root, f"{column}_currency")
        if micros is None or currency is None:
            return None
        return Money(amount=records.Money(micros, currency).amount, currency=currency)

    return strawberry.field(resolver=resolve, metadata=said(Amount(column)))


def decimal(column: str) -> Any:
    """A field with the number of which a column holds the millionths."""

    def resolve(root: Any) -> Decimal:
        return Decimal(getattr(root, column)) / 1_000_000

    return strawberry.field(resolver=resolve, metadata=said(Micros(column)))
