"""Requests to Jiandaoyun's API: the key, the budget, and repeating what may be repeated. What an answer means stands in
replies.py."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from kequn.contracts.errors import BrokenReply
from kequn.contracts.host import CrmHost
from kequn.contracts.secrets import Secret
from kequn.contracts.sending import repeating
from plugins.jiandaoyun.client.replies import read_reply

DATA = "app/entry/data"


@dataclass(frozen=True)
class Access:
    base_url: str
    api_key: Secret


@dataclass(frozen=True)
class Answer:
    """`date`: Jiandaoyun's clock when it answered, where it says so. `write`: what it answers may have changed
    something."""

    body: Mapping[str, Any] = field(repr=False)
    date: datetime | None
    write: bool = False

    def rows(self, name: str) -> list[Mapping[str, Any]]:
        """Raises BrokenReply when there is something else."""
        rows = self.body.get(name)
        if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
            raise BrokenReply(f"Jiandaoyun answered without a list of {name}")
        return rows

    def object(self, name: str) -> Mapping[str, Any]:
        """Raises BrokenReply when there is something else."""
        found = self.body.get(name)
        if not isinstance(found, Mapping):
            raise BrokenReply(f"Jiandaoyun answered without {name}", maybe_applied=self.write)
        return found


class JiandaoyunClient:
    """Raises the errors of kequn/contracts/errors.py. A read is repeated when that helps; a write only when it surely
    was not carried out."""

    def __init__(self, access: Access, host: CrmHost) -> None:
        self._access = access
        self._host = host

    async def read(self, call: str, body: Mapping[str, Any]) -> Answer:
        return await repeating(lambda: self._send(call, body, write=False), self._host, write=False)

    async def write(self, call: str, body: Mapping[str, Any]) -> Answer:
        return await repeating(lambda: self._send(call, body, write=True), self._host, write=True)

    async def _send(self, call: str, body: Mapping[str, Any], *, write: bool) -> Answer:
        await self._host.budget.acquire(of="batch" if "/batch_" in call else "")
        reply = await self._host.http.request(
            "POST",
            f"{self._access.base_url.rstrip('/')}/v5/{call}",
            headers={"Authorization": f"Bearer {self._access.api_key.reveal()}"},
            json=dict(body),
        )
        return Answer(read_reply(reply, call=call, write=write), _date(reply), write)


def _date(reply: httpx.Response) -> datetime | None:
    try:
        return parsedate_to_datetime(reply.headers["date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return None
