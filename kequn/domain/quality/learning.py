"""What customers tell us themselves: by a call-back, a survey, market research, social media. It is written to their
fields with its source, and what is still right is confirmed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Table

from kequn.contracts.records import FIELDS, Kind
from kequn.domain import customers, editing, interactions, rights
from kequn.domain.checks import Entered
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.domain.quality import flaws
from kequn.domain.quality.fields import LEARNED
from kequn.store import tables
from kequn.store.upsert import insert_or_update

_confirmed: Table = tables.Confirmation.__table__  # type: ignore[attr-defined]
CHANNELS: Mapping[str, str] = {
    "call-back": "phone",
    "survey": "online",
    "market research": "market research",
    "social media": "social media",
}
"""How something may be learned, and the channel of the interaction that it was."""
LONGEST_NOTE = 20_000


@dataclass(frozen=True)
class Learned:
    """`values`: what is new, by field; `confirmed`: the fields that are still right."""

    how: str
    values: Mapping[str, Entered]
    confirmed: Collection[str] = ()
    note: str = ""
    at: datetime | None = None


async def learn(desk: Desk, customer: UUID, learned: Learned, *, interaction: bool = True) -> UUID:
    """Write it; `interaction`: as one of the customer's interactions too. Raises Refused. Gives back the customer."""
    rights.require(desk.actor, rights.EDIT)
    _check(learned)
    now = desk.ledger.clock.now()
    at = learned.at or now
    if at > now:
        raise refuse(Code.BAD_DATE, "at")
    row = await editing.find(desk, Kind.CUSTOMER, customer)
    noting = replace(desk, rule=f"{LEARNED}{learned.how}")
    if learned.values:
        row = await customers.change(noting, row.id, learned.values)
    if interaction:
        await _note(noting, row.id, learned, at)
    told = sorted({*learned.values, *learned.confirmed})
    said = {"tenant_id": desk.scope.tenant, "customer_id": row.id, "at": at, "how": learned.how}
    values = [{**said, "field": name, "actor": desk.actor.name} for name in told]
    if values:
        await desk.session.execute(insert_or_update(desk.session, _confirmed, "at", "how", "actor"), values)
    await flaws.look_at(desk, [row.id])
    return row.id


def _check(learned: Learned) -> None:
    if learned.how not in CHANNELS:
        raise refuse(Code.BAD_CHOICE, "how")
    unknown = set(learned.confirmed) - FIELDS[Kind.CUSTOMER].keys()
    if unknown:
        raise refuse(Code.BAD_VALUE, "confirmed")
    if len(learned.note) > LONGEST_NOTE:
        raise refuse(Code.TOO_LONG, "note", limit=LONGEST_NOTE)


async def _note(desk: Desk, customer: UUID, learned: Learned, at: datetime) -> None:
    told = ", ".join(sorted({*learned.values, *learned.confirmed}))
    facts: Mapping[str, Entered] = {
        "subject": learned.how,
        "content": learned.note or told or None,
        "channel": CHANNELS[learned.how],
        "direction": "outbound",
        "status": "done",
        "happened_at": at,
        "customer": customer,
    }
    await interactions.create(desk, facts)
