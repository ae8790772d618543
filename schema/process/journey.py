"""The journey of customers 客户旅程: what they met in a period, of one of them; of all it stands in views.py."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession
from strawberry import Info

from kequn.domain.problems import Code, refuse
from kequn.domain.process import journey
from kequn.store.scope import Scope
from kequn.store.vault import Vault
from schema import given
from schema.context import Context
from schema.node import key
from schema.words import shown

YEAR, LONGEST = timedelta(days=365), timedelta(days=3660)


@strawberry.type(description="What customers met in a period, and where it hurt 触点")
class TouchPoint:
    stage: str = strawberry.field(description="contact 接触, purchase 购买, service 服务 or feedback 反馈 旅程阶段")
    name: str | None = strawberry.field(description="The channel, or the step of the service process 触点名称")
    times: int = strawberry.field(description="How often 次数")
    customers: int = strawberry.field(description="By how many customers 客户数")
    pains: int = strawberry.field(description="Complaints, problems, returns, steps that were late 痛点数")
    improvements: int = strawberry.field(description="Suggestions and opinions 改进点数")


Since = Annotated[datetime, strawberry.argument(description="After this moment 开始时间")]
MaybeSince = Annotated[
    datetime | None, strawberry.argument(description="After this moment; left out: a year before the end 开始时间")
]
Until = Annotated[datetime | None, strawberry.argument(description="Until this moment; left out: now 结束时间")]


def period(info: Info[Context], since: Any, until: Any) -> tuple[datetime, datetime]:
    """Raises Refused where it is none, or longer than ten years."""
    start, end = given.moment(since, "since"), given.moment(until, "until") or info.context.now
    if start is None or not timedelta(0) < end - start <= LONGEST:
        raise refuse(Code.BAD_DATE, "since")
    return start, end


def touch_points(found: Sequence[journey.TouchPoint]) -> list[TouchPoint]:
    names = ("stage", "name", "times", "customers", "pains", "improvements")
    return [TouchPoint(**{name: getattr(one, name) for name in names}) for one in found]


@strawberry.type
class CustomerJourney:
    """What one customer met."""

    @shown("Their journey: what they met, where it hurt, and what they suggested 客户旅程")
    async def journey(self, info: Info[Context], since: MaybeSince = None, until: Until = None) -> list[TouchPoint]:
        end = given.moment(until, "until") or info.context.now
        start, end = period(info, given.moment(since, "since") or end - YEAR, end)

        async def load(session: AsyncSession, scope: Scope, vault: Vault, keys: Sequence[Any]) -> Mapping[Any, Any]:
            return await journey.read_each(session, scope, keys, start, end)

        return touch_points(await info.context.ask.together(("journey", start, end), load, key(self)))
