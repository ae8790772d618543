"""Records of any object as Fxiaoke's JSON has them: queries by id, by reference and page by page. Knows no kind."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from kequn.contracts.errors import BrokenReply
from plugins.fxiaoke.client import FxiaokeClient, Refused
from plugins.fxiaoke.mapping.tables import REFERENCE, is_gone

LIMIT = 100
BY_ID = {"fieldName": "_id", "isAsc": True}

Raws = list[Mapping[str, Any]]
Filter = Mapping[str, Any]


def family(object: str) -> str:
    """Custom objects have paths of their own."""
    return "/cgi/crm/custom/v2/data" if object.endswith("__c") else "/cgi/crm/v2/data"


def where(name: str, operator: str, *values: str) -> Filter:
    return {"field_name": name, "operator": operator, "field_values": list(values)}


def chunks(ids: Sequence[str], size: int = LIMIT) -> Iterable[Sequence[str]]:
    return (ids[at : at + size] for at in range(0, len(ids), size))


BINNED = where("life_status", "EQ", "invalid")


class Source(Protocol):
    """What reads raw records."""

    async def all(self, object: str, *filters: Filter) -> Raws: ...

    async def by_ids(self, object: str, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]: ...


class Records:
    """`nulls`: whether answers were seen to show empty fields, as they are asked to."""

    def __init__(self, client: FxiaokeClient) -> None:
        self.nulls = False
        self._client = client

    async def query(
        self, object: str, filters: Sequence[Filter], *, limit: int = LIMIT, order: Mapping[str, Any] = BY_ID
    ) -> Raws:
        """One page. Never by offset or total: records move, and totals are not to be trusted."""
        info = {"limit": limit, "offset": 0, "filters": list(filters), "orders": [order]}
        data = {"dataObjectApiName": object, "find_explicit_total_num": False, "search_query_info": info}
        body = {"includeNull": True, "returnTotalNum": 3, "data": data}
        rows = _rows(await self._client.read(f"{family(object)}/query", body))
        self.nulls = self.nulls or any(None in row.values() for row in rows)
        return rows

    async def all(self, object: str, *filters: Filter) -> Raws:
        """Every record that passes the filters, by their ids."""
        found: Raws = []
        while True:
            after = [where("_id", "GT", str(found[-1]["_id"]))] if found else []
            page = await self.query(object, [*filters, *after])
            found += page
            if len(page) < LIMIT:
                return found

    async def by_ids(self, object: str, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        """Those that a query shows, in the bin or not."""
        found: dict[str, Mapping[str, Any]] = {}
        for chunk in chunks(list(dict.fromkeys(ids))):
            rows = await self.query(object, [where("_id", "IN", *chunk)])
            found |= {str(row["_id"]): row for row in rows}
        return found

    async def by_references(self, object: str, references: Sequence[str], *more: Filter) -> Raws:
        """The live records that carry these kequn ids; with BINNED, those in the bin."""
        found: Raws = []
        for chunk in chunks(list(dict.fromkeys(references))):
            found += await self.all(object, where(REFERENCE, "IN", *chunk), *more)
        return [row for row in found if is_gone(row) is (BINNED in more)]

    async def present(self, object: str, id: str) -> Mapping[str, Any] | None:
        """The record, in the bin or not; None when neither asking for it nor a query finds it."""
        body = {"includeNull": True, "data": {"dataObjectApiName": object, "objectDataId": id}}
        try:
            data = (await self._client.read(f"{family(object)}/get", body)).get("data")
        except Refused as error:
            if error.lacks_permission:
                raise
            data = None
        if isinstance(data, Mapping) and data.get("_id"):
            return data
        return (await self.by_ids(object, [id])).get(id)


def _rows(answer: Mapping[str, Any]) -> Raws:
    """The list stands in one of three places."""
    data = answer.get("data")
    places = (data.get("dataList") if isinstance(data, Mapping) else data, answer.get("dataList"))
    rows = next((place for place in places if isinstance(place, list)), None)
    if rows is None or not all(isinstance(row, Mapping) and row.get("_id") for row in rows):
        raise BrokenReply("Fxiaoke answered a query without a list of records")
    return rows
