"""Sync runs: asked for, under way, done."""

from datetime import datetime
from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET

from schema.lists import linked, listed, one_where, some_where
from schema.node import Node
from schema.operators import DateTimeFilter, EnumFilter, IdFilter, TextFilter, logic
from schema.paging import Order
from schema.payloads import Payload
from schema.scalars import JSON
from schema.words import worded


@strawberry.enum(description="State of a sync 同步状态")
class RunState(Enum):
    QUEUED = strawberry.enum_value("queued", description="Waits for a worker 排队中")
    RUNNING = strawberry.enum_value("running", description="Is under way 进行中")
    DONE = strawberry.enum_value("done", description="Has ended well 已完成")
    STOPPED = strawberry.enum_value("stopped", description="Stopped by a brake, or paused; a person must look 已停止")
    FAILED = strawberry.enum_value("failed", description="Has failed 失败")


@worded("run")
@strawberry.type(description="One sync of one connection 同步任务")
class SyncRun(Node):
    noun = "run"

    state: RunState
    starter: str
    started_at: datetime
    finished_at: datetime | None
    counts: JSON
    code: str | None
    message: str | None
    connection = linked("Connection", "connection_id")
    changes = listed("Change", "changes")


@worded("run")
@strawberry.input(description="Asks about a sync 同步条件")
class SyncRunWhere:
    and_: list["SyncRunWhere"] | None = logic("and")
    or_: list["SyncRunWhere"] | None = logic("or")
    not_: "SyncRunWhere | None" = logic("not")
    id: IdFilter | None = UNSET
    state: EnumFilter[RunState] | None = UNSET
    starter: TextFilter | None = UNSET
    code: TextFilter | None = UNSET
    message: TextFilter | None = UNSET
    started_at: DateTimeFilter | None = UNSET
    finished_at: DateTimeFilter | None = UNSET
    connection: Any = one_where("Connection")
    changes: Any = some_where("Change")


@worded("run")
@strawberry.enum(description="What they can be ordered by 排序字段")
class SyncRunOrderField(Enum):
    ID = "id"
    STATE = "state"
    STARTER = "starter"
    STARTED_AT = "started_at"
    FINISHED_AT = "finished_at"
    CODE = "code"
    MESSAGE = "message"


@strawberry.input(description="How syncs are ordered 同步排序")
class SyncRunOrder(Order):
    field: SyncRunOrderField = strawberry.field(description="By what 字段")


@strawberry.type(description="The sync, or why nothing was changed 同步任务修改结果")
class SyncRunPayload(Payload):
    sync_run: SyncRun | None = strawberry.field(default=None, description="As it now is 当前内容")
