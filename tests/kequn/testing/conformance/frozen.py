"""A plugin as it was written for contract 1.0, frozen: never change it. It must load, and read, as long as contract 1.0
is within grace. It says nothing of a contract, for 1.0 knew no such word."""

from collections.abc import Mapping, Sequence
from typing import Any

from kequn.contracts.changes import Batch, Receipt
from kequn.contracts.crm import (
    Capabilities,
    Cursor,
    Feed,
    FieldSchema,
    Hint,
    ObjectCapability,
    ObjectSchema,
    Page,
    Problem,
    Subscription,
    WebhookRequest,
)
from kequn.contracts.errors import CrmError, Rejected
from kequn.contracts.hooks import CrmPlugin, Manifest, Setting, hookimpl
from kequn.contracts.host import CrmHost
from kequn.contracts.records import Gone, Kind, Record, Roster, Value

MANIFEST = Manifest("Frozen CRM", 1, (Setting("key", "The key", secret=True),), hosts=("api.frozen.example",))
FIELDS = frozenset({"type", "name"})


class FrozenCrm:
    def __init__(self, settings: Mapping[str, Any], host: CrmHost) -> None:
        self._host = host

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities({"people": ObjectCapability(Kind.CUSTOMER, FIELDS)})

    async def open(self) -> None:
        return None

    async def check(self) -> Sequence[Problem]:
        return ()

    async def describe(self) -> Sequence[ObjectSchema]:
        return [ObjectSchema("people", "People", Kind.CUSTOMER, (FieldSchema("name", "Name", "text", maps_to="name"),))]

    def feeds(self) -> Sequence[Feed]:
        return [Feed("people", frozenset({Kind.CUSTOMER}))]

    async def pull(self, feed: str, cursor: Cursor | None) -> Page:
        record = Record(Kind.CUSTOMER, "people", "1", 1, {"type": "person", "name": "Frozen"})
        return Page([record] if cursor is None else [], next_cursor={"read": True})

    async def fetch(self, object: str, ids: Sequence[str]) -> Sequence[Record | Gone | Roster]:
        return [Gone(Kind.CUSTOMER, object, id, 0) for id in ids]

    async def find(self, object: str, references: Sequence[str]) -> Sequence[Record]:
        return []

    def place(self, kind: Kind, fields: Mapping[str, Value]) -> str | None:
        return None

    def normal(self, object: str, fields: Mapping[str, Value]) -> Mapping[str, Value]:
        return {}

    async def push(self, batch: Batch) -> Sequence[Receipt | CrmError]:
        return [Rejected("only reads") for _ in batch.changes]

    async def subscribe(self, url: str, current: Subscription | None) -> Subscription:
        raise Rejected("no webhooks")

    async def read_webhook(self, request: WebhookRequest) -> Hint:
        raise Rejected("no webhooks")

    async def aclose(self) -> None:
        return None


@hookimpl
def register_crm() -> CrmPlugin:
    return CrmPlugin("frozen", MANIFEST, FrozenCrm)
