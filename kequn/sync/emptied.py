"""Emptied references: a deal of nobody, where it was of a customer. Either a person has taken the customer out, or the
CRM let go of a customer that was deleted there; and the deal may be read before the delete is. Says which records leave
that open, and asks for those customers; what follows from the answer is decided in merge.py."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from kequn.contracts.records import FIELDS, Gone, Kind, Record, Roster
from kequn.store import links
from kequn.store.values import Fact, Facts
from kequn.sync.job import Job

ABOUT = {
    kind: tuple(name for name, spec in fields.items() if spec.to is Kind.CUSTOMER and not spec.required)
    for kind, fields in FIELDS.items()
}
"""By kind, the references to customers that a record can be without."""


def emptied(kind: Kind, base: Facts, theirs: Facts, dead: Collection[Fact] = ()) -> set[UUID]:
    """Whom a record referred to and does not any more, but for those that are known to be `dead`."""
    missing = object()
    names = [name for name in ABOUT[kind] if theirs.get(name, missing) is None]
    return {fact for name in names if isinstance(fact := base.get(name), UUID) and fact not in dead}


def left_empty(one: Record) -> Mapping[str, None]:
    """The references to customers in which a record shows nobody, in the words of rows. It may have been emptied."""
    return {name: None for name in ABOUT[one.kind] if name in one.fields and one.fields[name] is None}


async def let_go(job: Job, seen: Sequence[Record | Gone | Roster]) -> list[Gone]:
    """The customers that these records have been emptied of, and who are gone. They are asked for after the records
    were read, so that whoever was let go of is gone by now. Raises the errors of the CRM."""
    read = [one for one in seen if not isinstance(one, Roster)]
    theirs = {one.address: empty for one in read if isinstance(one, Record) and (empty := left_empty(one))}
    if not theirs:
        return []
    scope, connection = job.remote.scope, job.remote.id
    async with job.database.reading() as session:
        known = await links.at(session, scope, job.ledger.vault, connection, theirs)
        rows = {row for at, link in known.items() for row in emptied(link.kind, link.base, theirs[at])}
        places = await links.addresses_of(session, scope, connection, rows)
    asked = {place for some in places.values() for place in some} - {one.address for one in read}
    found: list[Record | Gone | Roster] = []
    for object in sorted({object for object, _ in asked}):
        found += await job.remote.crm.fetch(object, sorted(id for at, id in asked if at == object))
    return [one for one in found if isinstance(one, Gone)]
