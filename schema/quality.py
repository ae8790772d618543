"""What is to be cleaned in the data of customers, as a queue; and what is learned from the customers themselves."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import UNSET, Info

from kequn.contracts.records import Kind
from kequn.domain.editing import Desk
from kequn.domain.problems import Refused
from kequn.domain.quality import flaws, learning
from kequn.domain.quality.learning import Learned
from schema import filters, given, inputs, once
from schema.context import Context
from schema.customers import CustomerChanges, CustomerPayload
from schema.declared import derived
from schema.doing import count
from schema.lists import linked, one_where
from schema.once import IdempotencyKey
from schema.operators import DateTimeFilter, EnumFilter, TextFilter, logic
from schema.paging import Order
from schema.payloads import Payload, answer, argument
from schema.problems import show
from schema.scalars import JSON
from schema.words import shown, snake, worded


@strawberry.enum(description="What is wrong with the data of a customer 数据问题类型")
class FlawKind(Enum):
    DUPLICATE = strawberry.enum_value("duplicate", description="May be there twice 重复")
    INCOMPLETE = strawberry.enum_value("incomplete", description="Something is missing 不完整")
    OUTDATED = strawberry.enum_value("outdated", description="Nobody has confirmed it for long 过时")


@strawberry.enum(description="How far a flaw is seen to 数据问题状态")
class FlawState(Enum):
    OPEN = strawberry.enum_value("open", description="Nobody has looked yet 待处理")
    PLANNED = strawberry.enum_value("planned", description="The customer will be asked 已安排回访")
    SETTLED = strawberry.enum_value("settled", description="It is in order so 已确认无误")
    OVER = strawberry.enum_value("over", description="It was put right 已清洗")


@strawberry.enum(description="What puts a flaw right 建议操作")
class FlawAction(Enum):
    MERGE = strawberry.enum_value("merge", description="Merge, or say that two are two: see `duplicates` 合并")
    CALL_BACK = strawberry.enum_value("call_back", description="Ask the customer: `planCallBack` 回访")


@strawberry.enum(description="What is done with a flaw 数据问题操作")
class FlawEvent(Enum):
    SETTLE = strawberry.enum_value("settle", description="It is in order so 确认无误")
    REOPEN = strawberry.enum_value("reopen", description="It is not 重新打开")


@strawberry.enum(description="How something was learned of a customer 数据收集方式")
class LearnedBy(Enum):
    CALL_BACK = strawberry.enum_value("call-back", description="We called back 客户回访")
    SURVEY = strawberry.enum_value("survey", description="A survey 问卷调查")
    MARKET_RESEARCH = strawberry.enum_value("market research", description="Market research 市场调研")
    SOCIAL_MEDIA = strawberry.enum_value("social media", description="Social media 社交媒体分析")


def _action(kind: str) -> FlawAction:
    return FlawAction.MERGE if kind == "duplicate" else FlawAction.CALL_BACK


@worded("flaw")
@strawberry.type(description="Something in the data of a customer that is to be cleaned 待清洗数据")
class Flaw:
    kind: FlawKind
    state: FlawState
    fields: JSON
    found_at: datetime
    changed_at: datetime
    changed_by: str
    action = derived(FlawAction, _action, "kind")
    customer = linked("Customer", "customer_id")


@worded("flaw")
@strawberry.input(description="Asks about flaws 数据问题条件")
class FlawWhere:
    and_: list["FlawWhere"] | None = logic("and")
    or_: list["FlawWhere"] | None = logic("or")
    not_: "FlawWhere | None" = logic("not")
    kind: EnumFilter[FlawKind] | None = UNSET
    state: EnumFilter[FlawState] | None = UNSET
    found_at: DateTimeFilter | None = UNSET
    changed_at: DateTimeFilter | None = UNSET
    changed_by: TextFilter | None = UNSET
    customer: Any = one_where("Customer")


@worded("flaw")
@strawberry.enum(description="What they can be ordered by 排序字段")
class FlawOrderField(Enum):
    KIND = "kind"
    STATE = "state"
    FOUND_AT = "found_at"
    CHANGED_AT = "changed_at"
    CHANGED_BY = "changed_by"


@strawberry.input(description="How flaws are ordered 数据问题排序")
class FlawOrder(Order):
    field: FlawOrderField = strawberry.field(description="By what 字段")


@strawberry.type(description="What was found 数据质量检查结果")
class FindFlawsPayload(Payload):
    came: int = strawberry.field(default=0, description="New in the queue 新增数")
    went: int = strawberry.field(default=0, description="Put right since 已清洗数")
    standing: int = strawberry.field(default=0, description="In the queue now 待处理数")


CustomerId = Annotated[strawberry.ID, strawberry.argument(description="The customer 客户")]
KindGiven = Annotated[FlawKind, strawberry.argument(description="Which flaw 问题类型")]
EventGiven = Annotated[FlawEvent, strawberry.argument(description="What is done 操作")]
Owner = Annotated[strawberry.ID | None, strawberry.argument(description="Who is to ask 负责人")]
Due = Annotated[datetime | None, strawberry.argument(description="Until when; left out: in a week 截止时间")]
How = Annotated[LearnedBy, strawberry.argument(description="How it was learned 收集方式")]
Values = Annotated[CustomerChanges | None, strawberry.argument(description="What is new, by field 新的内容")]
Confirmed = Annotated[list[str], strawberry.argument(description="Fields that are still right 仍然正确的字段")]
Words = Annotated[str, strawberry.argument(description="What was said 说明")]
At = Annotated[datetime | None, strawberry.argument(description="When; left out: now 时间")]


async def _about(info: Info[Context], id: str, work: Any) -> CustomerPayload:
    async def run(desk: Desk) -> UUID:
        found: UUID = await work(desk, filters.uuid(id, "customer", "customer_id"))
        return found

    payload: CustomerPayload = await answer(info, CustomerPayload, "customer", "customer", run)
    return payload


async def _plan_all(desk: Desk, kind: FlawKind, most: int, owner_id: str | None = None, due_at: Any = None) -> int:
    owner = filters.uuid(owner_id, "staff", "owner_id") if owner_id else None
    due = given.moment(due_at, "due_at")
    return await flaws.plan_all(desk, str(kind.value), most, owner=owner, due_at=due)


@strawberry.type
class QualityMutation:
    """What is done about the quality of data."""

    plan_call_backs = count(
        "Have the customers asked of whom something is missing or out of date, the oldest flaws first 批量安排回访",
        _plan_all,
        argument("kind", FlawKind, "Which flaw: INCOMPLETE or OUTDATED 问题类型"),
        argument("most", int, f"So many at most, of {flaws.AT_ONCE} 最多人数", default=100),
        argument("owner_id", strawberry.ID | None, "Who is to ask 负责人", default=None),
        argument("due_at", datetime | None, "Until when; left out: in a week 截止时间", default=None),
    )

    @shown("Look for what is missing, out of date or there twice; `flaws` lists it 检查数据质量")
    async def find_flaws(self, info: Info[Context], idempotency_key: IdempotencyKey = None) -> FindFlawsPayload:
        async def work() -> Mapping[str, Any]:
            context = info.context
            return asdict(await flaws.find(context.database, context.ledger, context.actor))

        try:
            return FindFlawsPayload(**await once.repeat(info, work))
        except Refused as refused:
            return FindFlawsPayload(problems=show(refused.problems, info.context.language))

    @shown("Have somebody ask the customer about a flaw: a task of the service department 安排回访")
    async def plan_call_back(
        self,
        info: Info[Context],
        customer_id: CustomerId,
        kind: KindGiven,
        owner_id: Owner = None,
        due_at: Due = None,
        idempotency_key: IdempotencyKey = None,
    ) -> CustomerPayload:
        async def work(desk: Desk, customer: UUID) -> UUID:
            owner = filters.uuid(owner_id, "staff", "owner_id") if owner_id else None
            due = given.moment(due_at, "due_at")
            return await flaws.plan(desk, customer, str(kind.value), owner=owner, due_at=due)

        return await _about(info, customer_id, work)

    @shown("Say that a flaw is none, or that it is one 确认数据问题")
    async def handle_flaw(
        self,
        info: Info[Context],
        customer_id: CustomerId,
        kind: KindGiven,
        event: EventGiven,
        idempotency_key: IdempotencyKey = None,
    ) -> CustomerPayload:
        async def work(desk: Desk, customer: UUID) -> UUID:
            return await flaws.step(desk, customer, str(kind.value), str(event.value))

        return await _about(info, customer_id, work)

    @shown("Note what a customer told us: new values with their source, and what is still right 记录客户反馈的资料")
    async def learn_from_customer(
        self,
        info: Info[Context],
        customer_id: CustomerId,
        how: How,
        values: Values = None,
        confirmed: Confirmed = (),  # type: ignore[assignment]
        note: Words = "",
        at: At = None,
        idempotency_key: IdempotencyKey = None,
    ) -> CustomerPayload:
        async def work(desk: Desk, customer: UUID) -> UUID:
            new = inputs.entered(Kind.CUSTOMER, values) if values else {}
            told = Learned(str(how.value), new, [snake(name) for name in confirmed], note, given.moment(at, "at"))
            return await learning.learn(desk, customer, told)

        return await _about(info, customer_id, work)
