"""The key figures of a period: of everybody, of the customers of a department, of a segment; and where customers come
from. Only what is asked for is worked out."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession
from strawberry import Info

from kequn.domain import classifying, retention, standards
from kequn.domain.kpi import among, complaints, loyalty, needs, sales, sources
from kequn.domain.kpi.among import Whose
from kequn.store.scope import Scope
from kequn.store.vault import Vault
from schema import filters
from schema.context import Context
from schema.process.journey import Since, Until, period
from schema.words import shown

MICRO = Decimal(1_000_000)
Of = Annotated[str | None, strawberry.argument(description="Of the customers whose owner is in this department 部门")]
In = Annotated[strawberry.ID | None, strawberry.argument(description="Of the customers in this segment 客户细分")]


@strawberry.type(description="How content customers are 满意度指标")
class SatisfactionFigures:
    answers: int = strawberry.field(description="How many answers were given 回答数")
    csat: float | None = strawberry.field(description="Share of 4 and 5, of 5 满意率")
    nps: float | None = strawberry.field(description="Share of 9 and 10 less that of 0 to 6, of 10 净推荐值")
    feedback: int = strawberry.field(description="How much feedback was given 反馈数")


@strawberry.type(description="How loyal customers were at the end of the period, and in which phase 忠诚度指标")
class LoyaltyFigures:
    customers: int = strawberry.field(description="How many customers there were 客户数")
    judged: int = strawberry.field(description="How many of them had a loyalty class 已评估客户数")
    loyal: int = strawberry.field(description="How many were loyal 忠诚客户数")
    low: int = strawberry.field(description="How many were of low loyalty 低忠诚度客户数")
    rate: float | None = strawberry.field(description="Share of the loyal 忠诚率")
    acquire: int = strawberry.field(description="To be won 获取阶段客户数")
    maintain: int = strawberry.field(description="To be looked after 维护阶段客户数")
    retain: int = strawberry.field(description="To be kept 挽留阶段客户数")


@strawberry.type(description="How many customers stayed 留存指标")
class StayingFigures:
    active_at_start: int = strawberry.field(description="Active customers at its start 期初活跃客户数")
    active_at_end: int = strawberry.field(description="Active customers at its end 期末活跃客户数")
    new_customers: int = strawberry.field(description="Customers whose first order was in it 新增客户数")
    retention_rate: float | None = strawberry.field(description="(Active at end less new) / active at start 客户留存率")
    churn_rate: float | None = strawberry.field(description="1 less the retention rate 客户流失率")
    repurchase_rate: float | None = strawberry.field(description="Who ordered twice / who ordered 复购率")


@strawberry.type(description="Complaints: their number, and how they were dealt with 投诉指标")
class ComplaintFigures:
    count: int = strawberry.field(description="How many 投诉数")
    customers: int = strawberry.field(description="Of how many customers 投诉客户数")
    answered: int = strawberry.field(description="How many have an answer 已答复数")
    settled: int = strawberry.field(description="How many have an answer and are closed 已解决数")
    content: float | None = strawberry.field(
        description="The mean answer afterwards of those who complained, from 0 to 100 投诉客户事后满意度"
    )


@strawberry.type(description="Sales, beside as long a time before 销售指标")
class SalesFigures:
    orders: int = strawberry.field(description="Paid orders 订单数")
    customers: int = strawberry.field(description="Customers who paid one 购买客户数")
    spend: Decimal = strawberry.field(description="Paid less returned, in the standard's currency 销售额")
    average: Decimal | None = strawberry.field(description="For an order 客单价")
    orders_before: int = strawberry.field(description="Paid orders in as long a time before 上期订单数")
    spend_before: Decimal = strawberry.field(description="Paid less returned then 上期销售额")
    growth: float | None = strawberry.field(description="How much more than before, as a share 增长率")


@strawberry.type(description="Sales of a product category 品类销售")
class CategoryFigures:
    name: str | None = strawberry.field(description="The category; empty: none was said 产品类别")
    customers: int = strawberry.field(description="Customers who bought of it 购买客户数")
    spend: Decimal = strawberry.field(description="Amount of its lines, in the standard's currency 销售额")
    spend_before: Decimal = strawberry.field(description="In as long a time before 上期销售额")
    growth: float | None = strawberry.field(description="How much more than before, as a share 增长率")


@strawberry.type(description="An opening: who buys of one category often buys of another, and some have not 市场机会")
class Opening:
    having: str = strawberry.field(description="They bought of this 已购类别")
    wanting: str = strawberry.field(description="And may want this 可推荐类别")
    together: int = strawberry.field(description="So many bought of both 同时购买客户数")
    open: int = strawberry.field(description="So many bought of the first alone 可推荐客户数")


@strawberry.type(description="How many customers need something of a product category 客户需求")
class NeedFigures:
    name: str = strawberry.field(description="The category, as it stands among their needs 品类")
    customers: int = strawberry.field(description="How many name it 提及客户数")
    open: int = strawberry.field(description="So many of them have not bought of it yet 未满足客户数")
    fresh: int = strawberry.field(description="Of so many the needs were written within the period 新增需求客户数")


@strawberry.type(description="Customers who came in a period from one channel 获客渠道")
class SourceFigures:
    name: str | None = strawberry.field(description="The channel; empty: not known 渠道")
    word_of_mouth: bool = strawberry.field(description="Somebody recommended us 口碑推荐")
    customers: int = strawberry.field(description="How many came 客户数")
    converted: int = strawberry.field(description="How many of them have bought 转化客户数")
    rate: float = strawberry.field(description="Share of those who bought 转化率")
    spend: Decimal = strawberry.field(description="What they paid, less returned 消费")


@dataclass(frozen=True)
class _Asked:
    """Of which time, and of whom."""

    since: datetime
    until: datetime
    whose: Whose


Work = Callable[[AsyncSession, Scope, Any], Awaitable[Any]]


async def _work(info: Info[Context], asked: _Asked, name: str, work: Work) -> Any:
    """Done once for an operation, however often it stands there."""

    async def load(session: AsyncSession, scope: Scope, vault: Vault, keys: Sequence[Any]) -> dict[Any, Any]:
        some = await among.among(session, scope, asked.whose, info.context.now)
        return dict.fromkeys(keys, await work(session, scope, some))

    return await info.context.ask.of_all(("kpi", name, asked), load, None)


@strawberry.type(description="The key figures of a period 关键绩效指标")
class KeyFigures:
    asked: strawberry.Private[_Asked]

    @shown("How content customers are 满意度")
    async def satisfaction(self, info: Info[Context]) -> SatisfactionFigures:
        async def work(session: AsyncSession, scope: Scope, some: Any) -> retention.Voice:
            return await retention.voice(session, scope, self.asked.since, self.asked.until, some)

        said: retention.Voice = await _work(info, self.asked, "voice", work)
        return SatisfactionFigures(answers=said.answers, csat=said.csat, nps=said.nps, feedback=said.feedback)

    @shown("How loyal they were at the end, and in which phase of management 忠诚度与管理阶段")
    async def loyalty(self, info: Info[Context]) -> LoyaltyFigures:
        async def work(session: AsyncSession, scope: Scope, some: Any) -> loyalty.Loyalty:
            return await loyalty.read(session, scope, self.asked.until, some)

        found: loyalty.Loyalty = await _work(info, self.asked, "loyalty", work)
        return LoyaltyFigures(
            customers=found.customers,
            judged=found.judged,
            loyal=found.loyal,
            low=found.low,
            rate=found.rate,
            acquire=found.acquire,
            maintain=found.maintain,
            retain=found.retain,
        )

    @shown("Retention, churn and repurchase 留存、流失与复购")
    async def staying(self, info: Info[Context]) -> StayingFigures:
        async def work(session: AsyncSession, scope: Scope, some: Any) -> retention.Period:
            window = (await standards.in_force(session, scope)).thresholds.windows.window_days
            return await retention.period(session, scope, self.asked.since, self.asked.until, window, some)

        found: retention.Period = await _work(info, self.asked, "staying", work)
        return StayingFigures(
            active_at_start=found.at_start,
            active_at_end=found.at_end,
            new_customers=found.new,
            retention_rate=found.retention,
            churn_rate=found.churn,
            repurchase_rate=found.repurchase,
        )

    @shown("Complaints: how many, and how they were dealt with 投诉数量与质量")
    async def complaints(self, info: Info[Context]) -> ComplaintFigures:
        async def work(session: AsyncSession, scope: Scope, some: Any) -> complaints.Complaints:
            return await complaints.read(session, scope, self.asked.since, self.asked.until, some)

        found: complaints.Complaints = await _work(info, self.asked, "complaints", work)
        return ComplaintFigures(
            count=found.count,
            customers=found.customers,
            answered=found.answered,
            settled=found.settled,
            content=found.content,
        )

    @shown("Sales, beside as long a time before 销售分析")
    async def sales(self, info: Info[Context]) -> SalesFigures:
        async def work(session: AsyncSession, scope: Scope, some: Any) -> sales.Sales:
            question = await _question(session, scope, self.asked.until)
            return await sales.read(session, scope, self.asked.since, self.asked.until, question, some)

        found: sales.Sales = await _work(info, self.asked, "sales", work)
        return SalesFigures(
            orders=found.orders,
            customers=found.customers,
            spend=found.spend_micros / MICRO,
            average=None if found.average_micros is None else found.average_micros / MICRO,
            orders_before=found.orders_before,
            spend_before=found.spend_before_micros / MICRO,
            growth=found.growth,
        )

    @shown("Sales by product category, the greatest first 品类销售分析")
    async def categories(self, info: Info[Context]) -> list[CategoryFigures]:
        async def work(session: AsyncSession, scope: Scope, some: Any) -> list[sales.Category]:
            question = await _question(session, scope, self.asked.until)
            return await sales.categories(session, scope, self.asked.since, self.asked.until, question, some)

        return [
            CategoryFigures(
                name=one.name,
                customers=one.customers,
                spend=one.spend_micros / MICRO,
                spend_before=one.spend_before_micros / MICRO,
                growth=one.growth,
            )
            for one in await _work(info, self.asked, "categories", work)
        ]

    @shown("What may be sold to whom: categories that are bought together 市场机会")
    async def openings(self, info: Info[Context]) -> list[Opening]:
        async def work(session: AsyncSession, scope: Scope, some: Any) -> list[sales.Opening]:
            return await sales.openings(session, scope, self.asked.until, some)

        names = ("having", "wanting", "together", "open")
        found = await _work(info, self.asked, "openings", work)
        return [Opening(**{name: getattr(one, name) for name in names}) for one in found]

    @shown("What customers need and have not bought yet, by product category 需求分析")
    async def needs(self, info: Info[Context]) -> list[NeedFigures]:
        async def work(session: AsyncSession, scope: Scope, some: Any) -> list[needs.Need]:
            return await needs.read(session, scope, self.asked.since, self.asked.until, some)

        names = ("name", "customers", "open", "fresh")
        found = await _work(info, self.asked, "needs", work)
        return [NeedFigures(**{name: getattr(one, name) for name in names}) for one in found]

    @shown("Where the customers of the period came from, and how many of them buy 获客渠道与转化")
    async def sources(self, info: Info[Context]) -> list[SourceFigures]:
        async def work(session: AsyncSession, scope: Scope, some: Any) -> list[sources.Source]:
            question = await _question(session, scope, self.asked.until)
            return await sources.read(session, scope, self.asked.since, self.asked.until, question, some)

        return [
            SourceFigures(
                name=one.name,
                word_of_mouth=one.word_of_mouth,
                customers=one.customers,
                converted=one.converted,
                rate=one.rate,
                spend=one.spend_micros / MICRO,
            )
            for one in await _work(info, self.asked, "sources", work)
        ]


async def _question(session: AsyncSession, scope: Scope, as_of: datetime) -> Any:
    return classifying.question((await standards.in_force(session, scope)).thresholds, as_of)


@strawberry.type
class KeyFigureQuery:
    """Key figures."""

    @shown("Whether it works: key figures of a period, also of one department or segment 关键绩效指标")
    async def key_figures(
        self, info: Info[Context], since: Since, until: Until = None, department: Of = None, segment_id: In = None
    ) -> KeyFigures:
        start, end = period(info, since, until)
        segment = filters.uuid(segment_id, "segment", "segment_id") if segment_id else None
        return KeyFigures(asked=_Asked(start, end, Whose(department, segment)))
