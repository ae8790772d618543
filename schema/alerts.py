"""Alerts: what somebody should see to, why, and what may be done with each."""

from datetime import datetime
from enum import Enum
from typing import Annotated, Any

import strawberry
from strawberry import UNSET, Info

from kequn.domain import alerts
from kequn.domain.editing import Desk
from schema import filters, given
from schema.context import Context
from schema.lists import every, linked, one_where, some_where
from schema.node import Node
from schema.once import IdempotencyKey
from schema.operators import DateTimeFilter, EnumFilter, IdFilter, IntFilter, SetFilter, TextFilter, logic
from schema.paging import Order
from schema.payloads import Payload, answer
from schema.scalars import JSON
from schema.words import shown, worded


@strawberry.enum(description="What an alert is about 预警类型")
class AlertKind(Enum):
    CHURN = strawberry.enum_value("churn", description="The customer may leave 流失预警")
    SATISFACTION = strawberry.enum_value("satisfaction", description="The customer is less content 满意度预警")
    SERVICE = strawberry.enum_value("service", description="Response or attitude 服务质量预警")
    PRODUCT = strawberry.enum_value("product", description="Returns and problems 产品质量预警")


@strawberry.enum(description="How far an alert is seen to 预警处理状态")
class AlertState(Enum):
    RAISED = strawberry.enum_value("raised", description="Nobody has looked yet 待确认")
    ACKNOWLEDGED = strawberry.enum_value("acknowledged", description="Somebody has seen it 已确认")
    HANDLED = strawberry.enum_value("handled", description="Something was done 已处理")
    CLOSED = strawberry.enum_value("closed", description="It is over 已关闭")


@strawberry.enum(description="What is done with an alert 预警操作")
class AlertEvent(Enum):
    ACKNOWLEDGE = strawberry.enum_value("acknowledge", description="It was seen 确认")
    HANDLE = strawberry.enum_value("handle", description="Something was done; `note` says what 处理")
    CLOSE = strawberry.enum_value("close", description="It is over; `outcome` says how 关闭")
    REOPEN = strawberry.enum_value("reopen", description="What was done did not help 重新打开")


@strawberry.enum(description="What came of an alert 预警结果")
class AlertOutcome(Enum):
    SOLVED = strawberry.enum_value("solved", description="The cause was put right 已解决")
    KEPT = strawberry.enum_value("kept", description="The customer stays 已挽留")
    LOST = strawberry.enum_value("lost", description="The customer has gone 已流失")
    FALSE_ALARM = strawberry.enum_value("false_alarm", description="There was nothing to it 误报")


@worded("alert")
@strawberry.type(description="Something about a customer that somebody should see to 预警")
class Alert(Node):
    noun = "alert"

    kind: AlertKind
    state: AlertState
    reasons: list[str]
    inputs: JSON
    version: int
    as_of: datetime
    raised_at: datetime
    repeated_at: datetime | None
    repeats: int
    due_at: datetime
    changed_at: datetime
    changed_by: str
    outcome: AlertOutcome | None
    note: str | None
    customer = linked("Customer", "customer_id")
    owner = linked("Staff", "owner_id")
    tasks = every("Task", "tasks", "created_at", "id")


@worded("alert")
@strawberry.input(description="Asks about an alert 预警条件")
class AlertWhere:
    and_: list["AlertWhere"] | None = logic("and")
    or_: list["AlertWhere"] | None = logic("or")
    not_: "AlertWhere | None" = logic("not")
    id: IdFilter | None = UNSET
    kind: EnumFilter[AlertKind] | None = UNSET
    state: EnumFilter[AlertState] | None = UNSET
    reasons: SetFilter | None = UNSET
    version: IntFilter | None = UNSET
    as_of: DateTimeFilter | None = UNSET
    raised_at: DateTimeFilter | None = UNSET
    repeated_at: DateTimeFilter | None = UNSET
    repeats: IntFilter | None = UNSET
    due_at: DateTimeFilter | None = UNSET
    changed_at: DateTimeFilter | None = UNSET
    changed_by: TextFilter | None = UNSET
    outcome: EnumFilter[AlertOutcome] | None = UNSET
    note: TextFilter | None = UNSET
    customer: Any = one_where("Customer")
    owner: Any = one_where("Staff")
    tasks: Any = some_where("Task")


@worded("alert")
@strawberry.enum(description="What they can be ordered by 排序字段")
class AlertOrderField(Enum):
    ID = "id"
    KIND = "kind"
    STATE = "state"
    VERSION = "version"
    AS_OF = "as_of"
    RAISED_AT = "raised_at"
    REPEATED_AT = "repeated_at"
    REPEATS = "repeats"
    DUE_AT = "due_at"
    CHANGED_AT = "changed_at"
    CHANGED_BY = "changed_by"
    OUTCOME = "outcome"
    NOTE = "note"


@strawberry.input(description="How alerts are ordered 预警排序")
class AlertOrder(Order):
    field: AlertOrderField = strawberry.field(description="By what 字段")


@strawberry.type(description="The alert, or why nothing was changed 预警处理结果")
class AlertPayload(Payload):
    alert: Alert | None = strawberry.field(default=None, description="As it now is 当前内容")


AlertId = Annotated[strawberry.ID, strawberry.argument(description="The alert 预警")]
Event = Annotated[AlertEvent, strawberry.argument(description="What was done 操作")]
Note = Annotated[str | None, strawberry.argument(description="What was done, in words 说明")]
Outcome = Annotated[AlertOutcome | None, strawberry.argument(description="How it ended; to close it 结果")]
Owner = Annotated[strawberry.ID | None, strawberry.argument(description="Whose it is to be; null: nobody's 负责人")]
Due = Annotated[datetime | None, strawberry.argument(description="Until when; left out: as it is 截止时间")]


@strawberry.type
class AlertMutation:
    """What may be done with one alert."""

    @shown("Say what was done about an alert: acknowledge, handle, close with an outcome 处理预警")
    async def handle_alert(
        self,
        info: Info[Context],
        id: AlertId,
        event: Event,
        note: Note = None,
        outcome: Outcome = None,
        idempotency_key: IdempotencyKey = None,
    ) -> AlertPayload:
        async def run(desk: Desk) -> Any:
            ended = str(outcome.value) if outcome else None
            return await alerts.step(desk, filters.uuid(id, "alert", "id"), str(event.value), note=note, outcome=ended)

        payload: AlertPayload = await answer(info, AlertPayload, "alert", "alert", run)
        return payload

    @shown("Give an alert, and the care it asks for, to somebody 指派预警")
    async def assign_alert(
        self,
        info: Info[Context],
        id: AlertId,
        owner_id: Owner = UNSET,
        due_at: Due = None,
        idempotency_key: IdempotencyKey = None,
    ) -> AlertPayload:
        async def run(desk: Desk) -> Any:
            owner = filters.uuid(owner_id, "staff", "owner_id") if owner_id else None
            alert, due = filters.uuid(id, "alert", "id"), given.moment(due_at, "due_at")
            return await alerts.assign(desk, alert, owner, due, keeps=owner_id is UNSET)

        payload: AlertPayload = await answer(info, AlertPayload, "alert", "alert", run)
        return payload
