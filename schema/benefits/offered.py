"""Benefits 专属福利: what customers may claim, when, and which of them."""

from datetime import datetime
from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET

from schema.lists import linked, listed, one_where, some_where
from schema.money import decimal
from schema.node import Node
from schema.operators import (
    BooleanFilter,
    DateTimeFilter,
    DecimalFilter,
    EnumFilter,
    IdFilter,
    IntFilter,
    SetFilter,
    TextFilter,
    logic,
)
from schema.paging import Key, Order
from schema.scalars import JSON
from schema.words import worded


@strawberry.enum(description="What a benefit is 福利类型")
class BenefitKind(Enum):
    COUPON = strawberry.enum_value("coupon", description="Discount coupon 折扣券")
    TRIAL = strawberry.enum_value("trial", description="Product trial 产品试用")
    EVENT = strawberry.enum_value("event", description="Event for members 会员专属活动")
    DISCOUNT = strawberry.enum_value("discount", description="Limited-time discount 限时折扣")
    PRIORITY = strawberry.enum_value("priority", description="Priority purchase 优先购买权")


@strawberry.enum(description="Whether a benefit can be claimed 福利状态")
class BenefitState(Enum):
    DRAFT = strawberry.enum_value("draft", description="Being prepared 草稿")
    PUBLISHED = strawberry.enum_value("published", description="Can be claimed 已发布")
    SUSPENDED = strawberry.enum_value("suspended", description="Not for now 已暂停")
    ENDED = strawberry.enum_value("ended", description="No more 已结束")


@worded("benefit")
@strawberry.type(description="What customers may claim 福利")
class Benefit(Node):
    noun = "benefit"

    name: str
    kind: BenefitKind
    state: BenefitState
    version: int
    description: str
    usage: str
    categories: list[str]
    starts_at: datetime | None
    ends_at: datetime | None
    valid_days: int | None
    asked: JSON
    points: int
    stock: int | None
    claimed: int
    per_customer: int
    every_days: int | None
    cost = decimal("cost_micros")
    budget = decimal("budget_micros")
    spent = decimal("spent_micros")
    on_days: bool
    remind_days: int
    created_at: datetime
    changed_at: datetime
    changed_by: str
    published_at: datetime | None
    note: str | None
    segment = linked("Segment", "segment_id")
    tier = linked("Tier", "tier_id")
    group = linked("Group", "group_id")
    claims = listed("BenefitClaim", "claims", usual=(Key("claimed_at", descending=True),))
    days = listed("BenefitDay", "days", usual=(Key("day"),))


@worded("benefit")
@strawberry.input(description="Asks about benefits 福利条件")
class BenefitWhere:
    and_: list["BenefitWhere"] | None = logic("and")
    or_: list["BenefitWhere"] | None = logic("or")
    not_: "BenefitWhere | None" = logic("not")
    id: IdFilter | None = UNSET
    name: TextFilter | None = UNSET
    kind: EnumFilter[BenefitKind] | None = UNSET
    state: EnumFilter[BenefitState] | None = UNSET
    version: IntFilter | None = UNSET
    description: TextFilter | None = UNSET
    usage: TextFilter | None = UNSET
    categories: SetFilter | None = UNSET
    starts_at: DateTimeFilter | None = UNSET
    ends_at: DateTimeFilter | None = UNSET
    valid_days: IntFilter | None = UNSET
    points: IntFilter | None = UNSET
    stock: IntFilter | None = UNSET
    claimed: IntFilter | None = UNSET
    per_customer: IntFilter | None = UNSET
    every_days: IntFilter | None = UNSET
    cost: DecimalFilter | None = UNSET
    budget: DecimalFilter | None = UNSET
    spent: DecimalFilter | None = UNSET
    on_days: BooleanFilter | None = UNSET
    remind_days: IntFilter | None = UNSET
    created_at: DateTimeFilter | None = UNSET
    changed_at: DateTimeFilter | None = UNSET
    changed_by: TextFilter | None = UNSET
    published_at: DateTimeFilter | None = UNSET
    note: TextFilter | None = UNSET
    segment: Any = one_where("Segment")
    tier: Any = one_where("Tier")
    group: Any = one_where("Group")
    claims: Any = some_where("BenefitClaim")
    days: Any = some_where("BenefitDay")


@worded("benefit")
@strawberry.enum(description="What they can be ordered by 排序字段")
class BenefitOrderField(Enum):
    ID = "id"
    NAME = "name"
    KIND = "kind"
    STATE = "state"
    VERSION = "version"
    DESCRIPTION = "description"
    USAGE = "usage"
    STARTS_AT = "starts_at"
    ENDS_AT = "ends_at"
    VALID_DAYS = "valid_days"
    POINTS = "points"
    STOCK = "stock"
    CLAIMED = "claimed"
    PER_CUSTOMER = "per_customer"
    EVERY_DAYS = "every_days"
    COST = "cost_micros"
    BUDGET = "budget_micros"
    SPENT = "spent_micros"
    ON_DAYS = "on_days"
    REMIND_DAYS = "remind_days"
    CREATED_AT = "created_at"
    CHANGED_AT = "changed_at"
    CHANGED_BY = "changed_by"
    PUBLISHED_AT = "published_at"
    NOTE = "note"


@strawberry.input(description="How benefits are ordered 福利排序")
class BenefitOrder(Order):
    field: BenefitOrderField = strawberry.field(description="By what 字段")
