"""What is worked out of benefits: who may claim one, what one brought, what fits a customer, how a rule is taken up."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import strawberry
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from strawberry import Info

from kequn.domain import points
from kequn.domain.benefits import effect, eligibility, incentives, recommending
from kequn.domain.benefits.offering import BENEFITS
from kequn.domain.problems import Code, refuse
from kequn.store.scope import Scope
from schema import filters, given
from schema.benefits.acting import BenefitId, CustomerId, RuleName
from schema.benefits.offered import Benefit
from schema.context import Context
from schema.customers import Customer
from schema.insight import Since, Until, ask
from schema.words import shown

MICRO = Decimal(1_000_000)
LONGEST, MOST = 366, 50
FARTHEST, LARGEST = 3660, 200
Ahead = Annotated[int | None, strawberry.argument(description="How many days; left out: as the standard says 未来天数")]
Rows = Annotated[int, strawberry.argument(description=f"How many customers; at most {LARGEST} 数量")]
SpanDays = Annotated[int, strawberry.argument(description="Days before and after a claim 前后对比天数")]
First = Annotated[int, strawberry.argument(description=f"How many of each; at most {MOST} 数量")]


@strawberry.type(description="A condition of a benefit, and whether it holds for a customer 参与条件判断")
class EligibilityFact:
    about: str = strawberry.field(
        description="open, day, stock, budget, limit, segment, tier, group, points, or a field of `where` 条件"
    )
    held: bool = strawberry.field(description="Whether it holds now 是否满足")


@strawberry.type(description="What came of a benefit 福利效果")
class BenefitEffect:
    claimed: int = strawberry.field(description="Claims that were not given back 领取数")
    redeemed: int = strawberry.field(description="Redeemed 核销数")
    expired: int = strawberry.field(description="Ran out 过期数")
    customers: int = strawberry.field(description="Customers 客户数")
    redemption: float | None = strawberry.field(description="Redeemed / claimed 核销率")
    cost: Decimal = strawberry.field(description="What the redeemed ones cost 成本")
    days: int = strawberry.field(description="Days before and after 对比天数")
    orders_before: int = strawberry.field(description="Orders in the days before the first claim 领取前订单数")
    orders_after: int = strawberry.field(description="Orders in the days after it 领取后订单数")
    spend_before: Decimal = strawberry.field(description="Spend in the days before 领取前消费")
    spend_after: Decimal = strawberry.field(description="Spend in the days after 领取后消费")
    uplift: float | None = strawberry.field(
        description="Spend after / before, less 1; a comparison in time, no experiment 消费增幅"
    )


@strawberry.type(description="What fits a customer, and why 个性化推荐")
class Recommendation:
    score: float = strawberry.field(description="From 0 to 1 匹配度")
    because: str = strawberry.field(
        description="bought: those who bought `what` bought this; preferred: of the category `what`; open 推荐原因"
    )
    what: list[str] = strawberry.field(description="Products or categories that it follows from 依据")
    product: str | None = strawberry.field(description="The product 产品")
    found: strawberry.Private[Any]

    @shown("The benefit 福利")
    async def benefit(self, info: Info[Context]) -> Benefit | None:
        row: Benefit | None = await info.context.ask.one("benefit", self.found.benefit) if self.found.benefit else None
        return row


@strawberry.type(description="What fits a customer 个性化推荐")
class Recommendations:
    products: list[Recommendation] = strawberry.field(description="Products, the best first 推荐产品")
    benefits: list[Recommendation] = strawberry.field(description="Benefits that can be claimed now 推荐福利")


@strawberry.type(description="How an incentive rule was taken up in a period 激励规则评估")
class IncentiveReview:
    since: datetime = strawberry.field(description="From this moment 开始时间")
    until: datetime = strawberry.field(description="Until this moment 结束时间")
    participants: int = strawberry.field(description="Customers who earned points by it 参与人数")
    share: float = strawberry.field(description="Of all customers 参与率")
    rewards: int = strawberry.field(description="How often 奖励次数")
    points: int = strawberry.field(description="Points 积分")
    full_days: float = strawberry.field(description="Share of days on which a participant reached the limit 触顶比例")
    advice: str = strawberry.field(description="raise_points, lower_points, raise_limit or keep 调整建议")


@strawberry.type(description="Points of a customer that run out soon 即将到期积分")
class PointsExpiry:
    points: int = strawberry.field(description="How many are lost unless they are redeemed 积分")
    at: datetime = strawberry.field(description="By when 到期时间")
    whose: strawberry.Private[UUID]

    @shown("Whose they are 客户")
    async def customer(self, info: Info[Context]) -> Customer | None:
        row: Customer | None = await info.context.ask.one("customer", self.whose)
        return row


def _recommendation(one: recommending.Advice) -> Recommendation:
    return Recommendation(
        score=one.score, because=one.because, what=list(one.what), product=one.product, found=one
    )  # fmt: skip


@strawberry.type
class BenefitFigures:
    """What is worked out of benefits."""

    @shown("Whether a customer may claim a benefit now: every condition, and whether it holds 福利参与条件判断")
    async def benefit_eligibility(
        self, info: Info[Context], benefit_id: BenefitId, customer_id: CustomerId
    ) -> list[EligibilityFact]:
        benefit, wanted = filters.uuid(benefit_id, "benefit", "benefit_id"), filters.uuid(
            customer_id, "customer", "customer_id"
        )  # fmt: skip
        customer = await info.context.ask.one("customer", wanted)
        if customer is None:
            raise refuse(Code.UNKNOWN_CUSTOMER, "customer_id")

        async def work(session: AsyncSession, scope: Scope) -> Any:
            mine = (BENEFITS.c.tenant_id == scope.tenant, BENEFITS.c.id == benefit)
            row = (await session.execute(select(BENEFITS).where(*mine))).mappings().first()
            if row is None:
                raise refuse(Code.NOT_FOUND, "benefit_id")
            return await eligibility.judge(session, scope, row, customer.id, info.context.now)

        found = await ask(info, ("eligible", benefit, customer.id), work, of_all=False)
        return [EligibilityFact(about=one.about, held=one.held) for one in found]

    @shown("What came of a benefit 福利效果")
    async def benefit_effect(self, info: Info[Context], id: BenefitId, days: SpanDays = 30) -> BenefitEffect:
        benefit = filters.uuid(id, "benefit", "id")
        if not 1 <= days <= LONGEST:
            raise refuse(Code.BAD_NUMBER, "days")

        async def work(session: AsyncSession, scope: Scope) -> effect.Effect:
            return await effect.of(session, scope, benefit, days, info.context.now)

        one = await ask(info, ("effect", benefit, days), work)
        names = ("claimed", "redeemed", "expired", "customers", "redemption", "days", "orders_before", "orders_after")
        return BenefitEffect(
            **{name: getattr(one, name) for name in names},
            cost=one.cost_micros / MICRO,
            spend_before=one.before_micros / MICRO,
            spend_after=one.after_micros / MICRO,
            uplift=one.uplift,
        )

    @shown("Products and benefits that fit a customer, from history and preference, each with its reason 个性化推荐")
    async def recommendations(self, info: Info[Context], customer_id: CustomerId, first: First = 5) -> Recommendations:
        if not 1 <= first <= MOST:
            raise refuse(Code.BAD_NUMBER, "first")
        customer = await info.context.ask.one("customer", filters.uuid(customer_id, "customer", "customer_id"))
        if customer is None:
            raise refuse(Code.UNKNOWN_CUSTOMER, "customer_id")

        async def work(session: AsyncSession, scope: Scope) -> Any:
            return await recommending.advise(session, scope, customer.id, info.context.now, first)

        products, benefits = await ask(info, ("advice", customer.id, first), work, of_all=False)
        return Recommendations(
            products=[_recommendation(one) for one in products], benefits=[_recommendation(one) for one in benefits]
        )

    @shown("Whose points run out in the days to come, the soonest first 即将到期积分")
    async def points_running_out(
        self, info: Info[Context], days: Ahead = None, first: Rows = LARGEST
    ) -> list[PointsExpiry]:
        if days is not None and not 1 <= days <= FARTHEST:
            raise refuse(Code.BAD_NUMBER, "days")
        if not 1 <= first <= LARGEST:
            raise refuse(Code.BAD_NUMBER, "first")

        async def work(session: AsyncSession, scope: Scope) -> list[points.Expiry]:
            return await points.running_out(session, scope, info.context.now, days, first)

        found = await ask(info, ("running out", days, first), work)
        return [PointsExpiry(points=one.points, at=one.at, whose=one.customer) for one in found]

    @shown("How an incentive rule was taken up in a period, and what that speaks for 激励规则评估")
    async def incentive_review(
        self, info: Info[Context], name: RuleName, since: Since, until: Until = None
    ) -> IncentiveReview:
        start, end = given.moment(since, "since"), given.moment(until, "until") or info.context.now
        if start is None or start >= end:
            raise refuse(Code.BAD_DATE, "since")

        async def work(session: AsyncSession, scope: Scope) -> incentives.Review:
            return await incentives.review(session, scope, name, start, end)

        one = await ask(info, ("incentive", name, start, end), work)
        names = ("since", "until", "participants", "share", "rewards", "points", "full_days", "advice")
        return IncentiveReview(**{field: getattr(one, field) for field in names})
