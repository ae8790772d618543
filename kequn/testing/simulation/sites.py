"""The places where people work: kequn itself, and each CRM through its screens. What somebody does is written into the
history with what they saw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import select

from kequn.contracts.emulator import Emulator, Form
from kequn.contracts.records import Kind
from kequn.domain import customers
from kequn.domain.editing import Desk
from kequn.store import rows
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.links import Address
from kequn.store.scope import Actor, Role, Scope

Shown = Mapping[str, str | None]
"""A record as somebody sees it, by our names of fields."""


class Site(Protocol):
    """One place. Records are named by key (their e-mail, which nobody changes)."""

    name: str

    @property
    def fields(self) -> Sequence[str]:
        """The fields that people edit here."""

    async def read(self) -> list[tuple[str, Shown]]:
        """The live records: key and fields. A key that stands twice comes twice."""

    async def create(self, key: str, fields: Shown) -> None: ...
    async def edit(self, key: str, fields: Shown) -> None: ...
    async def delete(self, key: str) -> None: ...


@dataclass
class Hub:
    """kequn's own people."""

    name: str
    database: Database
    ledger: Ledger
    scope: Scope
    fields: Sequence[str]

    @property
    def actor(self) -> Actor:
        return Actor(self.scope.tenant, Role.OPERATOR, "somebody")

    async def read(self) -> list[tuple[str, Shown]]:
        return [(str(row.facts["email"]), self._shown(row.facts)) for row in (await self._rows()).values()]

    def _shown(self, facts: Mapping[str, Any]) -> Shown:
        return {name: facts.get(name) for name in self.fields}

    async def _rows(self) -> dict[Any, rows.Row]:
        table = rows.table(Kind.CUSTOMER)
        live = (table.c.deleted_at.is_(None), table.c.merged_into.is_(None))
        async with self.database.reading() as session:
            query = select(table.c.id).where(table.c.tenant_id == self.scope.tenant, *live).order_by(table.c.id)
            ids = (await session.execute(query)).scalars().all()
            return await rows.load(session, self.scope, Kind.CUSTOMER, ids)

    async def create(self, key: str, fields: Shown) -> None:
        async with self.database.writing() as session:
            given = {"name": f"N {key}", "last_name": f"N {key}", "email": key, **fields}
            await customers.create(Desk(session, self.actor, self.ledger), given)

    async def edit(self, key: str, fields: Shown) -> None:
        row = await self._row(key)
        async with self.database.writing() as session:
            await customers.change(Desk(session, self.actor, self.ledger), row.id, dict(fields))

    async def delete(self, key: str) -> None:
        row = await self._row(key)
        async with self.database.writing() as session:
            await customers.delete(Desk(session, self.actor, self.ledger), row.id)

    async def _row(self, key: str) -> rows.Row:
        return next(row for row in (await self._rows()).values() if row.facts["email"] == key)


class Screens:
    """The screens of one CRM, filled in as its emulator says that people do."""

    def __init__(self, name: str, emulator: Emulator, wanted: Sequence[str]) -> None:
        self.name = name
        self.emulator = emulator
        self.form: Form = next(form for form in emulator.forms if form.kind is Kind.CUSTOMER)
        self.deleted: dict[str, str] = {}
        self.fields = [field for field in wanted if field in self.form.fields]

    async def read(self) -> list[tuple[str, Shown]]:
        return [(key, shown) for _, key, shown in self._records()]

    def _records(self) -> list[tuple[str, str, Shown]]:
        """(the CRM's id, key, fields)."""
        found = self.emulator.people.read(self.form.object)
        email = self.form.fields["email"]
        return [
            (id, str(record[email]), {name: record[self.form.fields[name]] or None for name in self.fields})
            for id, record in sorted(found.items())
        ]

    def address(self, key: str) -> Address:
        """Of the live record of this key."""
        return self.form.object, self._id(key)

    def _id(self, key: str) -> str:
        return next(id for id, known, _ in self._records() if known == key)

    def _typed(self, fields: Shown) -> dict[str, Any]:
        return {self.form.fields[name]: value for name, value in fields.items()}

    async def create(self, key: str, fields: Shown) -> None:
        named = {name: f"N {key}" for name in ("name", "last_name") if name in self.form.fields}
        self.emulator.people.create(
            self.form.object, {**self.form.fixed, **self._typed({**named, "email": key, **fields})}
        )

    async def edit(self, key: str, fields: Shown) -> None:
        self.emulator.people.edit(self.form.object, self._id(key), self._typed(fields))

    async def delete(self, key: str) -> None:
        self.deleted[key] = self._id(key)
        self.emulator.people.delete(self.form.object, self.deleted[key])

    def merge(self, winner: str, loser: str) -> None:
        self.emulator.people.merge(self.form.object, self._id(winner), self._id(loser))

    def restore(self, key: str) -> bool:
        """Out of the bin, if it was put there by a person and nothing of that key stands here by now."""
        if key not in self.deleted or any(known == key for _, known, _ in self._records()):
            return False
        self.emulator.people.restore(self.form.object, self.deleted.pop(key))
        return True
