"""Where a customer stands: facts over windows, and what the rules made of them. Rows of the store; written by
evaluations alone."""

from datetime import datetime
from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET

from schema.lists import linked, one_where
from schema.money import decimal
from schema.operators import BooleanFilter, DateTimeFilter, DecimalFilter, EnumFilter, IntFilter, TextFilter, logic
from schema.paging import Order
from schema.words import worded


@strawberry.enum(description="How often a customer buys 购买频次分类")
class FrequencyClass(Enum):
    HIGH = strawberry.enum_value("high", description="Often 高频")
    LOW = strawberry.enum_value("low", description="Seldom 低频")
    AT_RISK = strawberry.enum_value("at_risk", description="Much less than before, or silent 潜在流失")
    NONE = strawberry.enum_value("none", description="Nothing in the window 无购买")


@strawberry.enum(description="What a customer is worth 价值分类")
class ValueClass(Enum):
    HIGH = strawberry.enum_value("high", description="Of high value 高价值")
    MEDIUM = strawberry.enum_value("medium", description="Of medium value 中等价值")
    LOW = strawberry.enum_value("low", description="Of low value 低价值")


@strawberry.enum(description="How loyal a customer is 忠诚度分类")
class LoyaltyClass(Enum):
    LOYAL = strawberry.enum_value("loyal", description="Loyal 忠诚")
    MEDIUM = strawberry.enum_value("medium", description="In between 一般")
    LOW = strawberry.enum_value("low", description="Of low loyalty 低忠诚度")


@strawberry.enum(description="How active a customer is 活跃度")
class Activity(Enum):
    ACTIVE = strawberry.enum_value("active", description="Bought or talked lately 活跃")
    QUIET = strawberry.enum_value("quiet", description="Not lately, but within the window 沉默")
    INACTIVE = strawberry.enum_value("inactive", description="Not within the window 不活跃")


@strawberry.enum(description="Importance 重要程度")
class Importance(Enum):
    IMPORTANT = strawberry.enum_value("important", description="Of high value now 重要客户")
    POTENTIAL = strawberry.enum_value("potential", description="Expected to become so 潜力客户")


@strawberry.enum(description="Stage of the lifecycle 生命周期阶段")
class Lifecycle(Enum):
    NONE = strawberry.enum_value("none", description="Has not bought yet 未成交")
    INTRODUCTION = strawberry.enum_value("introduction", description="New 引入期")
    GROWTH = strawberry.enum_value("growth", description="Growing 成长期")
    MATURITY = strawberry.enum_value("maturity", description="Steady 成熟期")
    CHURN = strawberry.enum_value("churn", description="Gone silent 流失期")


@strawberry.enum(description="What tier the rules see a customer in 规则等级")
class TierClass(Enum):
    REGULAR = strawberry.enum_value("regular", description="Regular 普通")
    VIP = strawberry.enum_value("vip", description="VIP 贵宾")
    STRATEGIC = strawberry.enum_value("strategic", description="Strategic 战略")


@worded("standing")
@strawberry.type(description="Where a customer stands: facts, and what the rules made of them 客户分类结果")
class Standing:
    first_order_at: datetime | None
    last_order_at: datetime | None
    last_contact_at: datetime | None
    orders: int
    spend = decimal("spend_micros")
    orders_window: int
    spend_window = decimal("spend_window_micros")
    orders_recent: int
    orders_before: int
    orders_half: int
    orders_half_before: int
    returns_recent: int
    contacts: int
    contacts_window: int
    contacts_recent: int
    contacts_before: int
    satisfaction: int | None
    approvals: int
    profit = decimal("profit_micros")
    profit_window = decimal("profit_window_micros")
    favourite: str | None
    favourite_share: int | None
    preference: str | None
    rfm: str | None
    frequency_class: FrequencyClass | None
    value_class: ValueClass | None
    loyalty_score: int | None
    loyalty_class: LoyaltyClass | None
    activity: Activity | None
    importance: Importance | None
    lifecycle: Lifecycle | None
    tier_class: TierClass | None
    tier_step: str | None
    tier_runs: int
    tier_clear: bool
    tier_since: datetime | None
    customer = linked("Customer", "id")


@worded("standing")
@strawberry.input(description="Asks where a customer stands 分类条件")
class StandingWhere:
    and_: list["StandingWhere"] | None = logic("and")
    or_: list["StandingWhere"] | None = logic("or")
    not_: "StandingWhere | None" = logic("not")
    first_order_at: DateTimeFilter | None = UNSET
    last_order_at: DateTimeFilter | None = UNSET
    last_contact_at: DateTimeFilter | None = UNSET
    orders: IntFilter | None = UNSET
    spend: DecimalFilter | None = UNSET
    orders_window: IntFilter | None = UNSET
    spend_window: DecimalFilter | None = UNSET
    orders_recent: IntFilter | None = UNSET
    orders_before: IntFilter | None = UNSET
    orders_half: IntFilter | None = UNSET
    orders_half_before: IntFilter | None = UNSET
    returns_recent: IntFilter | None = UNSET
    contacts: IntFilter | None = UNSET
    contacts_window: IntFilter | None = UNSET
    contacts_recent: IntFilter | None = UNSET
    contacts_before: IntFilter | None = UNSET
    satisfaction: IntFilter | None = UNSET
    approvals: IntFilter | None = UNSET
    profit: DecimalFilter | None = UNSET
    profit_window: DecimalFilter | None = UNSET
    favourite: TextFilter | None = UNSET
    favourite_share: IntFilter | None = UNSET
    preference: TextFilter | None = UNSET
    rfm: TextFilter | None = UNSET
    frequency_class: EnumFilter[FrequencyClass] | None = UNSET
    value_class: EnumFilter[ValueClass] | None = UNSET
    loyalty_score: IntFilter | None = UNSET
    loyalty_class: EnumFilter[LoyaltyClass] | None = UNSET
    activity: EnumFilter[Activity] | None = UNSET
    importance: EnumFilter[Importance] | None = UNSET
    lifecycle: EnumFilter[Lifecycle] | None = UNSET
    tier_class: EnumFilter[TierClass] | None = UNSET
    tier_step: TextFilter | None = UNSET
    tier_runs: IntFilter | None = UNSET
    tier_clear: BooleanFilter | None = UNSET
    tier_since: DateTimeFilter | None = UNSET
    customer: Any = one_where("Customer")


@worded("standing")
@strawberry.enum(description="What they can be ordered by 排序字段")
class StandingOrderField(Enum):
    FIRST_ORDER_AT = "first_order_at"
    LAST_ORDER_AT = "last_order_at"
    LAST_CONTACT_AT = "last_contact_at"
    ORDERS = "orders"
    SPEND = "spend_micros"
    ORDERS_WINDOW = "orders_window"
    SPEND_WINDOW = "spend_window_micros"
    ORDERS_RECENT = "orders_recent"
    ORDERS_BEFORE = "orders_before"
    ORDERS_HALF = "orders_half"
    ORDERS_HALF_BEFORE = "orders_half_before"
    RETURNS_RECENT = "returns_recent"
    CONTACTS = "contacts"
    CONTACTS_WINDOW = "contacts_window"
    CONTACTS_RECENT = "contacts_recent"
    CONTACTS_BEFORE = "contacts_before"
    SATISFACTION = "satisfaction"
    APPROVALS = "approvals"
    PROFIT = "profit_micros"
    PROFIT_WINDOW = "profit_window_micros"
    FAVOURITE = "favourite"
    FAVOURITE_SHARE = "favourite_share"
    PREFERENCE = "preference"
    RFM = "rfm"
    FREQUENCY_CLASS = "frequency_class"
    VALUE_CLASS = "value_class"
    LOYALTY_SCORE = "loyalty_score"
    LOYALTY_CLASS = "loyalty_class"
    ACTIVITY = "activity"
    IMPORTANCE = "importance"
    LIFECYCLE = "lifecycle"
    TIER_CLASS = "tier_class"
    TIER_STEP = "tier_step"
    TIER_RUNS = "tier_runs"
    TIER_CLEAR = "tier_clear"
    TIER_SINCE = "tier_since"


@strawberry.input(description="How standings are ordered 分类排序")
class StandingOrder(Order):
    field: StandingOrderField = strawberry.field(description="By what 字段")
