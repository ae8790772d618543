"""Figures about all customers: how many stay, by month and cohort; what those who left have in common; what is said."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession
from strawberry import Info

from kequn.domain import retention, standards
from kequn.domain.problems import Code, refuse
from kequn.store.scope import Scope
from kequn.store.vault import Vault
from schema import given
from schema.context import Context
from schema.words import shown

MOST = 36
Months = Annotated[
    int, strawberry.argument(description=f"How many months, the running one included; at most {MOST} 月数")
]
Since = Annotated[datetime, strawberry.argument(description="After this moment 开始时间")]
Until = Annotated[datetime | None, strawberry.argument(description="Until this moment; left out: now 结束时间")]


@strawberry.enum(description="What customers who left may have in common 流失原因维度")
class ChurnBy(Enum):
    TIER = strawberry.enum_value("tier", description="Service tier 客户等级")
    SOURCE = strawberry.enum_value("source", description="Acquisition channel 获取渠道")
    REGION = strawberry.enum_value("region", description="Region 地域")
    VALUE = strawberry.enum_value("value", description="Value class 价值分类")
    COMPLAINT = strawberry.enum_value("complaint", description="Whether they ever complained 是否投诉")
    LAST_COMPLAINT = strawberry.enum_value("last_complaint", description="What their last complaint was about 最近投诉")
    CATEGORY = strawberry.enum_value("category", description="The product category they bought most often 产品类别")


@strawberry.type(description="What became of the customers in a period 客户留存")
class Retention:
    since: datetime = strawberry.field(description="After this moment 开始时间")
    until: datetime = strawberry.field(description="Until this moment 结束时间")
    active_at_start: int = strawberry.field(description="Active customers at its start 期初活跃客户数")
    active_at_end: int = strawberry.field(description="Active customers at its end 期末活跃客户数")
    new_customers: int = strawberry.field(description="Customers whose first order was in it 新增客户数")
    retention_rate: float | None = strawberry.field(description="(Active at end less new) / active at start 客户留存率")
    churn_rate: float | None = strawberry.field(description="1 less the retention rate 客户流失率")
    repurchase_rate: float | None = strawberry.field(
        description="Who ordered twice / who ordered, in the window 复购率"
    )


@strawberry.type(description="Customers who began in one month 客户同期群")
class Cohort:
    since: datetime = strawberry.field(description="The month begins here 月初")
    customers: int = strawberry.field(description="How many began 新客户数")
    active: list[int] = strawberry.field(description="How many bought in this month and in each after 各月活跃数")


@strawberry.type(description="Customers who share something, and how many of them left 流失原因")
class ChurnCause:
    value: str | None = strawberry.field(description="What they share 取值")
    customers: int = strawberry.field(description="How many ever bought 客户数")
    churned: int = strawberry.field(description="How many of them have left 流失数")
    rate: float = strawberry.field(description="Their share 流失率")


@strawberry.type(description="Figures of a period 关键指标")
class Figures:
    retention: Retention = strawberry.field(description="How many stayed 留存")
    answers: int = strawberry.field(description="How many answers were given 回答数")
    csat: float | None = strawberry.field(description="Share of 4 and 5, of 5 满意率")
    nps: float | None = strawberry.field(description="Share of 9 and 10 less that of 0 to 6, of 10 净推荐值")
    feedback: int = strawberry.field(description="How much feedback was given 反馈数")
    complaints: int = strawberry.field(description="How many complaints 投诉数")


Work = Callable[[AsyncSession, Scope], Awaitable[Any]]


async def ask(info: Info[Context], name: object, work: Work, *, of_all: bool = True) -> Any:
    """`of_all`: it tells of customers whom the caller may not see one by one."""

    async def load(session: AsyncSession, scope: Scope, vault: Vault, keys: list[Any]) -> dict[Any, Any]:
        found = await work(session, scope)
        return dict.fromkeys(keys, found)

    loaders = info.context.ask
    return await (loaders.of_all if of_all else loaders.together)(("insight", name), load, None)


def _retention(found: retention.Period) -> Retention:
    return Retention(
        since=found.since,
        until=found.until,
        active_at_start=found.at_start,
        active_at_end=found.at_end,
        new_customers=found.new,
        retention_rate=found.retention,
        churn_rate=found.churn,
        repurchase_rate=found.repurchase,
    )


def _few(months: int) -> int:
    if not 1 <= months <= MOST:
        raise refuse(Code.BAD_NUMBER, "months")
    return months


async def _window(session: AsyncSession, scope: Scope) -> int:
    return (await standards.in_force(session, scope)).thresholds.windows.window_days


@strawberry.type
class Insight:
    """Figures about all customers."""

    @shown("Retention, churn and repurchase by month 按月留存率、流失率与复购率")
    async def retention(self, info: Info[Context], months: Months = 12) -> list[Retention]:
        async def work(session: AsyncSession, scope: Scope) -> list[retention.Period]:
            edges = await retention.months(session, scope, info.context.now, _few(months))
            return await retention.by_month(session, scope, edges, await _window(session, scope))

        return [_retention(one) for one in await ask(info, ("months", months), work)]

    @shown("Customers by the month in which they began, and how many of them came back 同期群留存")
    async def cohorts(self, info: Info[Context], months: Months = 12) -> list[Cohort]:
        async def work(session: AsyncSession, scope: Scope) -> list[retention.Cohort]:
            return await retention.cohorts(
                session, scope, await retention.months(session, scope, info.context.now, _few(months))
            )

        found = await ask(info, ("cohorts", months), work)
        return [Cohort(since=one.since, customers=one.active[0], active=list(one.active)) for one in found]

    @shown("What customers who left have in common 流失原因分析")
    async def churn_causes(
        self, info: Info[Context], by: Annotated[ChurnBy, strawberry.argument(description="By what 维度")]
    ) -> list[ChurnCause]:
        wanted = retention.By(str(by.value))

        async def work(session: AsyncSession, scope: Scope) -> list[retention.Cause]:
            return await retention.causes(session, scope, wanted)

        return [
            ChurnCause(value=one.value, customers=one.customers, churned=one.churned, rate=one.churned / one.customers)
            for one in await ask(info, ("causes", wanted), work)
        ]

    @shown("Retention, satisfaction, feedback and complaints of a period 关键指标")
    async def figures(self, info: Info[Context], since: Since, until: Until = None) -> Figures:
        start, end = given.moment(since, "since"), given.moment(until, "until") or info.context.now
        if start is None or not timedelta(0) < end - start <= timedelta(days=3660):
            raise refuse(Code.BAD_DATE, "since")

        async def work(session: AsyncSession, scope: Scope) -> tuple[retention.Period, retention.Voice]:
            stayed = await retention.period(session, scope, start, end, await _window(session, scope))
            return stayed, await retention.voice(session, scope, start, end)

        stayed, said = await ask(info, ("figures", start, end), work)
        return Figures(
            retention=_retention(stayed),
            answers=said.answers,
            csat=said.csat,
            nps=said.nps,
            feedback=said.feedback,
            complaints=said.complaints,
        )
