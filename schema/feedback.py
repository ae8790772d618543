"""Feedback: inquiries, problems, opinions, suggestions and complaints."""

from datetime import datetime
from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET

from schema.kept import Kept, KeptWhere
from schema.lists import every, linked, one_where, some_where
from schema.operators import DateTimeFilter, TextFilter, logic
from schema.paging import Order
from schema.payloads import Payload
from schema.words import worded


@worded("feedback")
@strawberry.type(description="An inquiry, problem, opinion, suggestion or complaint 反馈")
class Feedback(Kept):
    noun = "feedback"

    subject: str
    kind: str | None
    channel: str | None
    status: str | None
    priority: str | None
    content: str | None
    solution: str | None
    happened_at: datetime | None
    customer = linked("Customer", "customer_id")
    owner = linked("Staff", "owner_id")
    tickets = every("Ticket", "tickets", "id")


@worded("feedback")
@strawberry.input(description="Asks about feedback 反馈条件")
class FeedbackWhere(KeptWhere):
    and_: list["FeedbackWhere"] | None = logic("and")
    or_: list["FeedbackWhere"] | None = logic("or")
    not_: "FeedbackWhere | None" = logic("not")
    subject: TextFilter | None = UNSET
    kind: TextFilter | None = UNSET
    channel: TextFilter | None = UNSET
    status: TextFilter | None = UNSET
    priority: TextFilter | None = UNSET
    content: TextFilter | None = UNSET
    solution: TextFilter | None = UNSET
    happened_at: DateTimeFilter | None = UNSET
    customer: Any = one_where("Customer")
    owner: Any = one_where("Staff")
    tickets: Any = some_where("Ticket")


@worded("feedback")
@strawberry.enum(description="What they can be ordered by 排序字段")
class FeedbackOrderField(Enum):
    ID = "id"
    VERSION = "version"
    SUBJECT = "subject"
    KIND = "kind"
    CHANNEL = "channel"
    STATUS = "status"
    PRIORITY = "priority"
    CONTENT = "content"
    SOLUTION = "solution"
    HAPPENED_AT = "happened_at"
    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    DELETED_AT = "deleted_at"


@strawberry.input(description="How feedback is ordered 反馈排序")
class FeedbackOrder(Order):
    field: FeedbackOrderField = strawberry.field(description="By what 字段")


@worded("feedback")
@strawberry.input(description="What is to change of a feedback 修改反馈")
class FeedbackChanges:
    subject: str | None = UNSET
    kind: str | None = UNSET
    channel: str | None = UNSET
    status: str | None = UNSET
    priority: str | None = UNSET
    content: str | None = UNSET
    solution: str | None = UNSET
    happened_at: datetime | None = UNSET
    customer_id: strawberry.ID | None = UNSET
    owner_id: strawberry.ID | None = UNSET


@worded("feedback")
@strawberry.input(description="Which feedback is to change, and what of it 批量修改反馈")
class FeedbackUpdate(FeedbackChanges):
    id: strawberry.ID
    version: int | None = UNSET


@worded("feedback")
@strawberry.input(description="What a feedback is to be 新建反馈")
class FeedbackInput(FeedbackChanges):
    subject: str


@strawberry.type(description="The feedback, or why nothing was changed 反馈修改结果")
class FeedbackPayload(Payload):
    feedback: Feedback | None = strawberry.field(default=None, description="As it now is 当前内容")
