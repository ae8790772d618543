"""Who asks, and for whom."""

from collections.abc import Mapping
from enum import Enum
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession
from strawberry import Info

from kequn.store import tenants
from kequn.store.scope import Scope
from kequn.store.vault import Vault
from schema.context import Context
from schema.declared import Found, Near, Worked, said


@strawberry.enum(description="What a token may do; each role may do all that the one before may 角色")
class Role(Enum):
    VIEWER = strawberry.enum_value("viewer", description="Read 查看")
    OPERATOR = strawberry.enum_value("operator", description="Edit, settle conflicts, ask for syncs 运营")
    DEVELOPER = strawberry.enum_value("developer", description="See the schema and GraphiQL 开发")
    ADMIN = strawberry.enum_value("admin", description="Manage connections 管理")


@strawberry.type(description="The company whose rows are seen 租户")
class Tenant:
    slug: str = strawberry.field(description="Its short name 标识")
    name: str = strawberry.field(description="Name 名称")
    time_zone: str = strawberry.field(description="Its time zone 时区")
    region: str = strawberry.field(description="Country (ISO 3166) of phone numbers without a code 国家或地区")


@strawberry.type(description="Who asks 当前用户")
class Me:
    name: str = strawberry.field(description="The token's name 名称")
    role: Role = strawberry.field(description="What it may do 角色")
    tenant: Tenant = strawberry.field(description="Whose rows are seen 租户")


async def me(info: Info[Context]) -> Me:
    return _me(info.context, await info.context.ask.together("tenant", tenant, info.context.actor.tenant))


async def tenant(session: AsyncSession, scope: Scope, vault: Vault, ids: list[UUID]) -> dict[UUID, Any]:
    """A loader."""
    return {scope.tenant: await tenants.of(session, scope)}


def _me(context: Context, tenant: Any) -> Me:
    shown = Tenant(slug=tenant.slug, name=tenant.name, time_zone=tenant.time_zone, region=tenant.region)
    return Me(name=context.actor.name, role=Role(context.actor.role.name.lower()), tenant=shown)


def beside(near: Near, scope: Scope) -> Mapping[str, Select[Any]]:
    return {"tenant": tenants.itself(scope)}


def of(found: Found) -> Any:
    """The tenant that came beside a row."""
    [columns] = found.beside["tenant"]
    return SimpleNamespace(**columns)


ME = said(Worked(lambda found: _me(found.context, of(found)), (), beside))
