"""Answers by a number: what a customer scored in a survey, and where CRMs have it."""

from datetime import datetime
from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET

from schema.kept import Kept, KeptWhere
from schema.lists import linked, one_where
from schema.operators import DateTimeFilter, EnumFilter, IntFilter, TextFilter, logic
from schema.paging import Order
from schema.surveys.invitations import SurveyChannel
from schema.words import worded


@strawberry.enum(description="By which numbers a question is answered 评分量表")
class ScoreScale(Enum):
    RATING = strawberry.enum_value("rating", description="1 to 5 满意度评分")
    NPS = strawberry.enum_value("nps", description="0 to 10, would they recommend us 净推荐值")
    CES = strawberry.enum_value("ces", description="1 to 7, how easy it was 费力度")


@worded("survey_answer")
@strawberry.type(description="What a customer answered by a number in a survey 调查评分")
class SurveyAnswer(Kept):
    noun = "survey_answer"

    survey: str
    question: str | None
    scale: ScoreScale | None
    score: int | None
    channel: SurveyChannel | None
    answered_at: datetime | None
    invitation = linked("SurveyInvitation", "invitation_id")
    customer = linked("Customer", "customer_id")


@worded("survey_answer")
@strawberry.input(description="Asks about answers in surveys 调查评分条件")
class SurveyAnswerWhere(KeptWhere):
    and_: list["SurveyAnswerWhere"] | None = logic("and")
    or_: list["SurveyAnswerWhere"] | None = logic("or")
    not_: "SurveyAnswerWhere | None" = logic("not")
    survey: TextFilter | None = UNSET
    question: TextFilter | None = UNSET
    scale: EnumFilter[ScoreScale] | None = UNSET
    score: IntFilter | None = UNSET
    channel: EnumFilter[SurveyChannel] | None = UNSET
    answered_at: DateTimeFilter | None = UNSET
    invitation: Any = one_where("SurveyInvitation")
    customer: Any = one_where("Customer")


@worded("survey_answer")
@strawberry.enum(description="What they can be ordered by 排序字段")
class SurveyAnswerOrderField(Enum):
    ID = "id"
    VERSION = "version"
    SURVEY = "survey"
    QUESTION = "question"
    SCALE = "scale"
    SCORE = "score"
    CHANNEL = "channel"
    ANSWERED_AT = "answered_at"
    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    DELETED_AT = "deleted_at"


@strawberry.input(description="How answers in surveys are ordered 调查评分排序")
class SurveyAnswerOrder(Order):
    field: SurveyAnswerOrderField = strawberry.field(description="By what 字段")
