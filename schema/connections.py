"""Connections to CRMs. Their settings and secrets are never shown."""

from datetime import datetime
from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET

from schema.lists import listed, some_where
from schema.node import Node
from schema.operators import DateTimeFilter, EnumFilter, IdFilter, TextFilter, logic
from schema.paging import Key, Order
from schema.payloads import Payload
from schema.policies import Governed
from schema.scalars import JSON
from schema.schedules import Scheduled
from schema.words import worded


@strawberry.enum(description="State of a connection 连接状态")
class ConnectionState(Enum):
    ACTIVE = strawberry.enum_value("active", description="Is synced 启用")
    PAUSED = strawberry.enum_value("paused", description="Waits; deletes nothing 暂停")
    REMOVED = strawberry.enum_value("removed", description="Is kept for its history only 已移除")


@worded("connection")
@strawberry.type(description="Our account at a CRM CRM连接: Zoho CRM, 纷享销客, 简道云, …")
class Connection(Governed, Scheduled, Node):
    noun = "connection"

    name: str
    plugin: str
    state: ConnectionState
    policy: JSON
    created_at: datetime
    runs = listed("SyncRun", "runs", usual=(Key("id", descending=True),))
    conflicts = listed("Conflict", "conflicts", usual=(Key("id", descending=True),))
    links = listed("Link", "links", usual=())
    changes = listed("Change", "changes", usual=(Key("id", descending=True),))


@worded("connection")
@strawberry.input(description="Asks about a connection 连接条件")
class ConnectionWhere:
    and_: list["ConnectionWhere"] | None = logic("and")
    or_: list["ConnectionWhere"] | None = logic("or")
    not_: "ConnectionWhere | None" = logic("not")
    id: IdFilter | None = UNSET
    name: TextFilter | None = UNSET
    plugin: TextFilter | None = UNSET
    state: EnumFilter[ConnectionState] | None = UNSET
    created_at: DateTimeFilter | None = UNSET
    runs: Any = some_where("SyncRun")
    conflicts: Any = some_where("Conflict")
    links: Any = some_where("Link")
    changes: Any = some_where("Change")


@worded("connection")
@strawberry.enum(description="What they can be ordered by 排序字段")
class ConnectionOrderField(Enum):
    ID = "id"
    NAME = "name"
    PLUGIN = "plugin"
    STATE = "state"
    CREATED_AT = "created_at"


@strawberry.input(description="How connections are ordered 连接排序")
class ConnectionOrder(Order):
    field: ConnectionOrderField = strawberry.field(description="By what 字段")


@strawberry.type(description="The connection, or why nothing was changed 连接修改结果")
class ConnectionPayload(Payload):
    connection: Connection | None = strawberry.field(default=None, description="As it now is 当前内容")
