"""Staff: the tenant's own people, as the CRMs know them. Never changed here."""

from enum import Enum

import strawberry
from strawberry import UNSET

from schema.filters import BooleanFilter, DateTimeFilter, IdFilter, TextFilter, logic
from schema.lists import listed
from schema.node import Kept
from schema.paging import Order
from schema.words import worded


@worded("staff")
@strawberry.type(description="One of our own people 员工")
class Staff(Kept):
    noun = "staff"

    name: str
    email: str | None
    phone: str | None
    department: str | None
    role: str | None
    active: bool | None
    customers = listed("Customer", "customers")


@worded("staff")
@strawberry.input(description="Asks about a member of staff 员工条件")
class StaffWhere:
    and_: list["StaffWhere"] | None = logic("and")
    or_: list["StaffWhere"] | None = logic("or")
    not_: "StaffWhere | None" = logic("not")
    id: IdFilter | None = UNSET
    name: TextFilter | None = UNSET
    email: TextFilter | None = UNSET
    phone: TextFilter | None = UNSET
    department: TextFilter | None = UNSET
    role: TextFilter | None = UNSET
    active: BooleanFilter | None = UNSET
    created_at: DateTimeFilter | None = UNSET
    updated_at: DateTimeFilter | None = UNSET


@worded("staff")
@strawberry.enum(description="What they can be ordered by 排序字段")
class StaffOrderField(Enum):
    ID = "id"
    NAME = "name"
    DEPARTMENT = "department"
    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"


@strawberry.input(description="How staff are ordered 员工排序")
class StaffOrder(Order):
    field: StaffOrderField = strawberry.field(description="By what 字段")
