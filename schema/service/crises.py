"""Crisis plans 危机预案: the team, the steps and the 24-hour line."""

from datetime import datetime
from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET

from schema.benefits.incentives import RuleState
from schema.lists import listed, some_where
from schema.node import Node
from schema.operators import DateTimeFilter, EnumFilter, IdFilter, IntFilter, TextFilter, logic
from schema.paging import Key, Order
from schema.scalars import JSON
from schema.words import worded


@worded("crisis_plan")
@strawberry.type(description="What is done in a crisis 危机预案")
class CrisisPlan(Node):
    noun = "crisis_plan"

    name: str
    version: int
    state: RuleState
    trigger: str
    team: JSON
    steps: JSON
    hotline: str
    roster: JSON
    created_at: datetime
    created_by: str
    published_at: datetime | None
    runs = listed("CrisisRun", "runs", usual=(Key("started_at", descending=True),))


@worded("crisis_plan")
@strawberry.input(description="Asks about crisis plans 危机预案条件")
class CrisisPlanWhere:
    and_: list["CrisisPlanWhere"] | None = logic("and")
    or_: list["CrisisPlanWhere"] | None = logic("or")
    not_: "CrisisPlanWhere | None" = logic("not")
    id: IdFilter | None = UNSET
    name: TextFilter | None = UNSET
    version: IntFilter | None = UNSET
    state: EnumFilter[RuleState] | None = UNSET
    trigger: TextFilter | None = UNSET
    hotline: TextFilter | None = UNSET
    created_at: DateTimeFilter | None = UNSET
    created_by: TextFilter | None = UNSET
    published_at: DateTimeFilter | None = UNSET
    runs: Any = some_where("CrisisRun")


@worded("crisis_plan")
@strawberry.enum(description="What they can be ordered by 排序字段")
class CrisisPlanOrderField(Enum):
    ID = "id"
    NAME = "name"
    VERSION = "version"
    STATE = "state"
    TRIGGER = "trigger"
    HOTLINE = "hotline"
    CREATED_AT = "created_at"
    CREATED_BY = "created_by"
    PUBLISHED_AT = "published_at"


@strawberry.input(description="How crisis plans are ordered 危机预案排序")
class CrisisPlanOrder(Order):
    field: CrisisPlanOrderField = strawberry.field(description="By what 字段")
