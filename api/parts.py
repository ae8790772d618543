"""What the routes of one app share. Made once by `build`."""

from dataclasses import dataclass

from starlette.requests import HTTPConnection

from kequn.clock import Clock, Random
from kequn.contracts.host import Log
from kequn.contracts.secrets import Keyring
from kequn.registry import Registry
from kequn.settings import Settings
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.vault import Vault
from schema.limits import Limits


@dataclass(frozen=True)
class Parts:
    settings: Settings
    registry: Registry
    database: Database
    keyring: Keyring
    clock: Clock
    random: Random
    log: Log

    @property
    def ledger(self) -> Ledger:
        return Ledger(Vault(self.keyring), self.clock, self.random)

    @property
    def limits(self) -> Limits:
        """Of an operation that is sent as text."""
        return Limits(**{name: getattr(self.settings, f"limit_{name}") for name in Limits.__dataclass_fields__})

    @classmethod
    def of(cls, request: HTTPConnection) -> "Parts":
        parts: Parts = request.app.state.parts
        return parts
