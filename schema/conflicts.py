"""Conflicts: what somebody must decide, with both sides."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

import strawberry
from strawberry import UNSET, Info

from kequn.store import conflicts
from kequn.store.conflicts import Conflict as Dispute
from kequn.store.vault import key_of
from kequn.sync.conflicts import CHOICES, MERGE
from kequn.sync.conflicts import LOSES as LOSING
from schema import facts, statements
from schema.changes import Change, Kind
from schema.context import Context
from schema.declared import KEY, Found, Sought, Varied, Worked, derived, said
from schema.lists import linked, one_where
from schema.node import Node, key
from schema.operators import DateTimeFilter, EnumFilter, IdFilter, TextFilter, logic
from schema.paging import Order
from schema.payloads import Payload
from schema.personal import MARK
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
    MERGE = strawberry.enum_value(
        "merge", description="The rows become one as well; `value` names the one that stays, if there are several 合并"
    )


@strawberry.enum(description="State of a conflict 冲突状态")
class ConflictState(Enum):
    OPEN = strawberry.enum_value("open", description="Waits for a decision 待处理")
    SETTLED = strawberry.enum_value("settled", description="Is decided 已解决")


@strawberry.enum(description="A side of a conflict 冲突方")
class ConflictSide(Enum):
    OURS = strawberry.enum_value("ours", description="Our side 我方")
    THEIRS = strawberry.enum_value("theirs", description="The CRM's side 对方")


@strawberry.type(description="A value that was not chosen 未采用的值")
class LostValue:
    side: ConflictSide = strawberry.field(description="Whose it was 冲突方")
    field: str = strawberry.field(description="Of which field 字段")
    value: JSON | None = strawberry.field(description="The value 值")


LOSES: Mapping[tuple[str, str], tuple[ConflictSide, ...]] = {
    choice: tuple(ConflictSide(side) for side in sides) for choice, sides in LOSING.items()
}
"""Which sides a choice does not take, by type of conflict."""


def _choices(type: str) -> list[ConflictChoice]:
    merging = [MERGE] if type == "merge" else []
    return [ConflictChoice(choice) for choice in (*merging, *CHOICES[type])]


DISPUTE = (
    *("id", "connection_id", "object", "external_id", "kind", "row_id", "type", "field", "state", "choice"),
    *("opened_at", "settled_at", "settled_by", "values"),
)


def _of_dispute(work: Callable[[Dispute], Any]) -> dict[Any, Any]:
    """What is made of both sides of a conflict."""

    def opened(found: Found) -> Any:
        [dispute] = conflicts.opened(found.vault, [found.sealed])
        return work(dispute)

    return said(Worked(opened, DISPUTE, lambda near, scope: {KEY: key_of(scope, near("values"))}))


def _of_values(work: Callable[[Dispute], Any]) -> dict[Any, Any]:
    """The same, of any field's values."""
    return {**_of_dispute(work), **MARK}


def _side(dispute: Dispute, side: str) -> JSON:
    return JSON(facts.all_to_json(dispute.kind, getattr(dispute, side)))


def _lost(dispute: Dispute) -> list[LostValue]:
    sides = {ConflictSide.OURS: dispute.ours, ConflictSide.THEIRS: dispute.theirs}
    return [
        LostValue(side=side, field=camel(name), value=JSON(facts.to_json(dispute.kind, name, fact)))
        for side in LOSES.get((dispute.type, dispute.choice or ""), ())
        for name, fact in sorted(sides[side].items())
    ]


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

    choices = derived(list[ConflictChoice], _choices, "type")
    field = derived(str | None, lambda name: camel(name) or None, "field")

    @shown(None, said(Varied("kind", "row_id")))
    async def row(self, info: Info[Context]) -> Node | None:
        row: Node | None = await info.context.ask.one(str(self.kind), self.row_id, deleted=True)
        return row

    @shown()
    async def candidates(self, info: Info[Context]) -> list[Node]:
        dispute = await info.context.ask.dispute(key(self))
        rows = await asyncio.gather(*(info.context.ask.one(dispute.kind, id) for id in dispute.candidates))
        return list({row.id: row for row in rows if row is not None}.values())

    @shown(None, _of_values(lambda dispute: _side(dispute, "base")))
    async def base(self, info: Info[Context]) -> JSON:
        return _side(await info.context.ask.dispute(key(self)), "base")

    @shown(None, _of_values(lambda dispute: _side(dispute, "ours")))
    async def ours(self, info: Info[Context]) -> JSON:
        return _side(await info.context.ask.dispute(key(self)), "ours")

    @shown(None, _of_values(lambda dispute: _side(dispute, "theirs")))
    async def theirs(self, info: Info[Context]) -> JSON:
        return _side(await info.context.ask.dispute(key(self)), "theirs")

    @shown(None, said(Sought("change", ("id",), statements.last_change)))
    async def ours_change(self, info: Info[Context]) -> Change | None:
        change: Change | None = await info.context.ask.last_change(key(self))
        return change

    @shown(None, _of_dispute(lambda dispute: dispute.theirs_at))
    async def theirs_at(self, info: Info[Context]) -> datetime | None:
        return (await info.context.ask.dispute(key(self))).theirs_at

    @shown(None, _of_values(lambda dispute: _lost(dispute)))
    async def lost(self, info: Info[Context]) -> list[LostValue]:
        return _lost(await info.context.ask.dispute(key(self)))


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
    settled_at: DateTimeFilter | None = UNSET
    settled_by: TextFilter | None = UNSET
    choice: EnumFilter[ConflictChoice] | None = UNSET
    connection: Any = one_where("Connection")


@worded("conflict")
@strawberry.enum(description="What they can be ordered by 排序字段")
class ConflictOrderField(Enum):
    ID = "id"
    TYPE = "type"
    STATE = "state"
    KIND = "kind"
    OBJECT = "object"
    EXTERNAL_ID = "external_id"
    FIELD = "field"
    OPENED_AT = "opened_at"
    SETTLED_AT = "settled_at"
    SETTLED_BY = "settled_by"
    CHOICE = "choice"


@strawberry.input(description="How conflicts are ordered 冲突排序")
class ConflictOrder(Order):
    field: ConflictOrderField = strawberry.field(description="By what 字段")


@strawberry.type(description="The conflict, or why nothing was changed 冲突修改结果")
class ConflictPayload(Payload):
    conflict: Conflict | None = strawberry.field(default=None, description="As it now is 当前内容")


@strawberry.type(description="A conflict that could not be settled, and why 未能解决的冲突")
class Unsettled(Payload):
    id: strawberry.ID = strawberry.field(description="The conflict 冲突")


@strawberry.type(description="How many conflicts were settled 批量解决结果")
class SettleConflictsPayload(Payload):
    settled: int = strawberry.field(default=0, description="How many were settled 已解决数量")
    remaining: int = strawberry.field(
        default=0, description="How many open ones the filter still finds, those that failed among them 剩余数量"
    )
    failed: list[Unsettled] = strawberry.field(
        description="Those that stay open, each with its problems 未能解决的冲突", default_factory=list
    )
