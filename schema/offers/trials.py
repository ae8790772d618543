"""Trials: two ways to care, tried on the customers of a segment; what came of each, and how sure the difference is."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession
from strawberry import UNSET, Info

from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.domain.trials import making, measuring
from kequn.domain.trials.intervals import CONFIDENCE, Difference, Sample
from kequn.store.scope import Scope
from kequn.store.vault import Vault
from schema import filters
from schema.context import Context
from schema.lists import linked, listed, one_where, some_where
from schema.node import Node, key
from schema.offers.offers import CampaignEvent, CampaignState
from schema.once import IdempotencyKey
from schema.operators import DateTimeFilter, EnumFilter, IdFilter, IntFilter, TextFilter, logic
from schema.paging import Key, Order
from schema.payloads import Payload, answer
from schema.problems import Language
from schema.words import shown, worded


@strawberry.enum(description="By what two ways are compared 衡量指标")
class TrialMeasure(Enum):
    BOUGHT = strawberry.enum_value("bought", description="The share that bought 购买率")
    RETAINED = strawberry.enum_value("retained", description="The share that bought or was in touch 留存率")
    SATISFIED = strawberry.enum_value("satisfied", description="Of those who answered, the share with 4 of 5 满意率")
    SPEND = strawberry.enum_value("spend", description="The mean spend of a customer 人均消费")


@strawberry.enum(description="What a trial shows of the new way 试验结论")
class Verdict(Enum):
    BETTER = strawberry.enum_value("better", description="It is better 更好")
    WORSE = strawberry.enum_value("worse", description="It is worse 更差")
    UNCLEAR = strawberry.enum_value("unclear", description="No difference was shown 未显示差异")


@strawberry.type(description="What came of one way 单个方案结果")
class WayOutcome:
    customers: int = strawberry.field(description="How many customers count 客户数")
    value: float = strawberry.field(description="Their share, or mean 指标值")


@strawberry.type(description="What a trial shows until now 试验结果")
class TrialResult:
    a: WayOutcome = strawberry.field(description="The way as before 对照方案")
    b: WayOutcome = strawberry.field(description="The new way 试验方案")
    difference: float | None = strawberry.field(description="b less a; empty where there are too few 差异")
    low: float | None = strawberry.field(description="The true difference is not lower, in 95 of 100 trials 差异下限")
    high: float | None = strawberry.field(description="Nor higher 差异上限")
    confidence: float = strawberry.field(description="How sure that is 置信水平")
    verdict: Verdict = strawberry.field(description="What follows 结论")
    words: str = strawberry.field(description="The same in words, in the language of the request 文字结论")


@worded("trial")
@strawberry.type(description="Two ways to care, tried on the customers of a segment A/B测试")
class Trial(Node):
    noun = "trial"

    name: str
    hypothesis: str
    way_a: str
    way_b: str
    measure: TrialMeasure
    share: int
    window_days: int
    state: CampaignState
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    conclusion: str | None
    changed_by: str
    segment = linked("Segment", "segment_id")
    owner = linked("Staff", "owner_id")
    subjects = listed("TrialSubject", "subjects", usual=(Key("assigned_at"),))

    @shown("What it shows until now; empty before it begins 试验结果")
    async def result(self, info: Info[Context]) -> TrialResult | None:
        now = info.context.now

        async def load(session: AsyncSession, scope: Scope, vault: Vault, ids: Sequence[UUID]) -> dict[UUID, Any]:
            return {id: await measuring.result(session, scope, id, now) for id in ids}

        found = await info.context.ask.of_all("trial result", load, key(self))
        return _shown(found, info.context.language) if found else None


def _shown(found: measuring.Result, language: Language) -> TrialResult:
    differs = found.difference
    verdict = differs.verdict if differs else "unclear"
    return TrialResult(
        a=WayOutcome(customers=found.a.size, value=found.a.mean),
        b=WayOutcome(customers=found.b.size, value=found.b.mean),
        difference=differs.value if differs else None,
        low=differs.low if differs else None,
        high=differs.high if differs else None,
        confidence=CONFIDENCE,
        verdict=Verdict(verdict),
        words=_words(found.a, found.b, differs, verdict, language),
    )


_WORDS = {
    "better": ("The new way is better", "试验方案更好"),
    "worse": ("The new way is worse", "试验方案更差"),
    "unclear": ("No difference was shown; that is not to say that there is none", "未显示差异，但不等于没有差异"),
}


def _words(a: Sample, b: Sample, differs: Difference | None, verdict: str, language: Language) -> str:
    chinese = language is Language.ZH
    if differs is None:
        return "客户太少，无法判断。" if chinese else "There are too few customers to tell."
    said, low, value, high = (
        _WORDS[verdict][chinese],
        f"{differs.low:.4g}",
        f"{differs.value:.4g}",
        f"{differs.high:.4g}",
    )
    if chinese:
        return f"{said}：差异{value}，95%置信区间{low}至{high}（对照{a.size}人，试验{b.size}人）。"
    limits = f"with 95 % confidence between {low} and {high}"
    return f"{said}: a difference of {value}, {limits} ({a.size} and {b.size} customers)."


@worded("trial")
@strawberry.input(description="Asks about a trial A/B测试条件")
class TrialWhere:
    and_: list["TrialWhere"] | None = logic("and")
    or_: list["TrialWhere"] | None = logic("or")
    not_: "TrialWhere | None" = logic("not")
    id: IdFilter | None = UNSET
    name: TextFilter | None = UNSET
    hypothesis: TextFilter | None = UNSET
    way_a: TextFilter | None = UNSET
    way_b: TextFilter | None = UNSET
    measure: EnumFilter[TrialMeasure] | None = UNSET
    share: IntFilter | None = UNSET
    window_days: IntFilter | None = UNSET
    state: EnumFilter[CampaignState] | None = UNSET
    created_at: DateTimeFilter | None = UNSET
    started_at: DateTimeFilter | None = UNSET
    ended_at: DateTimeFilter | None = UNSET
    conclusion: TextFilter | None = UNSET
    changed_by: TextFilter | None = UNSET
    segment: Any = one_where("Segment")
    owner: Any = one_where("Staff")
    subjects: Any = some_where("TrialSubject")


@worded("trial")
@strawberry.enum(description="What they can be ordered by 排序字段")
class TrialOrderField(Enum):
    ID = "id"
    NAME = "name"
    HYPOTHESIS = "hypothesis"
    WAY_A = "way_a"
    WAY_B = "way_b"
    MEASURE = "measure"
    SHARE = "share"
    WINDOW_DAYS = "window_days"
    STATE = "state"
    CREATED_AT = "created_at"
    STARTED_AT = "started_at"
    ENDED_AT = "ended_at"
    CONCLUSION = "conclusion"
    CHANGED_BY = "changed_by"


@strawberry.input(description="How trials are ordered A/B测试排序")
class TrialOrder(Order):
    field: TrialOrderField = strawberry.field(description="By what 字段")


@strawberry.input(description="What is tried, on whom A/B测试设计")
class TrialInput:
    name: str = strawberry.field(description="Name 名称")
    measure: TrialMeasure = strawberry.field(description="By what the ways are compared 衡量指标")
    hypothesis: str = strawberry.field(default="", description="What is believed 假设")
    way_a: str = strawberry.field(default="", description="The way as before 对照方案")
    way_b: str = strawberry.field(default="", description="The new way 试验方案")
    share: float = strawberry.field(default=0.5, description="Share of the customers who get the new way 试验比例")
    window_days: int = strawberry.field(default=30, description="So many days count 统计天数")
    segment_id: strawberry.ID | None = strawberry.field(default=UNSET, description="On whom 目标客户细分")
    owner_id: strawberry.ID | None = strawberry.field(default=UNSET, description="Who is in charge 负责人")


@strawberry.type(description="The trial, or why nothing was changed A/B测试修改结果")
class TrialPayload(Payload):
    trial: Trial | None = strawberry.field(default=None, description="As it now is 当前内容")


TrialId = Annotated[strawberry.ID, strawberry.argument(description="The trial A/B测试")]
Given = Annotated[TrialInput, strawberry.argument(description="What is tried, on whom 设计")]
Event = Annotated[CampaignEvent, strawberry.argument(description="What is done 操作")]
Conclusion = Annotated[str, strawberry.argument(description="What was learned; to end it 结论")]


def _design(entered: TrialInput) -> making.Design:
    """Raises Refused."""
    if not 0 < entered.share < 1:
        raise refuse(Code.BAD_NUMBER, "share")
    return making.Design(
        entered.name,
        str(entered.measure.value),
        entered.hypothesis,
        entered.way_a,
        entered.way_b,
        round(entered.share * making.MILLION),
        entered.window_days,
        filters.uuid(entered.segment_id, "segment", "segment_id") if entered.segment_id else None,
        filters.uuid(entered.owner_id, "staff", "owner_id") if entered.owner_id else None,
    )


@strawberry.type
class TrialMutation:
    """What may be done with a trial."""

    @shown("Prepare a trial of two ways to care 新建A/B测试")
    async def create_trial(
        self, info: Info[Context], input: Given, idempotency_key: IdempotencyKey = None
    ) -> TrialPayload:
        async def run(desk: Desk) -> UUID:
            return await making.make(desk, _design(input))

        payload: TrialPayload = await answer(info, TrialPayload, "trial", "trial", run)
        return payload

    @shown("Begin a trial: each customer is given a way by chance; end it with a conclusion 开始或结束A/B测试")
    async def handle_trial(
        self,
        info: Info[Context],
        id: TrialId,
        event: Event,
        conclusion: Conclusion = "",
        idempotency_key: IdempotencyKey = None,
    ) -> TrialPayload:
        async def run(desk: Desk) -> UUID:
            return await making.step(desk, filters.uuid(id, "trial", "id"), str(event.value), conclusion)

        payload: TrialPayload = await answer(info, TrialPayload, "trial", "trial", run)
        return payload
