"""Policies of connections and rules of all of them, as people read and change them."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

import strawberry
from strawberry import Info

from kequn.contracts import records
from kequn.sync import policy, rules
from kequn.sync.rules import EVERY
from schema import me
from schema.changes import Kind
from schema.context import Context
from schema.declared import Worked, said
from schema.scalars import JSON
from schema.words import camel, shown


@strawberry.enum(description="Which way a kind or a field goes 同步方向")
class SyncDirection(Enum):
    BOTH = strawberry.enum_value("both", description="Both ways 双向")
    IN = strawberry.enum_value("in", description="Pulled, never written 仅读取")
    OUT = strawberry.enum_value("out", description="Written, never pulled 仅写入")
    OFF = strawberry.enum_value("off", description="Neither 关闭")


@strawberry.enum(description="What a deletion on one side does to the other 删除策略")
class DeletePolicy(Enum):
    PROPAGATE = strawberry.enum_value("propagate", description="It is deleted there, too 同步删除")
    IGNORE = strawberry.enum_value("ignore", description="It stays there 忽略")
    ASK = strawberry.enum_value("ask", description="Somebody must decide 询问")


@strawberry.enum(description="Which rows may be created at a connection 新建范围")
class CreatePolicy(Enum):
    NEVER = strawberry.enum_value("never", description="None 从不")
    LINKED_ONLY = strawberry.enum_value("linked-only", description="Those of customers who are linked there 仅已关联")
    WHERE = strawberry.enum_value("where", description="Those for which `where` holds 按条件")
    ALWAYS = strawberry.enum_value("always", description="All 全部")


@strawberry.enum(description="Who wins what both sides changed; the other value stays in the conflict 冲突裁决")
class ConflictWinner(Enum):
    ASK = strawberry.enum_value("ask", description="Somebody must decide 询问")
    REMOTE = strawberry.enum_value("remote", description="The CRM 对方")
    LOCAL = strawberry.enum_value("local", description="kequn 我方")
    NEWEST = strawberry.enum_value("newest", description="Whoever was last, by their clocks 最新")


@strawberry.type(description="What holds for one field 字段策略")
class FieldPolicy:
    field: str = strawberry.field(description="The field 字段")
    direction: SyncDirection = strawberry.field(description="Which way it goes 方向")
    winner: ConflictWinner | None = strawberry.field(description="Who wins it; empty: as its kind 裁决")


@strawberry.type(description="Which connection owns a field 字段归属")
class FieldRanking:
    kind: Kind = strawberry.field(description="Of which kind of records 记录类型")
    field: str | None = strawberry.field(description="The field; empty: every other one 字段")
    ranking: list[str] = strawberry.field(
        description="Names of connections, and kequn for what people enter here, the owner first 优先顺序"
    )


@strawberry.type(description="What a connection may do with records of one kind 同步策略")
class KindPolicy:
    kind: Kind = strawberry.field(description="Which kind 记录类型")
    direction: SyncDirection = strawberry.field(description="Which way they go 方向")
    delete: DeletePolicy = strawberry.field(description="What a deletion does 删除策略")
    create: CreatePolicy = strawberry.field(description="Which rows may be created there 新建范围")
    winner: ConflictWinner = strawberry.field(description="Who wins a field that both sides changed 冲突裁决")
    pull: JSON = strawberry.field(description="Which records are taken in; {}: all 读取条件")
    where: JSON = strawberry.field(description="Which rows may be created, if `create` says so 新建条件")
    fields: list[FieldPolicy] = strawberry.field(description="Fields that differ from their kind 字段策略")
    authority: list[FieldRanking] = strawberry.field(description="Who owns which field, for all connections 字段归属")


@strawberry.type(description="What holds for all connections 全局同步规则")
class SyncRules:
    identity: list[str] = strawberry.field(description="By which keys a customer is known again, in order 身份标识")
    authority: list[FieldRanking] = strawberry.field(description="Who owns which field 字段归属")


def _rankings(kind: records.Kind, fields: Mapping[str, Any]) -> list[FieldRanking]:
    return [
        FieldRanking(kind=Kind(kind.value), field=None if name == EVERY else camel(name), ranking=[*ranking])
        for name, ranking in fields.items()
    ]


def shown_rules(found: rules.Rules) -> SyncRules:
    authority = [one for kind, fields in found.authority.items() for one in _rankings(kind, fields)]
    return SyncRules(identity=[camel(key) for key in found.identity], authority=authority)


def _policies(plain: Mapping[str, Any], shared: Mapping[str, Any]) -> list[KindPolicy]:
    found = policy.read(plain, rules.read(shared))
    return [_policy(kind, one, plain.get(kind.value, {})) for kind, one in found.kinds.items()]


def _policy(kind: records.Kind, one: policy.KindPolicy, plain: Mapping[str, Any]) -> KindPolicy:
    create = plain.get("create")
    fields = [
        FieldPolicy(
            field=camel(name),
            direction=SyncDirection(field.direction.value),
            winner=ConflictWinner(field.winner.value) if field.winner else None,
        )
        for name, field in one.fields.items()
    ]
    return KindPolicy(
        kind=Kind(kind.value),
        direction=SyncDirection(one.direction.value),
        delete=DeletePolicy(one.delete.value),
        create=CreatePolicy(one.create.value),
        winner=ConflictWinner(one.winner.value),
        pull=JSON(plain.get("pull", {})),
        where=JSON(create["where"] if isinstance(create, Mapping) else {}),
        fields=fields,
        authority=_rankings(kind, one.authority),
    )


@strawberry.type
class Governed:
    """A connection as its policy has it."""

    @shown(
        "What it may do, by kind of records 同步策略",
        said(Worked(lambda found: _policies(found.here["policy"], me.of(found).rules), ("policy",), me.beside)),
    )
    async def policies(self, info: Info[Context]) -> list[KindPolicy]:
        tenant = await info.context.ask.together("tenant", me.tenant, info.context.actor.tenant)
        return _policies(self.policy, tenant.rules)  # type: ignore[attr-defined]


async def sync_rules(info: Info[Context]) -> SyncRules:
    tenant = await info.context.ask.together("tenant", me.tenant, info.context.actor.tenant)
    return shown_rules(rules.read(tenant.rules))


RULES = said(Worked(lambda found: shown_rules(rules.read(me.of(found).rules)), (), me.beside))
