"""kequn's own people: they work as over GraphQL, by the rules of the domain. Decides nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType, ModuleType
from typing import Any
from uuid import UUID

from sqlalchemy import select

from kequn.contracts.records import Kind, Money, Type
from kequn.domain import customers, feedback, groups, interactions, memberships, purchases, tiers
from kequn.domain.checks import Amount
from kequn.domain.editing import Desk
from kequn.store import rows
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.rows import Row
from kequn.store.scope import Actor, Role, Scope
from kequn.testing.simulation import answers, claims
from kequn.testing.simulation.sites import Shown
from kequn.testing.simulation.things import (
    NAMED_BY,
    ORGANISATION,
    PERSON,
    Thing,
    element,
    kind_of,
    name_in,
    said,
    thing_of,
    type_of,
)

NOUNS: Mapping[Kind, ModuleType] = MappingProxyType(
    {
        Kind.CUSTOMER: customers,
        Kind.GROUP: groups,
        Kind.FEEDBACK: feedback,
        Kind.PURCHASE: purchases,
        Kind.INTERACTION: interactions,
        Kind.MEMBERSHIP: memberships,
        Kind.BENEFIT_CLAIM: claims,
        Kind.SURVEY_ANSWER: answers,
        Kind.TIER: tiers,
    }
)
USUAL: Mapping[Thing, Mapping[str, str]] = MappingProxyType(
    {Kind.FEEDBACK: {"status": "New", "channel": "Phone"}, ORGANISATION: {"type": ORGANISATION}}
)
CURRENCY = "CNY"
"""Of every CRM that is emulated."""

Rows = Mapping[UUID, Row]


@dataclass
class Hub:
    name: str
    database: Database
    ledger: Ledger
    scope: Scope
    fields: Mapping[Thing, Sequence[str]] = field(default_factory=dict)

    @property
    def actor(self) -> Actor:
        return Actor(self.scope.tenant, Role.OPERATOR, "somebody")

    async def read(self) -> list[tuple[str, Shown]]:
        known = await self.rows()
        keys = {id: key_of(row, known) for id, row in known.items()}
        return [(keys[id], self._shown(row, known)) for id, row in known.items() if row.live]

    async def rows(self) -> Rows:
        """Of all kinds, by id; those that are gone, too."""
        found: dict[UUID, Row] = {}
        async with self.database.reading() as session:
            for kind in dict.fromkeys(kind_of(thing) for thing in self.fields):
                table = rows.table(kind)
                query = select(table.c.id).where(table.c.tenant_id == self.scope.tenant).order_by(table.c.id)
                ids = (await session.execute(query)).scalars().all()
                found |= await rows.load(session, self.scope, kind, ids)
        return found

    def _shown(self, row: Row, known: Rows) -> Shown:
        shown: dict[str, str | None] = {}
        for name in self.fields[thing_of(key_of(row, known))]:
            value = row.facts[name]
            if isinstance(value, frozenset):
                shown |= {element(name, one): one for one in sorted(value)}
            elif isinstance(value, UUID):
                shown[name] = key_of(known[value], known) if value in known and known[value].live else None
            else:
                shown[name] = None if value is None else said(value) if isinstance(value, Money) else str(value)
        return shown

    async def create(self, key: str, fields: Shown, phone: str | None) -> None:
        thing, known = thing_of(key), await self.rows()
        given: dict[str, Any] = {**USUAL.get(thing, {}), **_entered(thing, fields, known, {})}
        if thing is Kind.MEMBERSHIP:
            given |= {
                name: _live(known, end).id for name, end in zip(("customer", "group"), key.split("|"), strict=True)
            }
        else:
            given[NAMED_BY[thing]] = key
        if thing is PERSON:
            given |= {"name": f"N {key}", "last_name": f"N {key}", "phone": phone}
        async with self.database.writing() as session:
            await NOUNS[kind_of(thing)].create(Desk(session, self.actor, self.ledger), given)

    async def edit(self, key: str, fields: Shown) -> None:
        known = await self.rows()
        row = _live(known, key)
        async with self.database.writing() as session:
            entered = _entered(row.kind, fields, known, row.facts)
            await NOUNS[row.kind].change(Desk(session, self.actor, self.ledger), row.id, entered)

    async def delete(self, key: str) -> None:
        row = _live(await self.rows(), key)
        async with self.database.writing() as session:
            await NOUNS[row.kind].delete(Desk(session, self.actor, self.ledger), row.id)

    async def phone(self, key: str) -> str | None:
        phone = _live(await self.rows(), key).facts["phone"]
        return None if phone is None else str(phone)


def key_of(row: Row, known: Rows) -> str:
    if row.kind is Kind.MEMBERSHIP:
        ends = (known.get(UUID(str(row.facts[name]))) for name in ("customer", "group"))
        return "|".join(key_of(end, known) if end else "nobody" for end in ends)
    return str(name_in(row.kind, row.facts))


def _live(known: Rows, key: str) -> Row:
    kind = kind_of(thing_of(key))
    return next(row for row in known.values() if row.live and row.kind is kind and key_of(row, known) == key)


def _entered(thing: Thing, fields: Shown, known: Rows, before: Mapping[str, Any]) -> dict[str, Any]:
    """As a person enters it: a reference as the row's id, a set as a whole."""
    entered: dict[str, Any] = {}
    for name, value in fields.items():
        whole, slash, one = name.partition("/")
        if slash:
            present = set(entered.get(whole, before.get(whole) or ()))
            entered[whole] = sorted(present | {one} if value else present - {one})
        elif type_of(thing, name) is Type.REF:
            entered[name] = _live(known, value).id if value else None
        elif type_of(thing, name) is Type.MONEY:
            entered[name] = Amount(Decimal(value), CURRENCY) if value else None
        else:
            entered[name] = value
    return entered
