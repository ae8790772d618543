"""How long things are kept 保存期限: by kind so many days, after which they go - rows with what their history says of
them, customers of whom nothing was heard by being erased. Without a rule everything stays; what would go can be seen
before."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, delete, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.domain import rights
from kequn.domain.editing import Desk
from kequn.domain.privacy import erasing
from kequn.domain.problems import Code, refuse
from kequn.store import rows, tables
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.pairs import one_of
from kequn.store.scope import Actor, Scope
from kequn.store.upsert import insert_or_update
from kequn.store.where import live

_rules: Table = tables.RetentionRule.__table__  # type: ignore[attr-defined]
_acts: Table = tables.PrivacyAct.__table__  # type: ignore[attr-defined]
_notices: Table = tables.Notice.__table__  # type: ignore[attr-defined]
_customers: Table = rows.table(Kind.CUSTOMER)
LEAST, LONGEST, AT_ONCE = 30, 36_600, 200


@dataclass(frozen=True)
class Due:
    """How many rows of a kind a rule lets go now, and since when the oldest is here."""

    kind: str
    days: int
    count: int
    oldest: datetime | None


@dataclass(frozen=True)
class _Period:
    """Of a kind so many days are kept: what is older than `until` may go."""

    days: int
    until: datetime


@dataclass(frozen=True)
class _Source:
    """`old`: since when nothing happened to a row; `goes`: which rows may go at all."""

    table: Table
    old: ColumnElement[Any]
    goes: Callable[[Scope, datetime], Sequence[ColumnElement[bool]]]

    def which(self, scope: Scope, until: datetime) -> Sequence[ColumnElement[bool]]:
        return self.table.c.tenant_id == scope.tenant, self.old < until, *self.goes(scope, until)

    def query(self, scope: Scope, until: datetime, *columns: Any) -> Select[Any]:
        return select(*columns).where(*self.which(scope, until))


def _living(table: Table) -> Callable[[Scope, datetime], Sequence[ColumnElement[bool]]]:
    return lambda scope, until: [live(table)]


def _silent(scope: Scope, until: datetime) -> list[ColumnElement[bool]]:
    """Neither an order nor a word since; not erased yet."""
    found: list[ColumnElement[bool]] = [_customers.c.merged_into.is_(None)]
    for kind in (Kind.PURCHASE, Kind.INTERACTION, Kind.FEEDBACK):
        table = rows.table(kind)
        theirs = (table.c.tenant_id == scope.tenant, table.c.customer_id == _customers.c.id)
        found.append(~exists().where(*theirs, _moment(kind) >= until))
    erased = (_acts.c.tenant_id == scope.tenant, _acts.c.customer_id == _customers.c.id, _acts.c.kind == "erased")
    return [*found, ~exists().where(*erased)]


def _moment(kind: Kind) -> ColumnElement[Any]:
    """When it happened or was said; where nobody knows, when it came to be here. A person's word does not grow younger
    by being learned of late."""
    table = rows.table(kind)
    return func.coalesce(table.c["ordered_at" if kind is Kind.PURCHASE else "happened_at"], table.c.created_at)


def _row(kind: Kind) -> _Source:
    return _Source(rows.table(kind), _moment(kind), _living(rows.table(kind)))


def _settled(until: datetime) -> ColumnElement[bool]:
    """Not those on their way; but for those that have been so all the time, of which nobody knows more."""
    return or_(_notices.c.state != "sending", _notices.c.sent_at < until)


_SOURCES: Mapping[str, _Source] = {
    "interaction": _row(Kind.INTERACTION),
    "feedback": _row(Kind.FEEDBACK),
    "notice": _Source(_notices, _notices.c.made_at, lambda scope, until: [_settled(until)]),
    "customer": _Source(_customers, _customers.c.created_at, _silent),
}
KINDS = tuple(_SOURCES)


async def keep(desk: Desk, kind: str, days: int) -> UUID:
    """Keep what is of this kind for so many days. Raises Refused."""
    rights.require(desk.actor, rights.MANAGE)
    if kind not in KINDS:
        raise refuse(Code.BAD_CHOICE, "kind")
    if not LEAST <= days <= LONGEST:
        raise refuse(Code.BAD_NUMBER, "days")
    mine = (_rules.c.tenant_id == desk.scope.tenant, _rules.c.kind == kind)
    known: UUID | None = (await desk.session.execute(select(_rules.c.id).where(*mine))).scalar()
    id = known or desk.ledger.new_id()
    said = {"changed_at": desk.ledger.clock.now(), "changed_by": desk.actor.name}
    values = {"tenant_id": desk.scope.tenant, "id": id, "kind": kind, "days": days, **said}
    statement = insert_or_update(desk.session, _rules, "days", "changed_at", "changed_by")
    await desk.session.execute(statement, [values])
    return id


async def keep_for_good(desk: Desk, kind: str) -> int:
    """Take the rule away; how many there were. Raises Refused."""
    rights.require(desk.actor, rights.MANAGE)
    mine = (_rules.c.tenant_id == desk.scope.tenant, _rules.c.kind == kind)
    gone = await desk.session.execute(delete(_rules).where(*mine).returning(_rules.c.id))
    return len(gone.all())


async def due(session: AsyncSession, scope: Scope, now: datetime) -> list[Due]:
    """What the rules let go now."""
    found = []
    for kind, period in (await _periods(session, scope, now)).items():
        source = _SOURCES[kind]
        query = source.query(scope, period.until, func.count(), func.min(source.old))
        count, oldest = (await session.execute(query)).one()
        found.append(Due(kind, period.days, count, oldest))
    return found


async def carry_out(desk: Desk) -> int:
    """Let go what is due, some of each kind at a time, the oldest first; how many rows. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    some = await _overdue(desk, AT_ONCE)
    return sum([await _let_go(desk, kind, ids) for kind, ids in some.items()])


async def carry_out_all(database: Database, ledger: Ledger, actor: Actor, piece: int = AT_ONCE) -> int:
    """Let go all that is due, some of a kind in one transaction, the oldest first: of a tenant who makes a first rule
    that may be nearly everything. How many rows. Raises Refused."""
    rights.require(actor, rights.EDIT)
    async with database.reading() as session:
        overdue = await _overdue(Desk(session, actor, ledger))
    gone = 0
    for kind, ids in overdue.items():
        for start in range(0, len(ids), piece):
            async with database.writing() as session:
                gone += await _let_go(Desk(session, actor, ledger), kind, ids[start : start + piece])
    return gone


async def _overdue(desk: Desk, most: int | None = None) -> dict[str, Sequence[UUID]]:
    """The oldest rows of each kind."""
    found: dict[str, Sequence[UUID]] = {}
    for kind, period in (await _periods(desk.session, desk.scope, desk.ledger.clock.now())).items():
        source = _SOURCES[kind]
        query = source.query(desk.scope, period.until, source.table.c.id).order_by(source.old, source.table.c.id)
        found[kind] = (await desk.session.execute(query.limit(most))).scalars().all()
    return found


async def _periods(session: AsyncSession, scope: Scope, now: datetime) -> dict[str, _Period]:
    query = select(_rules.c.kind, _rules.c.days).where(_rules.c.tenant_id == scope.tenant).order_by(_rules.c.kind)
    return {kind: _Period(days, now - timedelta(days=days)) for kind, days in await session.execute(query)}


async def _let_go(desk: Desk, kind: str, ids: Sequence[UUID]) -> int:
    """How many of these rows: not those of which something was heard since they were looked for, and none when the rule
    is no more: erasing cannot be taken back. What a sync is writing at this moment, and has not committed, is not known
    yet."""
    source, own = _SOURCES[kind], kind == "notice"
    # a person who notes a purchase or a word holds the customer, and is waited for
    held = {} if own else await rows.load(desk.session, desk.scope, Kind(kind), ids, lock=True)
    period = (await _periods(desk.session, desk.scope, desk.ledger.clock.now())).get(kind)
    if period is None:
        return 0
    still = (*source.which(desk.scope, period.until), one_of(source.table.c.id, ids))
    if own:
        return len((await desk.session.execute(delete(_notices).where(*still).returning(_notices.c.id))).all())
    found = {id: held[id] for id in (await desk.session.execute(select(source.table.c.id).where(*still))).scalars()}
    if found:
        await (erasing.erase_overdue if kind == "customer" else erasing.erase_rows)(desk, found)
    return len(found)
