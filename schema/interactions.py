"""Interactions: calls, meetings, tasks and notes."""

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


@worded("interaction")
@strawberry.type(description="A call, meeting, task or note 互动记录")
class Interaction(Kept):
    noun = "interaction"

    subject: str
    channel: str | None
    direction: str | None
    content: str | None
    status: str | None
    happened_at: datetime | None
    customer = linked("Customer", "customer_id")
    owner = linked("Staff", "owner_id")
    tasks = every("Task", "tasks", "created_at", "id")


@worded("interaction")
@strawberry.input(description="Asks about an interaction 互动条件")
class InteractionWhere(KeptWhere):
    and_: list["InteractionWhere"] | None = logic("and")
    or_: list["InteractionWhere"] | None = logic("or")
    not_: "InteractionWhere | None" = logic("not")
    subject: TextFilter | None = UNSET
    channel: TextFilter | None = UNSET
    direction: TextFilter | None = UNSET
    content: TextFilter | None = UNSET
    status: TextFilter | None = UNSET
    happened_at: DateTimeFilter | None = UNSET
    customer: Any = one_where("Customer")
    owner: Any = one_where("Staff")
    tasks: Any = some_where("Task")


@worded("interaction")
@strawberry.enum(description="What they can be ordered by 排序字段")
class InteractionOrderField(Enum):
    ID = "id"
    VERSION = "version"
    SUBJECT = "subject"
    CHANNEL = "channel"
    DIRECTION = "direction"
    CONTENT = "content"
    STATUS = "status"
    HAPPENED_AT = "happened_at"
    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    DELETED_AT = "deleted_at"


@strawberry.input(description="How interactions are ordered 互动排序")
class InteractionOrder(Order):
    field: InteractionOrderField = strawberry.field(description="By what 字段")


@worded("interaction")
@strawberry.input(description="What is to change of an interaction 修改互动记录")
class InteractionChanges:
    subject: str | None = UNSET
    channel: str | None = UNSET
    direction: str | None = UNSET
    content: str | None = UNSET
    status: str | None = UNSET
    happened_at: datetime | None = UNSET
    customer_id: strawberry.ID | None = UNSET
    owner_id: strawberry.ID | None = UNSET


@worded("interaction")
@strawberry.input(description="Which interaction is to change, and what of it 批量修改互动记录")
class InteractionUpdate(InteractionChanges):
    id: strawberry.ID
    version: int | None = UNSET


@worded("interaction")
@strawberry.input(description="What an interaction is to be 新建互动记录")
class InteractionInput(InteractionChanges):
    subject: str


@strawberry.type(description="The interaction, or why nothing was changed 互动记录修改结果")
class InteractionPayload(Payload):
    interaction: Interaction | None = strawberry.field(default=None, description="As it now is 当前内容")
