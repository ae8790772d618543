"""Tasks: what somebody is to do for a customer, by a time, and what may be done with each."""

from datetime import datetime
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import UNSET, Info

from kequn.domain.care import tasks
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from schema import filters, given
from schema.context import Context
from schema.lists import linked, one_where
from schema.node import Node
from schema.once import IdempotencyKey
from schema.operators import DateTimeFilter, EnumFilter, IdFilter, TextFilter, logic
from schema.paging import Order
from schema.payloads import Payload, answer
from schema.words import shown, worded


@strawberry.enum(description="State of a task 任务状态")
class TaskState(Enum):
    OPEN = strawberry.enum_value("open", description="To be done 待办")
    DONE = strawberry.enum_value("done", description="Done 已完成")
    DROPPED = strawberry.enum_value("dropped", description="Not needed any more 已取消")


@strawberry.enum(description="What is done with a task 任务操作")
class TaskEvent(Enum):
    FINISH = strawberry.enum_value("finish", description="It was done; `outcome` says what came of it 完成")
    POSTPONE = strawberry.enum_value("postpone", description="Later: until `dueAt` 推迟")
    DROP = strawberry.enum_value("drop", description="It is not needed; `note` says why 取消")
    REOPEN = strawberry.enum_value("reopen", description="It is not done after all 重新打开")


@strawberry.enum(description="A department, and what it does for customers 部门")
class Department(Enum):
    MARKET = strawberry.enum_value("market", description="Marketing: acquires 市场部")
    SALES = strawberry.enum_value("sales", description="Sales: converts 销售部")
    SERVICE = strawberry.enum_value("service", description="Service: maintains 客服部")


@worded("task")
@strawberry.type(description="Something to be done for a customer 任务")
class Task(Node):
    noun = "task"

    kind: str
    occasion: str | None
    content: str | None
    state: TaskState
    department: Department | None
    due_at: datetime
    created_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    outcome: str | None
    note: str | None
    customer = linked("Customer", "customer_id")
    owner = linked("Staff", "owner_id")
    alert = linked("Alert", "alert_id")
    interaction = linked("Interaction", "interaction_id")


@worded("task")
@strawberry.input(description="Asks about a task 任务条件")
class TaskWhere:
    and_: list["TaskWhere"] | None = logic("and")
    or_: list["TaskWhere"] | None = logic("or")
    not_: "TaskWhere | None" = logic("not")
    id: IdFilter | None = UNSET
    kind: TextFilter | None = UNSET
    occasion: TextFilter | None = UNSET
    content: TextFilter | None = UNSET
    state: EnumFilter[TaskState] | None = UNSET
    department: EnumFilter[Department] | None = UNSET
    due_at: DateTimeFilter | None = UNSET
    created_at: DateTimeFilter | None = UNSET
    closed_at: DateTimeFilter | None = UNSET
    closed_by: TextFilter | None = UNSET
    outcome: TextFilter | None = UNSET
    note: TextFilter | None = UNSET
    customer: Any = one_where("Customer")
    owner: Any = one_where("Staff")
    alert: Any = one_where("Alert")
    interaction: Any = one_where("Interaction")


@worded("task")
@strawberry.enum(description="What they can be ordered by 排序字段")
class TaskOrderField(Enum):
    ID = "id"
    KIND = "kind"
    OCCASION = "occasion"
    CONTENT = "content"
    STATE = "state"
    DEPARTMENT = "department"
    DUE_AT = "due_at"
    CREATED_AT = "created_at"
    CLOSED_AT = "closed_at"
    CLOSED_BY = "closed_by"
    OUTCOME = "outcome"
    NOTE = "note"


@strawberry.input(description="How tasks are ordered 任务排序")
class TaskOrder(Order):
    field: TaskOrderField = strawberry.field(description="By what 字段")


@strawberry.type(description="The task, or why nothing was changed 任务修改结果")
class TaskPayload(Payload):
    task: Task | None = strawberry.field(default=None, description="As it now is 当前内容")


TaskId = Annotated[strawberry.ID, strawberry.argument(description="The task 任务")]
CustomerId = Annotated[strawberry.ID, strawberry.argument(description="The customer 客户")]
Kind = Annotated[str, strawberry.argument(description="What it is about, in a word 任务类型")]
Content = Annotated[str, strawberry.argument(description="What is to be done 内容")]
Until = Annotated[datetime, strawberry.argument(description="Until when 截止时间")]
Due = Annotated[datetime | None, strawberry.argument(description="Until when; left out: as it is 截止时间")]
Whose = Annotated[Department | None, strawberry.argument(description="Which department's; left out: as it is 部门")]
Owner = Annotated[strawberry.ID | None, strawberry.argument(description="Whose; left out: nobody's 负责人")]
Event = Annotated[TaskEvent, strawberry.argument(description="What is done 操作")]
Outcome = Annotated[str, strawberry.argument(description="What came of it; to finish it 结果")]
Note = Annotated[str, strawberry.argument(description="How it went, or why it is dropped 说明")]
Channel = Annotated[
    str | None,
    strawberry.argument(
        description="How the customer was reached: phone, … Then an interaction is noted, which goes to the CRMs 渠道"
    ),
]


@strawberry.type
class TaskMutation:
    """What may be done with one task."""

    @shown("Give somebody, or a department, something to do for a customer 新建任务")
    async def create_task(
        self,
        info: Info[Context],
        customer_id: CustomerId,
        kind: Kind,
        due_at: Until,
        content: Content = "",
        department: Whose = None,
        owner_id: Owner = None,
        idempotency_key: IdempotencyKey = None,
    ) -> TaskPayload:
        async def run(desk: Desk) -> UUID:
            customer, due = filters.uuid(customer_id, "customer", "customer_id"), given.moment(due_at, "due_at")
            if due is None:
                raise refuse(Code.REQUIRED, "due_at")
            whose = {"department": _name(department), "owner": _staff(owner_id)}
            return await tasks.create(desk, customer, kind, due, content=content, **whose)

        payload: TaskPayload = await answer(info, TaskPayload, "task", "task", run)
        return payload

    @shown("Say what became of a task: finished, postponed, dropped 处理任务")
    async def handle_task(
        self,
        info: Info[Context],
        id: TaskId,
        event: Event,
        outcome: Outcome = "",
        note: Note = "",
        due_at: Due = None,
        channel: Channel = None,
        idempotency_key: IdempotencyKey = None,
    ) -> TaskPayload:
        async def run(desk: Desk) -> UUID:
            said: dict[str, Any] = {"outcome": outcome, "note": note, "due_at": given.moment(due_at, "due_at")}
            return await tasks.step(desk, filters.uuid(id, "task", "id"), str(event.value), channel=channel, **said)

        payload: TaskPayload = await answer(info, TaskPayload, "task", "task", run)
        return payload

    @shown("Give a task to somebody, or to a department 指派任务")
    async def assign_task(
        self,
        info: Info[Context],
        id: TaskId,
        owner_id: Owner = None,
        department: Whose = None,
        due_at: Due = None,
        idempotency_key: IdempotencyKey = None,
    ) -> TaskPayload:
        async def run(desk: Desk) -> UUID:
            whose = {"owner": _staff(owner_id), "department": _name(department)}
            return await tasks.assign(
                desk, filters.uuid(id, "task", "id"), due_at=given.moment(due_at, "due_at"), **whose
            )

        payload: TaskPayload = await answer(info, TaskPayload, "task", "task", run)
        return payload


def _staff(id: str | None) -> Any:
    return filters.uuid(id, "staff", "owner_id") if id else None


def _name(department: Department | None) -> Any:
    return str(department.value) if department else None
