"""Flows: how customers are served, step by step."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import strawberry
from sqlalchemy import ColumnElement, Select, Table, select
from sqlalchemy.ext.asyncio import AsyncSession
from strawberry import UNSET, Info

from kequn.domain.editing import Desk
from kequn.domain.process import drawing, flows
from kequn.store import tables
from kequn.store.scope import Scope
from kequn.store.vault import Vault
from schema import filters
from schema.context import Context
from schema.declared import Found, Near, Worked, derived, said
from schema.lists import listed, some_where
from schema.node import Node, key
from schema.once import IdempotencyKey
from schema.operators import DateTimeFilter, EnumFilter, IdFilter, IntFilter, TextFilter, logic
from schema.paging import Key, Order
from schema.payloads import Payload, Version, answer
from schema.scalars import JSON
from schema.tasks import Department
from schema.words import shown, worded

_versions: Table = tables.FlowVersion.__table__  # type: ignore[attr-defined]


@strawberry.enum(description="State of a service process 服务流程状态")
class FlowState(Enum):
    ACTIVE = strawberry.enum_value("active", description="In use 使用中")
    ARCHIVED = strawberry.enum_value("archived", description="Put away; its cases go on 已归档")


@strawberry.enum(description="What is done with a service process 服务流程操作")
class FlowEvent(Enum):
    ARCHIVE = strawberry.enum_value("archive", description="Put it away 归档")
    RESTORE = strawberry.enum_value("restore", description="Take it out again 恢复")


@strawberry.type(description="The steps of a service process in one of its versions 服务流程版本")
class FlowVersion:
    version: int = strawberry.field(description="Its number 版本号")
    steps: JSON = strawberry.field(description="The steps 步骤")
    made_at: datetime = strawberry.field(description="When 时间")
    made_by: str = strawberry.field(description="Who made it 操作人")


def _query(scope: Scope, whose: ColumnElement[bool]) -> Select[Any]:
    return select(_versions).where(_versions.c.tenant_id == scope.tenant, whose).order_by(_versions.c.version.desc())


def _beside(near: Near, scope: Scope) -> Mapping[str, Select[Any]]:
    return {"versions": _query(scope, _versions.c.flow_id == near("id"))}


def _found_versions(found: Found) -> list[FlowVersion]:
    return [_version(row) for row in found.beside["versions"]]


def _version(row: Mapping[Any, Any]) -> FlowVersion:
    about = {name: row[name] for name in ("version", "made_at", "made_by")}
    return FlowVersion(steps=JSON(row["steps"]), **about)


@worded("flow")
@strawberry.type(description="How customers are served, step by step 服务流程")
class ServiceFlow(Node):
    noun = "flow"

    name: str
    description: str
    state: FlowState
    version: int
    steps_version: int
    steps: JSON
    created_at: datetime
    changed_at: datetime
    changed_by: str
    flow_chart = derived(str, drawing.flow_chart, "steps")
    cases = listed("ServiceCase", "cases", usual=(Key("id", descending=True),))

    @shown("Every version of the steps, the newest first 步骤版本", said(Worked(_found_versions, ("id",), _beside)))
    async def versions(self, info: Info[Context]) -> list[FlowVersion]:
        return list(await info.context.ask.together("flow versions", _load, key(self)))


async def _load(session: AsyncSession, scope: Scope, vault: Vault, ids: Sequence[UUID]) -> dict[UUID, Any]:
    found: dict[UUID, list[FlowVersion]] = {id: [] for id in ids}
    for row in (await session.execute(_query(scope, _versions.c.flow_id.in_(ids)))).mappings():
        found[row["flow_id"]].append(_version(row))
    return found


@worded("flow")
@strawberry.input(description="Asks about a service process 服务流程条件")
class ServiceFlowWhere:
    and_: list["ServiceFlowWhere"] | None = logic("and")
    or_: list["ServiceFlowWhere"] | None = logic("or")
    not_: "ServiceFlowWhere | None" = logic("not")
    id: IdFilter | None = UNSET
    name: TextFilter | None = UNSET
    description: TextFilter | None = UNSET
    state: EnumFilter[FlowState] | None = UNSET
    version: IntFilter | None = UNSET
    steps_version: IntFilter | None = UNSET
    created_at: DateTimeFilter | None = UNSET
    changed_at: DateTimeFilter | None = UNSET
    changed_by: TextFilter | None = UNSET
    cases: Any = some_where("ServiceCase")


@worded("flow")
@strawberry.enum(description="What they can be ordered by 排序字段")
class ServiceFlowOrderField(Enum):
    ID = "id"
    NAME = "name"
    DESCRIPTION = "description"
    STATE = "state"
    VERSION = "version"
    STEPS_VERSION = "steps_version"
    CREATED_AT = "created_at"
    CHANGED_AT = "changed_at"
    CHANGED_BY = "changed_by"


@strawberry.input(description="How service processes are ordered 服务流程排序")
class ServiceFlowOrder(Order):
    field: ServiceFlowOrderField = strawberry.field(description="By what 字段")


@strawberry.input(description="A step of a service process 服务流程步骤")
class FlowStepInput:
    name: str = strawberry.field(description="What is done 名称")
    department: Department = strawberry.field(description="Which department's it is 部门")
    hours: int = strawberry.field(default=24, description="Within so many hours once it is open 时限（小时）")
    content: str = strawberry.field(default="", description="How, and how well 操作规范")
    owner_id: strawberry.ID | None = strawberry.field(default=UNSET, description="Who is responsible 责任人")


@strawberry.type(description="The service process, or why nothing was changed 服务流程修改结果")
class ServiceFlowPayload(Payload):
    service_flow: ServiceFlow | None = strawberry.field(default=None, description="As it now is 当前内容")


FlowId = Annotated[strawberry.ID, strawberry.argument(description="The service process 服务流程")]
Name = Annotated[str, strawberry.argument(description="Name 名称")]
NewName = Annotated[str | None, strawberry.argument(description="Name; left out: as it is 名称")]
Words = Annotated[str, strawberry.argument(description="What it is for 说明")]
NewWords = Annotated[str | None, strawberry.argument(description="What it is for; left out: as it is 说明")]
Steps = Annotated[
    list[FlowStepInput] | None,
    strawberry.argument(
        description="In order; left out: from the first contact to the follow-up; of a change: as they are 步骤"
    ),
]
Event = Annotated[FlowEvent, strawberry.argument(description="What is done 操作")]


def _steps(entered: Sequence[FlowStepInput]) -> tuple[flows.FlowStep, ...]:
    """Raises Refused."""
    return flows.read([_step(one, place) for place, one in enumerate(entered)])


def _step(one: FlowStepInput, place: int) -> Mapping[str, Any]:
    owner = filters.uuid(one.owner_id, "staff", "steps", place, "owner_id") if one.owner_id else None
    said = {"name": one.name, "department": one.department.value, "hours": one.hours, "content": one.content}
    return {**said, "owner": owner}


@strawberry.type
class FlowMutation:
    """What may be done with a service process."""

    @shown("Add a service process 新建服务流程")
    async def create_service_flow(
        self,
        info: Info[Context],
        name: Name,
        description: Words = "",
        steps: Steps = None,
        idempotency_key: IdempotencyKey = None,
    ) -> ServiceFlowPayload:
        async def run(desk: Desk) -> UUID:
            some = flows.STANDARD if steps is None else _steps(steps)
            return await flows.make(desk, name, description, some)

        payload: ServiceFlowPayload = await answer(info, ServiceFlowPayload, "service_flow", "flow", run)
        return payload

    @shown("Change a service process; other steps are a new version of it 修改服务流程")
    async def update_service_flow(
        self,
        info: Info[Context],
        id: FlowId,
        name: NewName = None,
        description: NewWords = None,
        steps: Steps = None,
        version: Version = None,
        idempotency_key: IdempotencyKey = None,
    ) -> ServiceFlowPayload:
        async def run(desk: Desk) -> UUID:
            some = None if steps is None else _steps(steps)
            flow, said = filters.uuid(id, "flow", "id"), {"name": name, "description": description}
            return await flows.change(desk, flow, **said, steps=some, version=version)

        payload: ServiceFlowPayload = await answer(info, ServiceFlowPayload, "service_flow", "flow", run)
        return payload

    @shown("Archive a service process, or restore it 归档或恢复服务流程")
    async def handle_service_flow(
        self, info: Info[Context], id: FlowId, event: Event, idempotency_key: IdempotencyKey = None
    ) -> ServiceFlowPayload:
        async def run(desk: Desk) -> UUID:
            return await flows.step(desk, filters.uuid(id, "flow", "id"), str(event.value))

        payload: ServiceFlowPayload = await answer(info, ServiceFlowPayload, "service_flow", "flow", run)
        return payload
