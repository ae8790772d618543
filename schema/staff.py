"""Staff: the tenant's own people, as the CRMs know them. Never changed here."""

from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET

from schema.care.around import StaffCare, StaffCareWhere
from schema.community.around import StaffLife, StaffLifeWhere
from schema.kept import Kept, KeptWhere
from schema.lists import listed, some_where
from schema.operators import BooleanFilter, TextFilter, logic
from schema.paging import Key, Order
from schema.words import worded


@worded("staff")
@strawberry.type(description="One of our own people 员工")
class Staff(StaffLife, StaffCare, Kept):
    noun = "staff"

    name: str
    email: str | None
    phone: str | None
    department: str | None
    role: str | None
    active: bool | None
    customers = listed("Customer", "customers")
    groups = listed("Group", "groups")
    purchases = listed("Purchase", "purchases", usual=(Key("paid_at", descending=True),))
    interactions = listed("Interaction", "interactions", usual=(Key("happened_at", descending=True),))
    feedbacks = listed("Feedback", "feedbacks", usual=(Key("id", descending=True),))
    alerts = listed("Alert", "alerts", usual=(Key("due_at"),))
    tasks = listed("Task", "tasks", usual=(Key("due_at"),))
    tickets = listed("Ticket", "tickets", usual=(Key("solve_by"),))
    trainees = listed("Trainee", "trainees")


@worded("staff")
@strawberry.input(description="Asks about a member of staff 员工条件")
class StaffWhere(StaffCareWhere, StaffLifeWhere, KeptWhere):
    and_: list["StaffWhere"] | None = logic("and")
    or_: list["StaffWhere"] | None = logic("or")
    not_: "StaffWhere | None" = logic("not")
    name: TextFilter | None = UNSET
    email: TextFilter | None = UNSET
    phone: TextFilter | None = UNSET
    department: TextFilter | None = UNSET
    role: TextFilter | None = UNSET
    active: BooleanFilter | None = UNSET
    customers: Any = some_where("Customer")
    groups: Any = some_where("Group")
    purchases: Any = some_where("Purchase")
    interactions: Any = some_where("Interaction")
    feedbacks: Any = some_where("Feedback")
    alerts: Any = some_where("Alert")
    tasks: Any = some_where("Task")
    tickets: Any = some_where("Ticket")
    trainees: Any = some_where("Trainee")


@worded("staff")
@strawberry.enum(description="What they can be ordered by 排序字段")
class StaffOrderField(Enum):
    ID = "id"
    VERSION = "version"
    NAME = "name"
    EMAIL = "email"
    PHONE = "phone"
    DEPARTMENT = "department"
    ROLE = "role"
    ACTIVE = "active"
    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    DELETED_AT = "deleted_at"


@strawberry.input(description="How staff are ordered 员工排序")
class StaffOrder(Order):
    field: StaffOrderField = strawberry.field(description="By what 字段")
