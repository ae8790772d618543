"""The timeline of a customer: one list over purchases, returns, interactions, feedback, answers, alerts, tasks,
classes, tiers, points, groups and segments."""

from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

import strawberry
from strawberry import UNSET, Info

from kequn.store.timeline import NOUNS
from schema.context import Context
from schema.declared import Varied, said
from schema.lists import linked, one_where
from schema.money import money
from schema.node import Node, key
from schema.operators import DateTimeFilter, EnumFilter, IntFilter, MoneyFilter, TextFilter, logic
from schema.paging import Order
from schema.words import shown, worded


@strawberry.enum(description="What happened with a customer 时间线类型")
class MomentKind(Enum):
    PURCHASE = strawberry.enum_value("purchase", description="Bought 购买")
    RETURN = strawberry.enum_value("return", description="Brought back 退货")
    INTERACTION = strawberry.enum_value("interaction", description="Talked with us 互动")
    FEEDBACK = strawberry.enum_value("feedback", description="Gave feedback 反馈")
    ANSWER = strawberry.enum_value("answer", description="Answered when asked 满意度回答")
    ALERT = strawberry.enum_value("alert", description="An alert was raised 预警")
    TASK = strawberry.enum_value("task", description="Somebody was given something to do 任务")
    CLASS = strawberry.enum_value("class", description="A rule says something else 分类变化")
    TIER = strawberry.enum_value("tier", description="The service tier was changed 等级变更")
    POINTS = strawberry.enum_value("points", description="Points came or went 积分")
    GROUP = strawberry.enum_value("group", description="Came into a group 入群")
    SEGMENT_ENTERED = strawberry.enum_value("segment_entered", description="Came into a segment 进入细分")
    SEGMENT_LEFT = strawberry.enum_value("segment_left", description="Left a segment 离开细分")


@worded("moment")
@strawberry.type(description="Something that happened with a customer 时间线条目")
class Moment:
    noun: strawberry.Private[str | None]
    id: strawberry.Private[UUID]

    at: datetime
    kind: MomentKind
    mark: str
    title: str | None
    value: str | None
    number: int | None
    amount = money("amount")
    customer = linked("Customer", "customer_id")

    @shown(None, said(Varied("noun", "id", NOUNS)))
    async def row(self, info: Info[Context]) -> Node | None:
        row: Node | None = await info.context.ask.one(self.noun, key(self), deleted=True) if self.noun else None
        return row


@worded("moment")
@strawberry.input(description="Asks about what happened with a customer 时间线条件")
class MomentWhere:
    and_: list["MomentWhere"] | None = logic("and")
    or_: list["MomentWhere"] | None = logic("or")
    not_: "MomentWhere | None" = logic("not")
    at: DateTimeFilter | None = UNSET
    kind: EnumFilter[MomentKind] | None = UNSET
    mark: TextFilter | None = UNSET
    title: TextFilter | None = UNSET
    value: TextFilter | None = UNSET
    number: IntFilter | None = UNSET
    amount: MoneyFilter | None = UNSET
    customer: Any = one_where("Customer")


@worded("moment")
@strawberry.enum(description="What they can be ordered by 排序字段")
class MomentOrderField(Enum):
    AT = "at"
    KIND = "kind"
    MARK = "mark"
    TITLE = "title"
    VALUE = "value"
    NUMBER = "number"
    AMOUNT = "amount_micros"
    CURRENCY = "amount_currency"


@strawberry.input(description="How the timeline is ordered 时间线排序")
class MomentOrder(Order):
    field: MomentOrderField = strawberry.field(description="By what 字段")
