"""What waits for people today, put together from everything that has a time or an owner."""

from datetime import datetime
from typing import Annotated, Any

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession
from strawberry import Info

from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from kequn.domain import today
from kequn.store.scope import Scope
from schema import filters
from schema.context import Context
from schema.words import shown


@strawberry.type(description="Something that waits for people 待办事项")
class DueItem:
    what: str = strawberry.field(
        description="Task, alert, ticket, benefit, conflict, application, violation, suspicion, "
        "check, post, notice or rule 类型"
    )
    id: strawberry.ID = strawberry.field(description="The row; `node` shows it 编号")
    about: str = strawberry.field(description="What it is about 内容")
    due_at: datetime | None = strawberry.field(description="Until when, or since when it waits 时间")
    overdue: bool = strawberry.field(description="Its time has passed 已超时")
    owner_id: strawberry.ID | None = strawberry.field(description="Whose it is; empty: anybody's 负责人")
    customer_id: strawberry.ID | None = strawberry.field(description="The customer 客户")
    customer_name: str | None = strawberry.field(description="Their name 客户姓名")


Owner = Annotated[
    strawberry.ID | None, strawberry.argument(description="What is theirs, and what is nobody's; left out: all 员工")
]


@strawberry.type
class Today:
    """What waits."""

    @shown("What waits for people today, the most urgent first 今日待办")
    async def today(self, info: Info[Context], owner_id: Owner = None) -> list[DueItem]:
        owner = filters.uuid(owner_id, Kind.STAFF, "owner_id") if owner_id else None
        now = info.context.now

        async def load(session: AsyncSession, scope: Scope, vault: Any, keys: list[Any]) -> dict[Any, Any]:
            return {key: await today.due(session, scope, now, key) for key in keys}

        found = await info.context.ask.together("today", load, owner)
        return [_item(one, now) for one in found]


def _item(one: today.Due, now: datetime) -> DueItem:
    return DueItem(
        what=one.what,
        id=strawberry.ID(format_id(today.NOUNS.get(one.what, one.what), one.id)),
        about=one.about,
        due_at=one.due_at,
        overdue=one.due_at is not None and one.due_at < now,
        owner_id=strawberry.ID(format_id(Kind.STAFF, one.owner)) if one.owner else None,
        customer_id=strawberry.ID(format_id(Kind.CUSTOMER, one.customer)) if one.customer else None,
        customer_name=one.name,
    )
