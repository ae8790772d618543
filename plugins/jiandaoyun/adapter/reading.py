"""Records of a form, read and translated: in lists, by id, by kequn's id; and what became of records that do not come
back. Decides nothing about cursors: that is walking.py.

A condition that Jiandaoyun does not understand may be overlooked without a word: whatever a filter brings is
checked."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from kequn.contracts.codecs import Unreadable
from kequn.contracts.crm import Problem
from kequn.contracts.errors import NotThere
from kequn.contracts.host import Log
from kequn.contracts.records import Gone, Record, Value
from plugins.jiandaoyun.adapter.forms import AT_ONCE, Form, Forms
from plugins.jiandaoyun.client import JiandaoyunClient
from plugins.jiandaoyun.client.rest import DATA, Answer
from plugins.jiandaoyun.mapping.columns import TARGETS

Row = Mapping[str, Any]
_ID = re.compile(r"[0-9a-f]{24}")


def is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def chunks(things: Sequence[str], size: int = AT_ONCE) -> Iterable[Sequence[str]]:
    return (things[at : at + size] for at in range(0, len(things), size))


def condition(field: str, type: str, method: str, values: Sequence[Any]) -> dict[str, Any]:
    return {"rel": "and", "cond": [{"field": field, "type": type, "method": method, "value": list(values)}]}


class Reader:
    """`shown`: what the records looked like that were fetched last, by object and id. `date`: Jiandaoyun's clock at the
    last page, where it said so."""

    def __init__(self, client: JiandaoyunClient, forms: Forms, log: Log) -> None:
        self._client = client
        self._forms = forms
        self._log = log
        self.shown: dict[str, dict[str, Mapping[str, Value]]] = {}
        self.date: datetime | None = None

    def form(self, object: str) -> Form:
        return self._forms.found[object]

    async def page(
        self, object: str, after: str | None, filter: Mapping[str, Any] | None = None, limit: int = AT_ONCE
    ) -> list[Row]:
        """The rows behind the id `after`, in the order of their ids."""
        body: dict[str, Any] = {**self.form(object).named, "limit": limit}
        body |= {"data_id": after} if after else {}
        answer: Answer = await self._client.read(f"{DATA}/list", {**body, "filter": filter} if filter else body)
        self.date = answer.date
        return [row for row in answer.rows("data") if isinstance(row.get("_id"), str)]

    async def by_ids(self, object: str, ids: Sequence[str]) -> dict[str, Row]:
        """The live records among them, by id."""
        found: dict[str, Row] = {}
        for chunk in chunks([id for id in dict.fromkeys(ids) if is_id(id)]):
            rows = await self.page(object, None, condition("data_id", "dataid", "in", chunk))
            found |= {row["_id"]: row for row in rows if row["_id"] in chunk}
        return found

    async def one(self, object: str, id: str) -> Row | None:
        """The record, asked for alone: a list that lacks it proves nothing."""
        if not is_id(id):
            return None
        try:
            answer = await self._client.read(f"{DATA}/get", {**self.form(object).named, "data_id": id})
        except NotThere:
            return None
        return answer.object("data")

    async def by_keys(self, object: str, keys: Sequence[str]) -> list[Row]:
        """The live records that carry these kequn ids, the oldest first."""
        key = self.form(object).table.key
        if key is None:
            return []
        found: list[Row] = []
        for chunk in chunks(list(dict.fromkeys(keys))):
            after: str | None = None
            while True:
                rows = await self.page(object, after, condition(key, "text", "in", chunk))
                found += [row for row in rows if row.get(key) in chunk]
                if len(rows) < AT_ONCE or all(row.get(key) not in chunk for row in rows):
                    break
                after = str(rows[-1]["_id"])
        return found

    # -- translating --------------------------------------------------------------------------------------------------

    async def placed(self, object: str, rows: Sequence[Row]) -> list[Row]:
        """With the ids of what they point at by kequn's id alone."""
        wanted: dict[str, set[str]] = {}
        for link in self.form(object).table.links:
            keys = {key for row in rows if (key := link.wanted(row)) is not None}
            wanted.setdefault(link.object, set()).update(keys)
        targets: dict[str, str] = {}
        for target, keys in wanted.items():
            key = self.form(target).table.key
            for row in await self.by_keys(target, sorted(keys)) if keys and key else ():
                targets.setdefault(str(row[str(key)]), str(row["_id"]))
        return [{**row, TARGETS: targets} for row in rows] if targets else list(rows)

    async def translate(self, object: str, rows: Sequence[Row]) -> tuple[list[Record], list[Problem]]:
        table = self.form(object).table
        records: list[Record] = []
        problems: list[Problem] = []
        strange: dict[str, str] = {}
        for row in await self.placed(object, rows):
            try:
                records.append(table.read(row))
            except Unreadable as error:
                problems.append(Problem(object, str(row["_id"]), str(error), error.field))
            else:
                strange |= {field: str(row["_id"]) for field in table.unknown_options(row)}
        problems += [
            Problem(object, "", f"{field} of record {id} holds an option that the settings do not name", field)
            for field, id in strange.items()
        ]
        return records, problems

    async def fetch(self, object: str, ids: Sequence[str]) -> list[Record | Gone]:
        """A record that cannot be read is left out: it is neither there nor gone. Jiandaoyun does not say when one was
        deleted: its version is 0."""
        kind, found = self.form(object).settings.kind, await self.by_ids(object, ids)
        gone: list[Record | Gone] = []
        for id in dict.fromkeys(ids):
            if id not in found:
                alone = await self.one(object, id)
                if alone is None:
                    gone.append(Gone(kind, object, id, 0))
                else:
                    found[id] = alone
        records, problems = await self.translate(object, list(found.values()))
        self.shown[object] = {record.id: record.fields for record in records}
        for problem in problems:
            self._log.warning("jiandaoyun.unreadable", object=object, id=problem.id, field=problem.field)
        return [*records, *gone]

    async def find(self, object: str, references: Sequence[str]) -> list[Record]:
        records, _ = await self.translate(object, await self.by_keys(object, [one for one in references if one]))
        return records
