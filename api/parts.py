"""What the routes of one app share. Made once by `build`."""

import asyncio
from dataclasses import replace

from starlette.requests import HTTPConnection

from api.documents import Documents
from api.rates import Rate
from kequn.clock import Clock, Random
from kequn.contracts.host import Log
from kequn.contracts.secrets import Keyring
from kequn.durations import Durations
from kequn.registry import Registry
from kequn.settings import Settings
from kequn.store.bell import PollingBell
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.vault import Vault
from kequn.sync.noting import Noting
from schema.documents import Shelf
from schema.limits import Limits

BOTH = (False, True)


class Parts:
    """`requests`: how many of them each caller may send. `rows`: how many each tenant's operations may read.
    `asked`, `crms`: how long our answers took, and those of the CRMs to us."""

    def __init__(
        self,
        settings: Settings,
        registry: Registry,
        database: Database,
        keyring: Keyring,
        clock: Clock,
        random: Random,
        log: Log,
        durations: Durations,
    ) -> None:
        self.settings = settings
        self.registry = registry
        self.database = database
        self.keyring = keyring
        self.clock = clock
        self.random = random
        self.log = log
        self.crms = durations
        self.asked = Durations()
        self.documents = Documents.of(settings)
        self.shelf = Shelf(settings.parsed_documents, settings.parsed_characters)
        self.requests = Rate(settings.rate_requests, clock)
        self.rows = Rate(settings.rate_rows, clock)
        self.bell = PollingBell(database, clock, log)
        self.noting = Noting(database, clock)
        self.ledger = Ledger(Vault(keyring), clock, random)
        self.stopping = asyncio.Event()
        self._limits = {(batch, trusted): _limits(settings, batch, trusted) for batch in BOTH for trusted in BOTH}

    def limits(self, *, batch: bool, trusted: bool) -> Limits:
        """Of an operation. `batch`: whoever asks has that right; `trusted`: its document is."""
        return self._limits[batch, trusted]

    @classmethod
    def of(cls, request: HTTPConnection) -> "Parts":
        parts: Parts = request.app.state.parts
        return parts


def _limits(settings: Settings, batch: bool, trusted: bool) -> Limits:
    limits = Limits(**{name: getattr(settings, f"limit_{name}") for name in Limits.__dataclass_fields__})
    if batch:
        limits = replace(limits, page=settings.limit_batch_page)
    if trusted:
        longest = settings.limit_characters * settings.trusted_tokens // settings.limit_tokens
        limits = replace(limits, characters=longest, tokens=settings.trusted_tokens, aliases=settings.trusted_aliases)
    return limits
