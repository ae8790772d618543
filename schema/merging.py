"""Two customers who are one: merging them, and taking that back."""

from collections.abc import Mapping
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import Info

from kequn.contracts.records import Kind
from kequn.domain import merging
from kequn.domain.editing import Desk
from kequn.domain.problems import Refused
from kequn.domain.undo import Kept
from schema import filters, once
from schema.context import Context
from schema.customers import Customer, CustomerPayload
from schema.node import Node
from schema.payloads import Payload, answer
from schema.problems import show
from schema.words import camel, shown, worded


@worded("customer")
@strawberry.enum(description="A field of a customer 客户字段")
class CustomerField(Enum):
    TYPE = "type"
    NAME = "name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    PHONE = "phone"
    EMAIL = "email"
    UNION_ID = "union_id"
    USCC = "uscc"
    REFERENCE = "reference"
    GENDER = "gender"
    BIRTHDAY = "birthday"
    OCCUPATION = "occupation"
    INDUSTRY = "industry"
    WEBSITE = "website"
    COUNTRY = "country"
    REGION = "region"
    CITY = "city"
    STREET = "street"
    POSTCODE = "postcode"
    LANGUAGE = "language"
    CURRENCY = "currency"
    SOURCE = "source"
    NEEDS = "needs"
    NOTES = "notes"
    INTERESTS = "interests"
    PRODUCT_PREFERENCES = "product_preferences"
    OPTED_OUT = "opted_out"
    TIER = "tier"
    PARENT = "parent"
    OWNER = "owner"


@strawberry.type(description="A value that was edited after the merge, and therefore stays 保留的修改")
class KeptEdit:
    kept: strawberry.Private[Kept]

    @shown("The row that it stands in 记录")
    async def row(self, info: Info[Context]) -> Node | None:
        row: Node | None = await info.context.ask.one(self.kept.kind.value, self.kept.row_id, deleted=True)
        return row

    @shown("Which field; empty when it is the row as a whole 字段")
    def field(self) -> str | None:
        return camel(self.kept.field) or None


@strawberry.type(description="Both customers again, or why nothing was changed 取消合并结果")
class UnmergePayload(Payload):
    winner: Customer | None = strawberry.field(default=None, description="The one that had stayed 保留方")
    loser: Customer | None = strawberry.field(default=None, description="The one that had gone into it 被合并方")
    kept: list[KeptEdit] = strawberry.field(
        description="What was edited since and stays as it is 合并后被修改而保留的内容", default_factory=list
    )


Winner = Annotated[strawberry.ID, strawberry.argument(description="The customer that stays 保留方")]
Loser = Annotated[strawberry.ID, strawberry.argument(description="The customer that goes into it 被合并方")]
Take = Annotated[
    list[CustomerField] | None,
    strawberry.argument(
        description="The fields whose value comes from the loser; elsewhere the winner's stands, an empty one is "
        "filled, and sets unite 取自被合并方的字段"
    ),
]
Merged = Annotated[strawberry.ID, strawberry.argument(description="The customer that was merged away 被合并方")]


async def merge(info: Info[Context], winner: str, loser: str, take: list[CustomerField] | None) -> CustomerPayload:
    fields = [field.value for field in take or ()]

    async def run(desk: Desk) -> UUID:
        pair = filters.uuid(winner, "customer", "winner"), filters.uuid(loser, "customer", "loser")
        return (await merging.merge(desk, *pair, fields)).id

    payload: CustomerPayload = await answer(info, CustomerPayload, "customer", "customer", run)
    return payload


async def unmerge(info: Info[Context], id: str) -> UnmergePayload:
    try:
        async with info.context.desk() as desk:

            async def unmerged() -> Mapping[str, Any]:
                back = await merging.unmerge(desk, filters.uuid(id, "customer", "id"))
                kept = [[one.kind.value, one.row_id.hex, one.field] for one in back.kept]
                return {"winner": back.winner.id.hex, "loser": back.loser.id.hex, "kept": kept}

            told = await once.tell(info, desk, unmerged)
    except Refused as refused:
        return UnmergePayload(problems=show(refused.problems, info.context.language))
    ask = info.context.ask
    return UnmergePayload(
        winner=await ask.one("customer", UUID(told["winner"]), deleted=True),
        loser=await ask.one("customer", UUID(told["loser"]), deleted=True),
        kept=[KeptEdit(kept=Kept(Kind(kind), UUID(row), field)) for kind, row, field in told["kept"]],
    )
