"""How feedback is meant, in the eyes of plugins (hook `classify_feedback`): asked once about what no rating of the
customer tells, many at a time, outside of any transaction. One that fails is not asked again, and stops nobody."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Table, select, update

from kequn.contracts.hooks import FeedbackJudge
from kequn.contracts.host import Log
from kequn.contracts.records import Kind
from kequn.domain import rights
from kequn.domain.service.grading import SENTIMENTS
from kequn.domain.service.owners import OPEN
from kequn.domain.service.tickets import TICKETS
from kequn.store.database import Database
from kequn.store.kinds import said_at
from kequn.store.ledger import Ledger
from kequn.store.pairs import one_of
from kequn.store.rows import table
from kequn.store.scope import Actor

_feedback: Table = table(Kind.FEEDBACK)
AT_ONCE = 100
Said = tuple[str, str]
BY_RULE, ASKED = ("kind", "words"), ", asked"
"""By what a sentiment was judged while nobody was asked; and what is added when nobody knew better."""


async def judge(database: Database, ledger: Ledger, actor: Actor, judges: Mapping[str, FeedbackJudge], log: Log) -> int:
    """How many are judged by a plugin now. Raises Refused."""
    rights.require(actor, rights.EDIT)
    if not judges:
        return 0
    async with database.reading() as session:
        texts = {row.id: _text(row) for row in await session.execute(_waiting(actor))}
    found: dict[UUID, Said] = {}
    for name, one in judges.items():
        left = [id for id in texts if id not in found]
        for id, said in zip(left, await _asked(one, [texts[id] for id in left], log), strict=True):
            if said in SENTIMENTS:
                found[id] = (str(said), name)
    async with database.writing() as session:
        for verdict, ids in _alike(texts, found).items():
            values = dict(zip(("sentiment", "sentiment_by"), verdict, strict=True)) if verdict else _UNKNOWN
            mine = (TICKETS.c.tenant_id == actor.tenant, one_of(TICKETS.c.id, ids), TICKETS.c.sentiment_by.in_(BY_RULE))
            await session.execute(update(TICKETS).where(*mine).values(**values))
    return len(found)


_UNKNOWN = {"sentiment_by": TICKETS.c.sentiment_by + ASKED}


def _alike(texts: Iterable[UUID], found: Mapping[UUID, Said]) -> dict[Said | None, list[UUID]]:
    """Those of which the same was said; None: nobody knew better."""
    alike: dict[Said | None, list[UUID]] = {}
    for id in texts:
        alike.setdefault(found.get(id), []).append(id)
    return alike


def _waiting(actor: Actor) -> Select[Any]:
    """What was said last first: it does not wait behind what a first sync brings of years."""
    both = (_feedback.c.tenant_id == TICKETS.c.tenant_id) & (_feedback.c.id == TICKETS.c.feedback_id)
    mine = (TICKETS.c.tenant_id == actor.tenant, TICKETS.c.sentiment_by.in_(BY_RULE), TICKETS.c.state.in_(OPEN))
    query = select(TICKETS.c.id, _feedback.c.subject, _feedback.c.content).join_from(TICKETS, _feedback, both)
    return query.where(*mine).order_by(said_at(_feedback).desc(), TICKETS.c.id.desc()).limit(AT_ONCE)


def _text(row: Any) -> str:
    return f"{row.subject}\n{row.content or ''}".strip()


async def _asked(one: FeedbackJudge, texts: Sequence[str], log: Log) -> Sequence[str | None]:
    nothing: Sequence[str | None] = [None] * len(texts)
    if not texts:
        return nothing
    try:
        said = list(await one.judge(texts))
    except Exception as error:  # a plugin's failure is its own; its words may quote the feedback
        log.warning("feedback not judged", judge=one.name, type=type(error).__name__)
        return nothing
    if len(said) != len(texts):
        log.warning("feedback not judged", judge=one.name, type="another number of answers")
        return nothing
    return said
