"""One connection to Fxiaoke: the `Crm` protocol, put together from its parts. Decides which part answers what."""

from collections.abc import Mapping, Sequence
from typing import Any

from kequn.contracts.changes import Batch, Receipt
from kequn.contracts.crm import (
    Capabilities,
    Cursor,
    Feed,
    Hint,
    ObjectSchema,
    Page,
    Problem,
    Subscription,
    WebhookRequest,
)
from kequn.contracts.errors import CrmError, Rejected
from kequn.contracts.host import CrmHost
from kequn.contracts.pushing import Writer, push
from kequn.contracts.records import Gone, Kind, Record, Roster, Value
from plugins.fxiaoke.adapter import shape
from plugins.fxiaoke.adapter.discovery import Discovery
from plugins.fxiaoke.adapter.options import read_options
from plugins.fxiaoke.adapter.purging import Purger
from plugins.fxiaoke.adapter.raws import Records
from plugins.fxiaoke.adapter.reading import Reader
from plugins.fxiaoke.adapter.records import RecordWriter
from plugins.fxiaoke.adapter.scanning import Scanner
from plugins.fxiaoke.adapter.tenant import undiscovered
from plugins.fxiaoke.adapter.walking import Walker
from plugins.fxiaoke.client import FxiaokeClient
from plugins.fxiaoke.mapping.standard import LINES, PRODUCTS
from plugins.fxiaoke.webhook import Doorbell


class FxiaokeCrm:
    """A `Crm`. Before `open` it has what its settings promise."""

    def __init__(self, settings: Mapping[str, Any], host: CrmHost) -> None:
        chosen = read_options(settings)
        self._client = FxiaokeClient(chosen.credentials, host)
        self._tenant = undiscovered(chosen)
        self._discovery = Discovery(self._client, self._tenant, host)
        self._source = Records(self._client)
        self._reader = Reader(self._source, self._tenant, self._discovery, host)
        self._walker = Walker(self._reader, self._tenant, host.clock)
        self._scanner = Scanner(self._client, self._source, self._tenant, self._discovery)
        self._purger = Purger(self._client, self._source, host)
        self._doorbell = Doorbell(chosen.event_key, chosen.event_max_age, host)
        self._sheet = (-1, shape.capabilities(self._tenant))

    @property
    def capabilities(self) -> Capabilities:
        """Asked for each record: worked out once for each shape of the tenant."""
        if self._sheet[0] != self._tenant.generation:
            self._sheet = (self._tenant.generation, shape.capabilities(self._tenant))
        return self._sheet[1]

    async def open(self) -> None:
        await self._discovery.keep()

    async def check(self) -> Sequence[Problem]:
        """Each step names what a person should mend."""
        listed = await self._discovery.listed()
        chosen = self._tenant.chosen
        wanted = [plan.object for plan in chosen.plans] + ([LINES, PRODUCTS] if chosen.lines else [])
        absent = [name for name in wanted if not listed.get(name)]
        await self._discovery.discover()
        for name in self._tenant.objects:
            await self._source.query(name, [], limit=1)
        known = {problem.object for problem in self._tenant.absent.values()}
        problems = [Problem(name, "", f"the object {name} is not there or switched off") for name in absent]
        found = [problem for problem in problems if problem.object not in known]
        return [*self._tenant.problems, *found, *self._doorbell.problems()]

    async def describe(self) -> Sequence[ObjectSchema]:
        await self._discovery.discover()
        return shape.schemas(self._tenant)

    def feeds(self) -> Sequence[Feed]:
        return shape.feeds(self._tenant)

    async def pull(self, feed: str, cursor: Cursor | None) -> Page:
        if feed == "users":
            return await self._scanner.users(cursor)
        if feed == "tiers":
            return await self._scanner.tiers()
        if feed not in self._tenant.objects:
            raise Rejected(f"Fxiaoke has no feed {feed}")
        return await self._walker.pull(feed, cursor)

    async def fetch(self, object: str, ids: Sequence[str]) -> Sequence[Record | Gone | Roster]:
        if object in self._tenant.objects:
            return await self._reader.fetch(object, ids)
        return await self._scanner.fetch(object, ids) if object in self.capabilities.objects else []

    async def find(self, object: str, references: Sequence[str]) -> Sequence[Record]:
        return await self._reader.find(object, references) if object in self._tenant.objects else []

    def place(self, kind: Kind, fields: Mapping[str, Value]) -> str | None:
        return shape.place(self._tenant, kind, fields)

    def normal(self, object: str, fields: Mapping[str, Value]) -> Mapping[str, Value]:
        return self._tenant.table(object).normal(fields) if object in self._tenant.objects else {}

    async def push(self, batch: Batch) -> Sequence[Receipt | CrmError]:
        if self._tenant.chosen.purge:
            await self._purger.make_up()
        return await push(batch.changes, "Fxiaoke", self._writer)

    def _writer(self, object: str) -> Writer | None:
        if object not in self._tenant.objects:
            return None
        return RecordWriter(object, self._client, self._source, self._tenant, self._discovery, self._purger)

    async def subscribe(self, url: str, current: Subscription | None) -> Subscription:
        return self._doorbell.subscribe(url)

    async def read_webhook(self, request: WebhookRequest) -> Hint:
        return self._doorbell.read(request, frozenset(self._tenant.objects))

    async def aclose(self) -> None:
        """Nothing is held but what the host gave."""
