"""Purchases and returns, with their lines."""

from datetime import datetime
from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET

from schema.inputs import MoneyInput, PurchaseLineInput
from schema.kept import Kept, KeptWhere
from schema.lists import every, linked, one_where, some_where
from schema.money import decimal, money
from schema.operators import (
    BooleanFilter,
    DateTimeFilter,
    DecimalFilter,
    EnumFilter,
    IntFilter,
    MoneyFilter,
    TextFilter,
    logic,
)
from schema.paging import Order
from schema.payloads import Payload
from schema.words import worded


@strawberry.enum(description="Sale or return 购买类型")
class PurchaseKind(Enum):
    SALE = strawberry.enum_value("sale", description="Bought 购买")
    RETURN = strawberry.enum_value("return", description="Brought back 退货")


@worded("line")
@strawberry.type(description="A line of a purchase 购买明细")
class PurchaseLine:
    position: int
    product: str
    category: str | None
    quantity = decimal("quantity_micros")
    returned: bool
    amount = money("amount")
    cost = money("cost")
    purchase = linked("Purchase", "purchase_id")


@worded("line")
@strawberry.input(description="Asks about a line of a purchase 购买明细条件")
class PurchaseLineWhere:
    and_: list["PurchaseLineWhere"] | None = logic("and")
    or_: list["PurchaseLineWhere"] | None = logic("or")
    not_: "PurchaseLineWhere | None" = logic("not")
    position: IntFilter | None = UNSET
    product: TextFilter | None = UNSET
    category: TextFilter | None = UNSET
    quantity: DecimalFilter | None = UNSET
    amount: MoneyFilter | None = UNSET
    cost: MoneyFilter | None = UNSET
    returned: BooleanFilter | None = UNSET
    purchase: Any = one_where("Purchase")


@worded("purchase")
@strawberry.type(description="A purchase or a return 购买记录")
class Purchase(Kept):
    noun = "purchase"

    name: str
    kind: PurchaseKind | None
    status: str | None
    ordered_at: datetime | None
    paid_at: datetime | None
    amount = money("amount")
    lines = every("PurchaseLine", "lines", "position", "id")
    customer = linked("Customer", "customer_id")
    owner = linked("Staff", "owner_id")


@worded("purchase")
@strawberry.input(description="Asks about a purchase 购买条件")
class PurchaseWhere(KeptWhere):
    and_: list["PurchaseWhere"] | None = logic("and")
    or_: list["PurchaseWhere"] | None = logic("or")
    not_: "PurchaseWhere | None" = logic("not")
    name: TextFilter | None = UNSET
    kind: EnumFilter[PurchaseKind] | None = UNSET
    status: TextFilter | None = UNSET
    amount: MoneyFilter | None = UNSET
    ordered_at: DateTimeFilter | None = UNSET
    paid_at: DateTimeFilter | None = UNSET
    lines: Any = some_where("PurchaseLine")
    customer: Any = one_where("Customer")
    owner: Any = one_where("Staff")


@worded("purchase")
@strawberry.enum(description="What they can be ordered by 排序字段")
class PurchaseOrderField(Enum):
    ID = "id"
    VERSION = "version"
    NAME = "name"
    KIND = "kind"
    STATUS = "status"
    AMOUNT = "amount_micros"
    CURRENCY = "amount_currency"
    ORDERED_AT = "ordered_at"
    PAID_AT = "paid_at"
    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    DELETED_AT = "deleted_at"


@strawberry.input(description="How purchases are ordered 购买排序")
class PurchaseOrder(Order):
    field: PurchaseOrderField = strawberry.field(description="By what 字段")


@worded("purchase")
@strawberry.input(description="What is to change of a purchase 修改购买记录")
class PurchaseChanges:
    name: str | None = UNSET
    kind: PurchaseKind | None = UNSET
    status: str | None = UNSET
    amount: MoneyInput | None = UNSET
    ordered_at: datetime | None = UNSET
    paid_at: datetime | None = UNSET
    lines: list[PurchaseLineInput] | None = UNSET
    customer_id: strawberry.ID | None = UNSET
    owner_id: strawberry.ID | None = UNSET


@worded("purchase")
@strawberry.input(description="Which purchase is to change, and what of it 批量修改购买记录")
class PurchaseUpdate(PurchaseChanges):
    id: strawberry.ID
    version: int | None = UNSET


@worded("purchase")
@strawberry.input(description="What a purchase is to be 新建购买记录")
class PurchaseInput(PurchaseChanges):
    name: str


@strawberry.type(description="The purchase, or why nothing was changed 购买记录修改结果")
class PurchasePayload(Payload):
    purchase: Purchase | None = strawberry.field(default=None, description="As it now is 当前内容")
