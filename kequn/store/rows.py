"""Business rows as values: read, written and searched in sets, never one by one.
Decides how a field becomes columns."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Table, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import FIELDS, Kind, Money, Type
from kequn.store import parts, search
from kequn.store.pairs import one_of, one_of_those, ordered
from kequn.store.scope import Scope
from kequn.store.tables import (
    BenefitClaim,
    Business,
    Customer,
    CustomerGroup,
    Feedback,
    Interaction,
    Membership,
    Purchase,
    Staff,
    SurveyAnswer,
    Tier,
)
from kequn.store.upsert import insert_many, insert_plain
from kequn.store.values import EMPTY, Fact

MODELS: Mapping[Kind, type[Business]] = {
    Kind.CUSTOMER: Customer,
    Kind.STAFF: Staff,
    Kind.TIER: Tier,
    Kind.GROUP: CustomerGroup,
    Kind.MEMBERSHIP: Membership,
    Kind.PURCHASE: Purchase,
    Kind.INTERACTION: Interaction,
    Kind.FEEDBACK: Feedback,
    Kind.BENEFIT_CLAIM: BenefitClaim,
    Kind.SURVEY_ANSWER: SurveyAnswer,
}
_OTHERWISE = frozenset({Type.REF, Type.MONEY, Type.SET, Type.LINES})
_APART: Mapping[Kind, Mapping[str, Type]] = {
    kind: {name: spec.type for name, spec in fields.items() if spec.type in _OTHERWISE}
    for kind, fields in FIELDS.items()
}
"""The fields that are no column of the same name and value."""
_ALIKE = {kind: [name for name in fields if name not in _APART[kind]] for kind, fields in FIELDS.items()}


@dataclass(frozen=True)
class Row:
    """A business row, with every field of its kind. `own`: columns of a new row that are kequn's alone, beside them."""

    kind: Kind
    id: UUID
    facts: Mapping[str, Fact] = field(repr=False)
    version: int = 1
    deleted_at: datetime | None = None
    merged_into: UUID | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)
    updated_at: datetime | None = None
    own: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def live(self) -> bool:
        return self.deleted_at is None and self.merged_into is None


def table(kind: Kind) -> Table:
    return MODELS[kind].__table__  # type: ignore[attr-defined, no-any-return]


def columns(kind: Kind, facts: Mapping[str, Fact]) -> dict[str, Any]:
    """The columns of these facts. Lines stand in a table of their own (parts.py)."""
    values: dict[str, Any] = {**EMPTY[kind], **facts}
    for name, type in _APART[kind].items():
        fact = values.pop(name)
        match type:
            case Type.REF:
                values[f"{name}_id"] = fact
            case Type.MONEY:
                money = fact if isinstance(fact, Money) else None
                values[f"{name}_micros"] = money.micros if money else None
                values[f"{name}_currency"] = money.currency if money else None
            case Type.SET:
                values[name] = sorted(fact) if isinstance(fact, frozenset) else []
    return values


def _facts(kind: Kind, columns: Mapping[str, Any], lines: parts.Lines) -> dict[str, Fact]:
    facts: dict[str, Fact] = {name: columns[name] for name in _ALIKE[kind]}
    for name, type in _APART[kind].items():
        match type:
            case Type.REF:
                facts[name] = columns[f"{name}_id"]
            case Type.MONEY:
                micros = columns[f"{name}_micros"]
                facts[name] = None if micros is None else Money(micros, columns[f"{name}_currency"])
            case Type.SET:
                facts[name] = frozenset(columns[name] or ())
            case Type.LINES:
                facts[name] = lines.get(columns["id"], ())
    return facts


@cache
def _by_id(kind: Kind, lock: bool) -> Select[Any]:
    source = table(kind)
    query = select(source).where(source.c.tenant_id == bindparam("tenant"), one_of_those(source.c.id, "ids"))
    # in one order, so that two do not wait for each other
    return query.order_by(source.c.id).with_for_update() if lock else query


async def load(
    session: AsyncSession, scope: Scope, kind: Kind, ids: Collection[UUID], *, lock: bool = False
) -> dict[UUID, Row]:
    """The rows with these ids, deleted and merged ones too. `lock`: nobody else may change them until the end of the
    transaction."""
    if not ids:
        return {}
    asked = {"tenant": scope.tenant, "ids": ordered(ids)}
    found = (await session.execute(_by_id(kind, lock), asked)).mappings().all()
    lines = await parts.load_lines(session, scope, ids) if kind is Kind.PURCHASE else {}
    return {columns["id"]: row(kind, columns, lines) for columns in found}


async def named(session: AsyncSession, scope: Scope, kind: Kind, field: str, texts: Collection[str]) -> dict[UUID, Row]:
    """The live rows that say one of these there. Reads all of the kind: not for every page."""
    source = table(kind)
    mine = (source.c.tenant_id == scope.tenant, source.c.deleted_at.is_(None), source.c.merged_into.is_(None))
    query = select(source.c.id).where(*mine, one_of(source.c[field], texts))
    return await load(session, scope, kind, (await session.execute(query)).scalars().all()) if texts else {}


def row(kind: Kind, columns: Mapping[Any, Any], lines: parts.Lines) -> Row:
    """The row that stands in these columns."""
    return Row(
        kind,
        columns["id"],
        _facts(kind, columns, lines),
        columns["version"],
        columns["deleted_at"],
        columns["merged_into"],
        columns["extra"] or {},
        columns["updated_at"],
    )


async def ends(
    session: AsyncSession, scope: Scope, kind: Kind, names: Collection[str], facts: Iterable[Mapping[str, Fact]]
) -> dict[UUID, dict[str, Any]]:
    """The columns of the live rows that these references lead to, by id."""
    found: dict[UUID, dict[str, Any]] = {}
    some = list(facts) if names else []
    for name in names:
        to = FIELDS[kind][name].to
        ids = {fact for one in some if isinstance(fact := one.get(name), UUID)}
        rows = await load(session, scope, to, ids) if to else {}
        found |= {row.id: columns(row.kind, row.facts) for row in rows.values() if row.live}
    return found


def _state(row: Row) -> dict[str, Any]:
    return {
        "version": row.version,
        "deleted_at": row.deleted_at,
        "merged_into": row.merged_into,
        "extra": dict(row.extra),
        **columns(row.kind, row.facts),
    }


async def add(session: AsyncSession, scope: Scope, rows: Sequence[Row], now: datetime) -> None:
    """Insert rows: one statement per kind, and one for each table of parts."""
    for kind, some in by_kind(rows).items():
        values = [
            {"tenant_id": scope.tenant, "id": row.id, "created_at": now, "updated_at": now, **_state(row), **row.own}
            for row in some
        ]
        await insert_many(session, insert_plain(session, table(kind)), values)
        await parts.write(session, scope, kind, some, fresh=True)
        await search.index(session, scope, some)


async def change(session: AsyncSession, scope: Scope, rows: Sequence[Row], now: datetime) -> None:
    """Write the whole state of rows that exist. The caller holds their lock and has raised `version`."""
    for kind, some in by_kind(rows).items():
        target = table(kind)
        states = [{"at_id": row.id, "updated_at": now, **_state(row)} for row in some]
        settings: dict[str, Any] = {name: bindparam(name) for name in states[0] if name != "at_id"}
        statement = (
            update(target)
            .where(target.c.tenant_id == bindparam("at_tenant"), target.c.id == bindparam("at_id"))
            .values(settings)
        )
        connection = await session.connection()
        await connection.execute(statement, [{"at_tenant": scope.tenant, **state} for state in states])
        await parts.write(session, scope, kind, some, fresh=False)
        await search.index(session, scope, some)


def by_kind(rows: Iterable[Row]) -> dict[Kind, list[Row]]:
    sorted_out: dict[Kind, list[Row]] = {}
    for row in rows:
        sorted_out.setdefault(row.kind, []).append(row)
    return sorted_out
