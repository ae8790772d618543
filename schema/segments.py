"""Segments: conditions on customers that are kept under a name, who came and went, and what may be done with each."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import strawberry
from sqlalchemy import ColumnElement, Select, Table, select
from sqlalchemy.ext.asyncio import AsyncSession
from strawberry import UNSET, Info

from kequn.domain.editing import Desk
from kequn.domain.problems import Refused
from kequn.domain.segments import evaluating, keeping
from kequn.store import tables
from kequn.store.scope import Scope
from kequn.store.vault import Vault
from schema import filters, once, scalars
from schema.care.around import SegmentCare, SegmentCareWhere
from schema.community.around import SegmentLife, SegmentLifeWhere
from schema.context import Context
from schema.customers import CustomerWhere
from schema.declared import Column, Near, Worked, said
from schema.lists import linked, listed, one_where, some_where
from schema.node import Node, key
from schema.once import IdempotencyKey
from schema.operators import DateTimeFilter, EnumFilter, IdFilter, IntFilter, TextFilter, logic
from schema.paging import Key, Order
from schema.payloads import Payload, Version, answer
from schema.problems import show
from schema.scalars import JSON
from schema.words import camel, shown, worded

_versions: Table = tables.SegmentVersion.__table__  # type: ignore[attr-defined]


@strawberry.enum(description="State of a segment 客户细分状态")
class SegmentState(Enum):
    ACTIVE = strawberry.enum_value("active", description="In use; worked out regularly 使用中")
    ARCHIVED = strawberry.enum_value("archived", description="Put away; who refers to it may go on 已归档")


@strawberry.enum(description="What is done with a segment 客户细分操作")
class SegmentEvent(Enum):
    ARCHIVE = strawberry.enum_value("archive", description="Put it away 归档")
    RESTORE = strawberry.enum_value("restore", description="Take it out again 恢复")


@strawberry.enum(description="Why a customer came into a segment or left it 进出原因")
class StayCause(Enum):
    FIRST = strawberry.enum_value("first", description="The segment was worked out for the first time 首次计算")
    DEFINITION = strawberry.enum_value("definition", description="The condition was changed 条件变更")
    NEW = strawberry.enum_value("new", description="The customer is new 新客户")
    CUSTOMER = strawberry.enum_value("customer", description="Somebody changed the customer 客户资料变更")
    FACTS = strawberry.enum_value(
        "facts", description="Purchases, classes or the like changed, or time went by 数据变化或时间推移"
    )
    GONE = strawberry.enum_value("gone", description="The customer was deleted or merged 客户已删除或合并")


@strawberry.type(description="What a segment asked in one of its versions 客户细分版本")
class SegmentVersion:
    version: int = strawberry.field(description="Its number 版本号")
    where: JSON = strawberry.field(description="The condition, as `where` takes it 条件")
    made_at: datetime = strawberry.field(description="When 时间")
    made_by: str = strawberry.field(description="Who made it 操作人")


def _of(scope: Scope, whose: ColumnElement[bool]) -> Select[Any]:
    query = select(_versions).where(_versions.c.tenant_id == scope.tenant, whose)
    return query.order_by(_versions.c.version.desc())


def _shown(rows: Sequence[Mapping[Any, Any]]) -> list[SegmentVersion]:
    return [
        SegmentVersion(version=row["version"], where=JSON(row["asked"]), made_at=row["made_at"], made_by=row["made_by"])
        for row in rows
    ]


async def _load(session: AsyncSession, scope: Scope, vault: Vault, ids: Sequence[UUID]) -> dict[UUID, Any]:
    rows = (await session.execute(_of(scope, _versions.c.segment_id.in_(ids)))).mappings().all()
    return {id: _shown([row for row in rows if row["segment_id"] == id]) for id in ids}


def _beside(near: Near, scope: Scope) -> Mapping[str, Select[Any]]:
    return {"versions": _of(scope, _versions.c.segment_id == near("id"))}


VERSIONS = said(Worked(lambda found: _shown(found.beside["versions"]), ("id",), _beside))


@worded("segment")
@strawberry.type(description="A condition on customers, kept under a name 客户细分")
class Segment(SegmentLife, SegmentCare, Node):
    noun = "segment"

    name: str
    description: str
    state: SegmentState
    version: int
    condition_version: int
    where: JSON = strawberry.field(resolver=lambda root: JSON(root.asked), metadata=said(Column("asked")))
    size: int
    created_at: datetime
    created_by: str
    changed_at: datetime
    changed_by: str
    evaluated_at: datetime | None
    evaluated_version: int | None
    stays = listed("SegmentStay", "stays", usual=(Key("entered_at", descending=True),))
    benefits = listed("Benefit", "benefits", usual=(Key("name"),))
    surveys = listed("Survey", "surveys", usual=(Key("name"),))

    @shown("Every version of the condition, the newest first 条件版本", VERSIONS)
    async def versions(self, info: Info[Context]) -> list[SegmentVersion]:
        return list(await info.context.ask.together("segment versions", _load, key(self)))


@worded("segment")
@strawberry.input(description="Asks about a segment 客户细分条件")
class SegmentWhere(SegmentCareWhere, SegmentLifeWhere):
    and_: list["SegmentWhere"] | None = logic("and")
    or_: list["SegmentWhere"] | None = logic("or")
    not_: "SegmentWhere | None" = logic("not")
    id: IdFilter | None = UNSET
    name: TextFilter | None = UNSET
    description: TextFilter | None = UNSET
    state: EnumFilter[SegmentState] | None = UNSET
    version: IntFilter | None = UNSET
    condition_version: IntFilter | None = UNSET
    size: IntFilter | None = UNSET
    created_at: DateTimeFilter | None = UNSET
    created_by: TextFilter | None = UNSET
    changed_at: DateTimeFilter | None = UNSET
    changed_by: TextFilter | None = UNSET
    evaluated_at: DateTimeFilter | None = UNSET
    evaluated_version: IntFilter | None = UNSET
    stays: Any = some_where("SegmentStay")
    benefits: Any = some_where("Benefit")
    surveys: Any = some_where("Survey")


@worded("segment")
@strawberry.enum(description="What they can be ordered by 排序字段")
class SegmentOrderField(Enum):
    ID = "id"
    NAME = "name"
    DESCRIPTION = "description"
    STATE = "state"
    VERSION = "version"
    CONDITION_VERSION = "condition_version"
    SIZE = "size"
    CREATED_AT = "created_at"
    CREATED_BY = "created_by"
    CHANGED_AT = "changed_at"
    CHANGED_BY = "changed_by"
    EVALUATED_AT = "evaluated_at"
    EVALUATED_VERSION = "evaluated_version"


@strawberry.input(description="How segments are ordered 客户细分排序")
class SegmentOrder(Order):
    field: SegmentOrderField = strawberry.field(description="By what 字段")


@worded("stay")
@strawberry.type(description="From when to when a customer was in a segment, and why 客户细分进出记录")
class SegmentStay:
    entered_at: datetime
    entered_cause: StayCause
    entered_version: int
    entered_held: JSON | None
    left_at: datetime | None
    left_cause: StayCause | None
    left_version: int | None
    left_held: JSON | None
    segment = linked("Segment", "segment_id")
    customer = linked("Customer", "customer_id")


@worded("stay")
@strawberry.input(description="Asks about stays in segments 客户细分进出条件")
class SegmentStayWhere:
    and_: list["SegmentStayWhere"] | None = logic("and")
    or_: list["SegmentStayWhere"] | None = logic("or")
    not_: "SegmentStayWhere | None" = logic("not")
    entered_at: DateTimeFilter | None = UNSET
    entered_cause: EnumFilter[StayCause] | None = UNSET
    entered_version: IntFilter | None = UNSET
    left_at: DateTimeFilter | None = UNSET
    left_cause: EnumFilter[StayCause] | None = UNSET
    left_version: IntFilter | None = UNSET
    segment: Any = one_where("Segment")
    customer: Any = one_where("Customer")


@worded("stay")
@strawberry.enum(description="What they can be ordered by 排序字段")
class SegmentStayOrderField(Enum):
    ENTERED_AT = "entered_at"
    ENTERED_CAUSE = "entered_cause"
    ENTERED_VERSION = "entered_version"
    LEFT_AT = "left_at"
    LEFT_CAUSE = "left_cause"
    LEFT_VERSION = "left_version"


@strawberry.input(description="How stays are ordered 客户细分进出排序")
class SegmentStayOrder(Order):
    field: SegmentStayOrderField = strawberry.field(description="By what 字段")


@strawberry.type(description="The segment, or why nothing was changed 客户细分修改结果")
class SegmentPayload(Payload):
    segment: Segment | None = strawberry.field(default=None, description="As it now is 当前内容")


@strawberry.type(description="Who came into a segment and who left it 客户细分计算结果")
class EvaluateSegmentPayload(Payload):
    segment: Segment | None = strawberry.field(default=None, description="As it now is 当前内容")
    entered: int = strawberry.field(default=0, description="How many came 进入人数")
    left: int = strawberry.field(default=0, description="How many left 离开人数")


SegmentId = Annotated[strawberry.ID, strawberry.argument(description="The segment 客户细分")]
Name = Annotated[str, strawberry.argument(description="Name 名称")]
NewName = Annotated[str | None, strawberry.argument(description="Name; left out: as it is 名称")]
Words = Annotated[str, strawberry.argument(description="What it is for 说明")]
NewWords = Annotated[str | None, strawberry.argument(description="What it is for; left out: as it is 说明")]
Condition = Annotated[CustomerWhere, strawberry.argument(description="Who is in it 条件")]
NewCondition = Annotated[CustomerWhere | None, strawberry.argument(description="Who is in it; left out: as it is 条件")]
Event = Annotated[SegmentEvent, strawberry.argument(description="What is done 操作")]


def as_json(entered: Any) -> Any:
    """An input as JSON: what can be given to `where` again."""
    match entered:
        case Mapping():
            return {name: as_json(value) for name, value in entered.items()}
        case list():
            return [as_json(one) for one in entered]
        case Enum():
            return entered.name
        case datetime():
            return scalars.print_time(entered)
        case date():
            return entered.isoformat()
        case Decimal():
            return scalars.print_decimal(entered)
    definition = getattr(entered, "__strawberry_definition__", None)
    if definition is None:
        return entered
    values = {
        field.graphql_name or camel(field.python_name.rstrip("_")): getattr(entered, field.python_name)
        for field in definition.fields
    }
    return {name: as_json(value) for name, value in values.items() if value is not UNSET}


@strawberry.type
class SegmentMutation:
    """What may be done with one segment."""

    @shown("Keep a condition on customers under a name 新建客户细分")
    async def create_segment(
        self,
        info: Info[Context],
        name: Name,
        where: Condition,
        description: Words = "",
        idempotency_key: IdempotencyKey = None,
    ) -> SegmentPayload:
        async def run(desk: Desk) -> UUID:
            tree = filters.read(where, "customer", info.context.now, keep=True)
            return await keeping.make(desk, name, description, tree, as_json(where))

        payload: SegmentPayload = await answer(info, SegmentPayload, "segment", "segment", run)
        return payload

    @shown("Change a segment; another condition is a new version of it 修改客户细分")
    async def update_segment(
        self,
        info: Info[Context],
        id: SegmentId,
        name: NewName = None,
        description: NewWords = None,
        where: NewCondition = None,
        version: Version = None,
        idempotency_key: IdempotencyKey = None,
    ) -> SegmentPayload:
        async def run(desk: Desk) -> UUID:
            tree = filters.read(where, "customer", info.context.now, keep=True) if where else None
            segment, asked = filters.uuid(id, "segment", "id"), as_json(where) if where else None
            said = {"name": name, "description": description}
            return await keeping.change(desk, segment, **said, where=tree, asked=asked, version=version)

        payload: SegmentPayload = await answer(info, SegmentPayload, "segment", "segment", run)
        return payload

    @shown("Archive a segment, or restore it 归档或恢复客户细分")
    async def handle_segment(
        self, info: Info[Context], id: SegmentId, event: Event, idempotency_key: IdempotencyKey = None
    ) -> SegmentPayload:
        async def run(desk: Desk) -> UUID:
            return await keeping.step(desk, filters.uuid(id, "segment", "id"), str(event.value))

        payload: SegmentPayload = await answer(info, SegmentPayload, "segment", "segment", run)
        return payload

    @shown("Work out now who came into a segment and who left it; a worker does so after each sync 计算客户细分")
    async def evaluate_segment(
        self, info: Info[Context], id: SegmentId, idempotency_key: IdempotencyKey = None
    ) -> EvaluateSegmentPayload:
        try:
            segment = filters.uuid(id, "segment", "id")
            async with info.context.desk() as desk:

                async def work() -> Mapping[str, Any]:
                    moved = await evaluating.evaluate(desk, segment)
                    return {"entered": moved.entered, "left": moved.left}

                told = await once.tell(info, desk, work)
        except Refused as refused:
            return EvaluateSegmentPayload(problems=show(refused.problems, info.context.language))
        now = await info.context.ask.one("segment", segment)
        return EvaluateSegmentPayload(segment=now, **told)
