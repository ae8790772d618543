"""Conflicts: what somebody must decide, with both sides."""

import asyncio
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

import strawberry
from strawberry import UNSET, Info

from kequn.sync.conflicts import CHOICES
from schema import facts
from schema.changes import Kind
from schema.context import Context
from schema.filters import DateTimeFilter, EnumFilter, IdFilter, TextFilter, logic
from schema.lists import linked, one_where
from schema.node import Node, key
from schema.paging import Order
from schema.payloads import Payload
from schema.scalars import JSON
from schema.words import camel, shown, worded


@strawberry.enum(description="What somebody must decide 冲突类型")
class ConflictType(Enum):
    FIELD = strawberry.enum_value("field", description="Both sides changed the same field 字段冲突")
    DELETE = strawberry.enum_value("delete", description="One side deleted it 删除冲突")
    MATCH = strawberry.enum_value("match", description="More than one row could be this record 匹配冲突")
    MERGE = strawberry.enum_value("merge", description="Two records became one in a CRM 合并冲突")
    DOUBLE = strawberry.enum_value("double", description="A second record of the same row in a CRM 重复记录")


@strawberry.enum(description="What can be chosen 选择")
class ConflictChoice(Enum):
    OURS = strawberry.enum_value("ours", description="Our value 采用我方值")
    THEIRS = strawberry.enum_value("theirs", description="The CRM's value 采用对方值")
    VALUE = strawberry.enum_value("value", description="Another value 采用其他值")
    KEEP = strawberry.enum_value("keep", description="The row lives on; a double stays its second record 保留")
    DELETE = strawberry.enum_value("delete", description="Delete it everywhere 删除")
    ROW = strawberry.enum_value("row", description="It is the row that `value` names 匹配到指定记录")
    NEW = strawberry.enum_value("new", description="It gets a row of its own 新建记录")


@strawberry.enum(description="State of a conflict 冲突状态")
class ConflictState(Enum):
    OPEN = strawberry.enum_value("open", description="Waits for a decision 待处理")
    SETTLED = strawberry.enum_value("settled", description="Is decided 已解决")


@worded("conflict")
@strawberry.type(description="Something that somebody must decide 冲突")
class Conflict(Node):
    noun = "conflict"
    row_id: strawberry.Private[UUID | None]

    type: ConflictType
    state: ConflictState
    kind: Kind
    object: str
    external_id: str
    opened_at: datetime
    settled_at: datetime | None
    settled_by: str | None
    choice: ConflictChoice | None
    connection = linked("Connection", "connection_id")

    @shown()
    def choices(self) -> list[ConflictChoice]:
        kind: str = self.type  # type: ignore[assignment]
        return [ConflictChoice(choice) for choice in CHOICES[kind]]

    @shown()
    def field(self) -> str | None:
        name: str = self.field  # type: ignore[assignment]
        return camel(name) or None

    @shown()
    async def row(self, info: Info[Context]) -> Node | None:
        row: Node | None = await info.context.ask.one(str(self.kind), self.row_id, deleted=True)
        return row

    @shown()
    async def candidates(self, info: Info[Context]) -> list[Node]:
        dispute = await info.context.ask.dispute(key(self))
        rows = await asyncio.gather(*(info.context.ask.one(dispute.kind, id) for id in dispute.candidates))
        return [row for row in rows if row is not None]

    @shown()
    async def base(self, info: Info[Context]) -> JSON:
        dispute = await info.context.ask.dispute(key(self))
        return JSON(facts.all_to_json(dispute.kind, dispute.base))

    @shown()
    async def ours(self, info: Info[Context]) -> JSON:
        dispute = await info.context.ask.dispute(key(self))
        return JSON(facts.all_to_json(dispute.kind, dispute.ours))

    @shown()
    async def theirs(self, info: Info[Context]) -> JSON:
        dispute = await info.context.ask.dispute(key(self))
        return JSON(facts.all_to_json(dispute.kind, dispute.theirs))


@worded("conflict")
@strawberry.input(description="Asks about a conflict 冲突条件")
class ConflictWhere:
    and_: list["ConflictWhere"] | None = logic("and")
    or_: list["ConflictWhere"] | None = logic("or")
    not_: "ConflictWhere | None" = logic("not")
    id: IdFilter | None = UNSET
    type: EnumFilter[ConflictType] | None = UNSET
    state: EnumFilter[ConflictState] | None = UNSET
    kind: EnumFilter[Kind] | None = UNSET
    object: TextFilter | None = UNSET
    external_id: TextFilter | None = UNSET
    field: TextFilter | None = UNSET
    opened_at: DateTimeFilter | None = UNSET
    connection: Any = one_where("Connection")


@worded("conflict")
@strawberry.enum(description="What they can be ordered by 排序字段")
class ConflictOrderField(Enum):
    ID = "id"
    OPENED_AT = "opened_at"
    SETTLED_AT = "settled_at"


@strawberry.input(description="How conflicts are ordered 冲突排序")
class ConflictOrder(Order):
    field: ConflictOrderField = strawberry.field(description="By what 字段")


@strawberry.type(description="The conflict, or why nothing was changed 冲突修改结果")
class ConflictPayload(Payload):
    conflict: Conflict | None = strawberry.field(default=None, description="As it now is 当前内容")
