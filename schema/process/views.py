"""The service process seen as a whole: the board of what is to be done now, and the journey map."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession
from strawberry import Info

from kequn.domain.problems import Code, refuse
from kequn.domain.process import journey
from kequn.store.scope import Scope
from kequn.store.vault import Vault
from kequn.store.where import Every, Has, Op, Test
from schema import filters, given
from schema.context import Context
from schema.paging import Key, Window
from schema.process.cases import CaseStep, FlowId
from schema.tasks import Department
from schema.words import shown

CARDS = 200
"""So many steps are shown in a column of the board, the most urgent first; `count` tells how many there are."""
LONGEST = timedelta(days=3660)


@strawberry.type(description="A column of the board: the cases at one step of a service process 看板列")
class BoardColumn:
    position: int = strawberry.field(description="Place among the steps, from 0 序号")
    name: str = strawberry.field(description="What is done 步骤名称")
    department: Department = strawberry.field(description="Which department's it is by the present version 部门")
    count: int = strawberry.field(description="How many cases are there 数量")
    late: int = strawberry.field(description="How many of those that are shown should be done by now 逾期数")
    steps: list[CaseStep] = strawberry.field(description=f"The most urgent first, at most {CARDS} 服务步骤")


@strawberry.type(description="What customers met in a period, and where it hurt 触点")
class TouchPoint:
    stage: str = strawberry.field(description="contact 接触, purchase 购买, service 服务 or feedback 反馈 旅程阶段")
    name: str | None = strawberry.field(description="The channel, or the step of the service process 触点名称")
    times: int = strawberry.field(description="How often 次数")
    customers: int = strawberry.field(description="By how many customers 客户数")
    pains: int = strawberry.field(description="Complaints, problems, returns, steps that were late 痛点数")
    improvements: int = strawberry.field(description="Suggestions and opinions 改进点数")


Since = Annotated[datetime, strawberry.argument(description="After this moment 开始时间")]
Until = Annotated[datetime | None, strawberry.argument(description="Until this moment; left out: now 结束时间")]


def period(info: Info[Context], since: Any, until: Any) -> tuple[datetime, datetime]:
    """Raises Refused where it is none, or longer than ten years."""
    start, end = given.moment(since, "since"), given.moment(until, "until") or info.context.now
    if start is None or not timedelta(0) < end - start <= LONGEST:
        raise refuse(Code.BAD_DATE, "since")
    return start, end


async def _column(info: Info[Context], where: Every, place: int, step: Any) -> BoardColumn:
    ask, here = info.context.ask, Test("position", Op.EQ, place)
    window = Window((Key("due_at"), Key("id")), CARDS, where=Every((where, here)))
    rows = (await ask.page("case_step", None, None, window)).rows
    return BoardColumn(
        position=place,
        name=step["name"],
        department=Department(step["department"]),
        count=await ask.count("case_step", None, None, window),
        late=sum(row.due_at <= info.context.now for row in rows),
        steps=list(rows),
    )


@strawberry.type
class ProcessQuery:
    """The service process as a whole."""

    @shown("The board of a service process: what is to be done now, by step 服务看板")
    async def service_board(self, info: Info[Context], flow_id: FlowId) -> list[BoardColumn]:
        flow = await info.context.ask.one("flow", filters.uuid(flow_id, "flow", "flow_id"))
        if flow is None:
            raise refuse(Code.NOT_FOUND, "flow_id")
        of_flow = Has("service_case", Every((Test("flow_id", Op.EQ, flow.id), Test("state", Op.EQ, "open"))))
        where = Every((Test("state", Op.EQ, "open"), of_flow))
        return [await _column(info, where, place, step) for place, step in enumerate(flow.steps)]

    @shown("The journey map: touch-points in order, pains and improvements 客户旅程图")
    async def journey_map(self, info: Info[Context], since: Since, until: Until = None) -> list[TouchPoint]:
        start, end = period(info, since, until)

        async def load(session: AsyncSession, scope: Scope, vault: Vault, keys: Sequence[Any]) -> dict[Any, Any]:
            return dict.fromkeys(keys, await journey.read(session, scope, start, end))

        found: list[journey.TouchPoint] = await info.context.ask.of_all(("journey", start, end), load, None)
        names = ("stage", "name", "times", "customers", "pains", "improvements")
        return [TouchPoint(**{name: getattr(one, name) for name in names}) for one in found]
