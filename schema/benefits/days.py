"""The calendar of benefits: monthly welfare days and surprises."""

from datetime import date, datetime
from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET

from schema.lists import linked, one_where
from schema.node import Node
from schema.operators import DateFilter, DateTimeFilter, EnumFilter, IdFilter, TextFilter, logic
from schema.paging import Order
from schema.words import worded


@strawberry.enum(description="What kind of day it is 福利日类型")
class DayKind(Enum):
    WELFARE = strawberry.enum_value("welfare", description="The monthly welfare day 每月福利日")
    SURPRISE = strawberry.enum_value("surprise", description="A surprise 不定期惊喜")


@strawberry.enum(description="Whether a day is held 福利日状态")
class DayState(Enum):
    PLANNED = strawberry.enum_value("planned", description="Planned 已计划")
    HELD = strawberry.enum_value("held", description="Was held 已举办")
    DROPPED = strawberry.enum_value("dropped", description="Is not held 已取消")


@worded("benefit_day")
@strawberry.type(description="A day on which a benefit is given out 福利日")
class BenefitDay(Node):
    noun = "benefit_day"

    kind: DayKind
    state: DayState
    day: date
    planned_for: date
    seed: str | None
    created_at: datetime
    changed_by: str
    benefit = linked("Benefit", "benefit_id")


@worded("benefit_day")
@strawberry.input(description="Asks about days of benefits 福利日条件")
class BenefitDayWhere:
    and_: list["BenefitDayWhere"] | None = logic("and")
    or_: list["BenefitDayWhere"] | None = logic("or")
    not_: "BenefitDayWhere | None" = logic("not")
    id: IdFilter | None = UNSET
    kind: EnumFilter[DayKind] | None = UNSET
    state: EnumFilter[DayState] | None = UNSET
    day: DateFilter | None = UNSET
    planned_for: DateFilter | None = UNSET
    seed: TextFilter | None = UNSET
    created_at: DateTimeFilter | None = UNSET
    changed_by: TextFilter | None = UNSET
    benefit: Any = one_where("Benefit")


@worded("benefit_day")
@strawberry.enum(description="What they can be ordered by 排序字段")
class BenefitDayOrderField(Enum):
    ID = "id"
    KIND = "kind"
    STATE = "state"
    DAY = "day"
    PLANNED_FOR = "planned_for"
    SEED = "seed"
    CREATED_AT = "created_at"
    CHANGED_BY = "changed_by"


@strawberry.input(description="How days of benefits are ordered 福利日排序")
class BenefitDayOrder(Order):
    field: BenefitDayOrderField = strawberry.field(description="By what 字段")
