"""Crisis plans 危机预案: the team, the steps and the 24-hour line."""

from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

import strawberry
from strawberry import UNSET, Info

from kequn.domain.service import crises
from schema.benefits.incentives import RuleState
from schema.context import Context
from schema.lists import listed, some_where
from schema.node import Node
from schema.operators import DateTimeFilter, EnumFilter, IdFilter, IntFilter, TextFilter, logic
from schema.paging import Key, Order
from schema.scalars import JSON
from schema.staff import Staff
from schema.words import shown, worded


@strawberry.type(description="A shift at the 24-hour line 值班")
class LineShift:
    since: int = strawberry.field(description="From which hour of the day 开始时刻")
    until: int = strawberry.field(description="Until which hour 结束时刻")
    whose: strawberry.Private[UUID]

    @shown("Who answers 值班人")
    async def staff(self, info: Info[Context]) -> Staff | None:
        row: Staff | None = await info.context.ask.one("staff", self.whose)
        return row


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

    @shown("Who answers the line at this hour 当前值班")
    async def on_call(self, info: Info[Context]) -> list[LineShift]:
        shifts = crises.on_call(self.roster, info.context.now.hour)  # type: ignore[arg-type]
        return [LineShift(since=one["from"], until=one["to"], whose=UUID(one["staff"])) for one in shifts]


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
