"""One connection to Acme: the `Crm` protocol. Decides how feeds are walked; what a field means stands in mapping.py."""

from collections.abc import Mapping, Sequence
from typing import Any

from kequn.contracts.changes import Batch, Receipt
from kequn.contracts.crm import (
    Capabilities,
    Conditional,
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
from kequn.contracts.host import CrmHost
from kequn.contracts.records import Gone, Kind, Record, Roster, Value

from . import mapping, webhook, writing
from .client import AcmeClient, PageExpired

OVERLAP_MS = 5000
"""Acme's replicas may lag: what changed shortly before the latest change that was seen is read again."""

SETTLE_SECONDS = 2.0
AT_ONCE = 100


class AcmeCrm:
    def __init__(self, settings: Mapping[str, Any], host: CrmHost) -> None:
        self._client = AcmeClient(settings, host)
        self._host = host

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            {object: _capability(object) for object in mapping.OBJECTS}, SETTLE_SECONDS, webhooks=webhook.AVAILABLE
        )

    async def open(self) -> None:
        for object in mapping.OBJECTS:
            await self._discover(object)

    async def check(self) -> Sequence[Problem]:
        await self._client.get("me")
        return [problem for schema in await self.describe() for problem in schema.problems]

    async def describe(self) -> Sequence[ObjectSchema]:
        return [await self._discover(object) for object in mapping.OBJECTS]

    async def _discover(self, object: str) -> ObjectSchema:
        body = await self._client.get(f"objects/{object}/fields")
        ours = {column.theirs: column.ours for column in mapping.OBJECTS[object][1]}
        fields = tuple(_field(raw, ours.get(raw["name"])) for raw in body["fields"])
        lost = sorted(set(ours) - {field.name for field in fields})
        problems = tuple(Problem(object, "", f"the field {name} is not there any more", ours[name]) for name in lost)
        return ObjectSchema(object, body["label"], Kind.CUSTOMER, fields, problems)

    # -- reading ------------------------------------------------------------------------------------------------------

    def feeds(self) -> Sequence[Feed]:
        return [Feed(object, frozenset({Kind.CUSTOMER})) for object in mapping.OBJECTS]

    async def pull(self, feed: str, cursor: Cursor | None) -> Page:
        """`since`: where this walk began; `after`: the token of its next page; `high`: the latest change seen."""
        state: dict[str, Any] = dict(cursor) if cursor else {"since": 0, "after": None, "high": 0}
        try:
            body = await self._list(feed, state)
        except PageExpired:  # the list is in the order of change: all up to `high` was seen
            state = {**state, "since": _before(state["high"]), "after": None}
            body = await self._list(feed, state)
        page = self._page(feed, body["records"])
        high = max([state["high"], *(int(raw["modified"]) for raw in body["records"])])
        following = {"since": state["since"], "after": body["next"], "high": high}
        if body["next"] is None:
            following = {"since": max(state["since"], _before(high)), "after": None, "high": high}
        return Page(page.records, page.gone, (), page.problems, following, complete=body["next"] is None)

    async def _list(self, object: str, state: Mapping[str, Any]) -> Mapping[str, Any]:
        params = {"since": str(state["since"])}
        return await self._client.get(object, params | ({"after": state["after"]} if state["after"] else {}))

    def _page(self, object: str, raws: Sequence[mapping.Raw]) -> Page:
        found: list[Record | Gone] = []
        problems: list[Problem] = []
        for raw in raws:
            try:
                found.append(mapping.read(object, raw))
            except (LookupError, TypeError, ValueError) as error:
                problems.append(Problem(object, str(raw.get("id", "")), f"cannot be read ({type(error).__name__})"))
        records = [one for one in found if isinstance(one, Record)]
        return Page(records, [one for one in found if isinstance(one, Gone)], (), problems)

    async def fetch(self, object: str, ids: Sequence[str]) -> Sequence[Record | Gone | Roster]:
        found: dict[str, Record | Gone] = {}
        for at in range(0, len(ids), AT_ONCE):
            body = await self._client.get(object, {"ids": ",".join(ids[at : at + AT_ONCE])})
            page = self._page(object, body["records"])
            found |= {record.id: record for record in page.records} | {gone.id: gone for gone in page.gone}
        return [found.get(id) or Gone(Kind.CUSTOMER, object, id, 0) for id in ids]

    async def find(self, object: str, references: Sequence[str]) -> Sequence[Record]:
        found: list[Record] = []
        for at in range(0, len(references), AT_ONCE):
            body = await self._client.get(object, {"external_ids": ",".join(references[at : at + AT_ONCE])})
            found += self._page(object, body["records"]).records
        return found

    # -- writing ------------------------------------------------------------------------------------------------------

    def place(self, kind: Kind, fields: Mapping[str, Value]) -> str | None:
        if kind is not Kind.CUSTOMER or not writing.WRITABLE:
            return None
        return "companies" if fields.get("type") == "organisation" else "contacts"

    def normal(self, object: str, fields: Mapping[str, Value]) -> Mapping[str, Value]:
        return mapping.normal(object, fields)

    async def push(self, batch: Batch) -> Sequence[Receipt | CrmError]:
        return await writing.push(self._client, batch.changes)

    # -- webhooks -----------------------------------------------------------------------------------------------------

    async def subscribe(self, url: str, current: Subscription | None) -> Subscription:
        return await webhook.subscribe(self._client, self._host, url, current)

    async def read_webhook(self, request: WebhookRequest) -> Hint:
        if request.subscription is None:
            raise Rejected("nobody asked Acme for webhooks")
        return webhook.read(self._host, request)

    async def aclose(self) -> None:
        return None


def _capability(object: str) -> ObjectCapability:
    fields = frozenset({"type", *(column.ours for column in mapping.OBJECTS[object][1])})
    writable, conditional = fields & writing.WRITABLE, Conditional.EXACT
    can = bool(writable)
    return ObjectCapability(Kind.CUSTOMER, fields, writable, can, can, can, conditional, AT_ONCE)


def _field(raw: mapping.Raw, maps_to: str | None) -> FieldSchema:
    return FieldSchema(
        raw["name"],
        raw["label"],
        raw["type"],
        raw["required"],
        raw["read_only"],
        raw["custom"],
        tuple(raw["options"]),
        raw["refers_to"],
        maps_to,
        raw["unique"],
    )


def _before(milliseconds: int) -> int:
    return max(milliseconds - OVERLAP_MS, 0)
