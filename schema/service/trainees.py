"""Who was at which training, and with what score."""

from datetime import datetime
from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET

from schema.lists import linked, one_where
from schema.node import Node
from schema.operators import DateTimeFilter, EnumFilter, IdFilter, IntFilter, logic
from schema.paging import Order
from schema.words import worded


@strawberry.enum(description="Whether somebody was at a training 参加情况")
class TraineeState(Enum):
    ENROLLED = strawberry.enum_value("enrolled", description="Is to be there 已报名")
    ATTENDED = strawberry.enum_value("attended", description="Was there 已参加")
    MISSED = strawberry.enum_value("missed", description="Was not there 未参加")


@worded("trainee")
@strawberry.type(description="Somebody who is to be at a training 培训参加记录")
class Trainee(Node):
    noun = "trainee"

    state: TraineeState
    score: int | None
    changed_at: datetime
    training = linked("Training", "training_id")
    staff = linked("Staff", "staff_id")


@worded("trainee")
@strawberry.input(description="Asks about the trainees of trainings 培训参加记录条件")
class TraineeWhere:
    and_: list["TraineeWhere"] | None = logic("and")
    or_: list["TraineeWhere"] | None = logic("or")
    not_: "TraineeWhere | None" = logic("not")
    id: IdFilter | None = UNSET
    state: EnumFilter[TraineeState] | None = UNSET
    score: IntFilter | None = UNSET
    changed_at: DateTimeFilter | None = UNSET
    training: Any = one_where("Training")
    staff: Any = one_where("Staff")


@worded("trainee")
@strawberry.enum(description="What they can be ordered by 排序字段")
class TraineeOrderField(Enum):
    ID = "id"
    STATE = "state"
    SCORE = "score"
    CHANGED_AT = "changed_at"


@strawberry.input(description="How the trainees of trainings are ordered 培训参加记录排序")
class TraineeOrder(Order):
    field: TraineeOrderField = strawberry.field(description="By what 字段")
