"""A list in the order of change, page by page: taken up again from the latest change seen where its page token leads no
farther (tokens live for a day, and for 100,000 records). Decides nothing about what the records mean.

A place in it is {token, from, high}: `from` where it begins, `high` the latest change seen, in seconds of Zoho's
clock."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from plugins.zoho.adapter.fresh import version_of
from plugins.zoho.adapter.reading import Raws
from plugins.zoho.client import Refused, Reply, ZohoClient
from plugins.zoho.mapping.values import format_time

OVERLAP_SECONDS = 120
PER_PAGE = 200
LOST_PLACE = {"TOKEN_BOUND_DATA_MISMATCH", "EXPIRED_VALUE", "PAGINATION_LIMIT_EXCEEDED"}
"""The page token no longer leads anywhere."""

START: Mapping[str, Any] = {"token": None, "from": None, "high": None}

Place = Mapping[str, Any]


class Listing:
    def __init__(self, client: ZohoClient) -> None:
        self._client = client

    async def page(self, path: str, fields: str, place: Place) -> tuple[Reply, Place | None]:
        """A page, and where the next one begins; None behind the last."""
        try:
            reply = await self.read(path, fields, place)
        except Refused as error:
            if not has_lost(error, place):
                raise
            place = resumed(place)
            reply = await self.read(path, fields, place)
        if not reply.more or reply.next_token is None:
            return reply, None
        return reply, {**place, "token": reply.next_token, "high": highest(place["high"], reply.rows())}

    async def read(self, path: str, fields: str, place: Place) -> Reply:
        """A page token is bound to all the other parameters: they never vary."""
        wanted = {"fields": fields, "per_page": str(PER_PAGE), "sort_by": "Modified_Time", "sort_order": "asc"}
        token = place.get("token")
        parameters = wanted if token is None else {**wanted, "page_token": token}
        return await self._client.read(path, parameters, headers=since(place["from"]))


def has_lost(error: Refused, place: Place) -> bool:
    return error.zoho in LOST_PLACE and bool(place.get("token"))


def resumed(place: Place) -> dict[str, Any]:
    """The same list from the latest change seen on: all before it was seen. A little before, unless that would read
    the same again."""
    begin, high = before(place["high"]), place["high"]
    again = begin is not None and place["from"] is not None and begin <= place["from"]
    return {**place, "token": None, "from": high if again else begin}


def since(seconds: int | None) -> Mapping[str, str] | None:
    return None if seconds is None else {"If-Modified-Since": format_time(datetime.fromtimestamp(seconds, UTC))}


def before(seconds: int | None) -> int | None:
    return None if seconds is None else max(seconds - OVERLAP_SECONDS, 0)


def highest(high: int | None, raws: Raws) -> int | None:
    return max(
        [version for raw in raws if (version := version_of(raw)) is not None] + ([high] if high else []), default=high
    )
