"""One connection to Jiandaoyun: the `Crm` protocol, put together from its parts. Decides which part answers what."""

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
from plugins.jiandaoyun.adapter import shape
from plugins.jiandaoyun.adapter.checking import Inspector
from plugins.jiandaoyun.adapter.forms import Forms
from plugins.jiandaoyun.adapter.options import read_options
from plugins.jiandaoyun.adapter.reading import Reader
from plugins.jiandaoyun.adapter.records import RecordWriter
from plugins.jiandaoyun.adapter.staffing import Members
from plugins.jiandaoyun.adapter.walking import Walker
from plugins.jiandaoyun.client import JiandaoyunClient
from plugins.jiandaoyun.mapping.choices import TIERS, tier
from plugins.jiandaoyun.mapping.values import STAFF
from plugins.jiandaoyun.webhook import read_push


class JiandaoyunCrm:
    """A `Crm`. Before `open` it knows of the forms what the settings say."""

    def __init__(self, settings: Mapping[str, Any], host: CrmHost) -> None:
        self._options = read_options(settings)
        self._host = host
        self._client = JiandaoyunClient(self._options.access, host)
        self._forms = Forms(self._options, self._client, host)
        self._reader = Reader(self._client, self._forms, host.log)
        self._members = Members(self._client, self._options.staff, self._options.emails, host.log)
        self._walker = Walker(self._forms, self._reader, self._options, host.clock)
        self._inspector = Inspector(self._client, self._forms, self._reader, self._members, self._walker, host.log)
        self._sheet = (-1, shape.capabilities(self._forms))

    @property
    def capabilities(self) -> Capabilities:
        """Asked for each record: worked out once for each shape of the forms."""
        if self._sheet[0] != self._forms.generation:
            self._sheet = (self._forms.generation, shape.capabilities(self._forms))
        return self._sheet[1]

    async def open(self) -> None:
        await self._forms.open()

    async def check(self) -> Sequence[Problem]:
        return await self._inspector.check()

    async def describe(self) -> Sequence[ObjectSchema]:
        await self._forms.discover()
        return shape.schemas(self._forms, await self._inspector.labels())

    def feeds(self) -> Sequence[Feed]:
        return shape.feeds(self._forms)

    async def pull(self, feed: str, cursor: Cursor | None) -> Page:
        if feed == STAFF and self._options.staff:
            return await self._members.walk()
        if feed == TIERS and self._options.tiers:
            return Page([tier(text) for text in self._options.tiers])
        if feed not in self._forms.found:
            raise Rejected(f"Jiandaoyun has no feed {feed}")
        return await self._walker.pull(feed, cursor)

    async def fetch(self, object: str, ids: Sequence[str]) -> Sequence[Record | Gone | Roster]:
        if object == STAFF and self._options.staff:
            return await self._members.fetch(ids)
        if object == TIERS and self._options.tiers:
            return [tier(id) for id in dict.fromkeys(ids)]
        return await self._reader.fetch(object, ids) if object in self._forms.found else []

    async def find(self, object: str, references: Sequence[str]) -> Sequence[Record]:
        return await self._reader.find(object, references) if object in self._forms.found else []

    def place(self, kind: Kind, fields: Mapping[str, Value]) -> str | None:
        return shape.place(self._forms, kind, fields)

    def normal(self, object: str, fields: Mapping[str, Value]) -> Mapping[str, Value]:
        return self._forms.found[object].table.normal(fields) if object in self._forms.found else {}

    async def push(self, batch: Batch) -> Sequence[Receipt | CrmError]:
        def writer(object: str) -> Writer | None:
            if object not in self._forms.found:
                return None
            return RecordWriter(object, self._client, self._forms, self._reader, self._members, batch.id)

        return await push(batch.changes, "Jiandaoyun", writer)

    async def subscribe(self, url: str, current: Subscription | None) -> Subscription:
        raise Rejected(
            "Jiandaoyun lets nobody ask for pushes over its API: enter kequn's address and the webhook_secret in the "
            "data push settings of each form"
        )

    async def read_webhook(self, request: WebhookRequest) -> Hint:
        return read_push(request, self._options, self._host.clock.now())

    async def aclose(self) -> None:
        """Nothing is held open: the host owns the connection."""
