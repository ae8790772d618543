"""Trainings of staff, by subject and form."""

from datetime import datetime
from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET

from schema.lists import listed, some_where
from schema.node import Node
from schema.operators import DateTimeFilter, EnumFilter, IdFilter, IntFilter, TextFilter, logic
from schema.paging import Key, Order
from schema.words import worded


@strawberry.enum(description="What a training is about 培训主题")
class TrainingSubject(Enum):
    RULES = strawberry.enum_value("rules", description="Rules of groups 群规则")
    CONTENT = strawberry.enum_value("content", description="Content 内容运营")
    INTERACTION = strawberry.enum_value("interaction", description="Interaction 互动技巧")
    PROBLEMS = strawberry.enum_value("problems", description="Handling problems 问题处理")
    SERVICE = strawberry.enum_value("service", description="Service 客户服务")
    PRODUCT = strawberry.enum_value("product", description="Products 产品知识")
    CRISIS = strawberry.enum_value("crisis", description="Crises 危机处理")


@strawberry.enum(description="Form of a training 培训形式")
class TrainingForm(Enum):
    INTERNAL = strawberry.enum_value("internal", description="By our own people 内部培训")
    EXTERNAL = strawberry.enum_value("external", description="By others 外部培训")
    ONLINE = strawberry.enum_value("online", description="Online 在线学习")


@strawberry.enum(description="Whether a training was held 培训状态")
class TrainingState(Enum):
    PLANNED = strawberry.enum_value("planned", description="Planned 已计划")
    HELD = strawberry.enum_value("held", description="Was held 已举办")
    CANCELLED = strawberry.enum_value("cancelled", description="Is not held 已取消")


@worded("training")
@strawberry.type(description="A training of staff 员工培训")
class Training(Node):
    noun = "training"

    title: str
    subject: TrainingSubject
    form: TrainingForm
    state: TrainingState
    trainer: str
    content: str
    held_at: datetime
    pass_score: int
    created_at: datetime
    created_by: str
    trainees = listed("Trainee", "trainees", usual=(Key("id"),))


@worded("training")
@strawberry.input(description="Asks about trainings 培训条件")
class TrainingWhere:
    and_: list["TrainingWhere"] | None = logic("and")
    or_: list["TrainingWhere"] | None = logic("or")
    not_: "TrainingWhere | None" = logic("not")
    id: IdFilter | None = UNSET
    title: TextFilter | None = UNSET
    subject: EnumFilter[TrainingSubject] | None = UNSET
    form: EnumFilter[TrainingForm] | None = UNSET
    state: EnumFilter[TrainingState] | None = UNSET
    trainer: TextFilter | None = UNSET
    content: TextFilter | None = UNSET
    held_at: DateTimeFilter | None = UNSET
    pass_score: IntFilter | None = UNSET
    created_at: DateTimeFilter | None = UNSET
    created_by: TextFilter | None = UNSET
    trainees: Any = some_where("Trainee")


@worded("training")
@strawberry.enum(description="What they can be ordered by 排序字段")
class TrainingOrderField(Enum):
    ID = "id"
    TITLE = "title"
    SUBJECT = "subject"
    FORM = "form"
    STATE = "state"
    TRAINER = "trainer"
    CONTENT = "content"
    HELD_AT = "held_at"
    PASS_SCORE = "pass_score"
    CREATED_AT = "created_at"
    CREATED_BY = "created_by"


@strawberry.input(description="How trainings are ordered 培训排序")
class TrainingOrder(Order):
    field: TrainingOrderField = strawberry.field(description="By what 字段")
