"""A tenant with data, and a client of the schema: what the tests of this folder start from."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from kequn.clock import ManualClock, SeededRandom
from kequn.contracts.records import Kind
from kequn.contracts.secrets import Keyring
from kequn.store import rows
from kequn.store.database import Database
from kequn.store.journal import Cause
from kequn.store.ledger import Edit, Ledger
from kequn.store.rows import Row
from kequn.store.scope import Actor, Role
from kequn.store.tables import Connection
from kequn.store.values import Fact
from kequn.store.vault import Vault
from schema.context import Context
from schema.execution import Request, execute
from schema.limits import Limits
from schema.problems import Language

CAUSE = Cause("sync", "crm")


@dataclass
class Client:
    """Sends operations as somebody who may have large pages."""

    database: Database
    ledger: Ledger
    actor: Actor
    language: Language = Language.EN
    limits: Limits = field(default_factory=lambda: replace(Limits(), page=1000, rows=100_000, seconds=60.0))
    compiler: bool = True

    async def send(self, query: str, **variables: Any) -> dict[str, Any]:
        """The whole answer, a second after the one before."""
        assert isinstance(self.ledger.clock, ManualClock)
        self.ledger.clock.move(1)
        context = Context(self.database, self.ledger, self.actor, self.language, self.limits, compiler=self.compiler)
        return await execute(Request(query, variables), context)

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data of an answer without errors."""
        answer = await self.send(query, **variables)
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    async def code(self, query: str, **variables: Any) -> str:
        """The code of the only error."""
        [error] = (await self.send(query, **variables))["errors"]
        code: str = error["extensions"]["code"]
        return code

    def who(self, role: Role) -> "Client":
        return replace(self, actor=replace(self.actor, role=role))

    async def add(self, kind: Kind, *rows: Mapping[str, Fact], **options: Any) -> list[UUID]:
        """Rows as a sync would write them."""
        made = [Row(kind, self.ledger.new_id(), {**_usual(kind), **facts}, **options) for facts in rows]
        async with self.database.writing() as session:
            await self.ledger.write(session, self.actor.scope, [Edit(None, row, CAUSE) for row in made])
        return [row.id for row in made]

    async def edit(self, kind: Kind, id: UUID, **changes: Any) -> None:
        """Set attributes of a row (deleted_at, merged_into, ...)."""
        async with self.database.writing() as session:
            row = (await rows.load(session, self.actor.scope, kind, [id]))[id]
            await self.ledger.write(session, self.actor.scope, [Edit(row, replace(row, **changes), CAUSE)])


async def connected(client: Client, state: str = "active", name: str = "crm") -> UUID:
    """A connection, of which nothing is known yet."""
    id = client.ledger.new_id()
    now = client.ledger.clock.now()
    async with client.database.writing() as session:
        session.add(
            Connection(tenant_id=client.actor.tenant, id=id, name=name, plugin="memory", state=state, created_at=now)
        )
    return id


def _usual(kind: Kind) -> dict[str, Fact]:
    return {"type": "person"} if kind is Kind.CUSTOMER else {}


@pytest.fixture
def ledger() -> Ledger:
    chance = SeededRandom(11)
    return Ledger(Vault(Keyring([b"k" * 32], chance)), ManualClock(), chance)


@pytest.fixture
def client(database: Database, ledger: Ledger, tenant: UUID) -> Client:
    """An administrator of the default tenant."""
    return Client(database, ledger, Actor(tenant, Role.ADMIN, "tester", zone=ZoneInfo("Asia/Shanghai")))
