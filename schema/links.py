"""Links: where a row stands in the connected CRMs."""

from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

import strawberry
from strawberry import UNSET, Info

from schema.changes import Kind
from schema.context import Context
from schema.declared import Varied, said
from schema.lists import linked, one_where
from schema.node import Node
from schema.operators import BooleanFilter, DateTimeFilter, EnumFilter, TextFilter, logic
from schema.paging import Order
from schema.words import shown, worded


@worded("link")
@strawberry.type(description="The record of a CRM that is the same as a row here CRM记录关联")
class Link:
    row_id: strawberry.Private[UUID]

    object: str
    external_id: str
    is_primary: bool
    in_scope: bool
    pushed_at: datetime | None
    kind: Kind
    connection = linked("Connection", "connection_id")

    @shown(None, said(Varied("kind", "row_id")))
    async def row(self, info: Info[Context]) -> Node | None:
        row: Node | None = await info.context.ask.one(str(self.kind), self.row_id, deleted=True)
        return row


@worded("link")
@strawberry.input(description="Asks about a link CRM记录关联条件")
class LinkWhere:
    and_: list["LinkWhere"] | None = logic("and")
    or_: list["LinkWhere"] | None = logic("or")
    not_: "LinkWhere | None" = logic("not")
    object: TextFilter | None = UNSET
    external_id: TextFilter | None = UNSET
    is_primary: BooleanFilter | None = UNSET
    in_scope: BooleanFilter | None = UNSET
    pushed_at: DateTimeFilter | None = UNSET
    kind: EnumFilter[Kind] | None = UNSET
    connection: Any = one_where("Connection")


@worded("link")
@strawberry.enum(description="What they can be ordered by 排序字段")
class LinkOrderField(Enum):
    OBJECT = "object"
    EXTERNAL_ID = "external_id"
    IS_PRIMARY = "is_primary"
    IN_SCOPE = "in_scope"
    PUSHED_AT = "pushed_at"
    KIND = "kind"


@strawberry.input(description="How links are ordered CRM记录关联排序")
class LinkOrder(Order):
    field: LinkOrderField = strawberry.field(description="By what 字段")
