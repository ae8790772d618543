"""A conflict to show to a newcomer: one person with different phone numbers in two CRMs, and the lines that settle it
in GraphiQL. What a settled conflict does is kequn/sync/conflicts.py."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Table, select

from cli.installation import Installation
from cli.people import ROOT
from cli.stage import Crm
from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from kequn.store import connections, tables

_conflicts: Table = tables.Conflict.__table__  # type: ignore[attr-defined]
_links: Table = tables.Link.__table__  # type: ignore[attr-defined]
FIELD, VALUE = "phone", "+86 19908888888"


@dataclass(frozen=True)
class Dispute:
    """`pages`: of the person, in each CRM that knows them; the CRM that disagrees comes last."""

    conflict: str
    pages: Sequence[tuple[str, str]]


async def find(here: Installation, crms: Sequence[Crm]) -> Dispute | None:
    """The oldest open conflict about a phone number."""
    wanted = (_conflicts.c.state == "open", _conflicts.c.field == FIELD, _conflicts.c.kind == Kind.CUSTOMER.value)
    mine = _conflicts.c.tenant_id == here.scope.tenant
    async with here.database.reading() as session:
        query = select(_conflicts).where(mine, *wanted).order_by(_conflicts.c.id).limit(1)
        one = (await session.execute(query)).mappings().one_or_none()
        if one is None:
            return None
        names = {connection.id: connection.name for connection in await connections.present(session, here.scope)}
        linked = select(_links.c.connection_id, _links.c.object, _links.c.external_id).where(
            _links.c.tenant_id == here.scope.tenant, _links.c.row_id == one["row_id"]
        )
        places = (await session.execute(linked)).all()
    urls = {crm.name: crm.url for crm in crms}
    places = sorted(places, key=lambda place: place.connection_id == one["connection_id"])
    pages = [(names[at.connection_id], f"{ROOT}/{at.object}/{at.external_id}") for at in places]
    return Dispute(format_id("conflict", one["id"]), [(name, urls[name] + path) for name, path in pages])


def walk(dispute: Dispute) -> Iterator[str]:
    """What to do about it, line by line."""
    yield ""
    yield "4. The CRMs do not agree on one person's phone number; ask what waits for a decision:"
    yield "     { conflicts(where: {state: {eq: OPEN}}) { edges { node { id field ours theirs connection {name} } } } }"
    yield "5. Decide it; within seconds these CRMs have that number:"
    for name, page in dispute.pages:
        yield f"       {name:<12}{page}"
    yield (
        f'     mutation {{ settleConflict(id: "{dispute.conflict}", choice: VALUE, value: "{VALUE}") '
        "{ conflict { state } problems { code message } } }"
    )
