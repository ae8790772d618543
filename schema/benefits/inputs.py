"""What people enter of a benefit, and how it becomes columns."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import strawberry
from strawberry import UNSET

from kequn.contracts.records import Money
from kequn.domain.checks import Unreadable
from kequn.domain.problems import Code, refuse
from schema import filters, given
from schema.benefits.offered import BenefitKind
from schema.words import worded


@worded("benefit")
@strawberry.input(description="What is to change of a benefit 修改福利")
class BenefitChanges:
    name: str | None = UNSET
    kind: BenefitKind | None = UNSET
    description: str | None = UNSET
    usage: str | None = UNSET
    categories: list[str] | None = UNSET
    starts_at: datetime | None = UNSET
    ends_at: datetime | None = UNSET
    valid_days: int | None = UNSET
    segment_id: strawberry.ID | None = UNSET
    tier_id: strawberry.ID | None = UNSET
    group_id: strawberry.ID | None = UNSET
    points: int | None = UNSET
    stock: int | None = UNSET
    per_customer: int | None = UNSET
    every_days: int | None = UNSET
    cost: Decimal | None = UNSET
    budget: Decimal | None = UNSET
    on_days: bool | None = UNSET
    remind_days: int | None = UNSET


@worded("benefit")
@strawberry.input(description="What a benefit is to be 新建福利")
class BenefitInput(BenefitChanges):
    name: str
    kind: BenefitKind


EMPTIED = {"starts_at", "ends_at", "valid_days", "segment_id", "tier_id", "group_id", "stock", "every_days"}
"""What may be empty."""


def columns(entered: BenefitChanges) -> dict[str, Any]:
    """Raises Refused."""
    found: dict[str, Any] = {}
    for name in BenefitChanges.__annotations__:
        value = getattr(entered, name)
        if value is UNSET:
            continue
        if value is None and name not in EMPTIED:
            raise refuse(Code.REQUIRED, name)
        found.update(_column(name, value))
    return found


def _column(name: str, value: Any) -> dict[str, Any]:
    match name:
        case "kind":
            return {name: value.value}
        case "segment_id" | "tier_id" | "group_id":
            return {name: _id(value, name)}
        case "starts_at" | "ends_at":
            return {name: given.moment(value, name)}
        case "cost" | "budget":
            return {f"{name}_micros": micros(value, name)}
    return {name: value}


def _id(value: Any, name: str) -> UUID | None:
    return None if value is None else filters.uuid(value, name.removesuffix("_id"), name)


def micros(value: Any, *path: str) -> int:
    """Raises Refused."""
    try:
        if isinstance(value, Unreadable):
            raise ValueError
        return Money.of(value, "XXX").micros
    except (ValueError, OverflowError):
        raise refuse(Code.BAD_MONEY, *path) from None
