"""How well we know a customer: how complete and how fresh each field is, and where it was learned."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import strawberry
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from strawberry import Info

from kequn.contracts.records import Kind
from kequn.domain import standards
from kequn.domain.quality import fields
from kequn.store.rows import table
from kequn.store.scope import Scope
from kequn.store.vault import Vault
from schema.context import Context
from schema.node import key
from schema.words import camel, shown


@strawberry.type(description="How good one field of a customer is 字段质量")
class FieldQuality:
    field: str = strawberry.field(description="The field 字段")
    filled: bool = strawberry.field(description="There is something 是否已填")
    confirmed_at: datetime | None = strawberry.field(description="When it was last written or confirmed 最近确认时间")
    how: str | None = strawberry.field(
        description="How: sync, person, rule, call-back, survey, market research or social media 来源"
    )
    actor: str | None = strawberry.field(description="Who noted it 操作者")
    fresh_days: int | None = strawberry.field(description="So long it is good; empty: for ever 有效天数")
    outdated: bool = strawberry.field(description="That is longer ago 是否过时")


@strawberry.type(description="How good the data of a customer are 数据质量")
class Quality:
    completeness: float = strawberry.field(description="Share of the wanted fields that are filled in 完整度")
    missing: list[str] = strawberry.field(description="The wanted fields that are not 缺失字段")
    outdated: list[str] = strawberry.field(description="What should be asked again 过时字段")
    fields: list[FieldQuality] = strawberry.field(description="Field by field 各字段")


async def of_customers(session: AsyncSession, scope: Scope, vault: Vault, ids: Sequence[UUID]) -> dict[UUID, Quality]:
    by = (await standards.in_force(session, scope)).thresholds.quality
    names = list(dict.fromkeys([*by.wanted, *by.fresh_days]))
    customers = table(Kind.CUSTOMER)
    columns = [fields.filled(name).label(name) for name in names]
    mine = (customers.c.tenant_id == scope.tenant, customers.c.id.in_(ids))
    last = await fields.last(session, scope, ids)
    found: dict[UUID, dict[str, FieldQuality]] = {}
    for row in (await session.execute(select(customers.c.id, *columns).where(*mine))).mappings():
        found[row["id"]] = {
            name: _field(name, bool(row[name]), last.get((row["id"], name)), by.fresh_days.get(name)) for name in names
        }
    return {id: _quality(list(by.wanted), parts) for id, parts in found.items()}


def _field(name: str, filled: bool, last: fields.Last | None, days: int | None) -> FieldQuality:
    return FieldQuality(
        field=camel(name),
        filled=filled,
        confirmed_at=last.at if last else None,
        how=last.how if last else None,
        actor=last.actor if last else None,
        fresh_days=days,
        outdated=False,
    )


def _quality(wanted: Sequence[str], parts: dict[str, FieldQuality]) -> Quality:
    missing = [camel(name) for name in wanted if not parts[name].filled]
    share = 1 - len(missing) / len(wanted) if wanted else 1.0
    return Quality(completeness=round(share, 4), missing=missing, outdated=[], fields=list(parts.values()))


def _judged(quality: Quality, now: datetime) -> Quality:
    """With what is outdated `now`."""
    for one in quality.fields:
        told = one.confirmed_at
        ages = one.filled and one.fresh_days is not None
        one.outdated = ages and (told is None or (now - told).days >= (one.fresh_days or 0))
    quality.outdated = [one.field for one in quality.fields if one.outdated]
    return quality


@strawberry.type
class Known:
    """A customer, and how well we know them."""

    @shown("How complete and how fresh the data are 数据质量")
    async def quality(self, info: Info[Context]) -> Quality | None:
        found: Quality | None = await info.context.ask.together("quality", of_customers, key(self))
        return _judged(found, info.context.now) if found else None
