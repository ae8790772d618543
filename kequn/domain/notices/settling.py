"""What a person says of a notice that nobody else will settle: of one that failed, and of one of which nobody knows
whether it arrived; of one that waits, that it is not to go."""

from uuid import UUID

from sqlalchemy import Table

from kequn.domain import keeping, states
from kequn.domain.editing import Desk
from kequn.domain.notices import outbox
from kequn.domain.states import Step, Steps
from kequn.store import tables

_notices: Table = tables.Notice.__table__  # type: ignore[attr-defined]
_DOUBTFUL, DROPPED = "doubtful", "dropped"

STEPS: Steps = {
    ("waiting", "drop"): Step("held"),
    **{
        (state, event): Step(to)
        for state in ("failed", _DOUBTFUL)
        for event, to in (("arrived", "sent"), ("resend", "waiting"), ("drop", "held"))
    },
}


async def step(desk: Desk, id: UUID, event: str) -> UUID:
    """Raises Refused: NOT_FOUND, WRONG_STATE, FORBIDDEN."""
    notice, now = await keeping.find(desk, _notices, id), keeping.now(desk)
    doubtful = notice["state"] == "sending" and notice["sent_at"] <= now - outbox.DOUBT
    to = states.step(STEPS, _DOUBTFUL if doubtful else notice["state"], event, desk.actor).to
    if to == "sent":
        await keeping.change(desk, _notices, id, cause=None, sent_at=notice["sent_at"] or now)
        await outbox.settle(desk, outbox.outgoing(notice, notice["customer_id"]))
    elif to == "waiting":
        await keeping.change(desk, _notices, id, state=to, cause=None, sent_at=None, due_at=now, tries=0)
    else:
        await keeping.change(desk, _notices, id, state=to, cause=DROPPED, sent_at=None)
    return id
