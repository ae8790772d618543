"""What people do with benefits, claims and incentive rules."""

from collections.abc import Mapping
from datetime import date
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import Info

from kequn.domain.benefits import announcing, claiming, days, incentives, lapsing, offering
from kequn.domain.editing import Desk
from kequn.domain.problems import Refused
from schema import filters, given, once
from schema.benefits.claims import BenefitClaim
from schema.benefits.days import BenefitDay
from schema.benefits.incentives import Incentive
from schema.benefits.inputs import BenefitChanges, BenefitInput, columns
from schema.benefits.offered import Benefit
from schema.context import Context
from schema.customers import Customer, CustomerWhere
from schema.doing import CountPayload
from schema.once import IdempotencyKey
from schema.payloads import Payload, Version, answer
from schema.problems import show
from schema.segments import as_json
from schema.words import shown


@strawberry.enum(description="What is done with a benefit 福利操作")
class BenefitEvent(Enum):
    PUBLISH = strawberry.enum_value("publish", description="Customers may claim it 发布")
    SUSPEND = strawberry.enum_value("suspend", description="Not for now; `note` says why 暂停")
    RESUME = strawberry.enum_value("resume", description="Again 恢复")
    END = strawberry.enum_value("end", description="No more 结束")


@strawberry.enum(description="What is done with a claim 领取操作")
class ClaimEvent(Enum):
    REDEEM = strawberry.enum_value("redeem", description="It is handed in 核销")
    CANCEL = strawberry.enum_value("cancel", description="It is given back; `note` says why 退回")
    UNDO = strawberry.enum_value("undo", description="It was redeemed by mistake; `note` says how 撤销核销")


@strawberry.enum(description="What is done with a day of a benefit 福利日操作")
class DayEvent(Enum):
    HOLD = strawberry.enum_value("hold", description="It was held 已举办")
    DROP = strawberry.enum_value("drop", description="It is not held 取消")
    RESTORE = strawberry.enum_value("restore", description="It is held after all 恢复")


@strawberry.enum(description="What is done with a version of a rule, plan or standard 版本操作")
class VersionEvent(Enum):
    PUBLISH = strawberry.enum_value("publish", description="It is in force, instead of the one before 发布")
    RETIRE = strawberry.enum_value("retire", description="It is in force no more 停用")
    DROP = strawberry.enum_value("drop", description="A draft is thrown away 放弃草稿")


@strawberry.enum(description="Where a day is moved that is no work day 工作日规则")
class WorkDayRule(Enum):
    BEFORE = strawberry.enum_value("before", description="To the work day before 提前至前一工作日")
    AFTER = strawberry.enum_value("after", description="To the work day after 顺延至后一工作日")
    SAME = strawberry.enum_value("same", description="Nowhere 不调整")


@strawberry.type(description="The benefit, or why nothing was changed 福利修改结果")
class BenefitPayload(Payload):
    benefit: Benefit | None = strawberry.field(default=None, description="As it now is 当前内容")


@strawberry.type(description="The claim, or why nothing was changed 领取结果")
class ClaimPayload(Payload):
    claim: BenefitClaim | None = strawberry.field(default=None, description="As it now is 当前内容")


@strawberry.type(description="The day, or why nothing was changed 福利日修改结果")
class BenefitDayPayload(Payload):
    day: BenefitDay | None = strawberry.field(default=None, description="As it now is 当前内容")


@strawberry.type(description="The rule, or why nothing was changed 激励规则修改结果")
class IncentivePayload(Payload):
    incentive: Incentive | None = strawberry.field(default=None, description="As it now is 当前内容")


@strawberry.type(description="Who was rewarded, or why not 奖励结果")
class RewardPayload(Payload):
    customer: Customer | None = strawberry.field(default=None, description="The customer 客户")


BenefitId = Annotated[strawberry.ID, strawberry.argument(description="The benefit 福利")]
CustomerId = Annotated[strawberry.ID, strawberry.argument(description="The customer 客户")]
Id = Annotated[strawberry.ID, strawberry.argument(description="Its id 编号")]
Note = Annotated[str, strawberry.argument(description="Why 说明")]
Where = Annotated[CustomerWhere | None, strawberry.argument(description="Who may claim it; left out: all 参与条件")]
NewWhere = Annotated[
    CustomerWhere | None, strawberry.argument(description="Who may claim it; left out: as it is 参与条件")
]
New = Annotated[BenefitInput, strawberry.argument(description="What it is to be 内容")]
Changes = Annotated[BenefitChanges, strawberry.argument(description="What is to change 修改内容")]
Code_ = Annotated[str, strawberry.argument(description="What the customer shows 兑换码")]
From = Annotated[date, strawberry.argument(description="From this day 开始日期")]
UntilDay = Annotated[date, strawberry.argument(description="Until this day, included 结束日期")]
Months = Annotated[int, strawberry.argument(description=f"Months, at most {days.MOST_MONTHS} 月数")]
DayOfMonth = Annotated[int, strawberry.argument(description="Day of the month 每月几号")]
Rule = Annotated[WorkDayRule, strawberry.argument(description="Where it goes when nobody works 工作日规则")]
Count = Annotated[int, strawberry.argument(description="How many 数量")]
Seed = Annotated[str, strawberry.argument(description="What they are drawn from 抽取种子")]
RuleName = Annotated[str, strawberry.argument(description="Name of the rule 规则名称")]
Body = Annotated[str, strawberry.argument(description="The rule as members read it 规则内容")]
Action = Annotated[str, strawberry.argument(description="What earns points 激励行为")]
PointsEach = Annotated[int, strawberry.argument(description="How many 积分")]
PerDay = Annotated[int, strawberry.argument(description="How often a day 每日上限次数")]
Said = Annotated[str, strawberry.argument(description="What was done 说明")]


async def counted(info: Info[Context], work: Any) -> CountPayload:
    """Do it in a transaction; answer with how many."""
    try:
        async with info.context.desk() as desk:

            async def told() -> Mapping[str, Any]:
                return {"count": await work(desk)}

            return CountPayload(**await once.tell(info, desk, told))
    except Refused as refused:
        return CountPayload(problems=show(refused.problems, info.context.language))


async def _benefit(info: Info[Context], run: Any) -> BenefitPayload:
    payload: BenefitPayload = await answer(info, BenefitPayload, "benefit", "benefit", run)
    return payload


async def _claim(info: Info[Context], run: Any) -> ClaimPayload:
    payload: ClaimPayload = await answer(info, ClaimPayload, "claim", "benefit_claim", run)
    return payload


@strawberry.type
class BenefitMutation:
    """Benefits and claims."""

    @shown("Draw up a benefit 新建福利")
    async def create_benefit(
        self, info: Info[Context], input: New, where: Where = None, idempotency_key: IdempotencyKey = None
    ) -> BenefitPayload:
        async def run(desk: Desk) -> UUID:
            tree = filters.read(where, "customer", info.context.now, keep=True) if where else None
            return await offering.make(desk, columns(input), tree, as_json(where) if where else None)

        return await _benefit(info, run)

    @shown("Change a benefit; once it is published only stock, budget, end and reminder 修改福利")
    async def update_benefit(
        self,
        info: Info[Context],
        id: BenefitId,
        input: Changes,
        where: NewWhere = None,
        version: Version = None,
        idempotency_key: IdempotencyKey = None,
    ) -> BenefitPayload:
        async def run(desk: Desk) -> UUID:
            tree = filters.read(where, "customer", info.context.now, keep=True) if where else None
            benefit, asked = filters.uuid(id, "benefit", "id"), as_json(where) if where else None
            return await offering.change(desk, benefit, columns(input), tree, asked, version)

        return await _benefit(info, run)

    @shown("Publish a benefit, with its usage and validity; suspend, resume or end it 发布、暂停或结束福利")
    async def handle_benefit(
        self,
        info: Info[Context],
        id: BenefitId,
        event: Annotated[BenefitEvent, strawberry.argument(description="What is done 操作")],
        note: Note = "",
        idempotency_key: IdempotencyKey = None,
    ) -> BenefitPayload:
        async def run(desk: Desk) -> UUID:
            return await offering.step(desk, filters.uuid(id, "benefit", "id"), str(event.value), note)

        return await _benefit(info, run)

    @shown("Claim a benefit for a customer; whoever may not is told every condition that does not hold 领取福利")
    async def claim_benefit(
        self,
        info: Info[Context],
        benefit_id: BenefitId,
        customer_id: CustomerId,
        idempotency_key: IdempotencyKey = None,
    ) -> ClaimPayload:
        async def run(desk: Desk) -> UUID:
            benefit = filters.uuid(benefit_id, "benefit", "benefit_id")
            return await claiming.claim(desk, benefit, filters.uuid(customer_id, "customer", "customer_id"))

        return await _claim(info, run)

    @shown("Redeem what a customer shows; it is noted as an interaction 核销福利")
    async def redeem_claim(
        self, info: Info[Context], code: Code_, idempotency_key: IdempotencyKey = None
    ) -> ClaimPayload:
        async def run(desk: Desk) -> UUID:
            return await claiming.redeem(desk, code)

        return await _claim(info, run)

    @shown("Redeem a claim, give it back, or undo its redemption 核销、退回或撤销")
    async def handle_claim(
        self,
        info: Info[Context],
        id: Id,
        event: Annotated[ClaimEvent, strawberry.argument(description="What is done 操作")],
        note: Note = "",
        idempotency_key: IdempotencyKey = None,
    ) -> ClaimPayload:
        async def run(desk: Desk) -> UUID:
            return await claiming.step(desk, filters.uuid(id, "benefit_claim", "id"), str(event.value), note)

        return await _claim(info, run)

    @shown("End claims that have run out 处理过期领取")
    async def expire_claims(self, info: Info[Context], idempotency_key: IdempotencyKey = None) -> CountPayload:
        return await counted(info, lapsing.expire)

    @shown("Tell customers whose claims run out soon, once for each claim 发送到期提醒")
    async def remind_claims(self, info: Info[Context], idempotency_key: IdempotencyKey = None) -> CountPayload:
        return await counted(info, lapsing.remind)


@strawberry.type
class ProgrammeMutation:
    """The calendar of benefits, and incentive rules."""

    @shown("Put the monthly welfare day into the calendar 安排每月福利日")
    async def plan_welfare_days(
        self,
        info: Info[Context],
        benefit_id: BenefitId,
        since: From,
        months: Months,
        day: DayOfMonth,
        rule: Rule = WorkDayRule.AFTER,
        idempotency_key: IdempotencyKey = None,
    ) -> CountPayload:
        async def run(desk: Desk) -> int:
            benefit = filters.uuid(benefit_id, "benefit", "benefit_id")
            return await days.plan_welfare(desk, benefit, given.day(since, "since"), months, day, str(rule.value))

        return await counted(info, run)

    @shown("Put surprises into the calendar: work days drawn from a seed 安排不定期惊喜")
    async def plan_surprises(
        self,
        info: Info[Context],
        benefit_id: BenefitId,
        since: From,
        until: UntilDay,
        count: Count,
        seed: Seed,
        idempotency_key: IdempotencyKey = None,
    ) -> CountPayload:
        async def run(desk: Desk) -> int:
            benefit, start = filters.uuid(benefit_id, "benefit", "benefit_id"), given.day(since, "since")
            return await days.plan_surprises(desk, benefit, start, given.day(until, "until"), count, seed)

        return await counted(info, run)

    @shown("Tell whoever may claim what is given out today, once 发送福利日提醒")
    async def announce_benefit_days(self, info: Info[Context], idempotency_key: IdempotencyKey = None) -> CountPayload:
        async def told() -> Mapping[str, Any]:
            context = info.context
            return {"count": await announcing.announce(context.database, context.ledger, context.actor)}

        try:
            return CountPayload(**await once.repeat(info, told))
        except Refused as refused:
            return CountPayload(problems=show(refused.problems, info.context.language))

    @shown("Say that a day was held, or is not held 更新福利日")
    async def handle_benefit_day(
        self,
        info: Info[Context],
        id: Id,
        event: Annotated[DayEvent, strawberry.argument(description="What is done 操作")],
        idempotency_key: IdempotencyKey = None,
    ) -> BenefitDayPayload:
        async def run(desk: Desk) -> UUID:
            return await days.step(desk, filters.uuid(id, "benefit_day", "id"), str(event.value))

        payload: BenefitDayPayload = await answer(info, BenefitDayPayload, "day", "benefit_day", run)
        return payload

    @shown("Draw up the next version of an incentive rule, with what the one before brought 起草激励规则")
    async def draft_incentive(
        self,
        info: Info[Context],
        name: RuleName,
        body: Body,
        action: Action,
        points: PointsEach,
        per_day: PerDay = 1,
        idempotency_key: IdempotencyKey = None,
    ) -> IncentivePayload:
        async def run(desk: Desk) -> UUID:
            return await incentives.draft(desk, name, body, action, points, per_day)

        payload: IncentivePayload = await answer(info, IncentivePayload, "incentive", "incentive", run)
        return payload

    @shown("Publish a version of an incentive rule, retire it, or throw a draft away 发布或停用激励规则")
    async def handle_incentive(
        self,
        info: Info[Context],
        id: Id,
        event: Annotated[VersionEvent, strawberry.argument(description="What is done 操作")],
        idempotency_key: IdempotencyKey = None,
    ) -> IncentivePayload:
        async def run(desk: Desk) -> UUID:
            return await incentives.step(desk, filters.uuid(id, "incentive", "id"), str(event.value))

        payload: IncentivePayload = await answer(info, IncentivePayload, "incentive", "incentive", run)
        return payload

    @shown("Give a member the points that the rule in force has for what they did 按规则奖励积分")
    async def reward_member(
        self,
        info: Info[Context],
        name: RuleName,
        customer_id: CustomerId,
        reason: Said = "",
        idempotency_key: IdempotencyKey = None,
    ) -> RewardPayload:
        async def run(desk: Desk) -> UUID:
            return await incentives.reward(desk, name, filters.uuid(customer_id, "customer", "customer_id"), reason)

        payload: RewardPayload = await answer(info, RewardPayload, "customer", "customer", run)
        return payload
