"""What people add to what the rules see of a customer: pins and approvals of tiers, points, answers."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import Enum
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import Info

from kequn.domain import answers, pins
from kequn.domain import points as ledger
from kequn.domain.editing import Desk
from schema import filters, given
from schema.context import Context
from schema.customers import CustomerPayload
from schema.once import IdempotencyKey
from schema.payloads import answer
from schema.words import shown

CustomerId = Annotated[strawberry.ID, strawberry.argument(description="The customer 客户")]
TierId = Annotated[strawberry.ID, strawberry.argument(description="The tier 客户等级")]
PinId = Annotated[strawberry.ID, strawberry.argument(description="The pin or approval 锁定记录")]
Reason = Annotated[str, strawberry.argument(description="Why; it is kept 原因")]
Until = Annotated[datetime | None, strawberry.argument(description="Until when; left out: for good 结束时间")]
Count = Annotated[int, strawberry.argument(description="How many points 积分")]
Score = Annotated[int, strawberry.argument(description="The answer; 0 of 10 is one 分数")]
GivenAt = Annotated[datetime | None, strawberry.argument(description="When; left out: now 时间")]
Source = Annotated[str, strawberry.argument(description="Where it was given 来源")]


@strawberry.enum(description="On which scale was answered 满意度量表")
class AnswerScale(Enum):
    CSAT = strawberry.enum_value("csat", description="1 (worst) to 5 (best) CSAT满意度")
    NPS = strawberry.enum_value("nps", description="0 (worst) to 10 (best) NPS净推荐值")


@strawberry.enum(description="What an answer is about 评价对象")
class AnswerAbout(Enum):
    OVERALL = strawberry.enum_value("overall", description="All of it 总体")
    RESPONSE = strawberry.enum_value("response", description="How fast we answer 响应速度")
    ATTITUDE = strawberry.enum_value("attitude", description="How we behave 服务态度")
    PRODUCT = strawberry.enum_value("product", description="The product 产品")


ScaleGiven = Annotated[AnswerScale, strawberry.argument(description="On which scale 量表")]
AboutGiven = Annotated[AnswerAbout, strawberry.argument(description="About what 评价对象")]


async def _about(info: Info[Context], id: str, work: Callable[[Desk, UUID], Awaitable[object]]) -> CustomerPayload:
    """The customer, after something was done about it."""

    async def run(desk: Desk) -> UUID:
        customer = filters.uuid(id, "customer", "customer_id")
        await work(desk, customer)
        return customer

    payload: CustomerPayload = await answer(info, CustomerPayload, "customer", "customer", run)
    return payload


@strawberry.type
class AssessingMutation:
    """What people add."""

    @shown("Fix the tier of a customer, whatever the rules say 锁定客户等级")
    async def pin_tier(
        self,
        info: Info[Context],
        customer_id: CustomerId,
        tier_id: TierId,
        reason: Reason,
        until: Until = None,
        idempotency_key: IdempotencyKey = None,
    ) -> CustomerPayload:
        async def work(desk: Desk, customer: UUID) -> object:
            tier = filters.uuid(tier_id, "tier", "tier_id")
            return await pins.pin(desk, customer, tier, reason, given.moment(until, "until"))

        return await _about(info, customer_id, work)

    @shown("Allow the rules to give a customer the highest tier 审批战略等级")
    async def approve_tier(
        self,
        info: Info[Context],
        customer_id: CustomerId,
        reason: Reason,
        until: Until = None,
        idempotency_key: IdempotencyKey = None,
    ) -> CustomerPayload:
        async def work(desk: Desk, customer: UUID) -> object:
            return await pins.approve(desk, customer, reason, given.moment(until, "until"))

        return await _about(info, customer_id, work)

    @shown("End a pin or an approval; the rules decide again 解除等级锁定")
    async def release_tier(
        self, info: Info[Context], customer_id: CustomerId, id: PinId, idempotency_key: IdempotencyKey = None
    ) -> CustomerPayload:
        async def work(desk: Desk, customer: UUID) -> object:
            return await pins.release(desk, filters.uuid(id, "pin", "id"))

        return await _about(info, customer_id, work)

    @shown("Redeem points; never more than there are 积分兑换")
    async def redeem_points(
        self,
        info: Info[Context],
        customer_id: CustomerId,
        points: Count,
        reason: Reason,
        idempotency_key: IdempotencyKey = None,
    ) -> CustomerPayload:
        return await _about(info, customer_id, lambda desk, customer: ledger.redeem(desk, customer, points, reason))

    @shown("Give or take points by hand 调整积分")
    async def adjust_points(
        self,
        info: Info[Context],
        customer_id: CustomerId,
        points: Count,
        reason: Reason,
        idempotency_key: IdempotencyKey = None,
    ) -> CustomerPayload:
        return await _about(info, customer_id, lambda desk, customer: ledger.adjust(desk, customer, points, reason))

    @shown("Note what a customer answered when asked how satisfied they are 记录满意度回答")
    async def record_answer(
        self,
        info: Info[Context],
        customer_id: CustomerId,
        score: Score,
        scale: ScaleGiven = AnswerScale.CSAT,
        about: AboutGiven = AnswerAbout.OVERALL,
        given_at: GivenAt = None,
        source: Source = "",
        idempotency_key: IdempotencyKey = None,
    ) -> CustomerPayload:
        async def work(desk: Desk, customer: UUID) -> object:
            at = given.moment(given_at, "given_at")
            return await answers.note(
                desk, customer, score, scale=str(scale.value), about=str(about.value), given_at=at, source=source
            )

        return await _about(info, customer_id, work)
