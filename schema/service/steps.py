"""Steps of tickets: who did what, when, and where it was said."""

from datetime import datetime
from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET

from schema.lists import linked, one_where
from schema.node import Node
from schema.operators import DateTimeFilter, EnumFilter, IdFilter, TextFilter, logic
from schema.paging import Order
from schema.service.grades import Setting, TicketState
from schema.words import worded


@worded("ticket_step")
@strawberry.type(description="One thing that was done about a ticket 处理记录")
class TicketStep(Node):
    noun = "ticket_step"

    event: str
    state: TicketState
    at: datetime
    done_by: str
    note: str | None
    shown_in: Setting | None
    ticket = linked("Ticket", "ticket_id")


@worded("ticket_step")
@strawberry.input(description="Asks about steps of tickets 处理记录条件")
class TicketStepWhere:
    and_: list["TicketStepWhere"] | None = logic("and")
    or_: list["TicketStepWhere"] | None = logic("or")
    not_: "TicketStepWhere | None" = logic("not")
    id: IdFilter | None = UNSET
    event: TextFilter | None = UNSET
    state: EnumFilter[TicketState] | None = UNSET
    at: DateTimeFilter | None = UNSET
    done_by: TextFilter | None = UNSET
    note: TextFilter | None = UNSET
    shown_in: EnumFilter[Setting] | None = UNSET
    ticket: Any = one_where("Ticket")


@worded("ticket_step")
@strawberry.enum(description="What they can be ordered by 排序字段")
class TicketStepOrderField(Enum):
    ID = "id"
    EVENT = "event"
    STATE = "state"
    AT = "at"
    DONE_BY = "done_by"
    NOTE = "note"
    SHOWN_IN = "shown_in"


@strawberry.input(description="How steps of tickets are ordered 处理记录排序")
class TicketStepOrder(Order):
    field: TicketStepOrderField = strawberry.field(description="By what 字段")
