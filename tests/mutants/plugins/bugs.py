"""The seeded bugs: 20 wrong plugins, each one small change to a right one. Twelve are changes to the plugin of
docs/writing-a-plugin.md, in its text; eight are the real adapter of Zoho with one method that does otherwise."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import orjson

import plugins.zoho
from kequn.contracts.changes import Batch, Change, Op, Receipt
from kequn.contracts.crm import Cursor, Hint, Page, WebhookRequest
from kequn.contracts.errors import BrokenReply, CrmError, RetryLater
from kequn.contracts.hooks import CrmPlugin, hookimpl
from kequn.contracts.host import CrmHost
from kequn.contracts.records import Gone, Record, Ref, Roster, Value
from kequn.testing.conformance import Subject
from plugins.zoho.adapter import ZohoCrm
from tests.kequn.testing.conformance import guide


@dataclass(frozen=True)
class Bug:
    """`cases`: those that must refuse it. `make`: the wrong plugin, in a folder of its own."""

    name: str
    cases: tuple[str, ...]
    make: Callable[[Path], Subject]


def acme(name: str, cases: Sequence[str], file: str, old: str, new: str) -> Bug:
    """A change to the text of the page's plugin."""
    return Bug(name, tuple(cases), lambda folder: Subject.of(guide.load(folder, {file: (old, new)})))


def zoho(name: str, cases: Sequence[str], wrong: type[ZohoCrm], **manifest: Any) -> Bug:
    """Zoho's plugin with another adapter or manifest."""
    given = replace(plugins.zoho.MANIFEST, **manifest)

    @hookimpl
    def register_crm() -> CrmPlugin:
        return CrmPlugin("zoho", given, wrong, "1.1")

    hooks = ModuleType("plugins.zoho")
    vars(hooks).update(register_crm=register_crm, register_emulator=plugins.zoho.register_emulator)
    return Bug(name, tuple(cases), lambda folder: Subject.of(hooks))


class SwallowsA500(ZohoCrm):
    async def pull(self, feed: str, cursor: Cursor | None) -> Page:
        try:
            return await super().pull(feed, cursor)
        except (RetryLater, BrokenReply):
            return Page(next_cursor=cursor)


class IgnoresDeletes(ZohoCrm):
    async def pull(self, feed: str, cursor: Cursor | None) -> Page:
        return replace(await super().pull(feed, cursor), gone=())


class CreatesBlindly(ZohoCrm):
    """Tries again, under another reference, as a CRM without upserts would make it."""

    async def push(self, batch: Batch) -> Sequence[Receipt | CrmError]:
        answers = list(await super().push(batch))
        for place, (change, answer) in enumerate(zip(batch.changes, answers, strict=True)):
            if change.op is Op.CREATE and isinstance(answer, RetryLater):
                again = replace(change, reference=f"{change.reference}x")
                answers[place] = (await super().push(Batch(batch.id, [again])))[0]
        return answers


class IgnoresStaleness(ZohoCrm):
    async def push(self, batch: Batch) -> Sequence[Receipt | CrmError]:
        return await super().push(replace(batch, changes=[replace(one, version=None) for one in batch.changes]))


class OverwritesAll(ZohoCrm):
    async def push(self, batch: Batch) -> Sequence[Receipt | CrmError]:
        return await super().push(replace(batch, changes=[await self._whole(one) for one in batch.changes]))

    async def _whole(self, change: Change) -> Change:
        if change.op is not Op.UPDATE or change.id is None:
            return change
        known = [one for one in await self.fetch(change.object, [change.id]) if isinstance(one, Record)]
        writable = self.capabilities.objects[change.object].writable
        before = {name: value for one in known for name, value in one.fields.items() if name in writable}
        return replace(change, fields={**before, **change.fields})


class TrustsTheBody(ZohoCrm):
    def __init__(self, settings: Mapping[str, Any], host: CrmHost) -> None:
        super().__init__(settings, host)
        self._told: dict[str, str] = {}

    async def read_webhook(self, request: WebhookRequest) -> Hint:
        hint = await super().read_webhook(request)
        for one in orjson.loads(request.body).get("affected_values", ()):
            self._told[one["record_id"]] = one["values"].get("Description", "")
        return hint

    async def fetch(self, object: str, ids: Sequence[str]) -> Sequence[Record | Gone | Roster]:
        return [self._as_told(one) for one in await super().fetch(object, ids)]

    def _as_told(self, one: Record | Gone | Roster) -> Record | Gone | Roster:
        if isinstance(one, Record) and one.id in self._told:
            return replace(one, fields={**one.fields, "notes": self._told[one.id]})
        return one


class LeaksTheSecret(ZohoCrm):
    def __init__(self, settings: Mapping[str, Any], host: CrmHost) -> None:
        super().__init__(settings, host)
        self._secret = settings["client_secret"].reveal()

    async def open(self) -> None:
        try:
            await super().open()
        except CrmError as error:
            raise type(error)(f"{error.message} (client secret {self._secret})") from None


class CutsText(ZohoCrm):
    def normal(self, object: str, fields: Mapping[str, Value]) -> Mapping[str, Value]:
        return super().normal(object, _cut(fields))

    async def push(self, batch: Batch) -> Sequence[Receipt | CrmError]:
        return await super().push(
            replace(batch, changes=[replace(one, fields=_cut(one.fields)) for one in batch.changes])
        )


def _cut(fields: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value[:30] if isinstance(value, str) else value for name, value in fields.items()}


class LosesOptions(ZohoCrm):
    async def open(self) -> None:
        await super().open()
        schemas = await self.describe()
        self._options = {one.name: {field.maps_to: field.options for field in one.fields} for one in schemas}

    async def pull(self, feed: str, cursor: Cursor | None) -> Page:
        page = await super().pull(feed, cursor)
        return replace(page, records=[replace(one, fields=self._known(one)) for one in page.records])

    def _known(self, record: Record) -> dict[str, Value]:
        options = self._options[record.object]
        return {name: value for name, value in record.fields.items() if _listed(value, options.get(name))}


def _listed(value: Value, options: Sequence[str] | None) -> bool:
    return not options or value is None or (value.id if isinstance(value, Ref) else value) in options


BUGS = (
    acme("drops page 2", ["T24"], "adapter.py", "        page = self._page(feed, body[\"records\"])\n",
         "        page = self._page(feed, [] if state[\"after\"] else body[\"records\"])\n"),
    acme("adds a second to the cursor", ["T28"], "adapter.py", "return max(milliseconds - OVERLAP_MS, 0)",
         "return milliseconds + 1000"),
    acme("exclusive cursor", ["T28"], "adapter.py", "return max(milliseconds - OVERLAP_MS, 0)",
         "return milliseconds + 1"),
    acme("lower-cases ids", ["T24"], "mapping.py",
         'return Record(Kind.CUSTOMER, object, str(raw["id"]), version',
         'return Record(Kind.CUSTOMER, object, str(raw["id"]).lower(), version'),
    zoho("ignores deletes", ["T33"], IgnoresDeletes),
    acme("takes a partial scan for a complete one", ["T33"], "adapter.py",
         "        params = {\"since\"",
         "        try:\n            return await self._asked(object, state)\n        except CrmError:\n"
         "            if not state[\"after\"]:\n                raise\n"
         "            return {\"records\": [], \"next\": None}\n\n"
         "    async def _asked(self, object: str, state: Mapping[str, Any]) -> Mapping[str, Any]:\n"
         "        params = {\"since\""),
    zoho("swallows a 500", ["T51"], SwallowsA500),
    acme("treats 429 in a 200 body as success", ["T50"], "client.py", "    if \"code\" in body:\n",
         "    if reply.status_code == 200:\n        return {\"records\": [], \"next\": None, \"fields\": [], **body}\n"
         "    if \"code\" in body:\n"),
    zoho("retries a create blindly", ["T37"], CreatesBlindly),
    acme("forgets the 100-record limit", ["T46"], "adapter.py", "AT_ONCE = 100", "AT_ONCE = 1000"),
    zoho("overwrites all fields on update", ["T39"], OverwritesAll),
    zoho("ignores the stale-version answer", ["T40"], IgnoresStaleness),
    acme("sends null for leave out", ["T41"], "writing.py",
         "    return known | ({\"fields\": mapping.write(change.object, change.fields)}",
         "    every = {column.ours: change.fields.get(column.ours, \"\" if column.required else None)\n"
         "             for column in mapping.OBJECTS[change.object][1]\n"
         "             if not column.required or column.ours in change.fields}\n"
         "    return known | ({\"fields\": mapping.write(change.object, every)}"),
    zoho("cuts long text", ["T48"], CutsText),
    zoho("loses unknown picklist values", ["T20"], LosesOptions),
    zoho("trusts the webhook's body", ["T57"], TrustsTheBody),
    acme("accepts an unsigned webhook", ["T56"], "webhook.py",
         "if not secret or not hmac.compare_digest(given.encode(), right.encode()):",
         "if given and not hmac.compare_digest(given.encode(), right.encode()):"),
    acme("refreshes the token once per request", ["T15"], "client.py",
         "        return await authorised(self._access, send, TokenExpired, ",
         "        token = await self._log_in(None)\n        await self._host.tokens.replace(token)\n"
         "        return await authorised(self._access, lambda _: send(token), TokenExpired, "),
    zoho("follows a redirect to another host", ["T53"], ZohoCrm,
         hosts=(*plugins.zoho.MANIFEST.hosts, "*.example.org")),
    zoho("leaks the secret in an error", ["T03"], LeaksTheSecret),
)  # fmt: skip
"""In the order of the list that they come from."""
