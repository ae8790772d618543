"""Records of a module, read and translated: requests cut to 50 fields and 100 ids and merged by id; and what became of
records that do not come back. Decides nothing about cursors: that is walking.py."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kequn.contracts.codecs import Unreadable
from kequn.contracts.crm import Problem
from kequn.contracts.host import Log
from kequn.contracts.records import Gone, Record, Roster
from plugins.zoho.adapter.fresh import Fresh
from plugins.zoho.adapter.organisation import Organisation
from plugins.zoho.client import API, Reply, ZohoClient
from plugins.zoho.mapping import labels
from plugins.zoho.mapping.interactions import About, unplaced
from plugins.zoho.mapping.tables import REFERENCE, Table
from plugins.zoho.mapping.tailoring import Module

FIELDS_AT_ONCE = 50
IDS_AT_ONCE = 100
COQL_VALUES = 100

Raws = Sequence[Mapping[str, Any]]


def chunks(ids: Sequence[str], size: int = IDS_AT_ONCE) -> Iterable[Sequence[str]]:
    return (ids[at : at + size] for at in range(0, len(ids), size))


def field_groups(module: Module) -> list[str]:
    """The module's fields as values of `fields`, the mapped ones first; each but the first names Modified_Time too."""
    names = [name for name in module.listed if name != "Modified_Time"]
    room = FIELDS_AT_ONCE - 1
    return [",".join(["Modified_Time", *names[at : at + room]]) for at in range(0, len(names), room)]


class Reader:
    """`swept`: in this run a list has brought the tags of all contacts."""

    def __init__(self, client: ZohoClient, organisation: Organisation, fresh: Fresh, log: Log) -> None:
        self._client = client
        self._organisation = organisation
        self._fresh = fresh
        self._log = log
        self.swept = False

    async def by_ids(self, object: str, ids: Sequence[str], fields: str) -> dict[str, Mapping[str, Any]]:
        """The live records among them, by id."""
        found: dict[str, Mapping[str, Any]] = {}
        for chunk in chunks([id for id in ids if id.isdecimal()]):
            reply = await self._client.read(f"{API}/{object}", {"ids": ",".join(chunk), "fields": fields})
            found |= {str(raw["id"]): raw for raw in reply.records()}
        return found

    async def completed(self, module: Module, raws: Raws, reply: Reply) -> Raws:
        """`raws` with the fields that one request could not name. A record that vanishes meanwhile is left out: half
        of it would look as if somebody had emptied the rest."""
        whole = {str(raw["id"]): dict(raw) for raw in raws}
        for group in field_groups(module)[1:]:
            more = await self.by_ids(module.table.object, list(whole), group)
            whole = {id: {**more[id], **raw} for id, raw in whole.items() if id in more}
        if any(column.field == "lines" for column in module.table.columns):
            whole = {id: {**raw, **await self._alone(module, id)} for id, raw in whole.items()}
        self._fresh.note(module.table, whole.values(), reply.date)
        return await self.placed(module.table, list(whole.values()))

    async def placed(self, table: Table, raws: Raws) -> Raws:
        """Lists do not say which module What_Id points into: ask which of them are accounts."""
        if not any(isinstance(column, About) for column in table.columns):
            return raws
        ids = sorted({id for raw in raws if (id := unplaced(raw)) is not None})
        if not ids or "Accounts" not in self._organisation.modules:
            return raws
        accounts = await self.by_ids("Accounts", ids, "Modified_Time")
        return [{**raw, "$se_module": "Accounts"} if unplaced(raw) in accounts else raw for raw in raws]

    async def _alone(self, module: Module, id: str) -> Mapping[str, Any]:
        """What only the answer for a single record has."""
        reply = await self._client.read(f"{API}/{module.table.object}/{id}", {"fields": "Ordered_Items"})
        rows = reply.rows()
        return {"Ordered_Items": rows[0].get("Ordered_Items")} if rows else {}

    def translate(self, module: Module, raws: Raws) -> tuple[list[Record], list[Roster], list[Problem]]:
        records: list[Record] = []
        rosters: list[Roster] = []
        problems: list[Problem] = []
        for raw in raws:
            try:
                records.append(module.table.read(raw))
                if self.has_roster(module.table.object) and "Tag" in raw:
                    rosters.append(labels.roster(raw))
            except Unreadable as error:
                problems.append(Problem(module.table.object, str(raw["id"]), str(error), error.field))
        return records, rosters, problems

    def has_roster(self, object: str) -> bool:
        return object == "Contacts" and not self._organisation.chosen.campaigns

    async def fetch(self, object: str, ids: Sequence[str]) -> list[Record | Gone | Roster]:
        """A record that cannot be read is left out: it is neither there nor gone."""
        module = self._organisation.modules[object]
        found: list[Record | Gone | Roster] = []
        for chunk in chunks(list(dict.fromkeys(ids))):
            raws, reply = await self._raws(module, chunk)
            raws = await self.completed(module, raws, reply)
            seen = {str(raw["id"]) for raw in raws}
            for id in chunk:
                if id not in seen:
                    alone = await self._present(module, id)
                    raws, found = ([*raws, alone], found) if isinstance(alone, dict) else (raws, [*found, alone])
            records, rosters, problems = self.translate(module, raws)
            found += [*records, *rosters]
            for problem in problems:
                self._log.warning("zoho.unreadable", object=object, id=problem.id, field=problem.field)
        return found

    async def _raws(self, module: Module, ids: Sequence[str]) -> tuple[Raws, Reply]:
        numbers = [id for id in ids if id.isdecimal()]
        if not numbers:
            return [], Reply(204, {}, None)
        parameters = {"ids": ",".join(numbers), "fields": field_groups(module)[0]}
        reply = await self._client.read(f"{API}/{module.table.object}", parameters)
        return reply.records(), reply

    async def _present(self, module: Module, id: str) -> dict[str, Any] | Gone:
        """Ask for the record alone: a list that lacks it proves nothing. The version of one that is gone is Zoho's
        time of the answer."""
        kind, object = module.table.kind, module.table.object
        if not id.isdecimal():
            return Gone(kind, object, id, 0)
        reply = await self._client.read(f"{API}/{object}/{id}")
        rows = reply.records()
        return dict(rows[0]) if rows else Gone(kind, object, id, int(reply.date.timestamp()) if reply.date else 0)

    async def find(self, object: str, references: Sequence[str]) -> list[Record]:
        """By COQL, which sees what was just written; search does not."""
        table = self._organisation.modules[object].table
        if not table.reference:
            return []
        ids: list[str] = []
        for chunk in chunks([one for one in references if _plain(one)], COQL_VALUES):
            values = ", ".join(f"'{reference}'" for reference in chunk)
            query = f"select {REFERENCE} from {object} where {REFERENCE} in ({values}) limit 0, 200"  # noqa: S608
            reply = await self._client.ask(f"{API}/coql", {"select_query": query})
            ids += [str(row["id"]) for row in reply.records()]
        return [record for record in await self.fetch(object, ids) if isinstance(record, Record)] if ids else []


def _plain(reference: str) -> bool:
    """Kequn's ids are; anything else would have to be quoted, and is nowhere in Zoho."""
    return reference.replace("_", "").replace("-", "").isalnum()
