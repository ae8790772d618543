"""Links: where a row stands in the connected CRMs."""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy import Select, select
from strawberry import UNSET, Info

from kequn.domain.catalogue import CATALOGUE
from kequn.store import standing
from kequn.store.scope import Scope
from kequn.store.standing import Standing
from kequn.store.vault import key_of
from schema.changes import Kind
from schema.context import Context
from schema.declared import KEY, Found, Near, Varied, Worked, said
from schema.lists import linked, one_where
from schema.node import Node
from schema.operators import BooleanFilter, DateTimeFilter, EnumFilter, TextFilter, logic
from schema.paging import Order
from schema.personal import MARK
from schema.words import camel, shown, worded


@strawberry.enum(description="How a link stands 关联状态")
class LinkState(Enum):
    AGREED = strawberry.enum_value("agreed", description="Both sides say the same 已同步")
    PENDING = strawberry.enum_value("pending", description="Something has to go out or be read again 待同步")
    BLOCKED = strawberry.enum_value("blocked", description="Something cannot be done; `problem` says why 受阻")
    DISPUTED = strawberry.enum_value("disputed", description="Somebody must decide; see `conflicts` 有冲突")
    SECONDARY = strawberry.enum_value("secondary", description="Is read, never written 次要记录")
    OUT_OF_SCOPE = strawberry.enum_value("out_of_scope", description="Outside what the connection syncs 不在同步范围")


@strawberry.type(description="Why something waits between a row and its record 同步问题")
class LinkProblem:
    code: str = strawberry.field(description="A stable code, such as REJECTED or WAITS 代码")
    cause: str = strawberry.field(
        description="The same in words, the CRM's own where they are known 原因", metadata=MARK
    )
    field: str | None = strawberry.field(description="Which field; empty where it is all of it 字段")
    since: datetime = strawberry.field(description="Since when 开始时间")
    next_try: datetime = strawberry.field(description="When it is tried again 下次尝试时间")


LINK = (
    *("connection_id", "object", "external_id", "kind", "row_id", "base", "version", "is_primary", "in_scope"),
    *("parted", "stale", "owner", "pushed_at"),
)


def _of_standing(work: Callable[[Standing], Any], *, facts: bool = False) -> dict[Any, Any]:
    """What is made of how a link stands. `facts`: its row is looked at as well."""

    def beside(near: Near, scope: Scope) -> Mapping[str, Select[Any]]:
        return {KEY: key_of(scope, near("base")), **standing.beside(scope, near, facts=facts)}

    return said(Worked(lambda found: work(standing.found(found.vault, found.sealed, found.beside)), LINK, beside))


def _connection(near: Near, scope: Scope) -> Mapping[str, Select[Any]]:
    connection = CATALOGUE["connection"].source.alias()
    mine = (connection.c.tenant_id == scope.tenant, connection.c.id == near("connection_id"))
    return {"connection": select(connection.c.plugin, connection.c.settings).where(*mine)}


def _found_url(found: Found) -> str | None:
    [connection] = found.beside["connection"]
    return _url(found.context, SimpleNamespace(**connection), found.here["object"], found.here["external_id"])


def _url(context: Context, connection: Any, object: str, id: str) -> str | None:
    return context.record_url(connection.plugin, connection.settings, object, id)


def _pending(at: Standing) -> list[str]:
    return [camel(name) for name in at.pending]


def _problem(at: Standing) -> LinkProblem | None:
    obstacle = at.obstacle
    if obstacle is None:
        return None
    return LinkProblem(
        code=obstacle.code,
        cause=obstacle.cause,
        field=camel(obstacle.field) if obstacle.field else None,
        since=obstacle.since,
        next_try=obstacle.next_try,
    )


@worded("link")
@strawberry.type(description="The record of a CRM that is the same as a row here CRM记录关联")
class Link:
    row_id: strawberry.Private[UUID]
    connection_id: strawberry.Private[UUID]

    object: str
    external_id: str
    is_primary: bool
    in_scope: bool
    seen_at: datetime | None = strawberry.field(name="lastSeen")
    pushed_at: datetime | None
    kind: Kind
    connection = linked("Connection", "connection_id")

    @shown(None, said(Varied("kind", "row_id")))
    async def row(self, info: Info[Context]) -> Node | None:
        row: Node | None = await info.context.ask.one(str(self.kind), self.row_id, deleted=True)
        return row

    @shown(None, said(Worked(_found_url, ("connection_id", "object", "external_id"), _connection)))
    async def url(self, info: Info[Context]) -> str | None:
        connection = await info.context.ask.one("connection", self.connection_id)
        return _url(info.context, connection, self.object, self.external_id) if connection else None

    @shown(None, _of_standing(lambda at: LinkState(at.state)))
    async def state(self, info: Info[Context]) -> LinkState:
        return LinkState((await _standing(self, info)).state)

    @shown(None, _of_standing(lambda at: _pending(at), facts=True))
    async def pending_fields(self, info: Info[Context]) -> list[str]:
        return _pending(await _standing(self, info))

    @shown(None, _of_standing(lambda at: _problem(at)))
    async def problem(self, info: Info[Context]) -> LinkProblem | None:
        return _problem(await _standing(self, info))


async def _standing(link: Link, info: Info[Context]) -> Standing:
    place = (link.connection_id, link.object, link.external_id)
    found: Standing = await info.context.ask.together("standing", standing.of, place)
    return found


@worded("link")
@strawberry.input(description="Asks about a link CRM记录关联条件")
class LinkWhere:
    and_: list["LinkWhere"] | None = logic("and")
    or_: list["LinkWhere"] | None = logic("or")
    not_: "LinkWhere | None" = logic("not")
    object: TextFilter | None = UNSET
    external_id: TextFilter | None = UNSET
    is_primary: BooleanFilter | None = UNSET
    in_scope: BooleanFilter | None = UNSET
    seen_at: DateTimeFilter | None = strawberry.field(name="lastSeen", default=UNSET)
    pushed_at: DateTimeFilter | None = UNSET
    kind: EnumFilter[Kind] | None = UNSET
    state: EnumFilter[LinkState] | None = UNSET
    connection: Any = one_where("Connection")


@worded("link")
@strawberry.enum(description="What they can be ordered by 排序字段")
class LinkOrderField(Enum):
    OBJECT = "object"
    EXTERNAL_ID = "external_id"
    IS_PRIMARY = "is_primary"
    IN_SCOPE = "in_scope"
    LAST_SEEN = "seen_at"
    PUSHED_AT = "pushed_at"
    KIND = "kind"


@strawberry.input(description="How links are ordered CRM记录关联排序")
class LinkOrder(Order):
    field: LinkOrderField = strawberry.field(description="By what 字段")
