"""Surveys 满意度调查: what is asked of whom, and when."""

from datetime import datetime
from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET

from schema.lists import linked, listed, one_where, some_where
from schema.node import Node
from schema.operators import DateTimeFilter, EnumFilter, IdFilter, IntFilter, TextFilter, logic
from schema.paging import Key, Order
from schema.scalars import JSON
from schema.words import worded


@strawberry.enum(description="When a survey is held 调查类型")
class SurveyKind(Enum):
    PERIODIC = strawberry.enum_value("periodic", description="Regularly 定期")
    KEY_NODE = strawberry.enum_value("key_node", description="At a key node 关键节点")


@strawberry.enum(description="A key node 关键节点")
class SurveyNode(Enum):
    PURCHASE = strawberry.enum_value("purchase", description="After a purchase 购买后")
    USE = strawberry.enum_value("use", description="After some use 使用后")
    AFTER_SALES = strawberry.enum_value("after_sales", description="After a problem was solved 售后")


@strawberry.enum(description="Whether a survey is held 调查状态")
class SurveyState(Enum):
    DRAFT = strawberry.enum_value("draft", description="Being prepared 草稿")
    PUBLISHED = strawberry.enum_value("published", description="Is held 已发布")
    PAUSED = strawberry.enum_value("paused", description="Not for now 已暂停")
    RETIRED = strawberry.enum_value("retired", description="No more 已停用")


@worded("survey")
@strawberry.type(description="What customers are asked 满意度调查")
class Survey(Node):
    noun = "survey"

    name: str
    kind: SurveyKind
    node: SurveyNode | None
    state: SurveyState
    version: int
    questions_version: int
    welcome: JSON
    questions: JSON
    sample: int | None
    every_days: int | None
    delay_days: int
    rest_days: int
    remind_days: int
    open_days: int
    created_at: datetime
    changed_at: datetime
    changed_by: str
    segment = linked("Segment", "segment_id")
    waves = listed("SurveyWave", "waves", usual=(Key("number", descending=True),))


@worded("survey")
@strawberry.input(description="Asks about surveys 满意度调查条件")
class SurveyWhere:
    and_: list["SurveyWhere"] | None = logic("and")
    or_: list["SurveyWhere"] | None = logic("or")
    not_: "SurveyWhere | None" = logic("not")
    id: IdFilter | None = UNSET
    name: TextFilter | None = UNSET
    kind: EnumFilter[SurveyKind] | None = UNSET
    node: EnumFilter[SurveyNode] | None = UNSET
    state: EnumFilter[SurveyState] | None = UNSET
    version: IntFilter | None = UNSET
    questions_version: IntFilter | None = UNSET
    sample: IntFilter | None = UNSET
    every_days: IntFilter | None = UNSET
    delay_days: IntFilter | None = UNSET
    rest_days: IntFilter | None = UNSET
    remind_days: IntFilter | None = UNSET
    open_days: IntFilter | None = UNSET
    created_at: DateTimeFilter | None = UNSET
    changed_at: DateTimeFilter | None = UNSET
    changed_by: TextFilter | None = UNSET
    segment: Any = one_where("Segment")
    waves: Any = some_where("SurveyWave")


@worded("survey")
@strawberry.enum(description="What they can be ordered by 排序字段")
class SurveyOrderField(Enum):
    ID = "id"
    NAME = "name"
    KIND = "kind"
    NODE = "node"
    STATE = "state"
    VERSION = "version"
    QUESTIONS_VERSION = "questions_version"
    SAMPLE = "sample"
    EVERY_DAYS = "every_days"
    DELAY_DAYS = "delay_days"
    REST_DAYS = "rest_days"
    REMIND_DAYS = "remind_days"
    OPEN_DAYS = "open_days"
    CREATED_AT = "created_at"
    CHANGED_AT = "changed_at"
    CHANGED_BY = "changed_by"


@strawberry.input(description="How surveys are ordered 满意度调查排序")
class SurveyOrder(Order):
    field: SurveyOrderField = strawberry.field(description="By what 字段")
