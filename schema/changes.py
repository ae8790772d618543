"""The change log: who changed what, from what, to what, and why."""

from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

import strawberry
from strawberry import UNSET, Info

from kequn.store import journal
from kequn.store.journal import Entry
from kequn.store.vault import key_of
from schema import facts
from schema.context import Context
from schema.declared import KEY, Found, Varied, Worked, said
from schema.lists import linked, one_where
from schema.node import Node, key
from schema.operators import DateTimeFilter, EnumFilter, IdFilter, SetFilter, TextFilter, logic
from schema.paging import Order
from schema.personal import MARK
from schema.scalars import JSON
from schema.words import camel, shown, worded


@strawberry.enum(description="What a record is about 记录类型")
class Kind(Enum):
    CUSTOMER = strawberry.enum_value("customer", description="Customer 客户")
    STAFF = strawberry.enum_value("staff", description="Staff 员工")
    TIER = strawberry.enum_value("tier", description="Tier 客户等级")
    GROUP = strawberry.enum_value("group", description="Customer group 客户群")
    MEMBERSHIP = strawberry.enum_value("membership", description="Membership 群成员")
    PURCHASE = strawberry.enum_value("purchase", description="Purchase 购买记录")
    INTERACTION = strawberry.enum_value("interaction", description="Interaction 互动记录")
    FEEDBACK = strawberry.enum_value("feedback", description="Feedback 反馈")
    BENEFIT_CLAIM = strawberry.enum_value("benefit_claim", description="Claim of a benefit 福利领取")
    SURVEY_ANSWER = strawberry.enum_value("survey_answer", description="Answer in a survey 调查回答")


@strawberry.enum(description="What was done 操作")
class ChangeOp(Enum):
    CREATE = strawberry.enum_value("create", description="Created 新建")
    UPDATE = strawberry.enum_value("update", description="Changed 修改")
    DELETE = strawberry.enum_value("delete", description="Deleted 删除")
    RESTORE = strawberry.enum_value("restore", description="Brought back 恢复")
    MERGE = strawberry.enum_value("merge", description="Went into another row 合并")
    UNMERGE = strawberry.enum_value("unmerge", description="Stands on its own again 取消合并")


@strawberry.enum(description="Who makes changes 变更来源")
class ChangeSource(Enum):
    SYNC = strawberry.enum_value("sync", description="A sync with a CRM 同步")
    PERSON = strawberry.enum_value("person", description="A person 人工")
    RULE = strawberry.enum_value("rule", description="A rule 规则")


@strawberry.type(description="One field of a change 字段变更")
class FieldChange:
    field: str = strawberry.field(description="Which field 字段")
    old: JSON | None = strawberry.field(description="What it was 原值")
    new: JSON | None = strawberry.field(description="What it became 新值")


ENTRY = ("id", "kind", "row_id", "op", "at", "source", "actor", "rule", "run_id", "connection_id", "values")


def _fields(entry: Entry) -> list[FieldChange]:
    return [
        FieldChange(
            field=camel(name),
            old=JSON(facts.to_json(entry.kind, name, old)),
            new=JSON(facts.to_json(entry.kind, name, new)),
        )
        for name, (old, new) in sorted(entry.moved.items())
    ]


def _opened(found: Found) -> list[FieldChange]:
    [entry] = journal.opened(found.vault, [found.sealed])
    return _fields(entry)


@worded("change")
@strawberry.type(description="One entry of the change log 修改记录")
class Change(Node):
    noun = "change"

    row_id: strawberry.Private[UUID]

    op: ChangeOp
    kind: Kind
    at: datetime
    source: ChangeSource
    actor: str
    rule: str
    connection = linked("Connection", "connection_id")
    run = linked("SyncRun", "run_id")

    @shown(None, said(Varied("kind", "row_id")))
    async def row(self, info: Info[Context]) -> Node | None:
        row: Node | None = await info.context.ask.one(str(self.kind), self.row_id, deleted=True)
        return row

    @shown(None, {**said(Worked(_opened, ENTRY, lambda near, scope: {KEY: key_of(scope, near("values"))})), **MARK})
    async def fields(self, info: Info[Context]) -> list[FieldChange]:
        return _fields(await info.context.ask.entry(key(self)))


@worded("change")
@strawberry.input(description="Asks about an entry of the change log 修改记录条件")
class ChangeWhere:
    and_: list["ChangeWhere"] | None = logic("and")
    or_: list["ChangeWhere"] | None = logic("or")
    not_: "ChangeWhere | None" = logic("not")
    id: IdFilter | None = UNSET
    op: EnumFilter[ChangeOp] | None = UNSET
    kind: EnumFilter[Kind] | None = UNSET
    at: DateTimeFilter | None = UNSET
    source: EnumFilter[ChangeSource] | None = UNSET
    actor: TextFilter | None = UNSET
    rule: TextFilter | None = UNSET
    fields: SetFilter | None = UNSET
    connection: Any = one_where("Connection")
    run: Any = one_where("SyncRun")


@worded("change")
@strawberry.enum(description="What they can be ordered by 排序字段")
class ChangeOrderField(Enum):
    ID = "id"
    OP = "op"
    KIND = "kind"
    AT = "at"
    SOURCE = "source"
    ACTOR = "actor"
    RULE = "rule"


@strawberry.input(description="How entries of the change log are ordered 修改记录排序")
class ChangeOrder(Order):
    field: ChangeOrderField = strawberry.field(description="By what 字段")
