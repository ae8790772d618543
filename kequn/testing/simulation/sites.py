"""The places where people work: kequn itself, and each CRM through its screens. What somebody does is written into the
history with what they saw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Protocol

from sqlalchemy import select

from kequn.clock import Clock
from kequn.contracts.emulator import Emulator, Form
from kequn.contracts.records import Kind
from kequn.domain import customers
from kequn.domain.editing import Desk
from kequn.store import rows
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.links import Address
from kequn.store.scope import Actor, Role, Scope

MOMENT = 2.0
Shown = Mapping[str, str | None]
"""A record as somebody sees it, by our names of fields."""


class Standing(Enum):
    """What kequn knows of a record: it is linked, it is not (yet), or nothing flows about it."""

    MET = auto()
    UNMET = auto()
    OUTSIDE = auto()


class Site(Protocol):
    """One place. Records are named by key (their e-mail, which nobody changes)."""

    name: str

    @property
    def fields(self) -> Sequence[str]:
        """The fields that people edit here."""

    async def read(self) -> list[tuple[str, Shown]]:
        """The live records: key and fields. A key that stands twice comes twice."""

    async def create(self, key: str, fields: Shown, phone: str | None) -> None: ...
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

    async def create(self, key: str, fields: Shown, phone: str | None) -> None:
        async with self.database.writing() as session:
            given = {"name": f"N {key}", "last_name": f"N {key}", "email": key, "phone": phone, **fields}
            await customers.create(Desk(session, self.actor, self.ledger), given)

    async def edit(self, key: str, fields: Shown) -> None:
        row = await self._row(key)
        async with self.database.writing() as session:
            await customers.change(Desk(session, self.actor, self.ledger), row.id, dict(fields))

    async def delete(self, key: str) -> None:
        row = await self._row(key)
        async with self.database.writing() as session:
            await customers.delete(Desk(session, self.actor, self.ledger), row.id)

    async def phone(self, key: str) -> str | None:
        phone = (await self._row(key)).facts["phone"]
        return None if phone is None else str(phone)

    async def _row(self, key: str) -> rows.Row:
        return next(row for row in (await self._rows()).values() if row.facts["email"] == key)


class Screens:
    """The screens of one CRM, filled in as its emulator says that people do."""

    def __init__(self, name: str, emulator: Emulator, wanted: Sequence[str], clock: Clock) -> None:
        self.name = name
        self.emulator = emulator
        self.clock = clock
        self.form: Form = next(form for form in emulator.forms if form.kind is Kind.CUSTOMER)
        self.deleted: dict[str, tuple[str, float]] = {}
        self.graves: dict[str, Address] = {}
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
        return {self.form.fields[name]: value for name, value in fields.items() if name in self.form.fields}

    async def create(self, key: str, fields: Shown, phone: str | None) -> None:
        known_by = {"name": f"N {key}", "last_name": f"N {key}", "email": key, "phone": phone}
        typed = self._typed({**{name: text for name, text in known_by.items() if text}, **fields})
        self.emulator.people.create(self.form.object, {**self.form.fixed, **typed})

    async def edit(self, key: str, fields: Shown) -> None:
        self.emulator.people.edit(self.form.object, self._id(key), self._typed(fields))

    async def delete(self, key: str) -> None:
        self.graves[key] = object, id = self.address(key)
        self.deleted[key] = id, self.clock.monotonic()
        self.emulator.people.delete(object, id)

    def merge(self, winner: str, loser: str) -> bool:
        """Whoever merges takes over the phone, where the CRM does not. Whether the winner bears the loser's now."""
        phone, before = self._phone(loser), self._phone(winner)
        self.graves[loser] = self.address(loser)
        self.emulator.people.merge(self.form.object, self._id(winner), self._id(loser))
        if phone and not self._phone(winner):
            self.emulator.people.edit(self.form.object, self._id(winner), self._typed({"phone": phone}))
        return phone is not None and before is None

    def _phone(self, key: str) -> str | None:
        name = self.form.fields.get("phone")
        return self.emulator.people.read(self.form.object)[self._id(key)][name] or None if name else None

    def restore(self, key: str) -> bool:
        """Out of the bin, if it was put there by a person and nothing of that key stands here by now. Not at once: a
        CRM whose versions are seconds would show the same version dead and alive."""
        id, since = self.deleted.get(key, ("", self.clock.monotonic()))
        if self.clock.monotonic() - since < MOMENT or any(known == key for _, known, _ in self._records()):
            return False
        del self.deleted[key]
        self.emulator.people.restore(self.form.object, id)
        return True
