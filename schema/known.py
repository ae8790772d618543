"""How well we know a customer: how complete and how fresh each field is, and where it was learned."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy import ColumnElement, Select, Table, select
from sqlalchemy.ext.asyncio import AsyncSession
from strawberry import Info

from kequn.contracts.records import FIELDS, Kind
from kequn.domain import standard
from kequn.domain.quality import fields
from kequn.domain.quality.fields import Last, Rows
from kequn.domain.standard import Thresholds
from kequn.store import tables
from kequn.store.scope import Scope
from kequn.store.vault import Vault
from schema.context import Context
from schema.declared import Found, Near, Worked, said
from schema.node import key
from schema.words import camel, shown

_changes: Table = tables.Change.__table__  # type: ignore[attr-defined]
_confirmed: Table = tables.Confirmation.__table__  # type: ignore[attr-defined]
_standards: Table = tables.Standard.__table__  # type: ignore[attr-defined]
COLUMNS = {name: fields.column(name) for name in FIELDS[Kind.CUSTOMER]}


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


def _quality(here: Mapping[str, Any], standards: Rows, log: Rows, confirmed: Rows, now: datetime) -> Quality:
    """`here`: the customer, by column."""
    by = (standard.read(standards[0]["settings"]) if standards else Thresholds()).quality
    last = fields.last(log, confirmed)
    parts = {
        name: _field(name, here[COLUMNS[name]], last.get(name), by.fresh_days.get(name), now)
        for name in dict.fromkeys([*by.wanted, *by.fresh_days])
    }
    missing = [camel(name) for name in by.wanted if not parts[name].filled]
    share = 1 - len(missing) / len(by.wanted) if by.wanted else 1.0
    outdated = [one.field for one in parts.values() if one.outdated]
    return Quality(completeness=round(share, 4), missing=missing, outdated=outdated, fields=list(parts.values()))


def _field(name: str, value: Any, last: Last | None, days: int | None, now: datetime) -> FieldQuality:
    filled = value not in (None, "", [])
    return FieldQuality(
        field=camel(name),
        filled=filled,
        confirmed_at=last.at if last else None,
        how=last.how if last else None,
        actor=last.actor if last else None,
        fresh_days=days,
        outdated=filled and days is not None and (last is None or (now - last.at).days >= days),
    )


def _in_force(scope: Scope) -> Select[Any]:
    return select(_standards.c.settings).where(
        _standards.c.tenant_id == scope.tenant, _standards.c.state == "published"
    )


def _asked(scope: Scope, row: ColumnElement[bool], customer: ColumnElement[bool]) -> dict[str, Select[Any]]:
    return {
        "standards": _in_force(scope),
        "log": fields.log(scope, row),
        "confirmed": fields.confirmed(scope, customer),
    }


def _beside(near: Near, scope: Scope) -> Mapping[str, Select[Any]]:
    return _asked(scope, _changes.c.row_id == near("id"), _confirmed.c.customer_id == near("id"))


def _worked(found: Found) -> Quality:
    return _quality(found.here, **found.beside, now=found.context.now)


async def _load(session: AsyncSession, scope: Scope, vault: Vault, ids: Sequence[UUID]) -> dict[UUID, dict[str, Rows]]:
    asked = _asked(scope, _changes.c.row_id.in_(ids), _confirmed.c.customer_id.in_(ids))
    found = {name: (await session.execute(query)).mappings().all() for name, query in asked.items()}
    return {
        id: {
            "standards": found["standards"],
            "log": [one for one in found["log"] if one["row_id"] == id],
            "confirmed": [one for one in found["confirmed"] if one["customer_id"] == id],
        }
        for id in ids
    }


QUALITY = said(Worked(_worked, ("id", *COLUMNS.values()), _beside))


@strawberry.type
class Known:
    """A customer, and how well we know them."""

    @shown("How complete and how fresh the data are 数据质量", QUALITY)
    async def quality(self, info: Info[Context]) -> Quality:
        held: dict[str, Rows] = await info.context.ask.together("quality", _load, key(self))
        here = {column: getattr(self, column) for column in COLUMNS.values()}
        return _quality(here, **held, now=info.context.now)
