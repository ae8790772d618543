"""The standard 客户分类标准 and what follows from it: versions, previews, evaluations, and carrying out what they
say."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry
from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncSession
from strawberry import Info

from kequn.contracts.identity import format_id
from kequn.domain import alerts, classifying, earning, points, previewing, requests, standard, standards, tiering
from kequn.domain.batches import Done, Outcome
from kequn.domain.classifying import Evaluation
from kequn.domain.editing import Desk
from kequn.domain.previewing import Preview, Raising
from kequn.domain.problems import Refused
from kequn.store import tables
from kequn.store.scope import Scope
from kequn.store.vault import Vault
from schema import filters, given, once
from schema.alerts import AlertKind
from schema.context import Context
from schema.customers import Customer
from schema.once import IdempotencyKey
from schema.payloads import Payload
from schema.problems import show
from schema.scalars import JSON
from schema.words import camel, shown

_standards: Table = tables.Standard.__table__  # type: ignore[attr-defined]
Settings = Annotated[
    JSON, strawberry.argument(description="Thresholds by part; what is left out stays as it is in force 阈值设置")
]
Words = Annotated[str, strawberry.argument(description="What is changed, and why 说明")]
VersionId = Annotated[strawberry.ID, strawberry.argument(description="The version 标准版本")]
AsOf = Annotated[datetime | None, strawberry.argument(description="At this moment; left out: the end of today 时点")]
Whole = Annotated[bool, strawberry.argument(description="All customers, or those that changed since 全量评估")]
LARGEST = 5000
Tiers = Annotated[
    int,
    strawberry.argument(
        description=f"Of how many customers at most the tier is changed; never above {LARGEST} 最多变更数量"
    ),
]
Shown = Annotated[int, strawberry.argument(description="How many customers of each movement are named 显示数量")]


@strawberry.type(description="A version of the standard 客户分类标准版本")
class Standard:
    id: strawberry.ID | None = strawberry.field(description="Id; of the defaults none 编号")
    version: int = strawberry.field(description="Its number; 0 are the defaults 版本号")
    state: str = strawberry.field(description="draft, published or retired 状态")
    settings: JSON = strawberry.field(description="Every threshold, by part 阈值")
    note: str = strawberry.field(description="What was changed, and why 说明")
    created_at: datetime | None = strawberry.field(description="When it was drafted 创建时间")
    created_by: str | None = strawberry.field(description="Who drafted it 创建人")
    published_at: datetime | None = strawberry.field(description="Since when it holds, or held 发布时间")
    published_by: str | None = strawberry.field(description="Who put it in force 发布人")


@strawberry.type(description="Customers who would go from one class to another 分类变动")
class Movement:
    rule: str = strawberry.field(description="Which rule 规则")
    before: str | None = strawberry.field(description="What they are now 原分类")
    after: str | None = strawberry.field(description="What they would be 新分类")
    count: int = strawberry.field(description="How many 数量")
    ids: strawberry.Private[list[UUID]]

    @shown("Some of them 部分客户")
    async def customers(self, info: Info[Context]) -> list[Customer]:
        found = [await info.context.ask.one("customer", id) for id in self.ids]
        return [one for one in found if one is not None]


@strawberry.type(description="How many customers are in a class 分类数量")
class ClassCount:
    rule: str = strawberry.field(description="Which rule 规则")
    value: str = strawberry.field(description="The class 分类")
    count: int = strawberry.field(description="How many 数量")


@strawberry.type(name="Evaluation", description="An evaluation of the rules 分类评估")
class EvaluationShown:
    version: int = strawberry.field(description="By which version of the standard 标准版本")
    as_of: datetime = strawberry.field(description="At which moment 评估时点")
    whole: bool = strawberry.field(description="Of all customers 是否全量")
    counts: list[ClassCount] = strawberry.field(description="How many customers are in each class 各分类数量")


@strawberry.type(description="Alerts that would be raised 预警预览")
class AlertPreview:
    kind: AlertKind = strawberry.field(description="What they are about 预警类型")
    reason: str = strawberry.field(description="What would raise them 触发原因")
    customers: int = strawberry.field(description="For how many customers 客户数")
    fresh: int = strawberry.field(description="How many of them have no such alert now 新增数")


@strawberry.type(description="The version, or why nothing was changed 标准修改结果")
class StandardPayload(Payload):
    standard: Standard | None = strawberry.field(default=None, description="As it now is 当前内容")


@strawberry.type(description="Who would enter and leave each class 预览结果")
class PreviewPayload(Payload):
    version: int | None = strawberry.field(default=None, description="Of which version 标准版本")
    as_of: datetime | None = strawberry.field(default=None, description="At which moment 评估时点")
    counts: list[ClassCount] = strawberry.field(default_factory=list, description="How it would be 各分类数量")
    movements: list[Movement] = strawberry.field(default_factory=list, description="Who would move 变动")
    alerts: list[AlertPreview] = strawberry.field(default_factory=list, description="What would be raised 预警")


@strawberry.type(description="What an evaluation brought 评估结果")
class EvaluatePayload(Payload):
    evaluation: EvaluationShown | None = strawberry.field(default=None, description="The evaluation 评估")
    queued: bool = strawberry.field(
        default=False, description="There are too many customers for a request: a worker makes it within minutes 已排队"
    )


@strawberry.type(description="What was carried out 执行结果")
class CarryOutPayload(Payload):
    tiers_changed: int = strawberry.field(default=0, description="Customers who changed tier 等级变更数")
    more_tiers: bool = strawberry.field(default=False, description="There may be more; ask again 是否还有待变更")
    tiers_pinned: int = strawberry.field(default=0, description="Tiers that a person had given 锁定数")
    alerts_raised: int = strawberry.field(default=0, description="New alerts 新增预警数")
    alerts_repeated: int = strawberry.field(default=0, description="Alerts with something new 重复预警数")
    points_awarded: int = strawberry.field(default=0, description="New entries of points 积分发放数")
    points_expired: int = strawberry.field(default=0, description="Customers whose points ran out 积分过期数")


async def in_force(info: Info[Context]) -> Standard:
    async def load(session: AsyncSession, scope: Scope, vault: Vault, keys: list[Any]) -> dict[Any, Any]:
        return {key: await standards.in_force(session, scope) for key in keys}

    return _shown(await info.context.ask.together("standard", load, None))


async def versions(info: Info[Context]) -> list[Standard]:
    async def load(session: AsyncSession, scope: Scope, vault: Vault, keys: list[Any]) -> dict[Any, Any]:
        query = (
            select(_standards.c.id).where(_standards.c.tenant_id == scope.tenant).order_by(_standards.c.version.desc())
        )
        ids = (await session.execute(query)).scalars().all()
        return {key: [await standards.find(session, scope, id) for id in ids] for key in keys}

    return [_shown(one) for one in await info.context.ask.together("standards", load, None)]


async def last_evaluation(info: Info[Context]) -> EvaluationShown | None:
    async def load(session: AsyncSession, scope: Scope, vault: Vault, keys: list[Any]) -> dict[Any, Any]:
        return {key: await classifying.last(session, scope) for key in keys}

    found: Evaluation | None = await info.context.ask.of_all("evaluation", load, None)
    return _evaluation(found) if found else None


def _shown(version: standards.Version) -> Standard:
    id = strawberry.ID(format_id("standard", version.id)) if version.id else None
    settings = JSON(standard.show(version.thresholds))
    when = {name: getattr(version, name) for name in ("created_at", "created_by", "published_at", "published_by")}
    return Standard(id=id, version=version.number, state=version.state, settings=settings, note=version.note, **when)


def _evaluation(found: Evaluation) -> EvaluationShown:
    return EvaluationShown(version=found.version, as_of=found.as_of, whole=found.whole, counts=_counts(found.counts))


async def _queued(info: Info[Context], as_of: datetime | None, *, whole: bool) -> bool:
    """Whether it is left to a worker."""
    context = info.context
    async with context.database.reading() as session:
        if not await requests.too_many(session, context.actor.scope, context.limits.customers):
            return False
    async with context.desk() as desk:
        await requests.ask(desk, as_of, whole=whole)
    return True


def _raising(one: Raising) -> AlertPreview:
    return AlertPreview(kind=AlertKind(one.kind), reason=one.reason, customers=one.customers, fresh=one.fresh)


def _counts(counts: Any) -> list[ClassCount]:
    return [ClassCount(rule=camel(rule), value=value, count=count) for rule, value, count in _counted(counts)]


def _counted(counts: Any) -> Iterator[tuple[str, str, int]]:
    for rule, values in counts.items():
        for value, count in values.items():
            yield rule, value, count


async def _done(info: Info[Context], payload: Any, work: Callable[[], Awaitable[Any]]) -> Any:
    """The payload that the work makes, or with what was wrong. The work opens its own transactions."""
    await info.context.ask.close()
    try:
        return await work()
    except Refused as refused:
        return payload(problems=show(refused.problems, info.context.language))


@strawberry.type
class StandardMutation:
    """Rules, and what follows from them."""

    @shown("Draft a new version of the standard 起草客户分类标准")
    async def draft_standard(
        self, info: Info[Context], settings: Settings, note: Words = "", idempotency_key: IdempotencyKey = None
    ) -> StandardPayload:
        async def work(desk: Desk) -> UUID:
            return await standards.draft(desk, settings, note)

        return await _version(info, work)

    @shown("Put a draft in force; evaluate afterwards 发布客户分类标准")
    async def publish_standard(
        self, info: Info[Context], id: VersionId, idempotency_key: IdempotencyKey = None
    ) -> StandardPayload:
        async def work(desk: Desk) -> UUID:
            return await standards.publish(desk, filters.uuid(id, "standard", "id"))

        return await _version(info, work)

    @shown("Who would enter and leave each class by this version; changes nothing 预览客户分类标准")
    async def preview_standard(
        self,
        info: Info[Context],
        id: VersionId,
        as_of: AsOf = None,
        first: Shown = 20,
        idempotency_key: IdempotencyKey = None,
    ) -> PreviewPayload:
        async def work() -> PreviewPayload:
            async with info.context.desk() as desk:
                version, at = filters.uuid(id, "standard", "id"), given.moment(as_of, "as_of")
                found: Preview = await previewing.preview(desk, version, as_of=at, show=max(0, min(first, 100)))
            movements = [
                Movement(rule=camel(one.rule), before=one.before, after=one.after, count=one.count, ids=list(one.some))
                for one in found.movements
            ]
            return PreviewPayload(
                version=found.version,
                as_of=found.as_of,
                counts=_counts(found.counts),
                movements=movements,
                alerts=[_raising(one) for one in found.alerts],
            )

        payload: PreviewPayload = await _done(info, PreviewPayload, work)
        return payload

    @shown("Work out facts, classes and predictions anew 评估客户分类")
    async def evaluate_customers(
        self, info: Info[Context], as_of: AsOf = None, full: Whole = True, idempotency_key: IdempotencyKey = None
    ) -> EvaluatePayload:
        async def evaluate() -> Mapping[str, Any]:
            context, at = info.context, given.moment(as_of, "as_of")
            found = await classifying.evaluate(context.database, context.ledger, context.actor, as_of=at, whole=full)
            return {
                "version": found.version,
                "as_of": found.as_of.isoformat(),
                "whole": found.whole,
                "counts": [[*one] for one in _counted(found.counts)],
            }

        async def work() -> EvaluatePayload:
            if await _queued(info, given.moment(as_of, "as_of"), whole=full):
                return EvaluatePayload(queued=True)
            told = await once.repeat(info, evaluate)
            at = datetime.fromisoformat(told["as_of"])
            counts = [ClassCount(rule=camel(rule), value=value, count=count) for rule, value, count in told["counts"]]
            shown = EvaluationShown(version=told["version"], as_of=at, whole=told["whole"], counts=counts)
            return EvaluatePayload(evaluation=shown)

        payload: EvaluatePayload = await _done(info, EvaluatePayload, work)
        return payload

    @shown("Carry out what the last evaluation says: points, tiers and alerts 执行评估结果")
    async def carry_out_evaluation(
        self, info: Info[Context], at_most: Tiers = 1000, idempotency_key: IdempotencyKey = None
    ) -> CarryOutPayload:
        async def carry_out() -> Mapping[str, Any]:
            context = info.context
            async with context.desk() as desk:
                awarded, expired = await earning.award(desk), await points.expire(desk)
                raised = await alerts.raise_all(desk)
            most = max(1, min(at_most, LARGEST))
            moves = await tiering.apply(context.database, context.ledger, context.actor, most=most)
            return {
                "tiers_changed": moves.moved,
                "more_tiers": moves.more,
                "tiers_pinned": moves.pinned,
                "alerts_raised": len(raised.new),
                "alerts_repeated": raised.repeated,
                "points_awarded": awarded,
                "points_expired": expired,
            }

        async def work() -> CarryOutPayload:
            return CarryOutPayload(**await once.repeat(info, carry_out))

        payload: CarryOutPayload = await _done(info, CarryOutPayload, work)
        return payload


async def _version(info: Info[Context], change: Callable[[Desk], Awaitable[UUID]]) -> StandardPayload:
    async def work() -> StandardPayload:
        async with info.context.desk() as desk:

            async def changed() -> list[Outcome]:
                return [Outcome(Done.UPDATED, await change(desk))]

            [outcome] = await once.do(info, desk, changed)
            found = await standards.find(desk.session, desk.scope, outcome.id)  # type: ignore[arg-type]
        return StandardPayload(standard=_shown(found))

    payload: StandardPayload = await _done(info, StandardPayload, work)
    return payload
