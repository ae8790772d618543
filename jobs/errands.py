"""Executes the chores of a moment. Whatever goes wrong is noted and left for the next slot."""

from collections.abc import Iterable

from jobs.chores import Chore, Errand
from kequn.contracts.host import Log
from kequn.store import trouble
from kequn.store.database import Database
from kequn.store.ledger import Ledger


class Errands:
    def __init__(self, database: Database, ledger: Ledger, log: Log, chores: Iterable[Chore]) -> None:
        self._database = database
        self._ledger = ledger
        self._log = log
        self.chores = tuple(chores)

    async def go(self, errand: Errand) -> None:
        for chore in self.chores:
            if chore.every.total_seconds() == errand.every:
                try:
                    await chore.work(self._database, self._ledger, errand.actor)
                except Exception as error:  # the words may quote data
                    self._log.warning("chore broke off", chore=chore.name, type=trouble.name(error))
