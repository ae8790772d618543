"""Tickets 反馈处理单: what becomes of feedback, until when, and what members are told of it."""

from datetime import datetime
from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET

from schema.lists import linked, listed, one_where, some_where
from schema.node import Node
from schema.operators import DateTimeFilter, EnumFilter, IdFilter, IntFilter, TextFilter, logic
from schema.paging import Key, Order
from schema.service.grades import Category, Sentiment, Setting, Severity, TicketState
from schema.words import worded


@worded("ticket")
@strawberry.type(description="What becomes of a feedback 反馈处理单")
class Ticket(Node):
    noun = "ticket"

    state: TicketState
    category: Category
    severity: Severity
    sentiment: Sentiment
    sentiment_by: str
    department: str
    setting: Setting
    level: int
    reopened: int
    opened_at: datetime
    respond_by: datetime
    solve_by: datetime
    responded_at: datetime | None
    solved_at: datetime | None
    closed_at: datetime | None
    rating: int | None
    result: str | None
    plan: str | None
    published_at: datetime | None
    changed_at: datetime
    changed_by: str
    feedback = linked("Feedback", "feedback_id")
    owner = linked("Staff", "owner_id")
    standard = linked("ServiceStandard", "standard_id")
    steps = listed("TicketStep", "steps", usual=(Key("at"),))


@worded("ticket")
@strawberry.input(description="Asks about tickets 处理单条件")
class TicketWhere:
    and_: list["TicketWhere"] | None = logic("and")
    or_: list["TicketWhere"] | None = logic("or")
    not_: "TicketWhere | None" = logic("not")
    id: IdFilter | None = UNSET
    state: EnumFilter[TicketState] | None = UNSET
    category: EnumFilter[Category] | None = UNSET
    severity: EnumFilter[Severity] | None = UNSET
    sentiment: EnumFilter[Sentiment] | None = UNSET
    sentiment_by: TextFilter | None = UNSET
    department: TextFilter | None = UNSET
    setting: EnumFilter[Setting] | None = UNSET
    level: IntFilter | None = UNSET
    reopened: IntFilter | None = UNSET
    opened_at: DateTimeFilter | None = UNSET
    respond_by: DateTimeFilter | None = UNSET
    solve_by: DateTimeFilter | None = UNSET
    responded_at: DateTimeFilter | None = UNSET
    solved_at: DateTimeFilter | None = UNSET
    closed_at: DateTimeFilter | None = UNSET
    rating: IntFilter | None = UNSET
    result: TextFilter | None = UNSET
    plan: TextFilter | None = UNSET
    published_at: DateTimeFilter | None = UNSET
    changed_at: DateTimeFilter | None = UNSET
    changed_by: TextFilter | None = UNSET
    feedback: Any = one_where("Feedback")
    owner: Any = one_where("Staff")
    standard: Any = one_where("ServiceStandard")
    steps: Any = some_where("TicketStep")


@worded("ticket")
@strawberry.enum(description="What they can be ordered by 排序字段")
class TicketOrderField(Enum):
    ID = "id"
    STATE = "state"
    CATEGORY = "category"
    SEVERITY = "severity"
    SENTIMENT = "sentiment"
    SENTIMENT_BY = "sentiment_by"
    DEPARTMENT = "department"
    SETTING = "setting"
    LEVEL = "level"
    REOPENED = "reopened"
    OPENED_AT = "opened_at"
    RESPOND_BY = "respond_by"
    SOLVE_BY = "solve_by"
    RESPONDED_AT = "responded_at"
    SOLVED_AT = "solved_at"
    CLOSED_AT = "closed_at"
    RATING = "rating"
    RESULT = "result"
    PLAN = "plan"
    PUBLISHED_AT = "published_at"
    CHANGED_AT = "changed_at"
    CHANGED_BY = "changed_by"


@strawberry.input(description="How tickets are ordered 处理单排序")
class TicketOrder(Order):
    field: TicketOrderField = strawberry.field(description="By what 字段")
