"""What is worked out of service: how the standards are kept, and what each member of staff does."""

from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession
from strawberry import Info

from kequn.domain.problems import Code, refuse
from kequn.domain.service import measuring
from kequn.store.scope import Scope
from schema import given
from schema.context import Context
from schema.insight import Since, Until, ask
from schema.service.standards import ServiceStandard
from schema.staff import Staff
from schema.words import shown


@strawberry.type(description="So many of those that were due 达标情况")
class Kept:
    kept: int = strawberry.field(description="In time 达标数")
    due: int = strawberry.field(description="That were due 应达标数")
    rate: float | None = strawberry.field(description="The share; empty where nothing was due 达标率")


@strawberry.type(description="How a standard of service is kept 服务标准达成情况")
class ServiceCompliance:
    tickets: int = strawberry.field(description="Tickets of the period 处理单数")
    answered: Kept = strawberry.field(description="Answered in time 及时响应")
    solved: Kept = strawberry.field(description="Solved in time 及时解决")
    reopened: int = strawberry.field(description="Reopened 重开数")
    rating: float | None = strawberry.field(description="Mean rating, of 5 平均评分")
    met: bool | None = strawberry.field(
        description="Whether the standard was met; empty where nothing was due 是否达标"
    )
    found: strawberry.Private[UUID | None]

    @shown("The standard; empty for what no published one was for 服务标准")
    async def standard(self, info: Info[Context]) -> ServiceStandard | None:
        row: ServiceStandard | None = (
            await info.context.ask.one("service_standard", self.found) if self.found is not None else None
        )
        return row


@strawberry.type(description="What a member of staff did in a period 员工绩效")
class StaffPerformance:
    tasks: Kept = strawberry.field(description="Tasks done in time 任务按时完成")
    tickets: int = strawberry.field(description="Feedback that they saw to 处理反馈数")
    answered: Kept = strawberry.field(description="Answered in time 及时响应")
    solved: Kept = strawberry.field(description="Solved in time 及时解决")
    minutes: float | None = strawberry.field(description="Median minutes to the first answer 响应时长中位数")
    rating: float | None = strawberry.field(description="Mean rating, of 5 平均评分")
    trainings: Kept = strawberry.field(description="Trainings attended 培训参加情况")
    score: float | None = strawberry.field(description="Mean score of trainings, of 100 平均考核分")
    found: strawberry.Private[UUID]

    @shown("Who 员工")
    async def staff(self, info: Info[Context]) -> Staff | None:
        row: Staff | None = await info.context.ask.one("staff", self.found)
        return row


def _kept(share: measuring.Share) -> Kept:
    return Kept(kept=share.kept, due=share.due, rate=share.rate)


def period(info: Info[Context], since: Any, until: Any) -> tuple[datetime, datetime]:
    """Raises Refused."""
    start, end = given.moment(since, "since"), given.moment(until, "until") or info.context.now
    if start is None or start >= end:
        raise refuse(Code.BAD_DATE, "since")
    return start, end


@strawberry.type
class ServiceFigures:
    """What is worked out of service."""

    @shown("How each standard of service was kept in a period 服务标准达成情况")
    async def service_compliance(
        self, info: Info[Context], since: Since, until: Until = None
    ) -> list[ServiceCompliance]:
        start, end = period(info, since, until)

        async def work(session: AsyncSession, scope: Scope) -> Any:
            return await measuring.compliance(session, scope, start, end, info.context.now)

        found: list[measuring.Compliance] = await ask(info, ("compliance", start, end), work)
        return [
            ServiceCompliance(
                tickets=one.tickets,
                answered=_kept(one.answered),
                solved=_kept(one.solved),
                reopened=one.reopened,
                rating=one.rating,
                met=one.met,
                found=one.standard,
            )
            for one in found
        ]

    @shown("What each member of staff did in a period: tasks, service times, ratings, trainings 员工绩效考核")
    async def staff_performance(self, info: Info[Context], since: Since, until: Until = None) -> list[StaffPerformance]:
        start, end = period(info, since, until)

        async def work(session: AsyncSession, scope: Scope) -> Any:
            return await measuring.performance(session, scope, start, end, info.context.now)

        found: list[measuring.Performance] = await ask(info, ("performance", start, end), work)
        return [
            StaffPerformance(
                tasks=_kept(one.tasks),
                tickets=one.tickets,
                answered=_kept(one.answered),
                solved=_kept(one.solved),
                minutes=one.minutes,
                rating=one.rating,
                trainings=_kept(one.trainings),
                score=one.score,
                found=one.staff,
            )
            for one in found
        ]
