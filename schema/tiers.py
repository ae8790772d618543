"""Tiers: what service a customer gets."""

from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET

from schema.kept import Kept, KeptWhere
from schema.lists import listed, some_where
from schema.operators import IntFilter, TextFilter, logic
from schema.paging import Key, Order
from schema.payloads import Payload
from schema.words import worded


@worded("tier")
@strawberry.type(description="A service tier 客户等级: 普通, VIP, 战略, …")
class Tier(Kept):
    noun = "tier"

    name: str
    rank: int | None
    description: str | None
    customers = listed("Customer", "customers")
    benefits = listed("Benefit", "benefits", usual=(Key("name"),))


@worded("tier")
@strawberry.input(description="Asks about a tier 等级条件")
class TierWhere(KeptWhere):
    and_: list["TierWhere"] | None = logic("and")
    or_: list["TierWhere"] | None = logic("or")
    not_: "TierWhere | None" = logic("not")
    name: TextFilter | None = UNSET
    rank: IntFilter | None = UNSET
    description: TextFilter | None = UNSET
    customers: Any = some_where("Customer")
    benefits: Any = some_where("Benefit")


@worded("tier")
@strawberry.enum(description="What they can be ordered by 排序字段")
class TierOrderField(Enum):
    ID = "id"
    VERSION = "version"
    NAME = "name"
    RANK = "rank"
    DESCRIPTION = "description"
    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    DELETED_AT = "deleted_at"


@strawberry.input(description="How tiers are ordered 等级排序")
class TierOrder(Order):
    field: TierOrderField = strawberry.field(description="By what 字段")


@worded("tier")
@strawberry.input(description="What is to change of a tier 修改客户等级")
class TierChanges:
    name: str | None = UNSET
    rank: int | None = UNSET
    description: str | None = UNSET


@worded("tier")
@strawberry.input(description="Which tier is to change, and what of it 批量修改客户等级")
class TierUpdate(TierChanges):
    id: strawberry.ID
    version: int | None = UNSET


@worded("tier")
@strawberry.input(description="What a tier is to be 新建客户等级")
class TierInput(TierChanges):
    name: str


@strawberry.type(description="The tier, or why nothing was changed 客户等级修改结果")
class TierPayload(Payload):
    tier: Tier | None = strawberry.field(default=None, description="As it now is 当前内容")
