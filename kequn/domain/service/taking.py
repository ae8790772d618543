"""Tickets are opened 受理: for one feedback, or for all that has none, from whatever channel it came. Each is graded by
rule, held to a standard and given to somebody. Many are read, decided and written together."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Table, exists, select

from kequn.contracts.records import Kind
from kequn.domain import editing, keeping, pieces, rights
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.domain.service import grading, owners, standards
from kequn.domain.service.grading import CATEGORIES, SENTIMENTS, SEVERITIES, Grade, Said
from kequn.domain.service.lexicon import Grading
from kequn.domain.service.tickets import SETTINGS, TICKETS, enter
from kequn.domain.standards import in_force
from kequn.store import tables, tenants
from kequn.store.database import Database
from kequn.store.kinds import our_word, said_at
from kequn.store.ledger import Ledger
from kequn.store.pairs import one_of
from kequn.store.rows import table
from kequn.store.scope import Actor
from kequn.store.signals import is_closed
from kequn.store.upsert import insert_many, insert_new
from kequn.store.where import live

_feedback: Table = table(Kind.FEEDBACK)
_standings: Table = tables.Standing.__table__  # type: ignore[attr-defined]
PIECE, AT_ONCE = 500, 5_000
"""In one transaction, and before others of the same tenant have their turn."""
ALLOWED = {"category": CATEGORIES, "severity": SEVERITIES, "sentiment": SENTIMENTS, "setting": SETTINGS}


async def take(desk: Desk, id: UUID, **graded: str | None) -> UUID:
    """Open a ticket for a feedback, graded by rule but for what is `graded`. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    row = await editing.find(desk, Kind.FEEDBACK, id)
    mine = (TICKETS.c.tenant_id == desk.scope.tenant, TICKETS.c.feedback_id == row.id)
    if (await desk.session.execute(select(TICKETS.c.id).where(*mine))).first() is not None:
        raise refuse(Code.REPEATED, "feedback_id")
    opened = await _open(desk, [row.id], _wanted(desk, graded))
    if not opened:  # by somebody else, just now
        raise refuse(Code.REPEATED, "feedback_id")
    return opened[0]


async def take_all(desk: Desk, most: int = PIECE) -> int:
    """Open tickets for feedback that has none; not for what was closed in a CRM. What was said last comes first: it
    does not wait behind what a first sync brings of years. How many. Raises Refused.

    What was left open long ago is still open. Its times count from now: nobody here could have answered before."""
    rights.require(desk.actor, rights.EDIT)
    ids: Sequence[UUID] = (await desk.session.execute(_waiting(desk, most))).scalars().all()
    return len(await _open(desk, ids, {})) if ids else 0


async def take_on(database: Database, ledger: Ledger, actor: Actor, piece: int = PIECE, most: int = AT_ONCE) -> int:
    """The same, piece by piece. How many. Raises Refused."""
    return await pieces.all_of(database, ledger, actor, take_all, piece, most)


def _waiting(desk: Desk, most: int) -> Select[Any]:
    """What somebody else has in hand just now is left to them."""
    known = exists().where(TICKETS.c.tenant_id == _feedback.c.tenant_id, TICKETS.c.feedback_id == _feedback.c.id)
    mine = (_feedback.c.tenant_id == desk.scope.tenant, live(_feedback), ~known, _feedback.c.solution.is_(None))
    query = select(_feedback.c.id).where(*mine, ~is_closed(_feedback.c.status)).limit(most)
    return query.order_by(said_at(_feedback).desc(), _feedback.c.id.desc()).with_for_update(skip_locked=True)


def _wanted(desk: Desk, graded: Mapping[str, str | None]) -> dict[str, str]:
    """What a person says of it, and what follows from that. Raises Refused."""
    wanted = {name: value for name, value in graded.items() if value is not None}
    for name, value in wanted.items():
        if value not in ALLOWED[name]:
            raise refuse(Code.BAD_VALUE, name)
    if wanted.get("severity") in {"high", "critical"}:
        wanted.setdefault("setting", "private")
    return wanted | ({"sentiment_by": desk.actor.name} if "sentiment" in wanted else {})


async def _open(desk: Desk, ids: Sequence[UUID], wanted: Mapping[str, str]) -> list[UUID]:
    """The tickets that are opened: one that somebody else has opened meanwhile stays as it is."""
    session, scope, now = desk.session, desk.scope, keeping.now(desk)
    words = (await in_force(session, scope)).thresholds.grading
    published, staff = await standards.published(session, scope), await owners.read(session, scope)
    zone = await tenants.zone(session, scope)
    due = {one["id"]: standards.due(one, zone, now) for one in (*published, standards.USUAL)}
    found = {one.id: one for one in await session.execute(_said(desk, ids))}
    made = []
    for one in (found[id] for id in ids):
        grade = replace(_graded(one, words), **wanted)
        standard = standards.choose(published, one.kind, grade.severity)
        owner = one.owner_id or staff.pick(standard["department"])
        staff.give(owner)
        made.append(_ticket(desk, one.id, now) | asdict(grade) | due[standard["id"]] | {
            "department": standard["department"], "standard_id": standard["id"], "owner_id": owner,
        })  # fmt: skip
    await insert_many(session, insert_new(session, TICKETS), made)
    mine = (TICKETS.c.tenant_id == scope.tenant, one_of(TICKETS.c.id, [one["id"] for one in made]))
    opened = list((await session.execute(select(TICKETS.c.id).where(*mine).order_by(TICKETS.c.id))).scalars())
    await enter(desk, opened, "open", "open")
    return opened


def _said(desk: Desk, ids: Sequence[UUID]) -> Select[Any]:
    said, standing = _feedback.c, _standings.c
    theirs = (standing.tenant_id == said.tenant_id) & (standing.id == said.customer_id)
    columns = (said.id, said.kind, said.priority, said.subject, said.content, said.owner_id)
    query = select(*columns, standing.satisfaction, standing.tier_class)
    query = query.join_from(_feedback, _standings, theirs, isouter=True)
    return query.where(said.tenant_id == desk.scope.tenant, one_of(said.id, ids))


def _graded(one: Any, words: Grading) -> Grade:
    text = " ".join(filter(None, (one.subject, one.content)))
    return grading.grade(Said(our_word(one.kind), one.priority, text, one.satisfaction, one.tier_class), words)


def _ticket(desk: Desk, feedback: UUID, now: datetime) -> dict[str, Any]:
    return {
        "tenant_id": desk.scope.tenant, "id": desk.ledger.new_id(), "feedback_id": feedback, "state": "open",
        "level": 0, "reopened": 0, "opened_at": now, "changed_at": now, "changed_by": desk.actor.name,
    }  # fmt: skip
