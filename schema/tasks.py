"""Tasks: what somebody is to do for a customer, by a time."""

from datetime import datetime
from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET

from schema.lists import linked, one_where
from schema.node import Node
from schema.operators import DateTimeFilter, EnumFilter, IdFilter, TextFilter, logic
from schema.paging import Order
from schema.words import worded


@strawberry.enum(description="State of a task 任务状态")
class TaskState(Enum):
    OPEN = strawberry.enum_value("open", description="To be done 待办")
    DONE = strawberry.enum_value("done", description="Done 已完成")
    DROPPED = strawberry.enum_value("dropped", description="Not needed any more 已取消")


@worded("task")
@strawberry.type(description="Something to be done for a customer 任务")
class Task(Node):
    noun = "task"

    kind: str
    state: TaskState
    department: str | None
    due_at: datetime
    created_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    outcome: str | None
    customer = linked("Customer", "customer_id")
    owner = linked("Staff", "owner_id")
    alert = linked("Alert", "alert_id")


@worded("task")
@strawberry.input(description="Asks about a task 任务条件")
class TaskWhere:
    and_: list["TaskWhere"] | None = logic("and")
    or_: list["TaskWhere"] | None = logic("or")
    not_: "TaskWhere | None" = logic("not")
    id: IdFilter | None = UNSET
    kind: TextFilter | None = UNSET
    state: EnumFilter[TaskState] | None = UNSET
    department: TextFilter | None = UNSET
    due_at: DateTimeFilter | None = UNSET
    created_at: DateTimeFilter | None = UNSET
    closed_at: DateTimeFilter | None = UNSET
    closed_by: TextFilter | None = UNSET
    outcome: TextFilter | None = UNSET
    customer: Any = one_where("Customer")
    owner: Any = one_where("Staff")
    alert: Any = one_where("Alert")


@worded("task")
@strawberry.enum(description="What they can be ordered by 排序字段")
class TaskOrderField(Enum):
    ID = "id"
    KIND = "kind"
    STATE = "state"
    DEPARTMENT = "department"
    DUE_AT = "due_at"
    CREATED_AT = "created_at"
    CLOSED_AT = "closed_at"
    CLOSED_BY = "closed_by"
    OUTCOME = "outcome"


@strawberry.input(description="How tasks are ordered 任务排序")
class TaskOrder(Order):
    field: TaskOrderField = strawberry.field(description="By what 字段")
