"""Offers: what customers of a segment are offered, and what came of it by class and stage."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession
from strawberry import UNSET, Info

from kequn.contracts.records import Money as Exact
from kequn.domain.editing import Desk
from kequn.domain.offers import making, measuring
from kequn.domain.problems import Code, refuse
from kequn.store.scope import Scope
from kequn.store.vault import Vault
from schema import filters
from schema.context import Context
from schema.lists import linked, listed, one_where, some_where
from schema.money import decimal
from schema.node import Node, key
from schema.once import IdempotencyKey
from schema.operators import DateTimeFilter, DecimalFilter, EnumFilter, IdFilter, IntFilter, TextFilter, logic
from schema.paging import Key, Order
from schema.payloads import Payload, Version, answer
from schema.words import shown, worded

MICRO = Decimal(1_000_000)


@strawberry.enum(description="What an offer is for 优惠类型")
class OfferKind(Enum):
    PROMOTION = strawberry.enum_value("promotion", description="Those who buy seldom buy more 促销")
    WIN_BACK = strawberry.enum_value("win_back", description="Those who are leaving come back 流失挽回")
    RETENTION = strawberry.enum_value("retention", description="The good ones stay 客户维系")


@strawberry.enum(description="How far an offer or a trial is 进展状态")
class CampaignState(Enum):
    DRAFT = strawberry.enum_value("draft", description="Being prepared 草稿")
    RUNNING = strawberry.enum_value("running", description="Given to the customers 进行中")
    ENDED = strawberry.enum_value("ended", description="Over 已结束")
    CANCELLED = strawberry.enum_value("cancelled", description="Never given 已取消")


@strawberry.enum(description="What is done with an offer or a trial 操作")
class CampaignEvent(Enum):
    START = strawberry.enum_value("start", description="Give it to all who are in the segment now 开始")
    END = strawberry.enum_value("end", description="It is over 结束")
    CANCEL = strawberry.enum_value("cancel", description="It is not given 取消")


@strawberry.enum(
    description="What the recipients of an offer are told apart by, as they were when they got it 统计维度"
)
class OfferBy(Enum):
    ALL = strawberry.enum_value("all", description="All together 全部")
    VALUE = strawberry.enum_value("value_class", description="Value class 价值分类")
    FREQUENCY = strawberry.enum_value("frequency_class", description="Frequency class 购买频次分类")
    STAGE = strawberry.enum_value("lifecycle", description="Stage of the lifecycle 生命周期阶段")


@strawberry.type(description="What came of an offer with customers of one class 优惠效果")
class OfferOutcome:
    value: str | None = strawberry.field(description="The class; empty: none, or all 分类")
    reached: int = strawberry.field(description="How many got it 触达人数")
    bought: int = strawberry.field(description="How many of them bought within the window 购买人数")
    bought_before: int = strawberry.field(description="How many of them bought in as many days before 此前购买人数")
    rate: float = strawberry.field(description="Share of those who bought 转化率")
    uplift: float = strawberry.field(
        description="How many more bought than before, as a share; season and chance are in it: a trial tells more 提升"
    )
    orders: int = strawberry.field(description="Their orders within the window 订单数")
    spend: Decimal = strawberry.field(description="Paid less returned, in the standard's currency 消费")
    cost: Decimal = strawberry.field(description="What the offer cost 成本")


By = Annotated[OfferBy, strawberry.argument(description="By what 维度")]


@worded("offer")
@strawberry.type(description="Something that the customers of a segment are offered 优惠")
class Offer(Node):
    noun = "offer"

    name: str
    kind: OfferKind
    content: str
    cost: Decimal = decimal("cost_micros")
    window_days: int
    state: CampaignState
    version: int
    reached: int
    created_at: datetime
    changed_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    changed_by: str
    segment = linked("Segment", "segment_id")
    owner = linked("Staff", "owner_id")
    recipients = listed("OfferRecipient", "recipients", usual=(Key("given_at"),))

    @shown("What came of it until now, the largest class first 优惠效果")
    async def outcomes(self, info: Info[Context], by: By = OfferBy.ALL) -> list[OfferOutcome]:
        now, wanted = info.context.now, measuring.By(str(by.value))

        async def load(session: AsyncSession, scope: Scope, vault: Vault, ids: Sequence[UUID]) -> dict[UUID, Any]:
            return {id: await measuring.outcomes(session, scope, id, wanted, now) for id in ids}

        return [_outcome(one) for one in await info.context.ask.of_all(("outcomes", wanted), load, key(self))]


def _outcome(one: measuring.Outcome) -> OfferOutcome:
    return OfferOutcome(
        value=one.value,
        reached=one.reached,
        bought=one.bought,
        bought_before=one.bought_before,
        rate=one.rate,
        uplift=one.uplift,
        orders=one.orders,
        spend=one.spend_micros / MICRO,
        cost=one.cost_micros / MICRO,
    )


@worded("offer")
@strawberry.input(description="Asks about an offer 优惠条件")
class OfferWhere:
    and_: list["OfferWhere"] | None = logic("and")
    or_: list["OfferWhere"] | None = logic("or")
    not_: "OfferWhere | None" = logic("not")
    id: IdFilter | None = UNSET
    name: TextFilter | None = UNSET
    kind: EnumFilter[OfferKind] | None = UNSET
    content: TextFilter | None = UNSET
    cost: DecimalFilter | None = UNSET
    window_days: IntFilter | None = UNSET
    state: EnumFilter[CampaignState] | None = UNSET
    version: IntFilter | None = UNSET
    reached: IntFilter | None = UNSET
    created_at: DateTimeFilter | None = UNSET
    changed_at: DateTimeFilter | None = UNSET
    started_at: DateTimeFilter | None = UNSET
    ended_at: DateTimeFilter | None = UNSET
    changed_by: TextFilter | None = UNSET
    segment: Any = one_where("Segment")
    owner: Any = one_where("Staff")
    recipients: Any = some_where("OfferRecipient")


@worded("offer")
@strawberry.enum(description="What they can be ordered by 排序字段")
class OfferOrderField(Enum):
    ID = "id"
    NAME = "name"
    KIND = "kind"
    CONTENT = "content"
    COST = "cost_micros"
    WINDOW_DAYS = "window_days"
    STATE = "state"
    VERSION = "version"
    REACHED = "reached"
    CREATED_AT = "created_at"
    CHANGED_AT = "changed_at"
    STARTED_AT = "started_at"
    ENDED_AT = "ended_at"
    CHANGED_BY = "changed_by"


@strawberry.input(description="How offers are ordered 优惠排序")
class OfferOrder(Order):
    field: OfferOrderField = strawberry.field(description="By what 字段")


@strawberry.input(description="What an offer is 优惠内容")
class OfferInput:
    name: str = strawberry.field(description="Name 名称")
    kind: OfferKind = strawberry.field(description="What it is for 优惠类型")
    content: str = strawberry.field(default="", description="What is offered 内容")
    cost: Decimal = strawberry.field(
        default=Decimal(0), description="For each customer, in the standard's currency 成本"
    )
    window_days: int = strawberry.field(default=30, description="Orders of so many days count 统计天数")
    segment_id: strawberry.ID | None = strawberry.field(default=UNSET, description="Who gets it 目标客户细分")
    owner_id: strawberry.ID | None = strawberry.field(default=UNSET, description="Who is in charge 负责人")


@strawberry.type(description="The offer, or why nothing was changed 优惠修改结果")
class OfferPayload(Payload):
    offer: Offer | None = strawberry.field(default=None, description="As it now is 当前内容")


OfferId = Annotated[strawberry.ID, strawberry.argument(description="The offer 优惠")]
Given = Annotated[OfferInput, strawberry.argument(description="What it is to be 内容")]
Event = Annotated[CampaignEvent, strawberry.argument(description="What is done 操作")]
Tell = Annotated[
    bool,
    strawberry.argument(description="When it starts, those whom it reaches are told its content 开始时推送给目标客户"),
]


def _terms(entered: OfferInput) -> making.Terms:
    """Raises Refused."""
    try:
        cost = Exact.of(entered.cost, "XXX").micros
    except (TypeError, ValueError, ArithmeticError):
        raise refuse(Code.BAD_MONEY, "cost") from None
    segment = filters.uuid(entered.segment_id, "segment", "segment_id") if entered.segment_id else None
    owner = filters.uuid(entered.owner_id, "staff", "owner_id") if entered.owner_id else None
    kind = str(entered.kind.value)
    return making.Terms(entered.name, kind, entered.content, cost, entered.window_days, segment, owner)


@strawberry.type
class OfferMutation:
    """What may be done with an offer."""

    @shown("Prepare an offer for the customers of a segment 新建优惠")
    async def create_offer(
        self, info: Info[Context], input: Given, idempotency_key: IdempotencyKey = None
    ) -> OfferPayload:
        async def run(desk: Desk) -> UUID:
            return await making.make(desk, _terms(input))

        payload: OfferPayload = await answer(info, OfferPayload, "offer", "offer", run)
        return payload

    @shown("Change an offer that has not been given yet 修改优惠")
    async def update_offer(
        self,
        info: Info[Context],
        id: OfferId,
        input: Given,
        version: Version = None,
        idempotency_key: IdempotencyKey = None,
    ) -> OfferPayload:
        async def run(desk: Desk) -> UUID:
            return await making.change(desk, filters.uuid(id, "offer", "id"), _terms(input), version)

        payload: OfferPayload = await answer(info, OfferPayload, "offer", "offer", run)
        return payload

    @shown("Give an offer to the customers of its segment, end it, or cancel it 发放、结束或取消优惠")
    async def handle_offer(
        self,
        info: Info[Context],
        id: OfferId,
        event: Event,
        tell: Tell = False,
        idempotency_key: IdempotencyKey = None,
    ) -> OfferPayload:
        async def run(desk: Desk) -> UUID:
            return await making.step(desk, filters.uuid(id, "offer", "id"), str(event.value), tell=tell)

        payload: OfferPayload = await answer(info, OfferPayload, "offer", "offer", run)
        return payload
