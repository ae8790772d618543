"""Deletes for good, where the settings ask for them: into the bin, and out of it. A record in the bin counts as
deleted: when the second request comes to nothing, or the process ends before it, nobody asks for that record again.
Therefore what is to be purged is noted first, and made up for when kequn next writes."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from kequn.contracts.errors import CrmError, Rejected
from kequn.contracts.host import CrmHost
from plugins.fxiaoke.adapter.raws import Records, family
from plugins.fxiaoke.client import FxiaokeClient, Refused
from plugins.fxiaoke.mapping.tables import is_gone

NOTE = "purges"


class Purger:
    def __init__(self, client: FxiaokeClient, source: Records, host: CrmHost) -> None:
        self._client = client
        self._source = source
        self._host = host

    async def purge(self, object: str, id: str) -> None:
        """Of a record in the bin. Asking twice harms nobody: what is not there any more is purged."""
        try:
            await self._ask(object, id)
        except CrmError as error:
            if not (error.maybe_applied or isinstance(error, Refused)):
                raise
            raw = await self._source.present(object, id)
            if raw is None:
                return
            if isinstance(error, Refused) or not is_gone(raw):
                raise
            await self._ask(object, id)

    async def _ask(self, object: str, id: str) -> None:
        data = {"dataObjectApiName": object, "idList": [id]}
        await self._client.write(f"{family(object)}/delete", {"data": data})

    @asynccontextmanager
    async def promised(self, object: str, id: str) -> AsyncIterator[None]:
        """Around both requests: as long as nobody knows how they end, the record is noted."""
        await self._note(object, id)
        try:
            yield
        except CrmError as error:
            if not error.maybe_applied:
                await self._strike(object, id)
            raise
        await self._strike(object, id)

    async def make_up(self) -> None:
        """For what is still noted. What cannot be asked for now is left for later, and stops nothing."""
        try:
            for object, ids in (await self._noted()).items():
                for id in ids:
                    await self._finish(object, id)
        except CrmError as error:
            self._host.log.info("fxiaoke.purge_waits", code=error.code)

    async def _finish(self, object: str, id: str) -> None:
        """Whom somebody has taken out of the bin, or put there in kequn's place, is not kequn's to destroy."""
        try:
            raw = await self._source.present(object, id)
            if raw is not None and is_gone(raw) and await self._is_ours(raw):
                await self.purge(object, id)
        except Rejected:
            self._host.log.warning("fxiaoke.not_purged", object=object, id=id)
        await self._strike(object, id)

    async def _is_ours(self, raw: Mapping[str, Any]) -> bool:
        by = raw.get("last_modified_by")
        return isinstance(by, list) and await self._client.user() in by

    async def _note(self, object: str, id: str) -> None:
        noted = await self._noted()
        await self._keep({**noted, object: [*noted.get(object, ()), id]})

    async def _strike(self, object: str, id: str) -> None:
        noted = await self._noted()
        await self._keep({**noted, object: [one for one in noted.get(object, ()) if one != id]})

    async def _noted(self) -> Mapping[str, Sequence[str]]:
        return await self._host.notebook.read(NOTE) or {}

    async def _keep(self, noted: Mapping[str, Sequence[str]]) -> None:
        await self._host.notebook.write(NOTE, {object: ids for object, ids in noted.items() if ids})
