"""Incentive rules 激励规则: what earns points, in published versions that members read."""

from datetime import datetime
from enum import Enum

import strawberry
from strawberry import UNSET

from schema.node import Node
from schema.operators import DateTimeFilter, EnumFilter, IdFilter, IntFilter, TextFilter, logic
from schema.paging import Order
from schema.scalars import JSON
from schema.words import worded


@strawberry.enum(description="Whether a version is in force 版本状态")
class RuleState(Enum):
    DRAFT = strawberry.enum_value("draft", description="Being prepared 草稿")
    PUBLISHED = strawberry.enum_value("published", description="In force, and read by all whom it concerns 已发布")
    RETIRED = strawberry.enum_value("retired", description="Another took its place 已停用")


@worded("incentive")
@strawberry.type(description="A rule by which something that members do earns points 激励规则")
class Incentive(Node):
    noun = "incentive"

    name: str
    version: int
    state: RuleState
    body: str
    action: str
    points: int
    per_day: int
    basis: JSON
    created_at: datetime
    created_by: str
    published_at: datetime | None
    retired_at: datetime | None


@worded("incentive")
@strawberry.input(description="Asks about incentive rules 激励规则条件")
class IncentiveWhere:
    and_: list["IncentiveWhere"] | None = logic("and")
    or_: list["IncentiveWhere"] | None = logic("or")
    not_: "IncentiveWhere | None" = logic("not")
    id: IdFilter | None = UNSET
    name: TextFilter | None = UNSET
    version: IntFilter | None = UNSET
    state: EnumFilter[RuleState] | None = UNSET
    body: TextFilter | None = UNSET
    action: TextFilter | None = UNSET
    points: IntFilter | None = UNSET
    per_day: IntFilter | None = UNSET
    created_at: DateTimeFilter | None = UNSET
    created_by: TextFilter | None = UNSET
    published_at: DateTimeFilter | None = UNSET
    retired_at: DateTimeFilter | None = UNSET


@worded("incentive")
@strawberry.enum(description="What they can be ordered by 排序字段")
class IncentiveOrderField(Enum):
    ID = "id"
    NAME = "name"
    VERSION = "version"
    STATE = "state"
    BODY = "body"
    ACTION = "action"
    POINTS = "points"
    PER_DAY = "per_day"
    CREATED_AT = "created_at"
    CREATED_BY = "created_by"
    PUBLISHED_AT = "published_at"
    RETIRED_AT = "retired_at"


@strawberry.input(description="How incentive rules are ordered 激励规则排序")
class IncentiveOrder(Order):
    field: IncentiveOrderField = strawberry.field(description="By what 字段")
