"""Records of an object in our words, and what became of records that do not come back. Decides nothing about cursors:
that is walking.py."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from kequn.contracts.codecs import Unreadable
from kequn.contracts.crm import Problem
from kequn.contracts.errors import Rejected
from kequn.contracts.host import CrmHost
from kequn.contracts.records import Gone, Record
from plugins.fxiaoke.adapter.discovery import Discovery
from plugins.fxiaoke.adapter.lines import LineReader
from plugins.fxiaoke.adapter.raws import BINNED, Raws, Records
from plugins.fxiaoke.adapter.tenant import Tenant
from plugins.fxiaoke.client import Refused
from plugins.fxiaoke.mapping.standard import LINES, ORDERS
from plugins.fxiaoke.mapping.tables import is_gone, version_of

FORGOTTEN, TOLD = "forgotten", 4
"""A note, and how many walks tell of what stands in it."""

OLDEST = 1
"""A version before every other: of a record that is gone by now."""


@dataclass
class Seen:
    """What some raw records are in our words."""

    records: list[Record] = field(default_factory=list)
    gone: list[Gone] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


class Reader:
    def __init__(self, source: Records, tenant: Tenant, discovery: Discovery, host: CrmHost) -> None:
        self.source = source
        self._tenant = tenant
        self._discovery = discovery
        self._host = host
        self._lines = LineReader(source)

    async def translate(self, object: str, raws: Raws) -> Seen:
        """Of lines it is their orders that count."""
        if object == LINES:
            return await self.translate(ORDERS, await self._lines.orders_of(raws))
        live = [raw for raw in raws if not is_gone(raw)]
        await self._discovery.learn_options(object, live)
        table, seen = self._tenant.table(object), Seen()
        if object == ORDERS and self._tenant.chosen.lines:
            live = await self._lines.completed(live)
        for raw in live:
            try:
                seen.records.append(table.read(raw, nulls=self.source.nulls))
            except Unreadable as error:
                seen.problems.append(Problem(object, str(raw["_id"]), str(error), error.field))
        seen.gone += [self.gone(object, str(raw["_id"]), raw) for raw in raws if is_gone(raw)]
        return seen

    def gone(self, object: str, id: str, raw: Mapping[str, Any] | None) -> Gone:
        """Of a record that was deleted for good nobody knows when."""
        return Gone(self._tenant.table(object).kind, object, id, (version_of(raw) or 0) if raw else 0)

    async def fetch(self, object: str, ids: Sequence[str]) -> list[Record | Gone]:
        """A record that cannot be read is left out: it is neither there nor gone."""
        wanted = list(dict.fromkeys(ids))
        found = await self.source.by_ids(object, wanted)
        gone: list[Gone] = []
        for id in wanted:
            if id not in found or is_gone(found[id]):
                await self._doubt(object, id, found, gone)
        seen = await self.translate(object, [found[id] for id in wanted if id in found])
        for problem in seen.problems:
            self._host.log.warning("fxiaoke.unreadable", object=object, id=problem.id, field=problem.field)
        return [*seen.records, *seen.gone, *gone]

    async def _doubt(self, object: str, id: str, found: dict[str, Mapping[str, Any]], gone: list[Gone]) -> None:
        """A query that lacks a record, or shows it in the bin, may lag: ask for the record itself."""
        try:
            raw = await self.source.present(object, id)
        except Refused as error:
            self._host.log.warning("fxiaoke.closed", object=object, id=id, code=error.fxiaoke)
            found.pop(id, None)
            return
        if raw is None:
            found.pop(id, None)
            gone.append(self.gone(object, id, None))
        else:
            found[id] = raw

    async def find(self, object: str, references: Sequence[str]) -> list[Record]:
        """A record that kequn made and never learned of, because the answer was lost, may be in the bin by now. It is
        told as it stood when it was new; the next walk tells that it is gone."""
        if not self._tenant.table(object).reference:
            return []
        found = (await self.translate(object, await self.source.by_references(object, references))).records
        missing = sorted(set(references) - {str(record.reference) for record in found})
        return [*found, *await self._thrown_away(object, missing)]

    async def _thrown_away(self, object: str, references: Sequence[str]) -> list[Record]:
        try:
            raws = await self.source.by_references(object, references, BINNED)
        except Rejected:  # a tenant that does not like the question
            return []
        if raws:
            await self._forget(object, raws)
        alive: Raws = [{**raw, "life_status": "normal", "is_deleted": False} for raw in raws]
        return [replace(record, version=OLDEST) for record in (await self.translate(object, alive)).records]

    async def _forget(self, object: str, raws: Raws) -> None:
        found = {str(raw["_id"]): [version_of(raw) or 0, TOLD] for raw in raws}
        noted = await self._host.notebook.read(FORGOTTEN) or {}
        await self._host.notebook.write(FORGOTTEN, {**noted, object: {**noted.get(object, {}), **found}})

    async def forgotten(self, object: str) -> list[Gone]:
        """The records that `find` has found in the bin. They are told by several walks: a process that ends in the
        middle of one must not swallow them."""
        noted = await self._host.notebook.read(FORGOTTEN) or {}
        known: Mapping[str, Sequence[int]] = noted.get(object, {})
        if not known:
            return []
        rest = {id: [version, times - 1] for id, (version, times) in known.items() if times > 1}
        await self._host.notebook.write(FORGOTTEN, {**noted, object: rest})
        kind = self._tenant.table(object).kind
        return [Gone(kind, object, id, version) for id, (version, _) in known.items()]
