"""What came of surveys: response, figures of each question with intervals, drivers, opinions, and trends."""

from datetime import datetime
from typing import Annotated, Any

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession
from strawberry import Info

from kequn.domain.surveys import results, statistics
from kequn.domain.surveys.questions import CHOICES
from kequn.store.scope import Scope
from schema import filters
from schema.context import Context
from schema.insight import ask
from schema.personal import MARK
from schema.problems import Language
from schema.surveys.acting import QuestionType
from schema.surveys.invitations import InvitationState, SurveyChannel
from schema.words import shown

WaveId = Annotated[strawberry.ID, strawberry.argument(description="The wave 调查批次")]
SurveyId = Annotated[strawberry.ID, strawberry.argument(description="The survey 调查")]
QuestionKey = Annotated[str, strawberry.argument(description="Key of the question 问题标识")]


@strawberry.type(description="A share, or NPS from -1 to 1, with its interval at 95 % 估计值与置信区间")
class Estimate:
    value: float = strawberry.field(description="As it was answered 估计值")
    low: float = strawberry.field(description="Not below this, 19 times of 20 下限")
    high: float = strawberry.field(description="Not above this, 19 times of 20 上限")
    count: int = strawberry.field(description="Answers 样本量")


@strawberry.type(description="Later less earlier, with its interval at 95 % 变化")
class Difference:
    value: float = strawberry.field(description="As it was answered 差值")
    low: float = strawberry.field(description="Not below this, 19 times of 20 下限")
    high: float = strawberry.field(description="Not above this, 19 times of 20 上限")
    clear: bool = strawberry.field(description="More than chance: 0 lies outside 是否显著")


@strawberry.type(description="How often an answer was given 分布")
class AnswerCount:
    answer: int = strawberry.field(description="The answer; of a list its place, from 0 回答")
    label: str = strawberry.field(description="The same in words 标签")
    count: int = strawberry.field(description="How often 次数")


@strawberry.type(description="What was answered to a question 问题结果")
class QuestionResult:
    key: str = strawberry.field(description="Key of the question 问题标识")
    text: str = strawberry.field(description="The question, in the language of the request 题干")
    type: QuestionType = strawberry.field(description="How it is answered 题型")
    answers: int = strawberry.field(description="How many answered it; 0 is an answer 回答数")
    estimate: Estimate | None = strawberry.field(
        description="Who is content (4, 5; of CES 5 to 7); of NPS promoters less detractors 满意率或净推荐值"
    )
    mean: float | None = strawberry.field(description="Mean answer 平均分")
    distribution: list[AnswerCount] = strawberry.field(description="How often each answer was given 分布")


@strawberry.type(description="How many invitations are in a state 邀请状态统计")
class StateCount:
    state: InvitationState = strawberry.field(description="State 状态")
    count: int = strawberry.field(description="How many 数量")


@strawberry.type(description="How many answers came over a channel 渠道统计")
class ChannelCount:
    channel: SurveyChannel = strawberry.field(description="Channel 渠道")
    count: int = strawberry.field(description="How many 数量")


@strawberry.type(description="How much a question has to do with satisfaction; association, not cause 满意度影响因素")
class Driver:
    key: str = strawberry.field(description="Key of the question 问题标识")
    weight: float = strawberry.field(description="Share of what is explained (Shapley values of R²) 影响权重")
    tau: float = strawberry.field(description="Kendall's tau-b, from -1 to 1 等级相关系数")
    p: float = strawberry.field(description="How often so strong a tau comes by chance 显著性")
    mean: float = strawberry.field(description="Its answers, from 0 (worst) to 1 平均表现")


@strawberry.type(description="What moves satisfaction 满意度影响因素分析")
class Drivers:
    count: int = strawberry.field(description="Who answered all of these questions; below 30 nothing is said 样本量")
    explained: float | None = strawberry.field(description="Share of the variance that is explained (R²) 解释度")
    drivers: list[Driver] = strawberry.field(description="The strongest first 影响因素")


@strawberry.type(description="What was said in words about one thing 意见分组")
class OpinionGroup:
    category: str = strawberry.field(description="product, price, delivery, service, benefit or other 分类")
    count: int = strawberry.field(description="How many texts 数量")
    share: float = strawberry.field(description="Of all texts; one may be about several things 占比")
    content: float | None = strawberry.field(description="How content their authors are, from 0 to 1 满意程度")
    texts: list[str] = strawberry.field(description="Some of them, the least content first 意见示例", metadata=MARK)


@strawberry.type(description="What came of a wave 调查结果")
class SurveyResult:
    invited: int = strawberry.field(description="Who was asked 邀请人数")
    response: Estimate | None = strawberry.field(description="Answered, of those who were asked 回收率")
    states: list[StateCount] = strawberry.field(description="Also who did not answer, and why 状态统计")
    channels: list[ChannelCount] = strawberry.field(description="Over which channels 渠道统计")
    questions: list[QuestionResult] = strawberry.field(description="Question by question 问题结果")
    overall: str | None = strawberry.field(description="Key of the question that drivers are of 总体满意度问题")
    drivers: Drivers = strawberry.field(description="What moves satisfaction 影响因素")
    opinions: list[OpinionGroup] = strawberry.field(description="What was said in words 意见分析")


@strawberry.type(description="A question in one wave 趋势点")
class TrendPoint:
    number: int = strawberry.field(description="Number of the wave 批次")
    at: datetime = strawberry.field(description="When it was opened 时间")
    estimate: Estimate | None = strawberry.field(description="Who is content, or NPS 满意率或净推荐值")
    change: Difference | None = strawberry.field(description="Against the wave before 较上一批次变化")


def _estimate(one: statistics.Estimate | None) -> Estimate | None:
    return Estimate(value=one.value, low=one.low, high=one.high, count=one.count) if one else None


def _difference(one: statistics.Difference | None) -> Difference | None:
    return Difference(value=one.value, low=one.low, high=one.high, clear=one.clear) if one else None


def _question(one: results.Figures, language: Language) -> QuestionResult:
    asked = one.question
    listed = asked.type in CHOICES
    counts = [
        AnswerCount(answer=answer, label=asked.option(answer, language) if listed else str(answer), count=count)
        for answer, count in one.counts
    ]
    return QuestionResult(
        key=asked.key,
        text=asked.text(language),
        type=QuestionType(asked.type),
        answers=one.answers,
        estimate=_estimate(one.estimate),
        mean=one.mean,
        distribution=counts,
    )


def _drivers(found: Any) -> Drivers:
    names = ("key", "weight", "tau", "p", "mean")
    some = [Driver(**{name: getattr(one, name) for name in names}) for one in found.drivers]
    return Drivers(count=found.count, explained=found.explained, drivers=some)


def _opinion(one: Any) -> OpinionGroup:
    names = ("category", "count", "share", "content")
    return OpinionGroup(**{name: getattr(one, name) for name in names}, texts=list(one.texts))


@strawberry.type
class SurveyFigures:
    """What came of surveys."""

    @shown("What came of a wave: response, each question, what moves satisfaction, opinions 调查结果")
    async def survey_result(self, info: Info[Context], wave_id: WaveId) -> SurveyResult:
        wave = filters.uuid(wave_id, "survey_wave", "wave_id")

        async def work(session: AsyncSession, scope: Scope) -> results.Results:
            return await results.of_wave(session, scope, wave)

        found: results.Results = await ask(info, ("survey", wave), work)
        states, channels = sorted(found.states.items()), sorted(found.channels.items())
        return SurveyResult(
            invited=found.invited,
            response=_estimate(found.response),
            states=[StateCount(state=InvitationState(state), count=count) for state, count in states],
            channels=[ChannelCount(channel=SurveyChannel(channel), count=count) for channel, count in channels],
            questions=[_question(one, info.context.language) for one in found.figures],
            overall=found.overall,
            drivers=_drivers(found.drivers),
            opinions=[_opinion(one) for one in found.opinions],
        )

    @shown("A question from wave to wave, with what changed 调查趋势")
    async def survey_trend(self, info: Info[Context], survey_id: SurveyId, key: QuestionKey) -> list[TrendPoint]:
        survey = filters.uuid(survey_id, "survey", "survey_id")

        async def work(session: AsyncSession, scope: Scope) -> Any:
            return await results.trend(session, scope, survey, key)

        found: list[results.Point] = await ask(info, ("trend", survey, key), work)
        return [
            TrendPoint(number=one.number, at=one.at, estimate=_estimate(one.estimate), change=_difference(one.change))
            for one in found
        ]
