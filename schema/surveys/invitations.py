"""Invitations: who is asked in a wave, and what they said."""

from datetime import datetime
from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET

from schema.lists import every, linked, one_where, some_where
from schema.node import Node
from schema.operators import DateTimeFilter, EnumFilter, IdFilter, TextFilter, logic
from schema.paging import Order
from schema.scalars import JSON
from schema.words import worded


@strawberry.enum(description="What became of an invitation 邀请状态")
class InvitationState(Enum):
    WAITING = strawberry.enum_value("waiting", description="Not sent yet 待发送")
    SENT = strawberry.enum_value("sent", description="Was sent 已发送")
    OPENED = strawberry.enum_value("opened", description="The page was opened 已打开")
    ANSWERED = strawberry.enum_value("answered", description="Was answered 已回答")
    DECLINED = strawberry.enum_value("declined", description="The customer will not 已拒绝")
    UNREACHABLE = strawberry.enum_value("unreachable", description="Nobody could be reached 无法联系")
    EXPIRED = strawberry.enum_value("expired", description="Came to nothing 未回应")


@strawberry.enum(description="How a survey is answered 调查渠道")
class SurveyChannel(Enum):
    FORM = strawberry.enum_value("form", description="Questionnaire on paper 问卷")
    PHONE = strawberry.enum_value("phone", description="On the phone 电话访问")
    ONLINE = strawberry.enum_value("online", description="Online, by the link 在线调查")


@worded("survey_invitation")
@strawberry.type(description="A customer who is asked 调查邀请")
class SurveyInvitation(Node):
    noun = "survey_invitation"

    state: InvitationState
    channel: SurveyChannel | None
    occasion: str
    answers: JSON
    note: str | None
    invited_at: datetime
    sent_at: datetime | None
    reminded_at: datetime | None
    opened_at: datetime | None
    answered_at: datetime | None
    changed_by: str
    wave = linked("SurveyWave", "wave_id")
    customer = linked("Customer", "customer_id")
    scores = every("SurveyAnswer", "scores", "id")


@worded("survey_invitation")
@strawberry.input(description="Asks about invitations to surveys 调查邀请条件")
class SurveyInvitationWhere:
    and_: list["SurveyInvitationWhere"] | None = logic("and")
    or_: list["SurveyInvitationWhere"] | None = logic("or")
    not_: "SurveyInvitationWhere | None" = logic("not")
    id: IdFilter | None = UNSET
    state: EnumFilter[InvitationState] | None = UNSET
    channel: EnumFilter[SurveyChannel] | None = UNSET
    occasion: TextFilter | None = UNSET
    note: TextFilter | None = UNSET
    invited_at: DateTimeFilter | None = UNSET
    sent_at: DateTimeFilter | None = UNSET
    reminded_at: DateTimeFilter | None = UNSET
    opened_at: DateTimeFilter | None = UNSET
    answered_at: DateTimeFilter | None = UNSET
    changed_by: TextFilter | None = UNSET
    wave: Any = one_where("SurveyWave")
    customer: Any = one_where("Customer")
    scores: Any = some_where("SurveyAnswer")


@worded("survey_invitation")
@strawberry.enum(description="What they can be ordered by 排序字段")
class SurveyInvitationOrderField(Enum):
    ID = "id"
    STATE = "state"
    CHANNEL = "channel"
    OCCASION = "occasion"
    NOTE = "note"
    INVITED_AT = "invited_at"
    SENT_AT = "sent_at"
    REMINDED_AT = "reminded_at"
    OPENED_AT = "opened_at"
    ANSWERED_AT = "answered_at"
    CHANGED_BY = "changed_by"


@strawberry.input(description="How invitations to surveys are ordered 调查邀请排序")
class SurveyInvitationOrder(Order):
    field: SurveyInvitationOrderField = strawberry.field(description="By what 字段")
