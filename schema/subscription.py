"""The roots of subscriptions: what is told as it happens. Each waits for the bell, reads what is new, and tells it.
Looking for it has the deadline of a question."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any, TypeVar
from uuid import UUID

import strawberry
from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession
from strawberry import UNSET, Info

from kequn.contracts.records import Kind
from kequn.domain.problems import Code, Refused, refuse
from kequn.store import news, trouble
from kequn.store.news import Trail
from kequn.store.scope import Scope
from kequn.store.where import Every, Op, Test, Where
from schema import filters, statements
from schema.alerts import Alert
from schema.changes import Change
from schema.conflicts import Conflict
from schema.context import Context
from schema.customers import Customer, CustomerWhere
from schema.paging import Key, Window
from schema.problems import timed_out
from schema.runs import SyncRun
from schema.unfolding import apart

T = TypeVar("T")
RunId = Annotated[strawberry.ID, strawberry.argument(description="The sync 同步任务")]
Customers = Annotated[
    CustomerWhere | None, strawberry.argument(description="Only of those for which this holds 筛选条件")
]


@strawberry.type(description="Something was done to a customer 客户变更")
class CustomerChanged:
    change: Change = strawberry.field(description="What was done, and by whom 变更内容")
    customer: Customer = strawberry.field(description="The customer, as it now is 客户")


async def sync_progress(info: Info[Context], run_id: RunId) -> AsyncGenerator[SyncRun, None]:
    context, told = info.context, None
    id = filters.uuid(run_id, "run", "run_id")

    async def look() -> Any:
        return await _one(context, statements.by_id("run", [id], context.actor.scope))

    async for run in _looks(context, look):
        if run is None:
            raise refuse(Code.NOT_FOUND, "run_id")
        state = (run.state, run.counts, run.code)
        if state != told:
            told = state
            yield run
        if run.finished_at is not None:
            return


async def conflict_raised(info: Info[Context]) -> AsyncGenerator[Conflict, None]:
    async for conflict in _raised(info.context, "conflict", news.conflicts):
        yield conflict


async def alert_raised(info: Info[Context]) -> AsyncGenerator[Alert, None]:
    async for alert in _raised(info.context, "alert", news.alerts):
        yield alert


async def customer_changed(info: Info[Context], where: Customers = UNSET) -> AsyncGenerator[CustomerChanged, None]:
    context, trail, untold = info.context, Trail(info.context.ledger.clock), dict[UUID, Any]()

    async def read(beyond: UUID) -> news.Rows:
        async with context.database.reading() as session:
            return await news.changes(session, context.actor.scope, Kind.CUSTOMER.value, beyond)

    async def look() -> list[CustomerChanged]:
        latest = {change.row_id: change for change in await trail.follow(read)}
        context.toll.pay(len(latest))  # the filter looks at each; what it finds pays again, as an event
        untold.update(latest)
        rows = await _customers(context, list(untold), where)
        changed = [CustomerChanged(change=untold[row.id], customer=row) for row in rows]
        untold.clear()
        return changed

    async for changed in _looks(context, look):
        for one in changed:
            yield one


async def _raised(
    context: Context, noun: str, page: Callable[[AsyncSession, Scope, UUID], Awaitable[news.Rows]]
) -> AsyncGenerator[Any, None]:
    trail, untold = Trail(context.ledger.clock), list[Any]()

    async def read(beyond: UUID) -> news.Rows:
        async with context.database.reading() as session:
            return await page(session, context.actor.scope, beyond)

    async def look() -> list[Any]:
        untold.extend(await trail.follow(read))
        seen = await _seen(context, noun, untold)
        untold.clear()
        return seen

    async for seen in _looks(context, look):
        for one in seen:
            yield one


async def _looks(context: Context, look: Callable[[], Awaitable[T]]) -> AsyncGenerator[T, None]:
    """What is found, each time that the bell rings. A database that is away is waited for; `look` finds then what it
    could not find before."""
    async for _ in context.bell.rings(context.actor.scope):
        try:
            async with _in_time(context):
                found = await look()
        except Exception as error:
            if trouble.word(error) is None:
                raise
            context.bell.missed(context.actor.scope)
            continue
        yield found


@asynccontextmanager
async def _in_time(context: Context) -> AsyncIterator[None]:
    """What is read in here ends in the database, too. Raises Refused."""
    seconds = context.limits.seconds
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise Refused(timed_out(seconds)) from None


async def _customers(context: Context, ids: list[UUID], where: CustomerWhere | None) -> list[Any]:
    """Those of them for which this holds now, deleted ones too."""
    context.renew()
    tree: Where = filters.read(where, "customer", context.now) if where else Every()
    if not ids:
        return []
    tree = await apart(tree, context.database, context.actor.scope, context.now)
    among = Every((tree, Test("id", Op.IN, tuple(ids))))
    window = Window((Key("id"),), len(ids), where=among, deleted=True)
    return await _all(context, statements.root("customer", window, context.actor.scope))


async def _seen(context: Context, noun: str, told: Sequence[Any]) -> list[Any]:
    """Those of them that the caller sees."""
    scope = context.actor.scope
    if scope.sight.staff is None or not told:
        return list(told)
    seen = set(await _all(context, statements.seen_ids(noun, {one.id for one in told}, scope)))
    return [one for one in told if one.id in seen]


async def _all(context: Context, statement: Select[Any]) -> list[Any]:
    async with context.database.reading() as session:
        return list((await session.execute(statement)).scalars())


async def _one(context: Context, statement: Select[Any]) -> Any:
    found = await _all(context, statement)
    return found[0] if found else None


@strawberry.type(description="Everything that is told as it happens 订阅")
class Subscription:
    sync_progress: AsyncGenerator[SyncRun, None] = strawberry.subscription(
        resolver=sync_progress, description="How a sync goes on, until it has ended 同步进度"
    )
    conflict_raised: AsyncGenerator[Conflict, None] = strawberry.subscription(
        resolver=conflict_raised, description="Conflicts, as they come up 新冲突"
    )
    alert_raised: AsyncGenerator[Alert, None] = strawberry.subscription(
        resolver=alert_raised, description="Alerts, as they are raised 新预警"
    )
    customer_changed: AsyncGenerator[CustomerChanged, None] = strawberry.subscription(
        resolver=customer_changed, description="Customers, each time a person or a sync has changed one 客户变更"
    )
