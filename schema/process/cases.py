"""Cases: customers on the way of a service process, and the steps of each."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import strawberry
from sqlalchemy import Select, Table, select
from strawberry import UNSET, Info

from kequn.domain.editing import Desk
from kequn.domain.process import cases, drawing
from kequn.store import tables
from kequn.store.scope import Scope
from schema import filters, given
from schema.context import Context
from schema.declared import Near, Worked, said
from schema.lists import every, linked, one_where, some_where
from schema.loaders import noun_of
from schema.node import Node
from schema.once import IdempotencyKey
from schema.operators import DateTimeFilter, EnumFilter, IdFilter, IntFilter, TextFilter, logic
from schema.paging import LARGEST, Key, Order, Window
from schema.payloads import Payload, answer
from schema.tasks import Department
from schema.words import shown, worded


@strawberry.enum(description="State of a case 服务单状态")
class CaseState(Enum):
    OPEN = strawberry.enum_value("open", description="On the way 进行中")
    DONE = strawberry.enum_value("done", description="Every step has ended 已完成")
    DROPPED = strawberry.enum_value("dropped", description="Given up 已取消")


@strawberry.enum(description="What is done with a case 服务单操作")
class CaseEvent(Enum):
    DROP = strawberry.enum_value("drop", description="Give it up; `note` says why 取消")
    RESUME = strawberry.enum_value("resume", description="Take it up again 恢复")


@strawberry.enum(description="State of a step of a case 服务步骤状态")
class StepState(Enum):
    WAITING = strawberry.enum_value("waiting", description="Its turn has not come 等待中")
    OPEN = strawberry.enum_value("open", description="To be done now 进行中")
    DONE = strawberry.enum_value("done", description="Done 已完成")
    SKIPPED = strawberry.enum_value("skipped", description="Left out 已跳过")


@strawberry.enum(description="What is done with a step of a case 服务步骤操作")
class StepEvent(Enum):
    FINISH = strawberry.enum_value("finish", description="It is done; `note` says what was found 完成")
    SKIP = strawberry.enum_value("skip", description="It is left out; `note` says why 跳过")
    REOPEN = strawberry.enum_value("reopen", description="It is not done after all 重新打开")


_steps: Table = tables.CaseStep.__table__  # type: ignore[attr-defined]
_STEPS = Window((Key("position"),), LARGEST)


def _beside(near: Near, scope: Scope) -> Mapping[str, Select[Any]]:
    mine = (_steps.c.tenant_id == scope.tenant, _steps.c.case_id == near("id"))
    return {"steps": select(_steps).where(*mine).order_by(_steps.c.position)}


@worded("service_case")
@strawberry.type(description="A customer on the way of a service process 服务单")
class ServiceCase(Node):
    noun = "service_case"

    flow_version: int
    subject: str
    state: CaseState
    started_at: datetime
    started_by: str
    ended_at: datetime | None
    ended_by: str | None
    note: str | None
    flow = linked("ServiceFlow", "flow_id")
    customer = linked("Customer", "customer_id")
    steps = every("CaseStep", "steps", "position")

    @shown(None, said(Worked(lambda found: drawing.gantt(found.beside["steps"]), ("id",), _beside)))
    async def gantt(self, info: Info[Context]) -> str:
        found = await info.context.ask.page(noun_of(self), "steps", self, _STEPS)
        return drawing.gantt([row.model_dump() for row in found.rows])


@worded("service_case")
@strawberry.input(description="Asks about a case 服务单条件")
class ServiceCaseWhere:
    and_: list["ServiceCaseWhere"] | None = logic("and")
    or_: list["ServiceCaseWhere"] | None = logic("or")
    not_: "ServiceCaseWhere | None" = logic("not")
    id: IdFilter | None = UNSET
    flow_version: IntFilter | None = UNSET
    subject: TextFilter | None = UNSET
    state: EnumFilter[CaseState] | None = UNSET
    started_at: DateTimeFilter | None = UNSET
    started_by: TextFilter | None = UNSET
    ended_at: DateTimeFilter | None = UNSET
    ended_by: TextFilter | None = UNSET
    note: TextFilter | None = UNSET
    flow: Any = one_where("ServiceFlow")
    customer: Any = one_where("Customer")
    steps: Any = some_where("CaseStep")


@worded("service_case")
@strawberry.enum(description="What they can be ordered by 排序字段")
class ServiceCaseOrderField(Enum):
    ID = "id"
    FLOW_VERSION = "flow_version"
    SUBJECT = "subject"
    STATE = "state"
    STARTED_AT = "started_at"
    STARTED_BY = "started_by"
    ENDED_AT = "ended_at"
    ENDED_BY = "ended_by"
    NOTE = "note"


@strawberry.input(description="How cases are ordered 服务单排序")
class ServiceCaseOrder(Order):
    field: ServiceCaseOrderField = strawberry.field(description="By what 字段")


@worded("case_step")
@strawberry.type(description="A step of a case 服务步骤")
class CaseStep(Node):
    noun = "case_step"

    position: int
    name: str
    department: Department
    state: StepState
    planned_from: datetime
    due_at: datetime
    opened_at: datetime | None
    ended_at: datetime | None
    ended_by: str | None
    note: str | None
    service_case = linked("ServiceCase", "case_id")
    owner = linked("Staff", "owner_id")


@worded("case_step")
@strawberry.input(description="Asks about a step of a case 服务步骤条件")
class CaseStepWhere:
    and_: list["CaseStepWhere"] | None = logic("and")
    or_: list["CaseStepWhere"] | None = logic("or")
    not_: "CaseStepWhere | None" = logic("not")
    id: IdFilter | None = UNSET
    position: IntFilter | None = UNSET
    name: TextFilter | None = UNSET
    department: EnumFilter[Department] | None = UNSET
    state: EnumFilter[StepState] | None = UNSET
    planned_from: DateTimeFilter | None = UNSET
    due_at: DateTimeFilter | None = UNSET
    opened_at: DateTimeFilter | None = UNSET
    ended_at: DateTimeFilter | None = UNSET
    ended_by: TextFilter | None = UNSET
    note: TextFilter | None = UNSET
    service_case: Any = one_where("ServiceCase")
    owner: Any = one_where("Staff")


@worded("case_step")
@strawberry.enum(description="What they can be ordered by 排序字段")
class CaseStepOrderField(Enum):
    ID = "id"
    POSITION = "position"
    NAME = "name"
    DEPARTMENT = "department"
    STATE = "state"
    PLANNED_FROM = "planned_from"
    DUE_AT = "due_at"
    OPENED_AT = "opened_at"
    ENDED_AT = "ended_at"
    ENDED_BY = "ended_by"
    NOTE = "note"


@strawberry.input(description="How steps of cases are ordered 服务步骤排序")
class CaseStepOrder(Order):
    field: CaseStepOrderField = strawberry.field(description="By what 字段")


@strawberry.type(description="The case, or why nothing was changed 服务单修改结果")
class ServiceCasePayload(Payload):
    service_case: ServiceCase | None = strawberry.field(default=None, description="As it now is 当前内容")


@strawberry.type(description="The step, or why nothing was changed 服务步骤修改结果")
class CaseStepPayload(Payload):
    case_step: CaseStep | None = strawberry.field(default=None, description="As it now is 当前内容")


FlowId = Annotated[strawberry.ID, strawberry.argument(description="The service process 服务流程")]
CustomerId = Annotated[strawberry.ID, strawberry.argument(description="The customer 客户")]
CaseId = Annotated[strawberry.ID, strawberry.argument(description="The case 服务单")]
StepId = Annotated[strawberry.ID, strawberry.argument(description="The step 服务步骤")]
Subject = Annotated[str, strawberry.argument(description="What it is about 主题")]
Note = Annotated[str, strawberry.argument(description="What was done, or why not 说明")]
Doing = Annotated[CaseEvent, strawberry.argument(description="What is done 操作")]
Event = Annotated[StepEvent, strawberry.argument(description="What is done 操作")]
To = Annotated[Department, strawberry.argument(description="To which department 部门")]
Owner = Annotated[
    strawberry.ID | None, strawberry.argument(description="To whom; left out: nobody in particular 责任人")
]
Due = Annotated[datetime | None, strawberry.argument(description="Until when; left out: as it is 截止时间")]


@strawberry.type
class CaseMutation:
    """What may be done with a case and its steps."""

    @shown("Put a customer on the way of a service process 发起服务单")
    async def start_service_case(
        self,
        info: Info[Context],
        flow_id: FlowId,
        customer_id: CustomerId,
        subject: Subject = "",
        idempotency_key: IdempotencyKey = None,
    ) -> ServiceCasePayload:
        async def run(desk: Desk) -> UUID:
            flow = filters.uuid(flow_id, "flow", "flow_id")
            return await cases.start(desk, flow, filters.uuid(customer_id, "customer", "customer_id"), subject)

        payload: ServiceCasePayload = await answer(info, ServiceCasePayload, "service_case", "service_case", run)
        return payload

    @shown("Give a case up, or take it up again 取消或恢复服务单")
    async def handle_service_case(
        self, info: Info[Context], id: CaseId, event: Doing, note: Note = "", idempotency_key: IdempotencyKey = None
    ) -> ServiceCasePayload:
        async def run(desk: Desk) -> UUID:
            return await cases.step_case(desk, filters.uuid(id, "service_case", "id"), str(event.value), note)

        payload: ServiceCasePayload = await answer(info, ServiceCasePayload, "service_case", "service_case", run)
        return payload

    @shown("Finish, skip or reopen a step; the next one opens by itself 处理服务步骤")
    async def handle_case_step(
        self, info: Info[Context], id: StepId, event: Event, note: Note = "", idempotency_key: IdempotencyKey = None
    ) -> CaseStepPayload:
        async def run(desk: Desk) -> UUID:
            return await cases.step(desk, filters.uuid(id, "case_step", "id"), str(event.value), note)

        payload: CaseStepPayload = await answer(info, CaseStepPayload, "case_step", "case_step", run)
        return payload

    @shown("Hand a step over to a department, and perhaps to somebody there 转交服务步骤")
    async def hand_over_case_step(
        self,
        info: Info[Context],
        id: StepId,
        department: To,
        owner_id: Owner = None,
        due_at: Due = None,
        idempotency_key: IdempotencyKey = None,
    ) -> CaseStepPayload:
        async def run(desk: Desk) -> UUID:
            owner = filters.uuid(owner_id, "staff", "owner_id") if owner_id else None
            step = filters.uuid(id, "case_step", "id")
            return await cases.hand_over(desk, step, str(department.value), owner, given.moment(due_at, "due_at"))

        payload: CaseStepPayload = await answer(info, CaseStepPayload, "case_step", "case_step", run)
        return payload
