"""Crises and their drills: each step with its time, and what was learned."""

from datetime import datetime
from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET

from schema.lists import linked, one_where
from schema.node import Node
from schema.operators import DateTimeFilter, EnumFilter, IdFilter, IntFilter, TextFilter, logic
from schema.paging import Order
from schema.scalars import JSON
from schema.words import worded


@strawberry.enum(description="Real or a drill 类型")
class CrisisKind(Enum):
    DRILL = strawberry.enum_value("drill", description="A drill 演练")
    REAL = strawberry.enum_value("real", description="A crisis 危机")


@strawberry.enum(description="Whether it is over 状态")
class CrisisState(Enum):
    RUNNING = strawberry.enum_value("running", description="Under way 进行中")
    ENDED = strawberry.enum_value("ended", description="Over 已结束")


@worded("crisis_run")
@strawberry.type(description="A crisis, or the drill of one 危机处置与演练")
class CrisisRun(Node):
    noun = "crisis_run"

    kind: CrisisKind
    state: CrisisState
    reason: str
    done: JSON
    late: int
    started_at: datetime
    started_by: str
    ended_at: datetime | None
    lessons: str | None
    plan = linked("CrisisPlan", "plan_id")


@worded("crisis_run")
@strawberry.input(description="Asks about crises and drills 危机与演练条件")
class CrisisRunWhere:
    and_: list["CrisisRunWhere"] | None = logic("and")
    or_: list["CrisisRunWhere"] | None = logic("or")
    not_: "CrisisRunWhere | None" = logic("not")
    id: IdFilter | None = UNSET
    kind: EnumFilter[CrisisKind] | None = UNSET
    state: EnumFilter[CrisisState] | None = UNSET
    reason: TextFilter | None = UNSET
    late: IntFilter | None = UNSET
    started_at: DateTimeFilter | None = UNSET
    started_by: TextFilter | None = UNSET
    ended_at: DateTimeFilter | None = UNSET
    lessons: TextFilter | None = UNSET
    plan: Any = one_where("CrisisPlan")


@worded("crisis_run")
@strawberry.enum(description="What they can be ordered by 排序字段")
class CrisisRunOrderField(Enum):
    ID = "id"
    KIND = "kind"
    STATE = "state"
    REASON = "reason"
    LATE = "late"
    STARTED_AT = "started_at"
    STARTED_BY = "started_by"
    ENDED_AT = "ended_at"
    LESSONS = "lessons"


@strawberry.input(description="How crises and drills are ordered 危机与演练排序")
class CrisisRunOrder(Order):
    field: CrisisRunOrderField = strawberry.field(description="By what 字段")
