"""The service process seen as a whole: the board of what is to be done now, and the journey map."""

from collections.abc import Sequence
from typing import Any

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession
from strawberry import Info

from kequn.domain.problems import Code, refuse
from kequn.domain.process import journey
from kequn.store.scope import Scope
from kequn.store.vault import Vault
from kequn.store.where import Every, Has, Op, Test
from schema import filters
from schema.context import Context
from schema.paging import Key, Window
from schema.process.cases import CaseStep, FlowId
from schema.process.journey import Since, TouchPoint, Until, period, touch_points
from schema.tasks import Department
from schema.words import shown

CARDS = 200
"""So many steps are shown in a column of the board, the most urgent first; `count` tells how many there are."""


@strawberry.type(description="A column of the board: the cases at one step of a service process 看板列")
class BoardColumn:
    position: int = strawberry.field(description="Place among the steps, from 0 序号")
    name: str = strawberry.field(description="What is done 步骤名称")
    department: Department = strawberry.field(description="Which department's it is by the present version 部门")
    count: int = strawberry.field(description="How many cases are there 数量")
    late: int = strawberry.field(description="How many of those that are shown should be done by now 逾期数")
    steps: list[CaseStep] = strawberry.field(description=f"The most urgent first, at most {CARDS} 服务步骤")


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

        return touch_points(await info.context.ask.of_all(("journey", start, end), load, None))
