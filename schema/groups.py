"""Customer groups."""

from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET

from schema.community.around import GroupLife, GroupLifeWhere
from schema.kept import Kept, KeptWhere
from schema.lists import linked, listed, one_where, some_where
from schema.operators import TextFilter, logic
from schema.paging import Key, Order
from schema.payloads import Payload
from schema.words import worded


@worded("group")
@strawberry.type(description="A customer group 客户群")
class Group(GroupLife, Kept):
    noun = "group"

    name: str
    platform: str | None
    purpose: str | None
    description: str | None
    colour: str | None
    owner = linked("Staff", "owner_id")
    customers = listed("Customer", "customers")
    memberships = listed("Membership", "memberships")
    benefits = listed("Benefit", "benefits", usual=(Key("name"),))


@worded("group")
@strawberry.input(description="Asks about a group 客户群条件")
class GroupWhere(GroupLifeWhere, KeptWhere):
    and_: list["GroupWhere"] | None = logic("and")
    or_: list["GroupWhere"] | None = logic("or")
    not_: "GroupWhere | None" = logic("not")
    name: TextFilter | None = UNSET
    platform: TextFilter | None = UNSET
    purpose: TextFilter | None = UNSET
    description: TextFilter | None = UNSET
    colour: TextFilter | None = UNSET
    owner: Any = one_where("Staff")
    customers: Any = some_where("Customer")
    memberships: Any = some_where("Membership")
    benefits: Any = some_where("Benefit")


@worded("group")
@strawberry.enum(description="What they can be ordered by 排序字段")
class GroupOrderField(Enum):
    ID = "id"
    VERSION = "version"
    NAME = "name"
    PLATFORM = "platform"
    PURPOSE = "purpose"
    DESCRIPTION = "description"
    COLOUR = "colour"
    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    DELETED_AT = "deleted_at"


@strawberry.input(description="How groups are ordered 客户群排序")
class GroupOrder(Order):
    field: GroupOrderField = strawberry.field(description="By what 字段")


@worded("group")
@strawberry.input(description="What is to change of a group 修改客户群")
class GroupChanges:
    name: str | None = UNSET
    platform: str | None = UNSET
    purpose: str | None = UNSET
    description: str | None = UNSET
    colour: str | None = UNSET
    owner_id: strawberry.ID | None = UNSET


@worded("group")
@strawberry.input(description="Which group is to change, and what of it 批量修改客户群")
class GroupUpdate(GroupChanges):
    id: strawberry.ID
    version: int | None = UNSET


@worded("group")
@strawberry.input(description="What a group is to be 新建客户群")
class GroupInput(GroupChanges):
    name: str


@strawberry.type(description="The group, or why nothing was changed 客户群修改结果")
class GroupPayload(Payload):
    group: Group | None = strawberry.field(default=None, description="As it now is 当前内容")
