"""One feed of changes: a module's list in the order of change, then its list of deletions. Decides where a cursor
stands.

A cursor is {stage, from, high, gone, token, page, total, ...}: seconds of Zoho's own clock. `high` is the latest change
seen, `gone` the latest deletion seen, `from` where the list of this walk begins; each walk begins before `high`.
`listed`, in a first walk alone: how many records it has listed, until they are counted."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kequn.contracts.codecs import parse_time
from kequn.contracts.crm import Cursor, Page, Problem
from kequn.contracts.errors import NeedsLogin
from kequn.contracts.records import Gone, Left, Record, Ref
from plugins.zoho.adapter.bulk import Bulk, Failed
from plugins.zoho.adapter.discovery import Discovery
from plugins.zoho.adapter.fresh import version_of
from plugins.zoho.adapter.listing import PER_PAGE, Listing, before, has_lost, highest, resumed, since
from plugins.zoho.adapter.organisation import Organisation
from plugins.zoho.adapter.reading import Raws, Reader, field_groups
from plugins.zoho.client import API, Refused, ZohoClient
from plugins.zoho.mapping import labels
from plugins.zoho.mapping.tailoring import Module

FIRST: Mapping[str, Any] = {"stage": "list", "from": None, "high": None, "gone": None, "total": None, "listed": 0}
MANY_GONE = "Zoho lists the latest 2000 deletions alone: older ones show when kequn next asks for the record"
LISTED = "the records are listed instead, 200 in a request: with a larger bulk_threshold none are exported"


class Walker:
    def __init__(
        self, client: ZohoClient, organisation: Organisation, discovery: Discovery, reader: Reader, bulk: Bulk
    ) -> None:
        self._client = client
        self._organisation = organisation
        self._discovery = discovery
        self._reader = reader
        self._list = Listing(client)
        self._bulk = bulk

    async def pull(self, object: str, cursor: Cursor | None) -> Page:
        state = dict(cursor) if cursor else dict(FIRST)
        if state["stage"] == "bulk":
            return await self._exported(object, state)
        if state["stage"] == "deleted":
            return await self._deleted(object, state)
        return await self._listed(object, state)

    async def _count(self, object: str) -> int | None:
        """None where the scope for counting was not granted, or the module does not count."""
        try:
            reply = await self._client.read(f"{API}/{object}/actions/count")
            return int(reply.body["count"])
        except (NeedsLogin, Refused, KeyError, TypeError, ValueError):
            return None

    async def _exported(self, object: str, state: dict[str, Any]) -> Page:
        module = self._organisation.modules[object]
        try:
            raws, following = await self._bulk.next(module, state)
        except Failed as error:  # the list goes on where it was left, however long it is
            left = {"stage": "list", "from": state.get("from"), "high": state.get("from"), "gone": None, "listed": None}
            told = Problem(object, "", f"{error.message}; {LISTED}")
            return Page(problems=[told], next_cursor={**left, "total": state["total"]}, complete=False)
        page = self._page(module, await self._reader.placed(module.table, raws))
        high = highest(state["high"], raws)
        if following is None:  # an export is no snapshot: what has changed since it was begun is listed
            began = state.get("began")
            following = {"stage": "list", "from": before(high if began is None else began), "gone": None}
        else:
            following = {**following, "from": state.get("from")}
        return replace(page, next_cursor={**following, "high": high, "total": state["total"]}, complete=False)

    async def _listed(self, object: str, state: dict[str, Any]) -> Page:
        try:
            return await self._list_page(object, state)
        except Refused as error:
            if has_lost(error, state):
                return await self._list_page(object, resumed(state))
            if error.details.get("param_name") != "fields":
                raise
        await self._discovery.refresh(object)  # a field has vanished
        return await self._list_page(object, {**state, "token": None, "from": before(state["high"])})

    async def _list_page(self, object: str, state: dict[str, Any]) -> Page:
        module = self._organisation.modules[object]
        reply = await self._list.read(f"{API}/{object}", field_groups(module)[0], state)
        raws = await self._reader.completed(module, reply.records(), reply)
        page = self._page(module, raws)
        if "listed" not in state:
            page = replace(page, left=_left(module, raws))
        following = {**state, "high": highest(state["high"], reply.rows()), "token": reply.next_token}
        if reply.more and reply.next_token is not None:
            following = await self._measured(module, following, len(raws))
        elif "listed" not in state:
            following = {**following, "stage": "deleted", "token": None, "page": 1}
        else:  # a first load has nothing to delete: what was deleted during it comes with the next walk
            self._reader.swept |= self._reader.has_roster(object)
            return replace(page, next_cursor=_next_walk(following["high"], None), total=following["total"])
        return replace(page, next_cursor=following, complete=False, total=following.get("total"))

    async def _measured(self, module: Module, state: dict[str, Any], more: int) -> dict[str, Any]:
        """A first load that has listed much is counted, once, and goes on as an export where that is shorter."""
        listed = state.get("listed")
        if listed is None:
            return state
        if listed + more < self._organisation.chosen.bulk_threshold:
            return {**state, "listed": listed + more}
        state = {**state, "listed": None, "total": await self._count(module.table.object)}
        if state["total"] is None or not self._bulk.is_shorter(module):
            return state
        del state["listed"]
        return {**state, "stage": "bulk", "token": None, "from": before(state["high"])}

    async def _deleted(self, object: str, state: dict[str, Any]) -> Page:
        seen = state["gone"]
        parameters = {"type": "all", "page": str(state["page"]), "per_page": str(PER_PAGE)}
        headers = since(before(state.get("gone_from", seen)))
        try:
            reply = await self._client.read(f"{API}/{object}/deleted", parameters, headers=headers, cost=2)
        except Refused as error:  # this list has no page tokens
            if error.zoho != "DISCRETE_PAGINATION_LIMIT_EXCEEDED":
                raise
            return Page(problems=[Problem(object, "", MANY_GONE)], next_cursor=_next_walk(state["high"], seen))
        kind = self._organisation.modules[object].table.kind
        gone = [Gone(kind, object, str(row["id"]), _deleted_at(row)) for row in reply.records()]
        latest = max([one.version for one in gone] + ([] if seen is None else [seen]), default=None)
        if reply.more:
            following = {**state, "page": state["page"] + 1, "gone": latest, "gone_from": state.get("gone_from", seen)}
            return Page(gone=gone, next_cursor=following, complete=False)
        return Page(gone=gone, next_cursor=_next_walk(state["high"], latest))

    def _page(self, module: Module, raws: Raws) -> Page:
        admitted = [raw for raw in raws if module.table.admits(raw)]
        records, rosters, problems = self._reader.translate(module, admitted)
        tiers, appeared = self._new_tiers(records)
        return Page(records=[*tiers, *records], rosters=rosters, problems=[*problems, *appeared])

    def _new_tiers(self, records: list[Record]) -> tuple[list[Record], list[Problem]]:
        """Values of the tier field that are none of its options: Zoho takes them, and so do we."""
        values = {tier.id for record in records if isinstance(tier := record.fields.get("tier"), Ref)}
        unknown = sorted(id for id in values if not self._organisation.knows_tier(id))
        field = self._organisation.chosen.tier_field
        told = [Problem("Tiers", id, f"{field} holds a value that is none of its options", "tier") for id in unknown]
        return [labels.tier(id) for id in unknown], told


def _left(module: Module, raws: Raws) -> list[Left]:
    """Those that do not count (any more), such as deals that are not won."""
    kind, object = module.table.kind, module.table.object
    outside = [(str(raw["id"]), version_of(raw)) for raw in raws if not module.table.admits(raw)]
    return [Left(kind, object, id, version) for id, version in outside if version is not None]


def _next_walk(high: int | None, gone: int | None) -> dict[str, Any]:
    return {"stage": "list", "from": before(high), "high": high, "gone": gone}


def _deleted_at(row: Mapping[str, Any]) -> int:
    try:
        return int(parse_time(row["deleted_time"]).timestamp())
    except (KeyError, TypeError, ValueError):
        return 0
