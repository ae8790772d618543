"""Waves: each time that a survey was held."""

from datetime import datetime
from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET

from schema.lists import linked, listed, one_where, some_where
from schema.node import Node
from schema.operators import DateTimeFilter, EnumFilter, IdFilter, IntFilter, TextFilter, logic
from schema.paging import Key, Order
from schema.words import worded


@strawberry.enum(description="Whether a wave is open 批次状态")
class WaveState(Enum):
    OPEN = strawberry.enum_value("open", description="Open 进行中")
    CLOSED = strawberry.enum_value("closed", description="Closed 已结束")


@worded("survey_wave")
@strawberry.type(description="One time that a survey was held 调查批次")
class SurveyWave(Node):
    noun = "survey_wave"

    number: int
    version: int
    state: WaveState
    seed: str
    population: int
    invited: int
    opened_at: datetime
    closes_at: datetime
    closed_at: datetime | None
    survey = linked("Survey", "survey_id")
    invitations = listed("SurveyInvitation", "invitations", usual=(Key("id"),))


@worded("survey_wave")
@strawberry.input(description="Asks about waves of surveys 调查批次条件")
class SurveyWaveWhere:
    and_: list["SurveyWaveWhere"] | None = logic("and")
    or_: list["SurveyWaveWhere"] | None = logic("or")
    not_: "SurveyWaveWhere | None" = logic("not")
    id: IdFilter | None = UNSET
    number: IntFilter | None = UNSET
    version: IntFilter | None = UNSET
    state: EnumFilter[WaveState] | None = UNSET
    seed: TextFilter | None = UNSET
    population: IntFilter | None = UNSET
    invited: IntFilter | None = UNSET
    opened_at: DateTimeFilter | None = UNSET
    closes_at: DateTimeFilter | None = UNSET
    closed_at: DateTimeFilter | None = UNSET
    survey: Any = one_where("Survey")
    invitations: Any = some_where("SurveyInvitation")


@worded("survey_wave")
@strawberry.enum(description="What they can be ordered by 排序字段")
class SurveyWaveOrderField(Enum):
    ID = "id"
    NUMBER = "number"
    VERSION = "version"
    STATE = "state"
    SEED = "seed"
    POPULATION = "population"
    INVITED = "invited"
    OPENED_AT = "opened_at"
    CLOSES_AT = "closes_at"
    CLOSED_AT = "closed_at"


@strawberry.input(description="How waves of surveys are ordered 调查批次排序")
class SurveyWaveOrder(Order):
    field: SurveyWaveOrderField = strawberry.field(description="By what 字段")
