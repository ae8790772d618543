"""The plan of care in GraphQL: what a worker does every hour, done now."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import strawberry
from strawberry import Info

from kequn.domain.care import planning
from kequn.domain.problems import Refused
from schema import given, once
from schema.context import Context
from schema.once import IdempotencyKey
from schema.payloads import Payload
from schema.problems import show
from schema.words import shown

AsOf = Annotated[datetime | None, strawberry.argument(description="At this moment; left out: now 时点")]


@strawberry.type(description="Which tasks of care were planned 关怀计划结果")
class PlanCarePayload(Payload):
    calls: int = strawberry.field(default=0, description="Call-backs 回访任务数")
    birthdays: int = strawberry.field(default=0, description="Wishes at birthdays 生日关怀任务数")
    holidays: int = strawberry.field(default=0, description="Wishes at holidays 节假日关怀任务数")
    managers: int = strawberry.field(
        default=0, description="Customers who are to get a manager of their own 专属客户经理任务数"
    )


@strawberry.type
class CareMutation:
    """What is planned."""

    @shown("Plan the call-backs, wishes and managers that are due; none is planned twice 制定关怀计划")
    async def plan_care(
        self, info: Info[Context], as_of: AsOf = None, idempotency_key: IdempotencyKey = None
    ) -> PlanCarePayload:
        try:
            async with info.context.desk() as desk:

                async def work() -> Mapping[str, Any]:
                    return asdict(await planning.plan(desk, given.moment(as_of, "as_of")))

                told = await once.tell(info, desk, work)
        except Refused as refused:
            return PlanCarePayload(problems=show(refused.problems, info.context.language))
        return PlanCarePayload(**told)
