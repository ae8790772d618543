"""Mutations of policies and of the rules of all connections. How they are carried out stands in governing.py."""

from collections.abc import Mapping
from enum import Enum
from typing import Annotated, Any

import strawberry
from strawberry import UNSET, Info

from kequn.contracts import records
from kequn.contracts.records import FIELDS
from kequn.domain import connections
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, Refused, refuse
from kequn.store import tenants
from kequn.sync import rules
from kequn.sync.rules import EVERY
from schema import filters, governing, once
from schema.changes import Kind
from schema.connections import ConnectionPayload
from schema.context import Context
from schema.once import IdempotencyKey
from schema.payloads import Payload, answer
from schema.policies import ConflictWinner, CreatePolicy, DeletePolicy, SyncDirection, SyncRules, shown_rules
from schema.problems import show
from schema.scalars import JSON
from schema.words import shown, snake


@strawberry.input(description="What is to hold for one field 字段策略")
class FieldPolicyInput:
    field: str = strawberry.field(description="The field 字段")
    direction: SyncDirection | None = strawberry.field(default=UNSET, description="Which way it goes 方向")
    winner: ConflictWinner | None = strawberry.field(default=UNSET, description="Who wins it; null: as its kind 裁决")


@strawberry.input(description="What is to change of a policy; null: as usual, left out: as it is 修改同步策略")
class PolicyInput:
    direction: SyncDirection | None = strawberry.field(default=UNSET, description="Which way they go 方向")
    delete: DeletePolicy | None = strawberry.field(default=UNSET, description="What a deletion does 删除策略")
    create: CreatePolicy | None = strawberry.field(default=UNSET, description="Which rows may be created 新建范围")
    winner: ConflictWinner | None = strawberry.field(default=UNSET, description="Who wins a clash 冲突裁决")
    pull: JSON | None = strawberry.field(default=UNSET, description="Which records are taken in 读取条件")
    where: JSON | None = strawberry.field(default=UNSET, description="With create WHERE: which rows 新建条件")
    fields: list[FieldPolicyInput] | None = strawberry.field(
        default=UNSET, description="Fields that differ; one without direction and winner is as its kind again 字段策略"
    )


@strawberry.input(description="Who is to own a field 字段归属")
class RankingInput:
    kind: Kind = strawberry.field(description="Of which kind of records 记录类型")
    field: str | None = strawberry.field(default=None, description="The field; left out: every other one 字段")
    ranking: list[str] = strawberry.field(description="The owner first; empty: nobody in particular 优先顺序")


@strawberry.type(description="The rules of all connections, or why nothing was changed 同步规则修改结果")
class SyncRulesPayload(Payload):
    rules: SyncRules | None = strawberry.field(default=None, description="As they now are 当前规则")


ConnectionId = Annotated[strawberry.ID, strawberry.argument(description="The connection 连接")]
OfKind = Annotated[Kind, strawberry.argument(description="For which kind of records 记录类型")]
Changes = Annotated[PolicyInput, strawberry.argument(description="What is to change 修改内容")]
Identity = Annotated[
    list[str] | None,
    strawberry.argument(description="By which keys a customer is known again, in order; null: as it is 身份标识"),
]
Authority = Annotated[
    list[RankingInput], strawberry.argument(description="Who owns these fields; others stay 字段归属")
]


def _field(kind: records.Kind, name: str, *path: str | int) -> str:
    if snake(name) not in FIELDS[kind]:
        raise refuse(Code.BAD_VALUE, *path)
    return snake(name)


def _chosen(kind: records.Kind, given: PolicyInput) -> dict[str, Any]:
    """As a policy has it."""
    plain = {name: one for name, one in vars(given).items() if one is not UNSET and name not in {"fields", "where"}}
    chosen: dict[str, Any] = {name: one.value if isinstance(one, Enum) else one for name, one in plain.items()}
    if given.where is not UNSET or chosen.get("create") == "where":
        chosen["create"] = {"where": given.where or {}}
    if given.fields is not UNSET:
        fields = {
            _field(kind, one.field, "input", "fields", place, "field"): {
                name: getattr(one, name).value for name in ("direction", "winner") if getattr(one, name)
            }
            for place, one in enumerate(given.fields or ())
        }
        chosen["fields"] = fields or None
    return chosen


Every = Annotated[float | None, strawberry.argument(description="Every so many seconds 间隔秒数")]
Cron = Annotated[str | None, strawberry.argument(description="At the times of a cron line, as in `0 3 * * 1-5` 定时")]
Zone = Annotated[str, strawberry.argument(description="With `cron`: the zone of its hours 时区")]


@strawberry.type
class PolicyMutation:
    """What connections may do, and when."""

    @shown("When a connection is synced though nothing asks for it; neither: as often as the server says 设置同步计划")
    async def schedule_connection(
        self,
        info: Info[Context],
        connection_id: ConnectionId,
        every_seconds: Every = None,
        cron: Cron = None,
        time_zone: Zone = "Asia/Shanghai",
        idempotency_key: IdempotencyKey = None,
    ) -> ConnectionPayload:
        async def run(desk: Desk) -> Any:
            id = filters.uuid(connection_id, "connection", "connection_id")
            return await connections.schedule(desk, id, every_seconds, cron, time_zone)

        payload: ConnectionPayload = await answer(info, ConnectionPayload, "connection", "connection", run)
        return payload

    @shown("Change what a connection may do with records of one kind 修改同步策略")
    async def set_policy(
        self,
        info: Info[Context],
        connection_id: ConnectionId,
        kind: OfKind,
        input: Changes,
        idempotency_key: IdempotencyKey = None,
    ) -> ConnectionPayload:
        async def run(desk: Desk) -> Any:
            of = records.Kind(str(kind.value))
            id = filters.uuid(connection_id, "connection", "connection_id")
            return await governing.set_policy(desk, id, of, _chosen(of, input))

        payload: ConnectionPayload = await answer(info, ConnectionPayload, "connection", "connection", run)
        return payload

    @shown("Change by which keys customers are known again, and which connection owns which field 修改全局同步规则")
    async def set_sync_rules(
        self,
        info: Info[Context],
        authority: Authority = (),  # type: ignore[assignment]
        identity: Identity = None,
        idempotency_key: IdempotencyKey = None,
    ) -> SyncRulesPayload:
        try:
            async with info.context.desk() as desk:

                async def work() -> Mapping[str, Any]:
                    rankings = {}
                    for place, one in enumerate(authority):
                        of = records.Kind(str(one.kind.value))
                        name = _field(of, one.field, "authority", place, "field") if one.field else EVERY
                        rankings[of, name] = one.ranking
                    keys = [snake(key) for key in identity] if identity is not None else None
                    await governing.set_rules(desk, keys, rankings)
                    return {}

                await once.tell(info, desk, work)
                found = rules.read(await tenants.rules_of(desk.session, desk.scope))
        except Refused as refused:
            return SyncRulesPayload(problems=show(refused.problems, info.context.language))
        return SyncRulesPayload(rules=shown_rules(found))
