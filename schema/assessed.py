"""What is known of a customer beside the rows of the business: explanations, predictions, pins and points."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy import ColumnElement, Select, Table, func
from sqlalchemy.ext.asyncio import AsyncSession
from strawberry import Info

from kequn.contracts.identity import format_id
from kequn.domain import explaining, standards
from kequn.domain.care import getting
from kequn.store import tables
from kequn.store.scope import Scope
from kequn.store.vault import Vault
from schema.context import Context
from schema.declared import Near, Worked, said
from schema.node import key
from schema.personal import MARK
from schema.scalars import JSON
from schema.words import camel, shown

MICRO = Decimal(1_000_000)
BALANCE = "balance"


@strawberry.type(description="Why a rule says what it says 分类说明")
class Explanation:
    rule: str = strawberry.field(description="Which rule 规则")
    value: JSON | None = strawberry.field(description="What it says 结果")
    version: int = strawberry.field(description="By which version of the standard 标准版本")
    as_of: datetime = strawberry.field(description="At which moment it was judged 评估时点")
    since: datetime | None = strawberry.field(description="When it became so; empty for scores 开始时间")
    inputs: JSON = strawberry.field(description="Facts, edges and thresholds: everything it follows from 依据")


@strawberry.type(description="What the models expect of a customer 预测")
class Prediction:
    alive: float = strawberry.field(description="The chance to be a customer still (BG/NBD) 留存概率")
    churn: float = strawberry.field(description="The chance to have left 流失概率")
    purchases: float = strawberry.field(description="Purchases of the next 365 days 预期购买次数")
    value: Decimal = strawberry.field(description="What a purchase is worth (Gamma-Gamma) 预期客单价")
    spend: Decimal = strawberry.field(description="Spend of the next 365 days 预期消费")
    lifetime: Decimal = strawberry.field(description="Lifetime value 客户终身价值")


@strawberry.type(description="A tier, or a word for the highest one, that a person gave 等级锁定")
class Pin:
    id: strawberry.ID = strawberry.field(description="Id 编号")
    approval: bool = strawberry.field(description="Only allows the highest tier 仅为战略等级审批")
    reason: str = strawberry.field(description="Why 原因", metadata=MARK)
    since: datetime = strawberry.field(description="Since when 开始时间")
    until: datetime | None = strawberry.field(description="Until when 结束时间")
    made_by: str = strawberry.field(description="Who gave it 操作人")
    ended_at: datetime | None = strawberry.field(description="When it was ended 终止时间")


@strawberry.type(description="An entry of the points of a customer 积分记录")
class PointEntry:
    id: strawberry.ID = strawberry.field(description="Id 编号")
    kind: str = strawberry.field(description="award, redeem, expire, adjust or reverse 类型")
    points: int = strawberry.field(description="How many; below 0: taken 积分")
    at: datetime = strawberry.field(description="As of when they count 时间")
    noted_at: datetime = strawberry.field(description="When the entry was made 入账时间")
    expires_at: datetime | None = strawberry.field(description="When they run out 到期时间")
    reason: str = strawberry.field(description="Why 原因", metadata=MARK)
    purchase_id: strawberry.ID | None = strawberry.field(description="The purchase that brought them 对应订单")
    rule: str = strawberry.field(description="By which rule; empty where a person did it 规则")
    version: int | None = strawberry.field(description="By which version of the standard 标准版本")
    actor: str = strawberry.field(description="Who did it 操作人")
    inputs: JSON = strawberry.field(description="What they were worked out from 依据")


@strawberry.type(description="The points of a customer 积分账户")
class Points:
    balance: int = strawberry.field(description="How many there are: the sum of the entries 余额")
    entries: list[PointEntry] = strawberry.field(description="The newest first, at most 100 积分记录")


@strawberry.type(description="What a customer answered when asked 满意度回答")
class Answer:
    scale: str = strawberry.field(description="csat (1 to 5) or nps (0 to 10) 量表")
    score: int = strawberry.field(description="The answer; 0 is one 分数")
    about: str = strawberry.field(description="overall, response, attitude or product 评价对象")
    source: str = strawberry.field(description="Where it was given 来源")
    given_at: datetime = strawberry.field(description="When 时间")


@strawberry.enum(description="Phase of customer management 客户管理阶段")
class Phase(Enum):
    ACQUIRE = strawberry.enum_value("acquire", description="To be won 获取")
    MAINTAIN = strawberry.enum_value("maintain", description="To be looked after 维护")
    RETAIN = strawberry.enum_value("retain", description="To be kept 挽留")


@strawberry.type(description="What customers of a tier get 等级服务标准")
class Service:
    approach: str = strawberry.field(description="exclusive 专属服务, cultivate 重点培养 or basic 基础服务 服务策略")
    dedicated_manager: bool = strawberry.field(description="Somebody of their own 专属客户经理")
    priority: int = strawberry.field(description="1 is served first 优先级")
    response_hours: int = strawberry.field(description="Answered within so many hours 响应时限")
    exclusive_events: bool = strawberry.field(description="Events of their own 专属活动")
    contact_days: int = strawberry.field(description="They hear from us so often 沟通间隔天数")
    content: str = strawberry.field(description="Of what 沟通内容")


@strawberry.type(description="What is done with customers of whom a rule says this 客户策略")
class Strategy:
    rule: str = strawberry.field(description="Which rule 规则")
    value: str = strawberry.field(description="What it says 分类")
    advice: str = strawberry.field(description="What is done 策略")
    contact_days: int | None = strawberry.field(description="They hear from us so often 沟通间隔天数")


@strawberry.type(description="What a customer is to get 客户服务")
class Care:
    phase: Phase = strawberry.field(description="Phase of management 管理阶段")
    service: Service = strawberry.field(description="By tier 等级服务")
    strategies: list[Strategy] = strawberry.field(description="By class and stage 分类策略")
    contact_by: datetime = strawberry.field(description="Until when somebody should be in touch 下次联系时间")


Read = Callable[[AsyncSession, Scope, UUID], Awaitable[Any]]


def _each(read: Read) -> Any:
    """A loader that asks for one customer after the other: there are few on a page that asks for so much."""

    async def load(session: AsyncSession, scope: Scope, vault: Vault, ids: Sequence[UUID]) -> dict[UUID, Any]:
        return {id: await read(session, scope, id) for id in ids}

    return load


@dataclass(frozen=True)
class Held:
    """The rows of a table about a customer, at most so many, and what is shown of them. `summed`: a column of which
    each row has the sum over all of them."""

    table: Table
    order: tuple[Any, ...]
    show: Callable[[Sequence[Mapping[Any, Any]]], Any]
    most: int | None = 100
    summed: str | None = None

    @property
    def customer(self) -> ColumnElement[Any]:
        return self.table.c.customer_id if "customer_id" in self.table.c else self.table.c.id

    def _query(self, scope: Scope, whose: ColumnElement[bool]) -> Select[Any]:
        query = self.table.select().where(self.table.c.tenant_id == scope.tenant, whose).order_by(*self.order)
        if self.summed is None:
            return query
        return query.add_columns(func.sum(self.table.c[self.summed]).over(partition_by=self.customer).label(BALANCE))

    async def of(self, info: Info[Context], row: Any) -> Any:
        """By a loader: for all customers of a level at once."""
        return self.show(await info.context.ask.together(("held", self.table.name), self._load, key(row)))

    async def _load(self, session: AsyncSession, scope: Scope, vault: Vault, ids: Sequence[UUID]) -> dict[UUID, Any]:
        found: dict[UUID, list[Any]] = {id: [] for id in ids}
        for row in (await session.execute(self._query(scope, self.customer.in_(ids)))).mappings():
            found[row[self.customer.name]].append(row)
        return {id: rows[: self.most] for id, rows in found.items()}

    @property
    def worked(self) -> dict[Any, Any]:
        """The same, beside a customer."""
        return said(Worked(lambda found: self.show(found.beside["held"]), ("id",), self._beside))

    def _beside(self, near: Near, scope: Scope) -> Mapping[str, Select[Any]]:
        return {"held": self._query(scope, self.customer == near("id")).limit(self.most)}


def _prediction(rows: Sequence[Mapping[Any, Any]]) -> Prediction | None:
    for row in rows:
        alive = row["alive_millionths"] / 1_000_000
        return Prediction(
            alive=alive,
            churn=round(1 - alive, 6),
            purchases=row["purchases_thousandths"] / 1000,
            value=row["value_micros"] / MICRO,
            spend=row["spend_micros"] / MICRO,
            lifetime=row["lifetime_micros"] / MICRO,
        )
    return None


def _pins(rows: Sequence[Mapping[Any, Any]]) -> list[Pin]:
    names = ("approval", "reason", "since", "until", "made_by", "ended_at")
    return [Pin(id=_id("pin", row), **{name: row[name] for name in names}) for row in rows]


def _points(rows: Sequence[Mapping[Any, Any]]) -> Points:
    names = ("kind", "points", "at", "noted_at", "expires_at", "reason", "rule", "version", "actor", "inputs")
    entries = [
        PointEntry(id=_id("point_entry", row), purchase_id=_purchase(row), **{name: row[name] for name in names})
        for row in rows
    ]
    return Points(balance=int(rows[0][BALANCE]) if rows else 0, entries=entries)


def _purchase(row: Mapping[Any, Any]) -> strawberry.ID | None:
    return strawberry.ID(format_id("purchase", row["purchase_id"])) if row["purchase_id"] else None


def _answers(rows: Sequence[Mapping[Any, Any]]) -> list[Answer]:
    names = ("scale", "score", "about", "source", "given_at")
    return [Answer(**{name: row[name] for name in names}) for row in rows]


def _changes(rows: Sequence[Mapping[Any, Any]]) -> list[Explanation]:
    return [
        Explanation(
            rule=camel(row["rule"]),
            value=JSON(row["value"]),
            version=row["version"],
            as_of=row["as_of"],
            since=row["as_of"],
            inputs=JSON(row["inputs"]),
        )
        for row in rows
    ]


_pin, _entry, _answer, _prediction_of, _assessment = (
    table.__table__  # type: ignore[union-attr]
    for table in (tables.Pin, tables.PointEntry, tables.Answer, tables.Prediction, tables.Assessment)
)
PINS = Held(_pin, (_pin.c.since.desc(), _pin.c.id), _pins)
POINTS = Held(_entry, (_entry.c.at.desc(), _entry.c.id.desc()), _points, summed="points")
ANSWERS = Held(_answer, (_answer.c.given_at.desc(), _answer.c.id.desc()), _answers)
PREDICTION = Held(_prediction_of, (), _prediction)
CHANGES = Held(_assessment, (_assessment.c.as_of.desc(), _assessment.c.rule), _changes, most=None)
_EXPLAIN = _each(explaining.explain)


@strawberry.type
class Assessed:
    """A customer as the rules and models see them."""

    @shown("Why the rules say what they say of the customer, each with its inputs 分类说明")
    async def explanations(self, info: Info[Context]) -> list[Explanation]:
        found: list[explaining.Explanation] = await info.context.ask.together("explain", _EXPLAIN, key(self))
        return [
            Explanation(
                rule=camel(one.rule),
                value=JSON(one.value),
                version=one.version,
                as_of=one.as_of,
                since=one.since,
                inputs=JSON(one.inputs),
            )
            for one in found
        ]

    @shown("Every change of a class, with the inputs of that time, the newest first 分类历史", CHANGES.worked)
    async def assessments(self, info: Info[Context]) -> list[Explanation]:
        found: list[Explanation] = await CHANGES.of(info, self)
        return found

    @shown(
        "What the models expect; empty for who never bought, or where there is too little to go by 预测",
        PREDICTION.worked,
    )
    async def prediction(self, info: Info[Context]) -> Prediction | None:
        found: Prediction | None = await PREDICTION.of(info, self)
        return found

    @shown("What the customer is to get, by tier, class and stage; empty until the first evaluation 客户服务")
    async def care(self, info: Info[Context]) -> Care | None:
        ask, row = info.context.ask, self
        standing = await ask.one("standing", key(row))
        if standing is None:
            return None
        tier = await ask.one("tier", row.tier_id)  # type: ignore[attr-defined]
        thresholds = await ask.together("thresholds", _thresholds, None)
        found = getting.care(standing.model_dump(), thresholds, tier.name if tier else None, info.context.now)
        return Care(
            phase=Phase(found.phase),
            service=Service(**found.service.model_dump()),
            strategies=[Strategy(**one.model_dump()) for one in found.strategies],
            contact_by=found.contact_by,
        )

    @shown("Tiers that a person gave, the newest first 等级锁定记录", PINS.worked)
    async def pins(self, info: Info[Context]) -> list[Pin]:
        found: list[Pin] = await PINS.of(info, self)
        return found

    @shown("Points 积分", POINTS.worked)
    async def points(self, info: Info[Context]) -> Points:
        found: Points = await POINTS.of(info, self)
        return found

    @shown("What the customer answered when asked, the newest first 满意度回答", ANSWERS.worked)
    async def answers(self, info: Info[Context]) -> list[Answer]:
        found: list[Answer] = await ANSWERS.of(info, self)
        return found


async def _thresholds(session: AsyncSession, scope: Scope, vault: Vault, keys: Sequence[Any]) -> dict[Any, Any]:
    return dict.fromkeys(keys, (await standards.in_force(session, scope)).thresholds)


def _id(noun: str, row: Any) -> strawberry.ID:
    return strawberry.ID(format_id(noun, row["id"]))
