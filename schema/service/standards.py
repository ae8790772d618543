"""Service standards 客户服务标准: for each step how it is done, how well, and within what time."""

from datetime import datetime
from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET

from schema.benefits.incentives import RuleState
from schema.lists import listed, some_where
from schema.node import Node
from schema.operators import BooleanFilter, DateTimeFilter, EnumFilter, IdFilter, IntFilter, TextFilter, logic
from schema.paging import Key, Order
from schema.service.grades import Severity
from schema.words import worded


@worded("service_standard")
@strawberry.type(description="The standard for one step of service 客户服务标准")
class ServiceStandard(Node):
    noun = "service_standard"

    name: str
    version: int
    state: RuleState
    kind: str | None
    severity: Severity | None
    department: str
    operation: str
    quality: str
    response_minutes: int
    solution_minutes: int
    around_the_clock: bool
    opens: int
    closes: int
    least_rating: int | None
    created_at: datetime
    created_by: str
    published_at: datetime | None
    tickets = listed("Ticket", "tickets", usual=(Key("opened_at", descending=True),))


@worded("service_standard")
@strawberry.input(description="Asks about service standards 服务标准条件")
class ServiceStandardWhere:
    and_: list["ServiceStandardWhere"] | None = logic("and")
    or_: list["ServiceStandardWhere"] | None = logic("or")
    not_: "ServiceStandardWhere | None" = logic("not")
    id: IdFilter | None = UNSET
    name: TextFilter | None = UNSET
    version: IntFilter | None = UNSET
    state: EnumFilter[RuleState] | None = UNSET
    kind: TextFilter | None = UNSET
    severity: EnumFilter[Severity] | None = UNSET
    department: TextFilter | None = UNSET
    operation: TextFilter | None = UNSET
    quality: TextFilter | None = UNSET
    response_minutes: IntFilter | None = UNSET
    solution_minutes: IntFilter | None = UNSET
    around_the_clock: BooleanFilter | None = UNSET
    opens: IntFilter | None = UNSET
    closes: IntFilter | None = UNSET
    least_rating: IntFilter | None = UNSET
    created_at: DateTimeFilter | None = UNSET
    created_by: TextFilter | None = UNSET
    published_at: DateTimeFilter | None = UNSET
    tickets: Any = some_where("Ticket")


@worded("service_standard")
@strawberry.enum(description="What they can be ordered by 排序字段")
class ServiceStandardOrderField(Enum):
    ID = "id"
    NAME = "name"
    VERSION = "version"
    STATE = "state"
    KIND = "kind"
    SEVERITY = "severity"
    DEPARTMENT = "department"
    OPERATION = "operation"
    QUALITY = "quality"
    RESPONSE_MINUTES = "response_minutes"
    SOLUTION_MINUTES = "solution_minutes"
    AROUND_THE_CLOCK = "around_the_clock"
    OPENS = "opens"
    CLOSES = "closes"
    LEAST_RATING = "least_rating"
    CREATED_AT = "created_at"
    CREATED_BY = "created_by"
    PUBLISHED_AT = "published_at"


@strawberry.input(description="How service standards are ordered 服务标准排序")
class ServiceStandardOrder(Order):
    field: ServiceStandardOrderField = strawberry.field(description="By what 字段")
