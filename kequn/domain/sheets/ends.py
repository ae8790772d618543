"""What cells say of other rows, and the other way round: a tier, a group or one of the staff by name, a customer by any
identity. What nobody is called by, or several are, is told."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.identity import IDENTITIES, Key, keys
from kequn.contracts.records import FIELDS, Kind
from kequn.domain.checks import Entered
from kequn.store import identities, rows, tenants
from kequn.store.rows import table
from kequn.store.scope import Scope
from kequn.store.values import Fact
from kequn.store.where import live

Names = Mapping[tuple[Kind, str], UUID | None]
"""Rows by what a cell calls them; None where several are called so."""


async def known(session: AsyncSession, scope: Scope, kind: Kind, some: Sequence[Mapping[str, Entered]]) -> Names:
    """All that these rows of a sheet refer to."""
    found: dict[tuple[Kind, str], UUID | None] = {}
    for to in _targets(kind):
        said = {str(one[name]) for one in some for name in _fields(kind, to) if isinstance(one.get(name), str)}
        if said:
            found |= {(to, name): id for name, id in (await _called(session, scope, to, said)).items()}
    return found


def put(kind: Kind, entered: dict[str, Entered], names: Names) -> list[str]:
    """Puts ids in the place of names; the fields whose name is nobody's, or several rows'."""
    unknown = []
    for to in _targets(kind):
        for name in _fields(kind, to):
            if isinstance(said := entered.get(name), str):
                entered[name] = found = names.get((to, said))
                unknown += [name] if found is None else []
    return unknown


def _targets(kind: Kind) -> list[Kind]:
    return sorted({spec.to for spec in FIELDS[kind].values() if spec.to})


def _fields(kind: Kind, to: Kind) -> list[str]:
    return [name for name, spec in FIELDS[kind].items() if spec.to is to]


async def _called(session: AsyncSession, scope: Scope, to: Kind, said: Collection[str]) -> dict[str, UUID | None]:
    if to is Kind.CUSTOMER:
        return await _customers(session, scope, said)
    here, found = table(to), dict[str, UUID | None]()
    query = select(here.c.name, here.c.id).where(here.c.tenant_id == scope.tenant, live(here))
    for name, id in await session.execute(query):
        if name in said:
            found[name] = None if name in found else id
    return found


async def _customers(session: AsyncSession, scope: Scope, said: Collection[str]) -> dict[str, UUID | None]:
    """By the most telling identity that the text is one of."""
    region = (await tenants.place(session, scope)).region
    ways = {text: [key for type in IDENTITIES for key in keys(Kind.CUSTOMER, {type: text}, region)] for text in said}
    there = await identities.rows_with(session, scope, Kind.CUSTOMER, {key for some in ways.values() for key in some})
    return {text: _only(there.get(key, []) for key in some) for text, some in ways.items()}


def _only(found: Iterable[Sequence[UUID]]) -> UUID | None:
    first = next((some for some in found if some), ())
    return first[0] if len(first) == 1 else None


async def names(
    session: AsyncSession, scope: Scope, kind: Kind, facts: Sequence[Mapping[str, Fact]]
) -> dict[UUID, str]:
    """What a cell calls the rows that these refer to."""
    found: dict[UUID, str] = {}
    region = (await tenants.place(session, scope)).region
    for to in _targets(kind):
        ids = {fact for one in facts for name in _fields(kind, to) if isinstance(fact := one[name], UUID)}
        for row in (await rows.load(session, scope, to, ids)).values():
            found[row.id] = _identity(row.facts, region) if to is Kind.CUSTOMER else str(row.facts["name"])
    return found


def _identity(facts: Mapping[str, Fact], region: str) -> str:
    known: list[Key] = list(keys(Kind.CUSTOMER, facts, region))
    return known[0].value if known else ""
