"""Memberships: who is in which group, and as what."""

from datetime import datetime
from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET

from schema.community.around import MembershipLife, MembershipLifeWhere
from schema.kept import Kept, KeptWhere
from schema.lists import linked, one_where
from schema.operators import DateTimeFilter, EnumFilter, logic
from schema.paging import Order
from schema.payloads import Payload
from schema.words import worded


@strawberry.enum(description="What somebody is in a group 群内角色")
class MemberRole(Enum):
    OWNER = strawberry.enum_value("owner", description="Runs the group 群主")
    ADMINISTRATOR = strawberry.enum_value("administrator", description="Helps to run it 管理员")
    SERVICE = strawberry.enum_value("service", description="Serves the members 客服人员")
    MEMBER = strawberry.enum_value("member", description="Is a member 普通成员")


@worded("membership")
@strawberry.type(description="A customer in a group 群成员")
class Membership(MembershipLife, Kept):
    noun = "membership"

    role: MemberRole
    joined_at: datetime | None
    customer = linked("Customer", "customer_id")
    group = linked("Group", "group_id")


@worded("membership")
@strawberry.input(description="Asks about a membership 群成员条件")
class MembershipWhere(MembershipLifeWhere, KeptWhere):
    and_: list["MembershipWhere"] | None = logic("and")
    or_: list["MembershipWhere"] | None = logic("or")
    not_: "MembershipWhere | None" = logic("not")
    role: EnumFilter[MemberRole] | None = UNSET
    joined_at: DateTimeFilter | None = UNSET
    customer: Any = one_where("Customer")
    group: Any = one_where("Group")


@worded("membership")
@strawberry.enum(description="What they can be ordered by 排序字段")
class MembershipOrderField(Enum):
    ID = "id"
    VERSION = "version"
    ROLE = "role"
    JOINED_AT = "joined_at"
    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    DELETED_AT = "deleted_at"


@strawberry.input(description="How memberships are ordered 群成员排序")
class MembershipOrder(Order):
    field: MembershipOrderField = strawberry.field(description="By what 字段")


@worded("membership")
@strawberry.input(description="What is to change of a membership 修改群成员")
class MembershipChanges:
    role: MemberRole | None = UNSET
    joined_at: datetime | None = UNSET


@worded("membership")
@strawberry.input(description="Which membership is to change, and what of it 批量修改群成员")
class MembershipUpdate(MembershipChanges):
    id: strawberry.ID
    version: int | None = UNSET


@worded("membership")
@strawberry.input(description="Who joins which group 新建群成员")
class MembershipInput(MembershipChanges):
    customer_id: strawberry.ID
    group_id: strawberry.ID


@strawberry.type(description="The membership, or why nothing was changed 群成员修改结果")
class MembershipPayload(Payload):
    membership: Membership | None = strawberry.field(default=None, description="As it now is 当前内容")
