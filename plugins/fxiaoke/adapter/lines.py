"""The lines of orders: read beside the orders that they belong to, found through the products' names, written one by
one. Their own object is not described: Fxiaoke's names of its fields are known."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from kequn.contracts.pushing import in_turn
from plugins.fxiaoke.adapter.raws import Raws, Source, chunks, family, where
from plugins.fxiaoke.client import FxiaokeClient
from plugins.fxiaoke.mapping.items import PRODUCT_NAME, Items, with_ids
from plugins.fxiaoke.mapping.standard import LINES, ORDERS, PRODUCTS
from plugins.fxiaoke.mapping.tables import ITEMS, is_gone


class LineReader:
    def __init__(self, source: Source) -> None:
        self._source = source

    async def completed(self, orders: Raws) -> Raws:
        """The orders with their lines."""
        items: dict[str, Raws] = {}
        for chunk in chunks([str(order["_id"]) for order in orders]):
            for row in await self._source.all(LINES, where("order_id", "IN", *chunk)):
                if not is_gone(row):
                    items.setdefault(str(row.get("order_id")), []).append(row)
        return [{**order, ITEMS: items.get(str(order["_id"]), [])} for order in orders]

    async def orders_of(self, lines: Raws) -> Raws:
        """The orders that these lines belong to."""
        ids = [str(line["order_id"]) for line in lines if line.get("order_id")]
        return list((await self._source.by_ids(ORDERS, ids)).values())

    async def products(self, items: Sequence[Mapping[str, Any]]) -> dict[str, str]:
        """The ids of the products that these lines name. Of two with one name it is the older one."""
        names = list(dict.fromkeys(str(item[PRODUCT_NAME]) for item in items))
        found: dict[str, str] = {}
        for chunk in chunks(names):
            for row in await self._source.all(PRODUCTS, where("name", "IN", *chunk)):
                if not is_gone(row):
                    found.setdefault(str(row.get("name")).strip(), str(row["_id"]))
        return found


class LineWriter:
    """Raises the errors of kequn; a refusal names `lines`."""

    def __init__(self, client: FxiaokeClient, source: Source, owner: str, currency: str) -> None:
        self._client = client
        self._source = source
        self._reader = LineReader(source)
        self._owner = owner
        self._items = Items(currency)

    async def details(self, items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """What a new order says of its lines."""
        said = with_ids(items, await self._reader.products(items))
        return {LINES: [{**item, "owner": [self._owner]} for item in said]} if said else {}

    async def change(self, order: str, wanted: Sequence[Mapping[str, Any]]) -> None:
        """Take lines away from the order and add others, until it has the wanted ones."""
        rows = await self._source.all(LINES, where("order_id", "EQ", order))
        superfluous, added = self._items.difference([row for row in rows if not is_gone(row)], wanted)
        said = with_ids(added, await self._reader.products(added))
        await in_turn(
            [partial(self._take, id) for id in superfluous] + [partial(self._add, order, one) for one in said]
        )

    async def _take(self, id: str) -> None:
        data = {"dataObjectApiName": LINES, "object_data_id": id}
        await self._client.write(f"{family(LINES)}/invalid", {"data": data})

    async def _add(self, order: str, item: Mapping[str, Any]) -> None:
        given = {"dataObjectApiName": LINES, "order_id": order, "owner": [self._owner], **item}
        body = {"triggerApprovalFlow": False, "data": {"object_data": given, "details": {}}}
        await self._client.write(f"{family(LINES)}/create", body)
