"""Who came into a segment and who left it, and why: the stays, worked out anew in two statements. Who is in a segment
is decided by its condition alone; stays are its history."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, case, exists, func, literal, select, update

from kequn.contracts.records import Kind
from kequn.domain import rights
from kequn.domain.editing import Desk
from kequn.domain.segments import keeping, membership
from kequn.domain.segments.membership import Known
from kequn.store import tables
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.measures import object_of, truth
from kequn.store.news import first_id
from kequn.store.rows import table
from kequn.store.scope import Actor
from kequn.store.upsert import insert_new
from kequn.store.where import Either, Every, Has, Named, Not, Test, Where, live

_segments: Table = tables.Segment.__table__  # type: ignore[attr-defined]
_stays: Table = tables.Stay.__table__  # type: ignore[attr-defined]
_changes: Table = tables.Change.__table__  # type: ignore[attr-defined]
_customers: Table = table(Kind.CUSTOMER)
PARTS = 20
"""Of a condition with more parts, the first ones are told."""

CAUSES = ("first", "definition", "new", "customer", "facts", "gone")
"""The first evaluation; another version of the condition; a customer who came since; somebody changed the customer;
what hangs on them changed, or time went by; deleted or merged."""


@dataclass(frozen=True)
class Moved:
    """How many came and went, and how many are in the segment now."""

    entered: int
    left: int
    size: int


async def evaluate_all(database: Database, ledger: Ledger, actor: Actor) -> Mapping[UUID, Moved]:
    """All active segments, one after the other, each in a transaction of its own: nobody waits for all of them. Raises
    Refused."""
    rights.require(actor, rights.EDIT)
    async with database.reading() as session:
        mine = (_segments.c.tenant_id == actor.tenant, _segments.c.state == "active")
        ids = (await session.execute(select(_segments.c.id).where(*mine).order_by(_segments.c.id))).scalars().all()
        known = await membership.known(session, actor.scope)
    found = {}
    for id in ids:
        async with database.writing() as session:
            found[id] = await evaluate(Desk(session, actor, ledger), id, known)
    return found


async def evaluate(desk: Desk, id: UUID, known: Known | None = None) -> Moved:
    """`known`: what is kept, where it was read already; read again where the segment is another now. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    segment = await keeping.find(desk, id)
    now = desk.ledger.clock.now()
    same = known is not None and known.trees.get(id) == membership.read(segment["tree"])
    kept = known if known is not None and same else await membership.known(desk.session, desk.scope)
    where = membership.unfold(kept.trees[id], kept, now)
    visit = _Visit(desk, segment, where, now)
    left = (await desk.session.execute(visit.leaving())).rowcount  # type: ignore[attr-defined]
    before = await visit.size()
    await desk.session.execute(visit.entering())
    size = await visit.size()
    mine = (_segments.c.tenant_id == desk.scope.tenant, _segments.c.id == id)
    done = {"size": size, "evaluated_at": now, "evaluated_version": segment["condition_version"]}
    await desk.session.execute(update(_segments).where(*mine).values(**done))
    return Moved(size - before, left, size)


@dataclass(frozen=True)
class _Visit:
    """One evaluation of one segment."""

    desk: Desk
    segment: Mapping[Any, Any]
    where: Where
    now: datetime

    @property
    def _open(self) -> Sequence[ColumnElement[bool]]:
        return (
            _stays.c.tenant_id == self.desk.scope.tenant,
            _stays.c.segment_id == self.segment["id"],
            _stays.c.left_at.is_(None),
        )

    async def size(self) -> int:
        return int((await self.desk.session.execute(select(func.count()).where(*self._open))).scalar_one())

    def leaving(self) -> Any:
        """Close the stays of those for whom the condition holds no more."""
        who = (_customers.c.tenant_id == self.desk.scope.tenant, _customers.c.id == _stays.c.customer_id)
        held = select(self._held(_customers)).where(*who).scalar_subquery()
        gone = case((live(_customers), self._cause()), else_="gone")
        values = {
            "left_at": self.now,
            "left_version": self.segment["condition_version"],
            "left_cause": select(gone).where(*who).scalar_subquery(),
            "left_held": held,
        }
        return update(_stays).where(*self._open, _stays.c.customer_id.not_in(self._now())).values(**values)

    def entering(self) -> Any:
        """Open a stay for those for whom it holds now, and who are not in yet."""
        inside = select(_stays.c.customer_id).where(*self._open)
        columns = {
            "tenant_id": _customers.c.tenant_id,
            "segment_id": literal(self.segment["id"], _stays.c.segment_id.type),
            "customer_id": _customers.c.id,
            "entered_at": literal(self.now, _stays.c.entered_at.type),
            "entered_cause": self._cause(),
            "entered_version": literal(self.segment["condition_version"]),
            "entered_held": self._held(_customers),
        }
        who = (_customers.c.tenant_id == self.desk.scope.tenant, _customers.c.id.in_(self._now()))
        query = select(*columns.values()).where(*who, _customers.c.id.not_in(inside))
        return insert_new(self.desk.session, _stays).from_select(list(columns), query)

    def _now(self) -> Any:
        return membership.among(self.where, self.desk.scope)

    def _cause(self) -> ColumnElement[str]:
        """Why a customer comes or goes at this evaluation."""
        last: datetime | None = self.segment["evaluated_at"]
        if last is None:
            return literal("first")
        if self.segment["evaluated_version"] != self.segment["condition_version"]:
            return literal("definition")
        edited = exists().where(
            _changes.c.tenant_id == self.desk.scope.tenant,
            _changes.c.row_id == _customers.c.id,
            _changes.c.id >= first_id(last),
        )
        return case((_customers.c.created_at >= last, "new"), (edited, "customer"), else_="facts")

    def _held(self, customers: Table) -> ColumnElement[Any]:
        """Of every part of the condition, whether it holds."""
        parts = list(_parts(self.where))[:PARTS]
        said = {
            f"{place} {_label(part)}": truth(membership.said(part, customers, self.desk.scope))
            for place, part in enumerate(parts, 1)
        }
        return object_of(said)


def _parts(where: Where) -> Iterator[Where]:
    """What must all hold."""
    if isinstance(where, Every):
        for part in where.parts:
            yield from _parts(part)
    else:
        yield where


def _label(where: Where) -> str:
    """What a part asks about, in words that are safe in a statement."""
    words = ", ".join(dict.fromkeys(_asked(where)))
    return re.sub(r"[^a-z_., ]", "", words)[:80]


def _asked(where: Where) -> Iterator[str]:
    match where:
        case Test():
            yield where.field.partition("/")[0]
        case Every() | Either():
            for part in where.parts:
                yield from _asked(part)
        case Not():
            yield from (f"not {name}" for name in _asked(where.part))
        case Has():
            inner = list(_asked(where.where))
            yield from (f"{where.relation}.{name}" for name in inner) if inner else (where.relation,)
        case Named():
            yield "segment"
