"""What one request may use: who asks, in which language, the loaders, and the way to write."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kequn.contracts.host import Log
from kequn.domain.editing import Desk
from kequn.log import EventLog
from kequn.store.bell import Bell, Silent
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.scope import Actor
from schema.documents import SHELF, Shelf
from schema.limits import Limits
from schema.loaders import Loaders
from schema.problems import Language
from schema.toll import Free, Toll

if TYPE_CHECKING:
    from schema.admission import Admitted


RecordUrl = Callable[[str, Mapping[str, Any], str, str], str | None]
"""From a plugin, the settings of a connection, an object and an id to the record's page in the CRM."""


def _nowhere(plugin: str, settings: Mapping[str, Any], object: str, id: str) -> str | None:
    return None


@dataclass
class Context:
    """Made per request. `dev`: tell the developer what went wrong inside. `compiler`: answer by
    one statement where that is possible. `shelf`: documents that were parsed. `admitted`: what is executed.
    `not_compiled`: why not so. `now`: the same for all of it, by the tenant's clock."""

    database: Database
    ledger: Ledger
    actor: Actor
    language: Language = Language.EN
    limits: Limits = field(default_factory=Limits)
    log: Log = field(default_factory=EventLog)
    dev: bool = False
    compiler: bool = True
    toll: Toll = field(default_factory=Free)
    bell: Bell = field(default_factory=Silent)
    shelf: Shelf = SHELF
    record_url: RecordUrl = _nowhere
    admitted: "Admitted | None" = None
    not_compiled: str | None = None
    now: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """What is asked next is asked now."""
        self.now = self.ledger.clock.now().astimezone(self.actor.zone)

    @cached_property
    def ask(self) -> Loaders:
        """Made when it is needed: what one statement answers needs none."""
        return Loaders(self.database, self.actor.scope, self.ledger.vault)

    @asynccontextmanager
    async def desk(self) -> AsyncIterator[Desk]:
        """A transaction to edit in. What is asked afterwards sees what was written."""
        await self.ask.close()
        async with self.database.writing() as session:
            yield Desk(session, self.actor, self.ledger)

    async def break_off(self) -> None:
        """End what the database is doing for this request."""
        await self.ask.break_off()

    async def close(self) -> None:
        """To be called when the request is answered."""
        if "ask" in self.__dict__:
            await self.ask.close()
