"""The roots of mutations. Each is one function of the domain in one transaction."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import Info

from kequn.contracts.identity import format_id
from kequn.contracts.records import FIELDS, Kind
from kequn.domain import (
    connections,
    customers,
    feedback,
    groups,
    interactions,
    memberships,
    purchases,
    replays,
    runs,
    tiers,
)
from kequn.domain.duplicates import dismiss
from kequn.domain.editing import Desk
from kequn.domain.problems import Problem, Refused
from kequn.store.rows import Row
from schema import duplicates, filters, merging, once, settling
from schema.alerts import AlertMutation
from schema.assessing import AssessingMutation
from schema.benefits.acting import BenefitMutation, ProgrammeMutation
from schema.care.roots import CareMutations
from schema.community.acts import CommunityActs
from schema.community.conditions import ConditionActs
from schema.community.templates import TemplateActs
from schema.conflicts import ConflictChoice, ConflictPayload, ConflictWhere, SettleConflictsPayload, Unsettled
from schema.connections import ConnectionPayload
from schema.context import Context
from schema.customers import CustomerChanges, CustomerInput, CustomerPayload
from schema.duplicates import DuplicatePayload, FindDuplicatesPayload
from schema.feedback import FeedbackChanges, FeedbackInput, FeedbackPayload
from schema.groups import GroupChanges, GroupInput, GroupPayload
from schema.interactions import InteractionChanges, InteractionInput, InteractionPayload
from schema.many import Many
from schema.memberships import MembershipChanges, MembershipInput, MembershipPayload
from schema.once import IdempotencyKey
from schema.payloads import answer, changes, creates, deletes
from schema.problems import show
from schema.purchases import PurchaseChanges, PurchaseInput, PurchasePayload
from schema.quality import QualityMutation
from schema.rates import RateMutation
from schema.regulating import PolicyMutation
from schema.runs import SyncRunPayload
from schema.scalars import JSON
from schema.segments import SegmentMutation
from schema.service.acting import StandardsMutation, TicketMutation
from schema.standards import StandardMutation
from schema.surveys.acting import SurveyMutation
from schema.tiers import TierChanges, TierInput, TierPayload
from schema.words import shown

GroupId = Annotated[strawberry.ID, strawberry.argument(description="The group 客户群")]
CustomerId = Annotated[strawberry.ID, strawberry.argument(description="The customer 客户")]
ConflictId = Annotated[strawberry.ID, strawberry.argument(description="The conflict 冲突")]
Choice = Annotated[ConflictChoice, strawberry.argument(description="What is chosen 选择")]
Value = Annotated[
    JSON | None,
    strawberry.argument(description="With VALUE the field's new value, with ROW the id of the row 值"),
]
Conflicts = Annotated[ConflictWhere, strawberry.argument(description="Those for which this holds 筛选条件")]
AtMost = Annotated[
    int, strawberry.argument(description=f"How many at most, and never more than {settling.LARGEST} 最多数量")
]
DuplicateId = Annotated[strawberry.ID, strawberry.argument(description="The suggestion 疑似重复")]
Full = Annotated[
    bool, strawberry.argument(description="All customers, or only those that changed since the last time 全量查找")
]
ConnectionId = Annotated[strawberry.ID, strawberry.argument(description="The connection 连接")]


async def _member(info: Info[Context], work: Any, group_id: str, customer_id: str) -> Any:
    async def run(desk: Desk) -> Any:
        group = filters.uuid(group_id, "group", "group_id")
        row: Row = await work(desk, group, filters.uuid(customer_id, "customer", "customer_id"))
        return row.id

    return await answer(info, MembershipPayload, "membership", "membership", run, _end)


def _end(problem: Problem) -> Problem:
    """The domain speaks of the customer and the group, the arguments of their ids."""
    if problem.path and problem.path[0] in FIELDS[Kind.MEMBERSHIP]:
        return Problem(problem.code, (f"{problem.path[0]}_id",), problem.facts)
    return problem


async def _connection(info: Info[Context], payload: Any, field: str, noun: str, work: Any, id: str) -> Any:
    async def run(desk: Desk) -> Any:
        return await work(desk, filters.uuid(id, "connection", "connection_id"))

    return await answer(info, payload, field, noun, run)


async def settle_many(info: Info[Context], where: ConflictWhere, choice: str, first: int) -> SettleConflictsPayload:
    language = info.context.language
    try:
        async with info.context.desk() as desk:

            async def settle() -> Mapping[str, Any]:
                tree = filters.read(where, "conflict", info.context.now)
                done = await settling.settle_many(desk, tree, choice, first)
                failed = {id.hex: [*map(replays.pack, refused.problems)] for id, refused in done.failed.items()}
                return {"settled": done.count, "remaining": done.remaining, "failed": failed}

            told = await once.tell(info, desk, settle)
    except Refused as refused:
        return SettleConflictsPayload(problems=show(refused.problems, language))
    failed = [
        Unsettled(
            id=strawberry.ID(format_id("conflict", UUID(id))),
            problems=show([*map(replays.unpack, problems)], language),
        )
        for id, problems in told["failed"].items()
    ]
    return SettleConflictsPayload(settled=told["settled"], remaining=told["remaining"], failed=failed)


@strawberry.type(description="Everything that can be changed 修改")
class Mutation(
    CommunityActs,
    ConditionActs,
    TemplateActs,
    Many,
    StandardMutation,
    AssessingMutation,
    AlertMutation,
    PolicyMutation,
    CareMutations,
    SegmentMutation,
    QualityMutation,
    RateMutation,
    BenefitMutation,
    ProgrammeMutation,
    TicketMutation,
    StandardsMutation,
    SurveyMutation,
):
    create_customer = creates(
        Kind.CUSTOMER, CustomerPayload, CustomerInput, customers.create, "Add a customer 新建客户"
    )
    update_customer = changes(
        Kind.CUSTOMER, CustomerPayload, CustomerChanges, customers.change, "Change a customer 修改客户"
    )
    delete_customer = deletes(
        Kind.CUSTOMER, CustomerPayload, customers.delete, "Delete a customer and its memberships 删除客户"
    )
    create_group = creates(Kind.GROUP, GroupPayload, GroupInput, groups.create, "Add a group 新建客户群")
    update_group = changes(Kind.GROUP, GroupPayload, GroupChanges, groups.change, "Change a group 修改客户群")
    delete_group = deletes(Kind.GROUP, GroupPayload, groups.delete, "Delete a group; its customers stay 删除客户群")
    create_membership = creates(
        Kind.MEMBERSHIP,
        MembershipPayload,
        MembershipInput,
        memberships.create,
        "Put a customer into a group, in some role 新建群成员",
    )
    update_membership = changes(
        Kind.MEMBERSHIP, MembershipPayload, MembershipChanges, memberships.change, "Change a membership 修改群成员"
    )
    delete_membership = deletes(Kind.MEMBERSHIP, MembershipPayload, memberships.delete, "End a membership 删除群成员")
    create_tier = creates(Kind.TIER, TierPayload, TierInput, tiers.create, "Add a tier 新建客户等级")
    update_tier = changes(Kind.TIER, TierPayload, TierChanges, tiers.change, "Change a tier 修改客户等级")
    delete_tier = deletes(Kind.TIER, TierPayload, tiers.delete, "Delete a tier that nobody is in 删除客户等级")
    create_feedback = creates(Kind.FEEDBACK, FeedbackPayload, FeedbackInput, feedback.create, "Add feedback 新建反馈")
    update_feedback = changes(
        Kind.FEEDBACK, FeedbackPayload, FeedbackChanges, feedback.change, "Change feedback 修改反馈"
    )
    delete_feedback = deletes(Kind.FEEDBACK, FeedbackPayload, feedback.delete, "Delete feedback 删除反馈")
    create_purchase = creates(
        Kind.PURCHASE, PurchasePayload, PurchaseInput, purchases.create, "Add a purchase 新建购买记录"
    )
    update_purchase = changes(
        Kind.PURCHASE, PurchasePayload, PurchaseChanges, purchases.change, "Change a purchase 修改购买记录"
    )
    delete_purchase = deletes(Kind.PURCHASE, PurchasePayload, purchases.delete, "Delete a purchase 删除购买记录")
    create_interaction = creates(
        Kind.INTERACTION, InteractionPayload, InteractionInput, interactions.create, "Add an interaction 新建互动记录"
    )
    update_interaction = changes(
        Kind.INTERACTION,
        InteractionPayload,
        InteractionChanges,
        interactions.change,
        "Change an interaction 修改互动记录",
    )
    delete_interaction = deletes(
        Kind.INTERACTION, InteractionPayload, interactions.delete, "Delete an interaction 删除互动记录"
    )

    @shown("Put a customer into a group 添加群成员")
    async def add_member(
        self, info: Info[Context], group_id: GroupId, customer_id: CustomerId, idempotency_key: IdempotencyKey = None
    ) -> MembershipPayload:
        payload: MembershipPayload = await _member(info, memberships.add, group_id, customer_id)
        return payload

    @shown("Take a customer out of a group 移除群成员")
    async def remove_member(
        self, info: Info[Context], group_id: GroupId, customer_id: CustomerId, idempotency_key: IdempotencyKey = None
    ) -> MembershipPayload:
        payload: MembershipPayload = await _member(info, memberships.remove, group_id, customer_id)
        return payload

    @shown("Settle a conflict; the value that was not chosen stays in it 解决冲突")
    async def settle_conflict(
        self,
        info: Info[Context],
        id: ConflictId,
        choice: Choice,
        value: Value = None,
        idempotency_key: IdempotencyKey = None,
    ) -> ConflictPayload:
        async def run(desk: Desk) -> Any:
            return await settling.settle(desk, filters.uuid(id, "conflict", "id"), str(choice.value), value)

        payload: ConflictPayload = await answer(info, ConflictPayload, "conflict", "conflict", run)
        return payload

    @shown(
        "Settle many open conflicts by one choice, the oldest first. VALUE and ROW are for single ones. One that fails "
        "stays open and stops no other 批量解决冲突"
    )
    async def settle_conflicts(
        self,
        info: Info[Context],
        where: Conflicts,
        choice: Choice,
        first: AtMost = settling.LARGEST,
        idempotency_key: IdempotencyKey = None,
    ) -> SettleConflictsPayload:
        return await settle_many(info, where, str(choice.value), first)

    @shown("Two customers are one: the loser goes into the winner, with all that hangs on it 合并客户")
    async def merge_customers(
        self,
        info: Info[Context],
        winner: merging.Winner,
        loser: merging.Loser,
        take: merging.Take = None,
        idempotency_key: IdempotencyKey = None,
    ) -> CustomerPayload:
        return await merging.merge(info, winner, loser, take)

    @shown("Take a merge back: both customers and every link, also after later edits 取消合并")
    async def unmerge_customers(
        self, info: Info[Context], id: merging.Merged, idempotency_key: IdempotencyKey = None
    ) -> merging.UnmergePayload:
        return await merging.unmerge(info, id)

    @shown("Search for customers who are there twice; `duplicates` lists them 查找重复客户")
    async def find_duplicates(
        self, info: Info[Context], full: Full = True, idempotency_key: IdempotencyKey = None
    ) -> FindDuplicatesPayload:
        return await duplicates.find(info, full=full)

    @shown("Say that two are two; they are not suggested again 忽略疑似重复")
    async def dismiss_duplicate(
        self, info: Info[Context], id: DuplicateId, idempotency_key: IdempotencyKey = None
    ) -> DuplicatePayload:
        async def run(desk: Desk) -> Any:
            return await dismiss(desk, filters.uuid(id, "duplicate", "id"))

        payload: DuplicatePayload = await answer(info, DuplicatePayload, "duplicate", "duplicate", run)
        return payload

    @shown("Ask for a sync of a connection; a worker picks it up 开始同步")
    async def start_sync(
        self, info: Info[Context], connection_id: ConnectionId, idempotency_key: IdempotencyKey = None
    ) -> SyncRunPayload:
        payload: SyncRunPayload = await _connection(info, SyncRunPayload, "sync_run", "run", runs.start, connection_id)
        return payload

    @shown("Stop syncing a connection for now; nothing is deleted anywhere 暂停连接")
    async def pause_connection(
        self, info: Info[Context], connection_id: ConnectionId, idempotency_key: IdempotencyKey = None
    ) -> ConnectionPayload:
        payload: ConnectionPayload = await _connection(
            info, ConnectionPayload, "connection", "connection", connections.pause, connection_id
        )
        return payload

    @shown("Sync a connection again; what changed meanwhile goes out 恢复连接")
    async def resume_connection(
        self, info: Info[Context], connection_id: ConnectionId, idempotency_key: IdempotencyKey = None
    ) -> ConnectionPayload:
        payload: ConnectionPayload = await _connection(
            info, ConnectionPayload, "connection", "connection", connections.resume, connection_id
        )
        return payload
