"""Duplicates: what may be the same customer twice, and a second record of one customer inside a CRM."""

import math
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

import strawberry
from strawberry import UNSET, Info

from kequn.domain import duplicates
from kequn.domain.problems import Refused, refuse
from kequn.store.where import Either, Every, Has, Not, Op, Test, Where
from schema import once
from schema.context import Context
from schema.declared import Matched, derived, said
from schema.links import Link
from schema.lists import linked, one_where
from schema.node import Node
from schema.operators import DateTimeFilter, EnumFilter, IdFilter, SetFilter, ShareFilter, TextFilter, logic
from schema.paging import LARGEST, Key, Order, Window
from schema.payloads import Payload, argument
from schema.problems import Fault, show
from schema.words import camel, shown, worded


@strawberry.enum(description="What is there twice 重复类型")
class DuplicateKind(Enum):
    PAIR = strawberry.enum_value("pair", description="Two customers who may be one 两位客户疑似同一人")
    DOUBLE = strawberry.enum_value(
        "double", description="A second record of one customer inside a CRM 同一客户在CRM中的重复记录"
    )


@strawberry.enum(description="What became of a suggestion 处理状态")
class DuplicateState(Enum):
    OPEN = strawberry.enum_value("open", description="Waits for somebody to look 待处理")
    DISMISSED = strawberry.enum_value("dismissed", description="They are two 已忽略")
    MERGED = strawberry.enum_value("merged", description="They were merged 已合并")


LINK = (
    ("connection_id", "connection_id"),
    ("object", "object"),
    ("external_id", "external_id"),
    ("row_id", "first_id"),
)
"""By which columns a suggestion names the second record of a customer."""


@worded("duplicate")
@strawberry.type(description="What may be the same customer twice 疑似重复")
class Duplicate(Node):
    noun = "duplicate"
    object: strawberry.Private[str | None]
    external_id: strawberry.Private[str | None]
    connection_id: strawberry.Private[UUID | None]

    kind: DuplicateKind
    state: DuplicateState
    found_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    customer = linked("Customer", "first_id")
    other = linked("Customer", "second_id")

    score = derived(float, lambda thousandths: thousandths / 1000, "score")
    reasons = derived(list[str], lambda names: [camel(name) for name in names], "reasons")

    @shown(None, said(Matched("link", LINK)))
    async def link(self, info: Info[Context]) -> Link | None:
        if self.connection_id is None:
            return None
        order = (Key("connection_id"), Key("object"), Key("external_id"))
        here = await info.context.ask.page("duplicate", "links", self, Window(order, LARGEST))
        place = (self.connection_id, self.object, self.external_id)
        links = (one for one in here.rows if (one.connection_id, one.object, one.external_id) == place)
        return next(links, None)


@worded("duplicate")
@strawberry.input(description="Asks about a suggested duplicate 疑似重复条件")
class DuplicateWhere:
    and_: list["DuplicateWhere"] | None = logic("and")
    or_: list["DuplicateWhere"] | None = logic("or")
    not_: "DuplicateWhere | None" = logic("not")
    id: IdFilter | None = UNSET
    kind: EnumFilter[DuplicateKind] | None = UNSET
    state: EnumFilter[DuplicateState] | None = UNSET
    score: ShareFilter | None = UNSET
    reasons: SetFilter | None = UNSET
    found_at: DateTimeFilter | None = UNSET
    decided_at: DateTimeFilter | None = UNSET
    decided_by: TextFilter | None = UNSET
    customer: Any = one_where("Customer")
    other: Any = one_where("Customer")


@worded("duplicate")
@strawberry.enum(description="What they can be ordered by 排序字段")
class DuplicateOrderField(Enum):
    ID = "id"
    KIND = "kind"
    STATE = "state"
    SCORE = "score"
    FOUND_AT = "found_at"
    DECIDED_AT = "decided_at"
    DECIDED_BY = "decided_by"


@strawberry.input(description="How duplicates are ordered 疑似重复排序")
class DuplicateOrder(Order):
    field: DuplicateOrderField = strawberry.field(description="By what 字段")


@strawberry.type(description="The suggestion, or why nothing was changed 疑似重复处理结果")
class DuplicatePayload(Payload):
    duplicate: Duplicate | None = strawberry.field(default=None, description="As it now is 当前内容")


@strawberry.type(description="What a search for duplicates brought 查重结果")
class FindDuplicatesPayload(Payload):
    came: int = strawberry.field(default=0, description="Suggestions that are new 新增数量")
    went: int = strawberry.field(default=0, description="Suggestions that hold no more 消失数量")


USUAL = (Key("score", descending=True),)
ARGUMENTS = (
    argument(
        "min_score",
        float | None,
        "At least this sure, from 0 to 1 最低相似度",
        deprecated="Ask by `where: {score: {gte: 0.8}}` 请使用where中的score条件",
        default=UNSET,
    ),
    argument("state", DuplicateState | None, "In this state; null: in any 处理状态", default=DuplicateState.OPEN),
)
_BOTH_LIVE = Every((Has("customer"), Either((Test("kind", Op.EQ, "double"), Has("other")))))


def narrow(given: dict[str, Any]) -> Where:
    """What the arguments ask beside `where`. Open ones whose customer has gone since they were found are left out."""
    least, state = given.get("min_score") or 0.0, given.get("state")
    if not 0 <= least <= 1:
        raise refuse(Fault.BAD_FILTER, "min_score")
    parts: list[Where] = [Either((Not(Test("state", Op.EQ, "open")), _BOTH_LIVE))]
    parts.append(Test("score", Op.GTE, math.ceil(round(least * 1000, 6))))
    if state is not None:
        parts.append(Test("state", Op.EQ, state.value))
    return Every(tuple(parts))


async def find(info: Info[Context], *, full: bool) -> FindDuplicatesPayload:
    context = info.context
    await context.ask.close()

    async def search() -> Mapping[str, Any]:
        tally = await duplicates.search(context.database, context.ledger, context.actor, full=full)
        return {"came": tally.came, "went": tally.went}

    try:
        return FindDuplicatesPayload(**await once.repeat(info, search))
    except Refused as refused:
        return FindDuplicatesPayload(problems=show(refused.problems, context.language))
