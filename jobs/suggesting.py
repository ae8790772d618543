"""After a sync: customers that changed are compared with all others, so that duplicates show without being asked for.
Decides how often; what is a duplicate is the domain's."""

from uuid import UUID

from kequn.contracts.host import Log
from kequn.domain import duplicates
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.scope import Actor, Role, Scope

PAUSE_SECONDS = 300.0


class Suggesting:
    """Searches for one worker: at most once in five minutes for each tenant, since all customers are read for it."""

    def __init__(self, database: Database, ledger: Ledger, log: Log) -> None:
        self._database = database
        self._ledger = ledger
        self._log = log
        self._next: dict[UUID, float] = {}

    async def after_run(self, scope: Scope) -> None:
        """Never fails the run that it follows."""
        now = self._ledger.clock.monotonic()
        if now < self._next.get(scope.tenant, now):
            return
        self._next[scope.tenant] = now + PAUSE_SECONDS
        system = Actor(scope.tenant, Role.OPERATOR, "system")
        try:
            tally = await duplicates.search(self._database, self._ledger, system, full=False)
        except Exception as error:  # the words may quote data
            self._log.warning("search for duplicates broke off", type=type(error).__name__)
            return
        if tally.came or tally.went:
            self._log.info("duplicates searched", came=tally.came, went=tally.went)
