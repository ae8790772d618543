"""Claims: which customer has which benefit, what became of it, and where CRMs have it."""

from datetime import datetime
from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET

from schema.kept import Kept, KeptWhere
from schema.lists import linked, one_where
from schema.money import decimal
from schema.operators import DateTimeFilter, DecimalFilter, EnumFilter, IntFilter, TextFilter, logic
from schema.paging import Order
from schema.words import worded


@strawberry.enum(description="What became of a claim 领取状态")
class ClaimState(Enum):
    CLAIMED = strawberry.enum_value("claimed", description="Can be redeemed 已领取")
    REDEEMED = strawberry.enum_value("redeemed", description="Was redeemed 已核销")
    EXPIRED = strawberry.enum_value("expired", description="Ran out 已过期")
    CANCELLED = strawberry.enum_value("cancelled", description="Was given back 已退回")


@worded("benefit_claim")
@strawberry.type(description="A benefit that a customer has claimed 福利领取")
class BenefitClaim(Kept):
    noun = "benefit_claim"

    name: str
    state: ClaimState
    code: str
    points: int
    cost = decimal("cost_micros")
    claimed_at: datetime
    expires_at: datetime
    reminded_at: datetime | None
    redeemed_at: datetime | None
    changed_at: datetime
    changed_by: str
    note: str | None
    benefit = linked("Benefit", "benefit_id")
    customer = linked("Customer", "customer_id")


@worded("benefit_claim")
@strawberry.input(description="Asks about claims of benefits 福利领取条件")
class BenefitClaimWhere(KeptWhere):
    and_: list["BenefitClaimWhere"] | None = logic("and")
    or_: list["BenefitClaimWhere"] | None = logic("or")
    not_: "BenefitClaimWhere | None" = logic("not")
    name: TextFilter | None = UNSET
    state: EnumFilter[ClaimState] | None = UNSET
    code: TextFilter | None = UNSET
    points: IntFilter | None = UNSET
    cost: DecimalFilter | None = UNSET
    claimed_at: DateTimeFilter | None = UNSET
    expires_at: DateTimeFilter | None = UNSET
    reminded_at: DateTimeFilter | None = UNSET
    redeemed_at: DateTimeFilter | None = UNSET
    changed_at: DateTimeFilter | None = UNSET
    changed_by: TextFilter | None = UNSET
    note: TextFilter | None = UNSET
    benefit: Any = one_where("Benefit")
    customer: Any = one_where("Customer")


@worded("benefit_claim")
@strawberry.enum(description="What they can be ordered by 排序字段")
class BenefitClaimOrderField(Enum):
    ID = "id"
    VERSION = "version"
    NAME = "name"
    STATE = "state"
    CODE = "code"
    POINTS = "points"
    COST = "cost_micros"
    CLAIMED_AT = "claimed_at"
    EXPIRES_AT = "expires_at"
    REMINDED_AT = "reminded_at"
    REDEEMED_AT = "redeemed_at"
    CHANGED_AT = "changed_at"
    CHANGED_BY = "changed_by"
    NOTE = "note"
    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    DELETED_AT = "deleted_at"


@strawberry.input(description="How claims of benefits are ordered 福利领取排序")
class BenefitClaimOrder(Order):
    field: BenefitClaimOrderField = strawberry.field(description="By what 字段")
