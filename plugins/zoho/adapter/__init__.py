"""One connection to Zoho: the `Crm` protocol, put together from its parts. Decides which part answers what."""

from collections.abc import Mapping, Sequence
from typing import Any

from kequn.contracts.changes import Batch, Receipt
from kequn.contracts.crm import (
    Capabilities,
    Cursor,
    ExchangeRate,
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
from plugins.zoho.adapter import shape
from plugins.zoho.adapter.bulk import Bulk
from plugins.zoho.adapter.currencies import Currencies
from plugins.zoho.adapter.discovery import Discovery
from plugins.zoho.adapter.fitting import unfit
from plugins.zoho.adapter.fresh import Fresh
from plugins.zoho.adapter.members import CampaignWriter, TaggingWriter, TagWriter, TierWriter, tier_name
from plugins.zoho.adapter.options import read_options
from plugins.zoho.adapter.organisation import undiscovered
from plugins.zoho.adapter.reading import Reader
from plugins.zoho.adapter.records import RecordWriter
from plugins.zoho.adapter.scanning import Scanner
from plugins.zoho.adapter.walking import Walker
from plugins.zoho.client import API, Refused, ZohoClient
from plugins.zoho.mapping import labels
from plugins.zoho.webhook import Doorbell


class ZohoCrm:
    """A `Crm` with `Rates`. Before `open` it has the standard fields."""

    def __init__(self, settings: Mapping[str, Any], host: CrmHost) -> None:
        options = read_options(settings)
        self._client = ZohoClient(options.credentials, host)
        self._organisation = undiscovered(options)
        self._discovery = Discovery(self._client, self._organisation, host)
        self._fresh = Fresh()
        self._reader = Reader(self._client, self._organisation, self._fresh, host.log)
        bulk = Bulk(self._client, self._organisation, host)
        self._walker = Walker(self._client, self._organisation, self._discovery, self._reader, bulk)
        self._scanner = Scanner(self._client, self._organisation, self._discovery, self._reader)
        self._currencies = Currencies(self._client, self._organisation, host)
        self._doorbell = Doorbell(self._client, host)
        self._host = host
        self._sheet = (-1, shape.capabilities(self._organisation))

    @property
    def capabilities(self) -> Capabilities:
        """Asked for each record: worked out once for each shape of the organisation."""
        if self._sheet[0] != self._organisation.generation:
            self._sheet = (self._organisation.generation, shape.capabilities(self._organisation))
        return self._sheet[1]

    async def open(self) -> None:
        self._reader.swept = False
        await self._discovery.keep()

    async def check(self) -> Sequence[Problem]:
        """As things are now: a person may have mended something since."""
        await self._client.read(f"{API}/users", {"type": "CurrentUser"})
        await self._discovery.discover()
        modules = self._organisation.modules
        closed = [problem for object in modules if (problem := await self._closed(object))]
        searched = next((object for object, module in modules.items() if module.table.reference), None)
        if searched is not None:
            await self._reader.find(searched, ["none"])
        if not self._organisation.chosen.campaigns:
            await self._scanner.read_tags()
        return [*self._organisation.problems, *closed]

    async def _closed(self, object: str) -> Problem | None:
        """Why this module cannot be read, if so: the others can. Raises NeedsLogin when a scope is missing."""
        try:
            await self._client.read(f"{API}/{object}", {"fields": "Modified_Time", "per_page": "1"})
        except Refused as error:
            return Problem(object, "", error.message)
        return None

    async def describe(self) -> Sequence[ObjectSchema]:
        for object in list(self._organisation.modules):
            await self._discovery.refresh(object)
        return shape.schemas(self._organisation)

    def feeds(self) -> Sequence[Feed]:
        return shape.feeds(self._organisation)

    async def pull(self, feed: str, cursor: Cursor | None) -> Page:
        scans = {"users": self._scanner.users, "taggings": self._scanner.taggings, "members": self._scanner.members}
        if feed in scans:
            return await scans[feed](cursor)
        if feed in {"tiers", "tags"}:
            return await (self._scanner.tiers() if feed == "tiers" else self._scanner.tags())
        object = next((name for name in self._organisation.modules if name.lower() == feed), None)
        if object is None:
            raise Rejected(f"Zoho has no feed {feed}")
        return await self._walker.pull(object, cursor)

    async def fetch(self, object: str, ids: Sequence[str]) -> Sequence[Record | Gone | Roster]:
        if object in self._organisation.modules:
            return await self._reader.fetch(object, ids)
        return await self._scanner.fetch(object, ids) if object in self.capabilities.objects else []

    async def find(self, object: str, references: Sequence[str]) -> Sequence[Record]:
        return await self._reader.find(object, references) if object in self._organisation.modules else []

    def place(self, kind: Kind, fields: Mapping[str, Value]) -> str | None:
        object = shape.place(self._organisation, kind, fields)
        return object if object in self.capabilities.objects else None

    def normal(self, object: str, fields: Mapping[str, Value]) -> Mapping[str, Value]:
        if object in self._organisation.modules:
            return self._organisation.modules[object].table.normal(fields)
        if object == "Tags":
            return labels.tag_fields(fields)
        if object == "Tiers":
            return {"name": tier_name(fields["name"])} if "name" in fields else {}
        known = self.capabilities.objects.get(object)
        return {name: value for name, value in fields.items() if known is not None and name in known.writable}

    async def push(self, batch: Batch) -> Sequence[Receipt | CrmError]:
        can = self.capabilities.objects
        return await push(batch.changes, "Zoho", self._writer, lambda change: unfit(change, can.get(change.object)))

    def _writer(self, object: str) -> Writer | None:
        if object not in self.capabilities.objects:
            return None
        if object in self._organisation.modules:
            return RecordWriter(
                object, self._client, self._organisation, self._discovery, self._reader, self._fresh, self._host.clock
            )
        if object == "Tiers":
            return TierWriter(self._client, self._organisation, self._discovery)
        if object == "Tags":
            return TagWriter(self._client, self._scanner)
        if object == "Taggings":
            return TaggingWriter(self._client, self._scanner)
        return CampaignWriter(self._client) if object == "Campaign_Members" else None

    async def subscribe(self, url: str, current: Subscription | None) -> Subscription:
        notifying = [name for name, module in self._organisation.modules.items() if module.table.notifies]
        return await self._doorbell.subscribe(url, notifying, current)

    async def read_webhook(self, request: WebhookRequest) -> Hint:
        return self._doorbell.read(request, frozenset(self._organisation.modules))

    async def exchange_rates(self) -> Sequence[ExchangeRate]:
        return await self._currencies.rates()

    async def aclose(self) -> None:
        """Nothing is held but what the host gave."""
