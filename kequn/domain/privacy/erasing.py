"""Erasing a person 删除个人信息: whatever tells who they are is overwritten or removed, everywhere, and their key is
destroyed. What stays names nobody: an empty row under the old id, so that nothing comes back from a CRM, and figures of
the business. The records in the CRMs go the ordinary road of deletes."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, cast
from uuid import UUID

from sqlalchemy import JSON, LargeBinary, String, Table, delete, insert, select, update
from sqlmodel import AutoString

from kequn.contracts.records import FIELDS, Field, Kind, Type
from kequn.domain import rights
from kequn.domain.editing import Desk
from kequn.domain.privacy import people
from kequn.domain.privacy.people import People
from kequn.domain.problems import Code, refuse
from kequn.store import dossier, rows, tables, vault
from kequn.store.dossier import Page
from kequn.store.journal import Cause
from kequn.store.ledger import Edit
from kequn.store.pairs import one_of
from kequn.store.rows import Row
from kequn.store.values import Fact

GROUNDS = ("request", "withdrawn", "needless", "unlawful")
"""Why: the person asked; they withdrew their consent; it is not needed any more; it should not have been kept."""

WORD = "erased"
"""What stands where a text must stand."""

FIGURES: Mapping[Kind, frozenset[str]] = {
    Kind.PURCHASE: frozenset({"kind", "status", "amount", "ordered_at", "paid_at", "lines", "customer"}),
    Kind.BENEFIT_CLAIM: frozenset(
        {"name", "code", "state", "points", "claimed_at", "expires_at", "redeemed_at", "customer"}
    ),
    Kind.SURVEY_ANSWER: frozenset({"survey", "question", "scale", "score", "channel", "answered_at", "customer"}),
}
"""Rows that stay, for the books and for statistics, and the fields that stay in them. Rows of any other kind go."""

KEPT: Mapping[str, frozenset[str]] = {
    "customer_merge": frozenset({"actor"}),
    "group_activity": frozenset(),
    "offer_recipient": frozenset({"value_class", "frequency_class", "lifecycle"}),
    "point_entry": frozenset({"kind", "rule", "actor", "currency"}),
    "privacy_act": frozenset({"kind", "ground", "actor", "counts"}),
    "purchase_line": frozenset({"product", "category", "amount_currency", "cost_currency"}),
    "purpose_consent": frozenset({"purpose", "noted_by", "withdrawn_by"}),
    "satisfaction_answer": frozenset({"scale", "source", "noted_by"}),
    "sign_up": frozenset({"state"}),
    "survey_invitation": frozenset({"state", "channel", "occasion", "changed_by"}),
    "trial_subject": frozenset({"way"}),
}
"""Tables whose rows stay, and which words stay in them: our own. The rows of any other table that tells of a customer
go."""

_acts: Table = tables.PrivacyAct.__table__  # type: ignore[attr-defined]
_changes: Table = tables.Change.__table__  # type: ignore[attr-defined]
_conflicts: Table = tables.Conflict.__table__  # type: ignore[attr-defined]
_hints: Table = tables.Hint.__table__  # type: ignore[attr-defined]
_intents: Table = tables.Intent.__table__  # type: ignore[attr-defined]
_links: Table = tables.Link.__table__  # type: ignore[attr-defined]
_graves: Table = tables.Tombstone.__table__  # type: ignore[attr-defined]
_merges: Table = tables.Merge.__table__  # type: ignore[attr-defined]
_moved: Table = tables.MovedLink.__table__  # type: ignore[attr-defined]
Counts = Mapping[UUID, Counter[str]]
_SEALED = ((_changes, "values"), (_intents, "values"), (_links, "base"), (_graves, "base"))


async def erase(desk: Desk, customer: UUID, ground: str) -> UUID:
    """Erase this person, deleted or not, merged or not. May be done again: what has come since goes too. Gives back
    the act. Raises Refused."""
    rights.require(desk.actor, rights.MANAGE)
    if ground not in GROUNDS:
        raise refuse(Code.BAD_CHOICE, "ground")
    [act] = await _erase(desk, await people.same(desk, customer), ground)
    return act


async def erase_overdue(desk: Desk, first: Mapping[UUID, Row]) -> None:
    """The same of people of whom nothing was heard for as long as a rule of an administrator says. `first`: their
    rows, locked."""
    await _erase(desk, await people.each(desk, first), "needless")


async def erase_rows(desk: Desk, found: Mapping[UUID, Row]) -> None:
    """Let these rows go, which are locked, with what their history says; their customers stay."""
    cause = replace(desk.cause, rule=WORD)
    await desk.write(*(_edit(desk, row, cause) for row in found.values()))
    await _forget(desk, found)


async def _erase(desk: Desk, persons: People, ground: str) -> list[UUID]:
    """The act of each."""
    named = await people.naming(desk, persons.rows)
    business = {rows.table(kind) for kind in rows.MODELS}
    counts: Counts = {first: Counter() for first in sorted(set(persons.first.values()))}
    for page in reversed(dossier.pages()):
        if page.table not in business:
            await _erase_page(desk, page, persons, counts)
    await _business_rows(desk, persons, named, counts)  # they lead to pages, and do not afterwards
    await _sealed(desk, persons.rows, [*persons.rows, *(id for some in named.values() for id in some)])
    return await note(desk, counts, "erased", ground)


async def note(desk: Desk, counts: Mapping[UUID, Mapping[str, int]], kind: str, ground: str) -> list[UUID]:
    """The acts stand in a log that says nothing of the people: of each how many rows of a table."""
    said = {"tenant_id": desk.scope.tenant, "kind": kind, "ground": ground, "actor": desk.actor.name}
    said |= {"at": desk.ledger.clock.now()}
    made: list[dict[str, Any]] = []
    for customer, some in counts.items():
        found = {name: count for name, count in sorted(some.items()) if count}
        made.append({**said, "id": desk.ledger.new_id(), "customer_id": customer, "counts": found})
    await desk.session.execute(insert(_acts), made)
    return [one["id"] for one in made]


async def _business_rows(desk: Desk, persons: People, named: Mapping[Kind, Mapping[UUID, Row]], counts: Counts) -> None:
    """Edited like any rows, so that deletes go out."""
    some = {Kind.CUSTOMER: persons.rows, **named}
    cause = replace(desk.cause, rule=WORD)
    edits = [_edit(desk, row, cause) for found in some.values() for row in found.values()]
    await desk.write(*edits)
    for kind, found in some.items():
        for row in found.values():
            whose = row.id if kind is Kind.CUSTOMER else cast(UUID, row.facts["customer"])
            counts[persons.first[whose]][rows.table(kind).name] += 1


def _edit(desk: Desk, row: Row, cause: Cause) -> Edit:
    stays = FIGURES.get(row.kind, frozenset())
    facts = {name: row.facts[name] if name in stays else _blank(spec, row) for name, spec in FIELDS[row.kind].items()}
    gone = row.deleted_at if stays else row.deleted_at or desk.ledger.clock.now()
    return Edit(row, replace(row, facts=facts, extra={}, deleted_at=gone), cause)


def _blank(spec: Field, row: Row) -> Fact:
    if not spec.required or spec.usual:
        empty: Fact = spec.empty  # type: ignore[assignment]
        return empty
    kept = spec.type is Type.REF or spec.name == "type"
    return row.facts[spec.name] if kept else WORD


async def _erase_page(desk: Desk, page: Page, persons: People, counts: Counts) -> None:
    """How many rows of the table told of each is counted."""
    found = (await desk.session.execute(page.counts(desk.scope, persons.rows))).all()
    for customer, count in found:
        counts[persons.first[customer]][page.name] += count
    which = page.of(desk.scope, persons.rows)
    if found and page.name not in KEPT:
        await desk.session.execute(delete(page.table).where(which))
    elif found and (blanks := _blanks(page.table)):
        await desk.session.execute(update(page.table).where(which).values(**blanks))


def _blanks(table: Table) -> dict[str, object]:
    """Every word that does not stay, emptied as its column allows."""
    words = [one for one in table.columns if isinstance(one.type, JSON | String | AutoString | LargeBinary)]
    going = [one for one in words if one.name not in KEPT[table.name]]
    return {one.name: {} if isinstance(one.type, JSON) else None if one.nullable else "" for one in going}


async def _sealed(desk: Desk, persons: Collection[UUID], ids: Collection[UUID]) -> None:
    """Destroy the keys; and overwrite what was sealed by another, when it was not known yet whose it was."""
    session, scope = desk.session, desk.scope
    await _forget(desk, ids)
    both = one_of(_merges.c.winner_id, persons) | one_of(_merges.c.loser_id, persons)
    merged = select(_merges.c.id).where(_merges.c.tenant_id == scope.tenant, both)
    handed = (_moved.c.tenant_id == scope.tenant, _moved.c.merge_id.in_(merged), _moved.c.base.is_not(None))
    await session.execute(update(_moved).where(*handed).values(base=vault.only_whose(_moved.c.base)))
    await desk.ledger.vault.destroy(session, scope, persons)


async def _forget(desk: Desk, ids: Collection[UUID]) -> None:
    """What log, bases and open writes say of these rows. What waits for a decision about them is not asked any more."""
    session, scope = desk.session, desk.scope
    places = select(_links.c.external_id).where(_links.c.tenant_id == scope.tenant, one_of(_links.c.row_id, ids))
    await session.execute(delete(_hints).where(_hints.c.tenant_id == scope.tenant, _hints.c.external_id.in_(places)))
    for table, column in _SEALED:
        mine = (table.c.tenant_id == scope.tenant, one_of(table.c.row_id, ids))
        await session.execute(update(table).where(*mine).values({column: vault.only_whose(table.c[column])}))
    asked = (_conflicts.c.tenant_id == scope.tenant, one_of(_conflicts.c.row_id, ids))
    await session.execute(delete(_conflicts).where(*asked))
