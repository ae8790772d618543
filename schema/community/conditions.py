"""What is done with a group and needs more than one row for an answer: who may join it, those whom a segment admits,
silent members, and what is due."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import Info

from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from kequn.domain.community import admission, attending, charters, members, posts, sweeping
from kequn.domain.editing import Desk
from kequn.domain.notices import outbox, policy
from kequn.domain.problems import Refused
from schema import filters, given, once
from schema.community.acting import field, payload
from schema.context import Context
from schema.customers import CustomerWhere
from schema.once import IdempotencyKey
from schema.payloads import KEY, Payload, answer, argument
from schema.problems import show
from schema.segments import as_json
from schema.words import shown

GroupId = Annotated[strawberry.ID, strawberry.argument(description="The group 客户群")]
Occasion = Annotated[str, strawberry.argument(description="Why; the same is told once 事由")]
Subject = Annotated[str, strawberry.argument(description="Subject 主题")]
Body = Annotated[str, strawberry.argument(description="Text 正文")]
DueAt = Annotated[datetime | None, strawberry.argument(description="Not before this 计划发送时间")]
CustomerIds = Annotated[list[strawberry.ID], strawberry.argument(description="Who 客户")]


@strawberry.type(description="Whom it was about, or why nothing was done 处理结果")
class MembersPayload(Payload):
    customer_ids: list[strawberry.ID] = strawberry.field(description="Who 客户", default_factory=list)


@strawberry.type(description="How much was done, or why nothing 处理结果")
class DuePayload(Payload):
    done: int = strawberry.field(description="How many 数量", default=0)


@strawberry.type(description="How often members are told something at most, and when not 触达规则")
class ContactPolicy:
    most: int = strawberry.field(description="So many notices at most 最多次数")
    days: int = strawberry.field(description="in so many days 天数")
    quiet_from: int = strawberry.field(description="Nobody is disturbed from this hour 免打扰开始（时）")
    quiet_until: int = strawberry.field(description="until this hour 免打扰结束（时）")
    time_zone: str = strawberry.field(description="in this time zone 时区")


@strawberry.type(description="The policy, or why nothing was changed 触达规则修改结果")
class ContactPolicyPayload(Payload):
    contact_policy: ContactPolicy | None = strawberry.field(default=None, description="As it now is 当前内容")


def policy_shown(found: policy.Policy) -> ContactPolicy:
    return ContactPolicy(
        most=found.most,
        days=found.days,
        quiet_from=found.quiet_from,
        quiet_until=found.quiet_until,
        time_zone=found.zone,
    )


Hour = Annotated[int, strawberry.argument(description="An hour, from 0 to 24 小时")]


def _ids(some: list[UUID]) -> list[strawberry.ID]:
    return [strawberry.ID(format_id(Kind.CUSTOMER, one)) for one in some]


async def _count(info: Info[Context], work: Any) -> DuePayload:
    try:
        async with info.context.desk() as desk:

            async def counted() -> Mapping[str, Any]:
                return {"done": await work(desk)}

            return DuePayload(**await once.tell(info, desk, counted))
    except Refused as refused:
        return DuePayload(problems=show(refused.problems, info.context.language))


async def _set_condition(
    root: Any, info: Info[Context], group_id: str, where: CustomerWhere, idempotency_key: str | None = None
) -> Any:
    async def run(desk: Desk) -> UUID:
        tree = filters.read(where, "customer", info.context.now, keep=True)
        return await charters.condition(desk, filters.uuid(group_id, "group", "group_id"), tree, as_json(where))

    return await answer(info, payload("Charter"), "charter", "charter", run)


@strawberry.type
class ConditionActs:
    """What may be done with many at once."""

    set_join_condition = field(
        _set_condition, payload("Charter"), "Say who may join a group; of nothing: anybody 设置入群条件",
        argument("group_id", strawberry.ID, "The group 客户群"),
        argument("where", CustomerWhere, "Who may join 入群条件"), KEY,
    )  # fmt: skip

    @shown("Admit those of the charter's segment who agreed to the rules; the others are invited 按细分自动入群")
    async def admit_segment(
        self, info: Info[Context], group_id: GroupId, idempotency_key: IdempotencyKey = None
    ) -> MembersPayload:
        try:
            async with info.context.desk() as desk:

                async def admitted() -> Mapping[str, Any]:
                    found = await admission.admit_segment(desk, filters.uuid(group_id, "group", "group_id"))
                    return {"customer_ids": _ids(found)}

                return MembersPayload(**await once.tell(info, desk, admitted))
        except Refused as refused:
            return MembersPayload(problems=show(refused.problems, info.context.language))

    @shown("Remove silent members, as `silentMembers` shows them 清理长期不活跃成员")
    async def sweep_group(
        self,
        info: Info[Context],
        group_id: GroupId,
        customer_ids: CustomerIds,
        idempotency_key: IdempotencyKey = None,
    ) -> MembersPayload:
        try:
            chosen = [filters.uuid(one, "customer", "customer_ids") for one in customer_ids]
            async with info.context.desk() as desk:

                async def swept() -> Mapping[str, Any]:
                    await sweeping.sweep(desk, filters.uuid(group_id, "group", "group_id"), chosen)
                    return {}

                await once.tell(info, desk, swept)
        except Refused as refused:
            return MembersPayload(problems=show(refused.problems, info.context.language))
        return MembersPayload(customer_ids=_ids(sorted(set(chosen))))

    @shown("Publish the posts whose time has come 发布到期内容")
    async def publish_due_posts(self, info: Info[Context], idempotency_key: IdempotencyKey = None) -> DuePayload:
        return await _count(info, posts.publish_due)

    @shown("Queue a notice to a customer; the same occasion once 新建通知")
    async def tell_customer(
        self,
        info: Info[Context],
        customer_id: Annotated[strawberry.ID, strawberry.argument(description="To whom 客户")],
        occasion: Occasion,
        subject: Subject,
        body: Body,
        due_at: DueAt = None,
        idempotency_key: IdempotencyKey = None,
    ) -> DuePayload:
        async def work(desk: Desk) -> int:
            customer, due = filters.uuid(customer_id, "customer", "customer_id"), given.moment(due_at, "due_at")
            return int(await outbox.tell(desk, customer, occasion, subject, body, due_at=due) is not None)

        return await _count(info, work)

    @shown("Queue a notice to all members of a group; the same occasion once for each 新建群内通知")
    async def tell_group(
        self,
        info: Info[Context],
        group_id: GroupId,
        occasion: Occasion,
        subject: Subject,
        body: Body,
        due_at: DueAt = None,
        idempotency_key: IdempotencyKey = None,
    ) -> DuePayload:
        async def work(desk: Desk) -> int:
            group, due = filters.uuid(group_id, "group", "group_id"), given.moment(due_at, "due_at")
            return await members.tell(desk, group, occasion, subject, body, due)

        return await _count(info, work)

    @shown("Tell who has a seat of events that begin within a day, once 发送活动提醒")
    async def remind_gatherings(self, info: Info[Context], idempotency_key: IdempotencyKey = None) -> DuePayload:
        return await _count(info, attending.remind)

    @shown("Set how often members are told something at most, and when not 设置触达规则")
    async def set_contact_policy(
        self,
        info: Info[Context],
        most: Annotated[int, strawberry.argument(description="So many notices at most 最多次数")],
        days: Annotated[int, strawberry.argument(description="in so many days 天数")],
        quiet_from: Hour,
        quiet_until: Hour,
        idempotency_key: IdempotencyKey = None,
    ) -> ContactPolicyPayload:
        try:
            async with info.context.desk() as desk:

                async def written() -> Mapping[str, Any]:
                    await policy.write(desk, most=most, days=days, quiet_from=quiet_from, quiet_until=quiet_until)
                    return {}

                await once.tell(info, desk, written)
                found = await policy.read(desk.session, desk.scope)
        except Refused as refused:
            return ContactPolicyPayload(problems=show(refused.problems, info.context.language))
        return ContactPolicyPayload(contact_policy=policy_shown(found))
